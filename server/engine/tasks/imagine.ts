/** A picture from words, references, both or nothing: every cell is made (§3.3 i, ii). */
import { variantSeed } from '../../../shared/index.js';
import type { Networks } from '../networks.js';
import { withLooks } from '../preview.js';
import { countPasses, sample } from '../sample.js';
import { toPicture, type Studio } from '../studio.js';
import { encodeWithoutBase, type Brief, type Task } from './task.js';

export async function prepareImagine(studio: Studio, brief: Brief): Promise<Task> {
  const { request, references, sampling } = brief;
  const { grid, codebook } = studio.model;
  const cells = grid.size ** 2;
  // asked for nothing, each variant is of a caption of its own
  const captions = request.prompt === undefined && references.length === 0 ? studio.captions : undefined;
  const encode = (networks: Networks, prompt: string | undefined) =>
    encodeWithoutBase({ ...studio, networks }, { ...brief, request: { ...request, prompt } });
  const shared = captions ? undefined : await encode(studio.networks, request.prompt);
  return {
    variants: request.variants,
    passes: countPasses(sampling),
    looks: sampling.passes,
    async *make(index, drawing) {
      const seed = variantSeed(request.seed, index);
      const prompt = captions?.draw(seed);
      const start = {
        base: new Int32Array(cells * codebook.groups),
        editable: Int32Array.from({ length: cells }, (_, cell) => cell),
        seed,
        ...(shared ?? (await encode(drawing.networks, prompt))),
      };
      const draw = (codes: Int32Array) => toPicture(studio, codes);
      const { codes, ...found } = yield* withLooks(sample(drawing, start, sampling), draw);
      return { source: await draw(codes), x: 0, y: 0, seed, ...found, ...(prompt === undefined ? {} : { prompt }) };
    },
  };
}
