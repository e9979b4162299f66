/** One variant from its first pass to its picture, with a pause after every pass and every preview. */
import type { EngineProgress, EngineVariant } from './engine.js';
import { encodeJpeg, encodeSource, resize } from './picture.js';
import { fitPreview } from './preview.js';
import type { Drawing } from './sample.js';
import type { Task } from './tasks/task.js';

export type VariantOptions = {
  /** What it is drawn with. `onRun` is told of each run that was for it, and how many rows that had. */
  drawingFor: (onRun: (rows: number) => void) => Drawing;
  /** Which of the passes that give something to look at are shown, counted from 1. */
  shown: ReadonlySet<number>;
};

export async function* makeVariant(
  task: Task,
  index: number,
  { drawingFor, shown }: VariantOptions,
): AsyncGenerator<EngineProgress, EngineVariant> {
  let batch = 1;
  const drawing = drawingFor((rows) => (batch = Math.max(batch, rows)));
  const passes = task.make(index, drawing);
  for (let pass = 1, looks = 0; ; pass++) {
    const step = await passes.next();
    if (step.done) {
      const { source, ...made } = step.value;
      const { width, height } = source;
      const { unheard, unfamiliar } = task;
      const missed = { ...(unheard && { unheard }), ...(unfamiliar && { unfamiliar }) };
      return { ...made, width, height, ...missed, png: await encodeSource(source) };
    }
    yield { type: 'pass', variant: index, pass, passes: task.passes, batch };
    batch = 1;
    const look = step.value;
    if (typeof look !== 'function' || !shown.has(++looks)) continue;
    const picture = await look();
    const { width, height } = fitPreview(picture);
    const jpeg = await encodeJpeg(await resize(picture, width, height));
    yield { type: 'preview', variant: index, pass, jpeg };
  }
}
