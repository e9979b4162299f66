/**
 * Areas of shapes taken together: union, intersection, difference and exclusion. The plane is cut into slabs at every
 * corner and crossing, so that no two edges cross within one; there each stretch between edges lies inside or outside.
 */
import type { Point } from './contract.js';
import type { Polyline } from './path-data.js';

export type Operation = 'UNION' | 'INTERSECT' | 'SUBTRACT' | 'EXCLUDE';
/** One shape; its lines are closed. */
export type Area = { readonly lines: readonly Polyline[]; readonly rule: 'NONZERO' | 'EVENODD' };

type Edge = { top: Point; bottom: Point; winding: 1 | -1; area: number };
/** A piece between two edges, over one or more slabs: its left and right sides from the top. */
type Strip = { left: Point[]; right: Point[] };

const NEAR = 1e-9;

export function combineAreas(areas: readonly Area[], operation: Operation): Polyline[] {
  const edges = areas.flatMap(({ lines }, area) => lines.flatMap((line) => edgesOf(line, area)));
  const levels = levelsOf(edges);
  const finished: Strip[] = [];
  let open: Strip[] = [];
  for (let index = 0; index + 1 < levels.length; index += 1) {
    const [top, bottom] = [levels[index] ?? 0, levels[index + 1] ?? 0];
    const next = stretches(edges, { top, bottom }, areas, operation).map(([left, right]) => {
      const strip = {
        left: [pointAt(left, top), pointAt(left, bottom)],
        right: [pointAt(right, top), pointAt(right, bottom)],
      };
      return joined(open, strip);
    });
    finished.push(...open.filter((strip) => !next.includes(strip)));
    open = next;
  }
  return [...finished, ...open].map(({ left, right }) => ({
    points: straightened([...left, ...right.reverse()]),
    closed: true,
  }));
}

/** Left and right edges of what lies inside. */
function stretches(
  edges: readonly Edge[],
  { top, bottom }: { top: number; bottom: number },
  areas: readonly Area[],
  operation: Operation,
): [Edge, Edge][] {
  const middle = (top + bottom) / 2;
  const across = edges
    .filter((edge) => edge.top.y < middle && edge.bottom.y > middle)
    .map((edge) => ({ edge, x: pointAt(edge, middle).x }))
    .sort((one, other) => one.x - other.x);
  const windings = areas.map(() => 0);
  const found: [Edge, Edge][] = [];
  let start: Edge | undefined;
  for (const { edge } of across) {
    windings[edge.area] = (windings[edge.area] ?? 0) + edge.winding;
    const inside = areas.map(({ rule }, area) => isInside(windings[area] ?? 0, rule));
    if (isKept(inside, operation)) start ??= edge;
    else if (start) {
      found.push([start, edge]);
      start = undefined;
    }
  }
  return found;
}

function isInside(winding: number, rule: Area['rule']): boolean {
  return rule === 'NONZERO' ? winding !== 0 : winding % 2 !== 0;
}

function isKept([first = false, ...rest]: readonly boolean[], operation: Operation): boolean {
  if (operation === 'UNION') return first || rest.some(Boolean);
  if (operation === 'INTERSECT') return first && rest.every(Boolean);
  if (operation === 'SUBTRACT') return first && !rest.some(Boolean);
  return [first, ...rest].filter(Boolean).length % 2 === 1;
}

/** The strip above that this one goes on from, made longer; or this one. */
function joined(open: readonly Strip[], strip: Strip): Strip {
  const goesOn = (one: readonly Point[], other: readonly Point[]) =>
    Math.abs((one.at(-1)?.x ?? 0) - (other[0]?.x ?? 0)) < NEAR &&
    Math.abs((one.at(-1)?.y ?? 0) - (other[0]?.y ?? 0)) < NEAR;
  const above = open.find(({ left, right }) => goesOn(left, strip.left) && goesOn(right, strip.right));
  if (!above) return strip;
  above.left.push(...strip.left.slice(1));
  above.right.push(...strip.right.slice(1));
  return above;
}

function edgesOf({ points }: Polyline, area: number): Edge[] {
  return points.flatMap((from, index): Edge[] => {
    const till = points[(index + 1) % points.length];
    if (!till || from.y === till.y) return [];
    if (from.y < till.y) return [{ top: from, bottom: till, winding: 1, area }];
    return [{ top: till, bottom: from, winding: -1, area }];
  });
}

function levelsOf(edges: readonly Edge[]): number[] {
  const all = edges.flatMap(({ top, bottom }) => [top.y, bottom.y]);
  edges.forEach((one, index) => {
    for (const other of edges.slice(index + 1)) {
      const y = crossing(one, other);
      if (y !== undefined) all.push(y);
    }
  });
  all.sort((one, other) => one - other);
  return all.filter((y, index) => index === 0 || y - (all[index - 1] ?? 0) > NEAR);
}

/** Height at which two edges cross, within both. */
function crossing(one: Edge, other: Edge): number | undefined {
  const top = Math.max(one.top.y, other.top.y);
  const bottom = Math.min(one.bottom.y, other.bottom.y);
  if (bottom - top <= NEAR) return undefined;
  const above = pointAt(one, top).x - pointAt(other, top).x;
  const below = pointAt(one, bottom).x - pointAt(other, bottom).x;
  if (above * below >= 0) return undefined;
  return top + ((bottom - top) * above) / (above - below);
}

function pointAt({ top, bottom }: Edge, y: number): Point {
  if (y <= top.y) return top;
  if (y >= bottom.y) return bottom;
  return { x: top.x + ((bottom.x - top.x) * (y - top.y)) / (bottom.y - top.y), y };
}

/** Without doubled points and points in the middle of a straight side. */
function straightened(points: readonly Point[]): Point[] {
  const apart = points.filter((point, index) => {
    const before = points[(index + points.length - 1) % points.length] ?? point;
    return Math.hypot(point.x - before.x, point.y - before.y) > NEAR;
  });
  return apart.filter((point, index) => {
    const before = apart[(index + apart.length - 1) % apart.length] ?? point;
    const after = apart[(index + 1) % apart.length] ?? point;
    const area = (point.x - before.x) * (after.y - point.y) - (point.y - before.y) * (after.x - point.x);
    return Math.abs(area) > NEAR;
  });
}
