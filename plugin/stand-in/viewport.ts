/** `figma.viewport`. */
import { union } from '../affine.js';
import type { Session } from './session.js';
import { absoluteBox } from './tree.js';

export type ViewportSurface = Pick<ViewportAPI, 'center' | 'zoom' | 'bounds' | 'scrollAndZoomIntoView'>;

/** The part of the canvas that what is scrolled to may take; never larger than life. */
const ROOM = 0.85;

export function makeViewport({ model, handles }: Session): ViewportSurface {
  return {
    get center() {
      return { x: model.viewport.x, y: model.viewport.y };
    },
    set center({ x, y }) {
      model.setViewport({ x, y });
    },
    get zoom() {
      return model.viewport.zoom;
    },
    set zoom(zoom) {
      model.setViewport({ zoom });
    },
    get bounds() {
      const { x, y, zoom, width, height } = model.viewport;
      return { x: x - width / zoom / 2, y: y - height / zoom / 2, width: width / zoom, height: height / zoom };
    },
    scrollAndZoomIntoView: (nodes) => {
      if (nodes.length === 0) return;
      const ids = nodes.map((node) => handles.idOf(node, 'scrollAndZoomIntoView'));
      const box = union(ids.map((id) => absoluteBox(model.nodes, id)));
      const { width, height } = model.viewport;
      const fitting = Math.min(width / Math.max(box.width, 1), height / Math.max(box.height, 1)) * ROOM;
      model.setViewport({ x: box.x + box.width / 2, y: box.y + box.height / 2, zoom: Math.min(1, fitting) });
    },
  };
}
