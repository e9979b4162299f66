/** Neighbours of a picture: a share of its tokens, drawn by the seed, is made anew under the others (§3.2). */
import { variantSeed, type ResolvedRequest } from '../../../shared/index.js';
import { decodePicture } from '../picture.js';
import { fitPreview, withLooks } from '../preview.js';
import { createRandomStream } from '../random.js';
import { countPasses, sample } from '../sample.js';
import { toPicture, toTokens, type Studio } from '../studio.js';
import { encodeWithoutBase, type Brief, type Task } from './task.js';
import { frame, unframe } from './frame.js';

export async function prepareVary(
  studio: Studio,
  brief: Brief,
  { asset, strength }: NonNullable<ResolvedRequest['vary']>,
): Promise<Task> {
  const { request, sampling } = brief;
  const picture = await decodePicture(brief.image(asset));
  const framed = await frame(picture, studio.model.image.size);
  const base = await toTokens(studio, framed.framed);
  const { scale } = fitPreview(picture);
  const looks = await encodeWithoutBase(studio, brief);
  return {
    variants: request.variants,
    passes: countPasses(sampling),
    looks: sampling.passes,
    async *make(index, drawing) {
      const seed = variantSeed(request.seed, index);
      const editable = drawCells(base.length / studio.model.codebook.groups, strength, seed);
      const passes = sample(drawing, { base, editable, seed, ...looks }, sampling);
      const draw = async (codes: Int32Array, at: number) =>
        unframe(await toPicture(studio, codes), framed, picture, at);
      const { codes, ...found } = yield* withLooks(passes, (now) => draw(now, scale));
      return { source: await draw(codes, 1), x: 0, y: 0, seed, ...found };
    },
  };
}

/** Which candidates' streams are not used by sampling itself. */
const CELL_STREAM = 0xce11;

/** `share` of the cells, drawn by the seed, ascending. */
function drawCells(cells: number, share: number, seed: number): Int32Array {
  const draws = createRandomStream(seed, CELL_STREAM).uniforms(cells);
  const ranked = Array.from({ length: cells }, (_, cell) => cell).sort((a, b) => (draws[a] ?? 0) - (draws[b] ?? 0));
  return Int32Array.from(ranked.slice(0, Math.round(share * cells))).sort();
}
