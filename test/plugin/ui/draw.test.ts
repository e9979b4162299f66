/** What of a picture goes to the server as it is. The browser's part in it is played by the least that does. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
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
