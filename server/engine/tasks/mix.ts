/**
 * Style mixing (§4.2, Figure 13): steps from one picture to another. Their garments are brought to one place, and their
 * continuous code maps blended and quantized; where asked, the tokens that the model then trusts least, which lie where
 * the two don't agree, are made anew.
 */
import { variantSeed, type ResolvedRequest } from '../../../shared/index.js';
import { planLooks } from '../looks.js';
import { decodePicture, fromModelPixels, toModelPixels, type Picture } from '../picture.js';
import { harmonise, type Filled } from '../sample.js';
import { encodeConditions, fromPlanes, toPlanes, type Studio } from '../studio.js';
import { LOOKS, lookCoarsely, placeSteps } from './even-steps.js';
import { frame, unframe } from './frame.js';
import { planMorph } from './morph.js';
import type { Brief, Task } from './task.js';

/** Of the tokens that are made anew, unless the request says it: they are to fit, and no more. */
const TEMPERATURE = 0.5;

export async function prepareMix(
  studio: Studio,
  { request, sampling, image }: Brief,
  { assets, steps, silhouette, texture, harmonise: share }: NonNullable<ResolvedRequest['mix']>,
): Promise<Task> {
  const { temperature = TEMPERATURE } = request;
  const { networks, model } = studio;
  const [size, groups] = [model.image.size, model.codebook.groups];
  const [first, second] = await Promise.all(assets.map((asset) => decodePicture(image(asset))));
  if (!first || !second) throw new RangeError('a mix takes two pictures');
  const [from, to] = [await frame(first, size), await frame(second, size)];
  const encode = async (picture: Picture) => (await networks.encode(toModelPixels(picture), size, size)).values;
  const morph = planMorph(from.framed, to.framed);
  // the ends are looked at first and made after: what was encoded and decoded for that is kept
  const encoded = new Map<number, readonly [Float32Array, Float32Array]>();
  /** The two code maps to blend, with both garments where they lie at that point of the way. */
  const valuesAt = async (along: number) => {
    const place = morph ? silhouette * along : 0;
    const known = encoded.get(place);
    if (known) return known;
    const [one, other] = morph ? await morph(place) : [from.framed, to.framed];
    const values = [await encode(one), await encode(other)] as const;
    encoded.set(place, values);
    return values;
  };
  const given = { prompt: request.prompt, references: [], compared: false };
  const { views } = planLooks(await encodeConditions(studio, given), { guidance: 0 });
  const cells = model.grid.size ** 2;
  const editable = Int32Array.from({ length: cells }, (_, cell) => cell);
  const parts = silhouette === texture ? [silhouette] : [silhouette, texture];
  const decoded = new Map<string, Float32Array>();
  const decode = async ([coarse, fine = coarse]: Int32Array[]) => {
    if (!coarse || !fine) throw new RangeError('a mix has at least one code map');
    const codes = `${coarse} ${fine}`;
    const pixels = decoded.get(codes) ?? (await networks.decodeMixed(coarse, fine));
    decoded.set(codes, pixels);
    return pixels;
  };
  const look = async (along: number) => {
    const values = await valuesAt(along);
    const planes: Int32Array[] = [];
    for (const part of parts) planes.push(await networks.blend(...values, part * along));
    return lookCoarsely(await decode(planes), size, model.grid.cell);
  };
  const looks: Float32Array[] = [];
  if (steps > 2) for (let n = 0; n < LOOKS; n++) looks.push(await look(n / (LOOKS - 1)));
  const placed = steps > 2 ? placeSteps(looks, steps) : [0, 1];

  return {
    variants: steps,
    passes: parts.length,
    async *make(index, drawing) {
      // every step draws alike, so that neighbours differ by the blend alone
      const seed = variantSeed(request.seed, 0);
      const along = placed[index] ?? 1;
      const values = await valuesAt(along);
      const filled: Filled[] = [];
      for (const amount of parts.map((part) => part * along)) {
        const base = fromPlanes(await networks.blend(...values, amount), groups);
        filled.push(
          yield* harmonise(
            drawing,
            { base, editable, seed, views },
            { ...sampling, share: share * 4 * amount * (1 - amount), temperature },
          ),
        );
      }
      const pixels = await decode(filled.map(({ codes }) => toPlanes(codes, groups)));
      const source = await unframe(fromModelPixels(pixels, size, size), from, first);
      const { relevance = 0, fidelity = 0 } = filled.at(-1) ?? {};
      return { source, x: 0, y: 0, seed, relevance, fidelity, passes: filled.length };
    },
  };
}
