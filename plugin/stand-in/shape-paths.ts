/** Outlines of the primitive shapes, in the node's own coordinates. */
import { writePath, type Command } from './path-data.js';
import type { Point } from './contract.js';

/** Handle length of a cubic that stands for a quarter circle. */
const QUARTER = (4 / 3) * (Math.SQRT2 - 1);

type Size = { width: number; height: number };
type Corners = { topLeft: number; topRight: number; bottomRight: number; bottomLeft: number };

export function rectanglePath({ width, height }: Size, corners: Corners): string {
  const most = Math.min(width, height) / 2;
  const [topLeft, topRight, bottomRight, bottomLeft] = [
    Math.min(corners.topLeft, most),
    Math.min(corners.topRight, most),
    Math.min(corners.bottomRight, most),
    Math.min(corners.bottomLeft, most),
  ];
  return writePath([
    to('M', [topLeft, 0]),
    to('L', [width - topRight, 0]),
    ...corner([width, 0], topRight, [-1, 0], [0, 1]),
    to('L', [width, height - bottomRight]),
    ...corner([width, height], bottomRight, [0, -1], [-1, 0]),
    to('L', [bottomLeft, height]),
    ...corner([0, height], bottomLeft, [1, 0], [0, -1]),
    to('L', [0, topLeft]),
    ...corner([0, 0], topLeft, [0, 1], [1, 0]),
    to('Z'),
  ]);
}

/** Angles in radians, clockwise from the right, as `arcData` has them. */
export function ellipsePath({ width, height }: Size, { startingAngle, endingAngle, innerRadius }: ArcData): string {
  const at = (angle: number, radius: number): [number, number] => [
    (width / 2) * (1 + radius * Math.cos(angle)),
    (height / 2) * (1 + radius * Math.sin(angle)),
  ];
  const arc = (from: number, till: number, radius: number): Command[] => {
    const count = Math.max(1, Math.ceil(Math.abs(till - from) / (Math.PI / 2) - 1e-9));
    const step = (till - from) / count;
    const handle = (4 / 3) * Math.tan(step / 4);
    return Array.from({ length: count }, (_, index) => {
      const [a, b] = [from + index * step, from + (index + 1) * step];
      const [[ax, ay], [bx, by]] = [at(a, radius), at(b, radius)];
      const [rx, ry] = [(width / 2) * radius * handle, (height / 2) * radius * handle];
      return to(
        'C',
        [ax - rx * Math.sin(a), ay + ry * Math.cos(a)],
        [bx + rx * Math.sin(b), by - ry * Math.cos(b)],
        [bx, by],
      );
    });
  };
  const whole = Math.abs(endingAngle - startingAngle) >= 2 * Math.PI - 1e-9;
  const outer = [to('M', at(startingAngle, 1)), ...arc(startingAngle, endingAngle, 1)];
  if (whole && innerRadius === 0) return writePath([...outer, to('Z')]);
  const inner = arc(endingAngle, startingAngle, innerRadius);
  const back =
    innerRadius === 0 ? [to('L', [width / 2, height / 2])] : [to('L', at(endingAngle, innerRadius)), ...inner];
  if (!whole) return writePath([...outer, ...back, to('Z')]);
  return writePath([...outer, to('Z'), to('M', at(endingAngle, innerRadius)), ...inner, to('Z')]);
}

/** Corners lie on the ellipse that fills the box; the first is at the top. */
export function starPath(size: Size, points: number, innerRadius?: number): string {
  const radii = innerRadius === undefined ? [1] : [1, innerRadius];
  const count = points * radii.length;
  const corners = Array.from({ length: count }, (_, index): [number, number] => {
    const angle = (2 * Math.PI * index) / count - Math.PI / 2;
    const radius = radii[index % radii.length] ?? 1;
    return [(size.width / 2) * (1 + radius * Math.cos(angle)), (size.height / 2) * (1 + radius * Math.sin(angle))];
  });
  return writePath([...corners.map((point, index) => to(index === 0 ? 'M' : 'L', point)), to('Z')]);
}

function corner(at: [number, number], radius: number, before: [number, number], after: [number, number]): Command[] {
  if (radius === 0) return [];
  const point = ([dx, dy]: [number, number], far: number): [number, number] => [at[0] + dx * far, at[1] + dy * far];
  const near = radius * (1 - QUARTER);
  return [to('C', point(before, near), point(after, near), point(after, radius))];
}

function to(letter: Command['letter'], ...points: [number, number][]): Command {
  return { letter, points: points.map(([x, y]): Point => ({ x, y })) };
}
