/**
 * Makes rows anew whose jobs go on after the plugin was closed. Closing it ended their step of the undo history, so that one
 * undo would only take back what has come since, and leave grey places behind. Therefore the old row goes in a step of its
 * own, and a row like it, with whatever comes into it, is the next step: one undo takes it away as a whole. More can't be
 * had, since a step that is over can't be changed: a second undo brings back what lay there when the plugin was opened
 * again, and only where the file has stayed open meanwhile a third one takes that too.
 */
import { copyRowData, isPlace, keepPlaces, readPlaces, type Place } from './row-data.js';

type Home = PageNode | FrameNode | SectionNode;

const ofLayers = ['name', 'visible', 'locked', 'opacity', 'blendMode', 'effects'] as const;
const ofPlaces = [...ofLayers, 'fills', 'strokes', 'strokeWeight', 'strokeAlign'] as const;
const ofCorners = ['topLeftRadius', 'topRightRadius', 'bottomLeftRadius', 'bottomRightRadius'] as const;
const ofRows = [
  ...ofPlaces,
  'clipsContent',
  'layoutMode',
  'primaryAxisSizingMode',
  'counterAxisSizingMode',
  'itemSpacing',
] as const;

/** @returns for each row the one that now stands for it: itself, where the designer has made something else of it */
export function renewRows(rows: readonly FrameNode[]): FrameNode[] {
  const makers = rows.map(describeRow);
  if (!makers.some(Boolean)) return [...rows];
  const page = figma.currentPage;
  const selected = page.selection.map(({ id }) => id);
  const idsOf = (row: FrameNode) => [row.id, ...row.children.map(({ id }) => id)];
  const before = rows.map(idsOf);

  figma.commitUndo();
  for (const [n, row] of rows.entries()) if (makers[n]) row.remove();
  figma.commitUndo();
  const renewed = rows.map((row, n) => makers[n]?.() ?? row);

  const heirs = new Map(
    renewed.flatMap((row, n) => [row, ...row.children].map((node, at) => [before[n]?.[at], node] as const)),
  );
  if (selected.some((id) => heirs.has(id))) {
    const others = new Map(page.selection.map((node) => [node.id, node]));
    page.selection = selected.flatMap((id) => heirs.get(id) ?? others.get(id) ?? []);
  }
  return renewed;
}

/** How to make a row like it, once it is gone. Not of one that holds more than places and pictures. */
function describeRow(row: FrameNode): (() => FrameNode) | undefined {
  const { parent, relativeTransform } = row;
  const isHome = (node: BaseNode | null): node is Home =>
    node?.type === 'PAGE' || node?.type === 'FRAME' || node?.type === 'SECTION';
  if (!isHome(parent) || !row.children.every(isPlace)) return undefined;
  const at = parent.children.indexOf(row);
  const { width, height } = row;
  const properties = pick(row, ofRows);
  const keepData = copyRowData(row);
  const places = row.children.filter(isPlace).map(describePlace);
  const outside = readPlaces(row).filter((id) => !row.children.some((child) => child.id === id));
  return () => {
    const made = figma.createFrame();
    made.resize(width, height);
    Object.assign(made, properties);
    keepData(made);
    for (const makePlace of places) made.appendChild(makePlace());
    keepPlaces(made, outside);
    parent.insertChild(Math.min(at, parent.children.length), made);
    made.relativeTransform = relativeTransform;
    return made;
  };
}

function describePlace(place: Place): () => Place {
  const { type, width, height } = place;
  const properties = { ...pick(place, ofPlaces), ...(place.type === 'RECTANGLE' ? pick(place, ofCorners) : {}) };
  const keepData = copyRowData(place);
  const buttons = place.getRelaunchData();
  return () => {
    const made = type === 'ELLIPSE' ? figma.createEllipse() : figma.createRectangle();
    made.resize(width, height);
    Object.assign(made, properties);
    keepData(made);
    made.setRelaunchData(buttons);
    return made;
  };
}

/** Nothing of what is mixed, which can't be set. */
function pick<T extends object>(node: T, keys: readonly (keyof T)[]): Partial<T> {
  const picked: Partial<T> = {};
  for (const key of keys) if (typeof node[key] !== 'symbol') picked[key] = node[key];
  return picked;
}
