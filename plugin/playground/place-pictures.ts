/** Brings pictures onto the canvas: chosen, dropped or pasted. They come in selected and in sight. */
import type { Box, Point } from '../affine.js';
import { fit } from './camera.js';
import type { Desk } from './desk.js';
import { element } from './dom.js';
import { picturesOf, toPlaceable } from './picture-bytes.js';
import { overlap } from './plane.js';
import { boxOf, nodesOf, topLevel } from './scene.js';

const GAP = 48;

export type Placer = { choose(): void };

export function createPlacer(
  space: HTMLElement,
  desk: Desk,
  told: { refused: () => void; over: (isOver: boolean) => void },
): Placer {
  const input = element('input', {
    attributes: { type: 'file', accept: 'image/*', multiple: true, 'aria-hidden': 'true', tabindex: -1 },
    on: {
      change: () => {
        void place([...(input.files ?? [])]);
        input.value = '';
      },
    },
  });
  input.hidden = true;
  space.append(input);

  // the whole page takes what is dropped, or the browser would open it instead
  addEventListener('dragover', (event) => {
    event.preventDefault();
    told.over([...(event.dataTransfer?.types ?? [])].includes('Files'));
  });
  addEventListener('dragleave', ({ relatedTarget }) => {
    if (relatedTarget === null) told.over(false);
  });
  addEventListener('drop', (event) => {
    event.preventDefault();
    told.over(false);
    const { left, top } = space.getBoundingClientRect();
    const at = desk.toPage({ x: event.clientX - left, y: event.clientY - top });
    const pictures = picturesOf(event.dataTransfer);
    if (pictures.length > 0) void place(pictures, at);
    else if (event.dataTransfer?.files.length) told.refused();
  });
  addEventListener('paste', ({ clipboardData, target }) => {
    if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) return;
    const pictures = picturesOf(clipboardData);
    if (pictures.length > 0) void place(pictures);
  });
  return { choose: () => input.click() };

  async function place(files: readonly File[], at?: Point): Promise<void> {
    const { document, user } = desk.standIn;
    const read = await Promise.allSettled(files.map(async (file) => ({ file, ...(await toPlaceable(file)) })));
    if (read.some(({ status }) => status === 'rejected')) told.refused();
    const pictures = read.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    if (pictures.length === 0) return;
    const width = pictures.reduce((sum, picture) => sum + picture.width, (pictures.length - 1) * GAP);
    const height = Math.max(...pictures.map((picture) => picture.height));
    const start = at ? centred(at, width, height) : freePlace(width, height);
    let { x } = start;
    user.beginGesture();
    const ids = pictures.map(({ file, bytes, ...size }) => {
      const id = user.addImage(bytes, { x, y: start.y, ...size }, file.name.replace(/\.\w+$/, ''));
      x += size.width + GAP;
      return id;
    });
    user.select(ids);
    user.endGesture();
    const box = boxOf(nodesOf(document, ids));
    if (box && !isInSight(box)) user.setViewport(fit(document.viewport(), box));
  }

  /** In the middle of what is seen, or where that is taken, to the right of everything. */
  function freePlace(width: number, height: number): Box {
    const { document } = desk.standIn;
    const middle = centred(document.viewport(), width, height);
    const taken = topLevel(document).filter(({ visible }) => visible);
    if (!taken.some(({ absoluteBoundingBox }) => overlap(absoluteBoundingBox, middle))) return middle;
    const all = boxOf(taken);
    return all ? { ...middle, x: all.x + all.width + GAP, y: all.y } : middle;
  }

  function isInSight(box: Box): boolean {
    const { x, y, zoom, width, height } = desk.standIn.document.viewport();
    const [across, down] = [width / zoom / 2, height / zoom / 2];
    return (
      box.x >= x - across && box.y >= y - down && box.x + box.width <= x + across && box.y + box.height <= y + down
    );
  }
}

function centred({ x, y }: Point, width: number, height: number): Box {
  return { x: Math.round(x - width / 2), y: Math.round(y - height / 2), width, height };
}
