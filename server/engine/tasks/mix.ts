/**
 * Style mixing (§4.2, Figure 13): steps from one picture to another. Their continuous code maps are blended and quantized;
 * where asked, the tokens that the model then trusts least, which lie where the two don't agree, are made anew.
 */
import { variantSeed, type ResolvedRequest } from '../../../shared/index.js';
import { crop, decodePicture, fromModelPixels, resize, toModelPixels } from '../picture.js';
import { harmonise, type Filled } from '../sample.js';
import { drawingOf, encodeConditions, fromPlanes, toPlanes, type Studio } from '../studio.js';
import { frame } from './frame.js';
import type { Brief, Task } from './task.js';

export async function prepareMix(
  studio: Studio,
  { request, sampling, image }: Brief,
  { assets, steps, silhouette, texture, harmonise: share }: NonNullable<ResolvedRequest['mix']>,
): Promise<Task> {
  const { networks, model } = studio;
  const [size, groups] = [model.image.size, model.codebook.groups];
  const [first, second] = await Promise.all(assets.map((asset) => decodePicture(image(asset))));
  if (!first || !second) throw new RangeError('a mix takes two pictures');
  const [from, to] = [await frame(first, size), await frame(second, size)];
  const encode = async ({ framed }: typeof from) => (await networks.encode(toModelPixels(framed), size, size)).values;
  const values = [await encode(from), await encode(to)] as const;
  const views = await encodeConditions(studio, { prompt: request.prompt, references: [], guidance: 0 }, () => 1);
  const cells = model.grid.size ** 2;
  const editable = Int32Array.from({ length: cells }, (_, cell) => cell);

  return {
    variants: steps,
    passes: silhouette === texture ? 1 : 2,
    async *make(index) {
      // every step draws alike, so that neighbours differ by the blend alone
      const seed = variantSeed(request.seed, 0);
      const along = index / (steps - 1);
      const filled: Filled[] = [];
      for (const amount of silhouette === texture ? [silhouette * along] : [silhouette * along, texture * along]) {
        const base = fromPlanes(await networks.blend(...values, amount), groups);
        filled.push(
          yield* harmonise(
            drawingOf(studio),
            { base, editable, seed, views },
            { ...sampling, share: share * 4 * amount * (1 - amount), temperature: 0.5 },
          ),
        );
      }
      const [coarse, fine = coarse] = filled;
      if (!coarse || !fine) throw new RangeError('a mix has at least one code map');
      const pixels = await networks.decodeMixed(toPlanes(coarse.codes, groups), toPlanes(fine.codes, groups));
      const made = await resize(fromModelPixels(pixels, size, size), from.side, from.side);
      const source = crop(made, { x: -from.x, y: -from.y, width: first.width, height: first.height });
      return { source, x: 0, y: 0, seed, relevance: fine.relevance, fidelity: fine.fidelity, passes: filled.length };
    },
  };
}
