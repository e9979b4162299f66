/**
 * Makes anew what waits in rows whose jobs go on after the plugin was closed. Closing it ended their step of the undo
 * history, so that one undo would only take back what has come since, and leave grey places behind. Therefore the old places
 * go in a step of their own, and places like them, with whatever comes into them, are the next step: one undo takes them
 * away as a whole. A row of nothing but places goes and comes with them. In one that holds more, be it pictures that have
 * landed or layers of the designer's own, all that stays untouched, and after that undo it is a row whose job has ended. More
 * can't be had, since a step that is over can't be changed: a second undo brings back what lay there when the plugin was
 * opened again, and only where the file has stayed open meanwhile a third one takes that too.
 */
import { isSettablePaint, takesRows } from './inspect-node.js';
import { copyRowData, forgetJob, isPlace, isPlaceholder, keepPlaces, readPlaces, type Place } from './row-data.js';

type Home = PageNode | FrameNode | SectionNode;

/** By the id of a node that went, the one that now stands for it. */
type Heirs = Map<string, SceneNode>;

type Renewal = { clear: () => void; make: (heirs: Heirs) => FrameNode };

const ofLayers = ['name', 'visible', 'locked', 'opacity', 'blendMode', 'effects'] as const;
const ofPlaces = [...ofLayers, 'strokeWeight', 'strokeAlign'] as const;
const ofCorners = ['topLeftRadius', 'topRightRadius', 'bottomLeftRadius', 'bottomRightRadius'] as const;
const ofRows = [
  ...ofPlaces,
  'clipsContent',
  'layoutMode',
  'primaryAxisSizingMode',
  'counterAxisSizingMode',
  'itemSpacing',
] as const;

/** @returns for each row the one that now stands for it, most often itself */
export function renewRows(rows: readonly FrameNode[]): FrameNode[] {
  const renewals = rows.map(planRow);
  if (!renewals.some(Boolean)) return [...rows];
  const page = figma.currentPage;
  const selected = page.selection.map(({ id }) => id);
  const heirs: Heirs = new Map();

  figma.commitUndo();
  for (const renewal of renewals) renewal?.clear();
  figma.commitUndo();
  const renewed = rows.map((row, n) => renewals[n]?.make(heirs) ?? row);

  if (selected.some((id) => heirs.has(id))) {
    const others = new Map(page.selection.map((node) => [node.id, node]));
    page.selection = selected.flatMap((id) => heirs.get(id) ?? others.get(id) ?? []);
  }
  return renewed;
}

/** Nothing where there is nothing to make anew, or no way to. */
function planRow(row: FrameNode): Renewal | undefined {
  const waiting = row.children.filter(isWaiting);
  if (waiting.length === 0 || !takesRows(row)) return undefined;
  if (waiting.length < row.children.length) return planPlaces(row, waiting);
  const { parent } = row;
  return isHome(parent) ? planWhole(row, waiting, parent) : undefined;
}

function isHome(node: BaseNode | null): node is Home {
  return node?.type === 'PAGE' || node?.type === 'FRAME' || node?.type === 'SECTION';
}

function isWaiting(node: SceneNode): node is Place {
  return isPlace(node) && isPlaceholder(node);
}

function planWhole(row: FrameNode, waiting: readonly Place[], parent: Home): Renewal {
  const { id, width, height, relativeTransform } = row;
  const at = parent.children.indexOf(row);
  const properties = { ...pick(row, ofRows), ...paintsOf(row) };
  const keepData = copyRowData(row);
  const places = waiting.map(describePlace);
  const ids = readPlaces(row);
  return {
    clear: () => row.remove(),
    make: (heirs) => {
      const made = figma.createFrame();
      made.resize(width, height);
      Object.assign(made, properties);
      keepData(made);
      for (const make of places) made.appendChild(make(heirs));
      heirs.set(id, made);
      keepPlaces(made, inherit(ids, heirs));
      parent.insertChild(Math.min(at, parent.children.length), made);
      made.relativeTransform = relativeTransform;
      return made;
    },
  };
}

function planPlaces(row: FrameNode, waiting: readonly Place[]): Renewal {
  const keepData = copyRowData(row);
  const places = waiting.map((place) => ({ at: row.children.indexOf(place), make: describePlace(place) }));
  const ids = readPlaces(row);
  return {
    clear: () => {
      forgetJob(row);
      for (const place of waiting) place.remove();
    },
    make: (heirs) => {
      for (const { at, make } of places) row.insertChild(at, make(heirs));
      keepData(row);
      keepPlaces(row, inherit(ids, heirs));
      return row;
    },
  };
}

function inherit(ids: readonly string[], heirs: Heirs): string[] {
  return ids.map((id) => heirs.get(id)?.id ?? id);
}

function describePlace(place: Place): (heirs: Heirs) => Place {
  const { id, type, width, height } = place;
  const corners = place.type === 'RECTANGLE' ? pick(place, ofCorners) : {};
  const properties = { ...pick(place, ofPlaces), ...corners, ...paintsOf(place) };
  const keepData = copyRowData(place);
  return (heirs) => {
    const made = type === 'ELLIPSE' ? figma.createEllipse() : figma.createRectangle();
    made.resize(width, height);
    Object.assign(made, properties);
    keepData(made);
    heirs.set(id, made);
    return made;
  };
}

/** Nothing of what is mixed, which can't be set. */
function pick<T extends object>(node: T, keys: readonly (keyof T)[]): Partial<T> {
  const picked: Partial<T> = {};
  for (const key of keys) if (typeof node[key] !== 'symbol') picked[key] = node[key];
  return picked;
}

/** As far as they can be set. */
function paintsOf({ fills, strokes }: GeometryMixin): Pick<GeometryMixin, 'fills' | 'strokes'> {
  return {
    fills: typeof fills === 'symbol' ? [] : fills.filter(isSettablePaint),
    strokes: strokes.filter(isSettablePaint),
  };
}
