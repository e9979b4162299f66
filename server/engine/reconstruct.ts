/** A picture through both halves of stage I, at its own size. */
import type { EngineReconstruction } from './engine.js';
import type { Workshop } from './job.js';
import * as pictures from './picture.js';
import { createStopwatch } from './stopwatch.js';
import { toPicture, toTokens } from './studio.js';

/** @throws ToileError `cancelled` once the signal says so */
export async function reconstruct(
  { studio: parts, batch, now }: Workshop,
  image: Uint8Array,
  signal: AbortSignal,
): Promise<EngineReconstruction> {
  const stopwatch = createStopwatch(now, batch.busyMs);
  const networks = batch.networksFor({ signal, onRun: stopwatch.addRun });
  const studio = { ...parts, networks: stopwatch.watch(networks) };
  const made = await stopwatch.time(async () => {
    const picture = await pictures.decodePicture(image);
    const { width, height } = picture;
    const { cell } = studio.model.grid;
    const padded = pictures.padToCells(picture, cell);
    const [rows, columns] = [padded.height / cell, padded.width / cell];
    const codes = await toTokens(studio, padded);
    const decoded = await toPicture(studio, codes, rows, columns);
    const output = pictures.crop(decoded, { x: 0, y: 0, width, height });
    const png = await pictures.encodeSource(output);
    return { png, codes, rows, columns, psnr: pictures.psnr(picture, output), width, height };
  });
  return { ...made, timings: stopwatch.read() };
}
