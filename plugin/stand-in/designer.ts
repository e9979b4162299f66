/** A designer's hands: drawing, moving, undoing. Each action closes what the plugin had open, and is a step of its own. */
import { boxAround, multiply, place, shift } from '../affine.js';
import type { Box, Designer, Point } from './contract.js';
import { makeComponent, makeInstance } from './components.js';
import type { DocumentModel } from './document-model.js';
import { setSize, setTransform, settle } from './layout.js';
import { limits } from './limits.js';
import { isAutoLayout, type NodeData } from './node-data.js';

import { ROOT } from './node-store.js';
import { writePolylines } from './path-data.js';
import { moveInto, setAbsolute, tidy, wrap } from './placing.js';
import { frameUnder } from './frame-under.js';
import { setProperties } from './set-properties.js';
import { setStored } from './stored-properties.js';
import { absoluteTransform, attach, copyNode, isInInstance } from './tree.js';
import { moved, turn } from './transforms.js';

/** How far a duplicate lies from what it is a copy of. */
const ASIDE = 24;

export type Hands = Omit<Designer, 'closePlugin' | 'suggest'>;

export function makeDesigner(model: DocumentModel): Hands {
  const { nodes, history } = model;
  let inGesture = false;
  const step = <Result>(action: () => Result): Result => {
    if (inGesture) return action();
    history.commit();
    try {
      return action();
    } finally {
      history.commit();
    }
  };
  const draw = (type: NodeData['type'], box: Box, start: Partial<NodeData> = {}): string => {
    const { id } = nodes.create(type, start);
    const parent = frameUnder(model, box) ?? model.page;
    attach(nodes, id, parent, nodes.get(parent).children.length);
    setSize(nodes, id, { width: least(box.width), height: least(box.height) });
    setAbsolute(nodes, id, shift(box.x, box.y));
    model.select(model.page, [id]);
    return id;
  };
  const drawPath = (points: readonly Point[], closed: boolean): string => {
    const box = boxAround(points);
    const id = draw('VECTOR', box);
    const data = writePolylines([{ points: points.map(({ x, y }) => ({ x: x - box.x, y: y - box.y })), closed }]);
    const paths: VectorPaths = [{ windingRule: closed ? 'NONZERO' : 'NONE', data }];
    setStored(nodes, { node: nodes.get(id), key: 'vectorPaths', value: paths });
    return id;
  };
  const movable = (ids: readonly string[]) => ids.filter((id) => nodes.has(id) && !isInInstance(nodes, id));

  return {
    select: (ids) => model.select(model.page, ids),
    addImage: (bytes, box = {}, name = 'Image') =>
      step(() => {
        const imageHash = model.images.add(bytes);
        const { width = 0, height = 0 } = model.images.get(imageHash) ?? {};
        const size = { width: box.width ?? width, height: box.height ?? height };
        const { x = model.viewport.x - size.width / 2, y = model.viewport.y - size.height / 2 } = box;
        const id = draw('RECTANGLE', { ...size, x, y }, { name });
        setProperties(nodes, id, { fills: [{ type: 'IMAGE', scaleMode: 'FILL', imageHash }] });
        return id;
      }),
    addRectangle: (box) => step(() => draw('RECTANGLE', box)),
    addEllipse: (box) => step(() => draw('ELLIPSE', box)),
    addFrame: (box) => step(() => draw('FRAME', box)),
    addPolygon: (points) =>
      step(() => {
        const id = drawPath(points, true);
        setProperties(nodes, id, { fills: [{ type: 'SOLID', color: { r: 0.85, g: 0.85, b: 0.85 } }], strokes: [] });
        return id;
      }),
    addStroke: (points, weight) =>
      step(() => {
        const id = drawPath(points, false);
        setProperties(nodes, id, { strokeWeight: weight });
        return id;
      }),
    addText: (at, characters, fontSize = 12) =>
      step(() => {
        const id = draw('TEXT', { ...at, width: 0, height: 0 });
        setStored(nodes, { node: nodes.get(id), key: 'fontSize', value: fontSize });
        setStored(nodes, { node: nodes.get(id), key: 'characters', value: characters });
        nodes.change(id, { name: characters });
        return id;
      }),
    rename: (id, name) => step(() => nodes.change(id, { name })),
    move: (ids, dx, dy) =>
      step(() => {
        for (const id of movable(ids)) setAbsolute(nodes, id, multiply(shift(dx, dy), absoluteTransform(nodes, id)));
      }),
    resize: (id, { width, height, at }) =>
      step(() => {
        const node = nodes.get(id);
        if (node.type === 'TEXT') nodes.setProperties(id, { textAutoResize: 'NONE' });
        if (isAutoLayout(node))
          nodes.setProperties(id, { primaryAxisSizingMode: 'FIXED', counterAxisSizingMode: 'FIXED' });
        setSize(nodes, id, { width: least(width), height: node.type === 'LINE' ? 0 : least(height) });
        if (at) setAbsolute(nodes, id, moved(absoluteTransform(nodes, id), at.x, at.y));
        settle(nodes, id);
      }),
    rotate: (id, degrees) =>
      step(() => {
        const { width, height } = nodes.get(id);
        const absolute = absoluteTransform(nodes, id);
        const { x, y } = place(absolute, { x: width / 2, y: height / 2 });
        const about = multiply(shift(x, y), multiply(turn(degrees), shift(-x, -y)));
        setAbsolute(nodes, id, multiply(about, absolute));
      }),
    remove: (ids) =>
      step(() => {
        for (const id of movable(ids)) if (nodes.has(id)) model.remove(id);
      }),
    duplicate: (ids) =>
      step(() => {
        const copies = movable(ids).map((id) => {
          const { parent } = nodes.get(id);
          const into = nodes.get(parent ?? model.page);
          const copy = copyNode(nodes, id);
          attach(nodes, copy, into.id, into.children.indexOf(id) + 1);
          setTransform(nodes, copy, multiply(shift(ASIDE, ASIDE), nodes.get(copy).transform));
          settle(nodes, copy);
          return copy;
        });
        model.select(model.page, copies);
        return copies;
      }),
    group: (ids) => step(() => wrapped(model, movable(ids), { type: 'GROUP' })),
    combine: (ids, operation) =>
      step(() => {
        const chosen = movable(ids);
        const { fills } = nodes.get((operation === 'SUBTRACT' ? chosen[0] : chosen.at(-1)) ?? '').properties;
        const id = wrapped(model, chosen, { type: 'BOOLEAN_OPERATION' });
        nodes.setProperties(id, { booleanOperation: operation, ...(fills && { fills }) });
        settle(nodes, id);
        return id;
      }),
    ungroup: (id) =>
      step(() => {
        const { parent, children } = nodes.get(id);
        if (!parent) return;
        const index = nodes.get(parent).children.indexOf(id);
        children.forEach((child, offset) => moveInto(nodes, child, { parent, index: index + offset }));
        if (nodes.has(id)) model.remove(id);
        model.select(model.page, children);
      }),
    moveInto: (id, parent, index) =>
      step(() => {
        const before = nodes.get(id).parent;
        moveInto(nodes, id, { parent, index: index ?? nodes.get(parent).children.length });
        if (before && before !== parent) tidy(nodes, before);
      }),
    makeComponent: (id) => step(() => makeComponent(nodes, id)),
    addInstance: (component, at) =>
      step(() => {
        const id = makeInstance(model, nodes.get(component));
        setAbsolute(nodes, id, moved(absoluteTransform(nodes, id), at.x, at.y));
        return id;
      }),
    setProperties: (id, properties) => step(() => setProperties(nodes, id, properties)),
    beginGesture: () => {
      history.commit();
      inGesture = true;
    },
    endGesture: () => {
      inGesture = false;
      history.commit();
    },
    undo: () => void history.undo(),
    redo: () => void history.redo(),
    addPage: (name) =>
      step(() => {
        const { id } = nodes.create('PAGE', { name });
        attach(nodes, id, ROOT, nodes.get(ROOT).children.length);
        return id;
      }),
    setPage: (id) => model.setPage(id),
    setViewport: (viewport) => model.setViewport(viewport),
  };
}

function wrapped(
  model: DocumentModel,
  ids: readonly string[],
  { type }: { type: 'GROUP' | 'BOOLEAN_OPERATION' },
): string {
  const top = model.nodes.get(ids.at(-1) ?? '');
  const parent = top.parent ?? model.page;
  const index = model.nodes.get(parent).children.indexOf(top.id) + 1;
  const id = wrap(model.nodes, ids, { type, parent, index });
  model.select(model.page, [id]);
  return id;
}

function least(side: number): number {
  return Math.max(limits.smallestSide, side);
}
