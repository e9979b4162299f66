/**
 * What a picture is of that nobody described: a caption as often as the training pictures have it, so that pictures made
 * of nothing are as various as they are: p(x) is the sum over captions of p(caption) p(x | caption).
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { ToileError } from '../../shared/index.js';
import type { Bundle } from './bundle.js';
import { createRandomStream } from './random.js';

export type CaptionPrior = {
  /** The caption of the variant with this seed. */
  draw(seed: number): string;
};

/** [caption, how many training pictures have it] */
const counted = z.array(z.tuple([z.string().trim().min(1), z.int().min(1)])).min(1);

/** Which candidates' streams are not used by sampling itself. */
const CAPTION_STREAM = 0xca97;

/** A bundle's own; none where it has none. @throws ToileError `broken_bundle` */
export async function openCaptionPrior({ folder, model }: Bundle): Promise<CaptionPrior | undefined> {
  const file = model.files.captions;
  if (!file) return undefined;
  try {
    return createCaptionPrior(counted.parse(JSON.parse(await readFile(path.join(folder, file.path), 'utf8'))));
  } catch (cause) {
    const message = `bundle '${model.name}' is broken: ${file.path} is no list of [caption, count]`;
    throw new ToileError('broken_bundle', message, { cause });
  }
}

export function createCaptionPrior(captions: readonly (readonly [caption: string, count: number])[]): CaptionPrior {
  const total = captions.reduce((sum, [, count]) => sum + count, 0);
  return {
    draw(seed) {
      const [uniform = 0] = createRandomStream(seed, CAPTION_STREAM).uniforms(1);
      let left = Math.floor(uniform * total);
      const found = captions.find(([, count]) => (left -= count) < 0);
      if (!found) throw new RangeError('a caption is drawn from at least one');
      return found[0];
    },
  };
}
