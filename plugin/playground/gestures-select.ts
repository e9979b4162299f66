/** Pressing on the canvas with nothing to move there: looking elsewhere, or selecting by a box. */
import { panBy } from './camera.js';
import type { Desk } from './desk.js';
import type { Gesture, Pointed } from './gesture.js';
import { boxBetween, overlap } from './plane.js';
import { isContainer, nodesOf, topLevel } from './scene.js';

export function startPan({ standIn }: Desk, from: Pointed): Gesture {
  const start = standIn.document.viewport();
  const look = ({ screen }: Pointed) =>
    standIn.user.setViewport(panBy(start, screen.x - from.screen.x, screen.y - from.screen.y));
  return { drag: look, drop: look, cancel: () => standIn.user.setViewport(start) };
}

export function startMarquee(desk: Desk, from: Pointed): Gesture {
  const { document, user } = desk.standIn;
  const before = from.shift ? document.selection() : [];
  const selected = document.selection();
  user.select(before);
  return {
    drag(to) {
      const box = boxBetween(from.page, to.page);
      desk.setDraft({ as: 'marquee', box });
      const inside = topLevel(document).flatMap((node) => {
        // a frame's content is reached by itself, as a click reaches it
        const content = node.type === 'FRAME' ? nodesOf(document, node.children) : [];
        return content.length > 0 && isContainer(node) ? content : [node];
      });
      const touched = inside.filter((node) => node.visible && !node.locked && overlap(node.absoluteBoundingBox, box));
      user.select([...new Set([...before, ...touched.map(({ id }) => id)])]);
    },
    drop: () => desk.setDraft(undefined),
    cancel() {
      desk.setDraft(undefined);
      user.select(selected);
    },
  };
}
