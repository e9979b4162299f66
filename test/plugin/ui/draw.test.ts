/** What of a picture goes to the server as it is. The browser's part in it is played by the least that does. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { MaskShape } from '../../../plugin/messages.js';
import { drawMask } from '../../../plugin/ui/pictures/draw-mask.js';
import { draw } from '../../../plugin/ui/pictures/draw.js';

const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47]);
const node = { width: 8, height: 8 };
const fill = { way: 'fill', name: 'dress', bytes: png, node, scaleMode: 'FILL' } as const;
const rendered = { way: 'export', name: 'frame', bytes: png, node, scale: 1 } as const;

beforeEach(() => {
  vi.stubGlobal('createImageBitmap', async () => ({ width: 8, height: 8, close: () => undefined }));
});

afterEach(() => {
  vi.unstubAllGlobals();
});

it('says of an image’s own bytes that they are those, and of what Figma has rendered that it is not', async () => {
  expect(await draw.original(fill)).toMatchObject({ bytes: png, redrawn: false });
  expect(await draw.original(rendered)).toMatchObject({ bytes: png, redrawn: true });
  expect(await draw.seen(fill)).toMatchObject({ bytes: png, redrawn: false });
  expect(await draw.seen(rendered)).toMatchObject({ bytes: png, redrawn: true });
});

it('draws a mask of many shapes on one sheet, which is cleared before each and has room for the softest', async () => {
  vi.stubGlobal('Path2D', class {});
  const shape = (blur: number): MaskShape => ({
    name: 'shape',
    toBase: [
      [1, 0, 0],
      [0, 1, 0],
    ],
    opacity: 1,
    blur,
    drawn: { as: 'paths', paths: [{ data: 'M 0 0 Z', windingRule: 'NONZERO' }] },
  });
  const alpha: MaskShape = { ...shape(0), drawn: { as: 'alpha', bytes: png, width: 8, height: 8 } };
  const sheets: { size: object; calls: string[] }[] = [];
  const createSheet = (size: object) => {
    const calls: string[] = [];
    sheets.push({ size, calls });
    const context = new Proxy({} as CanvasRenderingContext2D, {
      get: (_, method) => () => void calls.push(String(method)),
      set: (_, key, value) => {
        if (key === 'globalCompositeOperation') calls.push(String(value));
        return true;
      },
    });
    return { canvas: {} as HTMLCanvasElement, context };
  };
  const { context } = createSheet({});
  const decode = () => createImageBitmap(new Blob());
  const shapes = [shape(0), alpha, shape(3), shape(1)];
  await drawMask(context, { base: fill, size: node, shapes, createCanvas: createSheet, decode });
  const [onto, ...others] = sheets;
  expect(others.map(({ size }) => size)).toEqual([{ width: 20, height: 20 }]);
  const cleared = ['setTransform', 'source-over', 'clearRect', 'setTransform'];
  expect(others[0]?.calls).toEqual([
    ...cleared,
    'fill',
    ...cleared,
    ...['drawImage', 'setTransform', 'source-in', 'fillRect'],
    ...cleared,
    'fill',
    ...cleared,
    'fill',
  ]);
  expect(onto?.calls.filter((call) => call === 'drawImage')).toHaveLength(4);
});
