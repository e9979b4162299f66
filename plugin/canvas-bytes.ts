/** A canvas and the file of what was drawn on it. */

/** @throws RangeError where the browser has no canvas that large */
export function createCanvas(
  { width, height }: { width: number; height: number },
  settings?: CanvasRenderingContext2DSettings,
) {
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width));
  canvas.height = Math.max(1, Math.round(height));
  const context = canvas.getContext('2d', settings);
  if (!context) throw new RangeError(`the browser gives no canvas of ${canvas.width}×${canvas.height}`);
  return { canvas, context };
}

/**
 * Not by `toBlob`, which waits for the page to be idle, as it seldom is while jobs are running.
 * @throws RangeError where the browser can't hold a picture that large
 */
export function toBytes(canvas: HTMLCanvasElement, type: 'image/png' | 'image/jpeg'): Uint8Array {
  const [, base64 = ''] = canvas.toDataURL(type, 0.92).split(',');
  if (base64 === '') throw new RangeError(`the browser makes no picture of ${canvas.width}×${canvas.height}`);
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
