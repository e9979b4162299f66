/** Path texts as Figma writes them: absolute M, L, Q, C and Z alone, with spaces between. */
import { boxAround, place } from '../affine.js';
import type { Box, Point } from './contract.js';

export type Command = { readonly letter: 'M' | 'L' | 'Q' | 'C' | 'Z'; readonly points: readonly Point[] };

export type Polyline = { readonly points: readonly Point[]; readonly closed: boolean };

/** How many straight pieces stand for a curve. */
const PIECES = 24;

const counts: Readonly<Record<string, number>> = { M: 1, L: 1, Q: 2, C: 3, Z: 0 };

/** @throws at anything else than those five letters and numbers */
export function parsePath(data: string): Command[] {
  const words = data.split(/[\s,]+/).filter((word) => word !== '');
  const commands: Command[] = [];
  for (let at = 0; at < words.length;) {
    const letter = words[at++] ?? '';
    const count = counts[letter];
    if (count === undefined || !isLetter(letter))
      throw new Error(`Failed to convert path. Invalid command at ${letter}`);
    const numbers = words.slice(at, at + count * 2).map(Number);
    if (numbers.length < count * 2 || !numbers.every(Number.isFinite))
      throw new Error(`Failed to convert path. Expected ${count * 2} numbers after ${letter}`);
    at += count * 2;
    const points = Array.from({ length: count }, (_, i) => ({ x: numbers[2 * i] ?? 0, y: numbers[2 * i + 1] ?? 0 }));
    commands.push({ letter, points });
  }
  return commands;
}

export function writePath(commands: readonly Command[]): string {
  return commands
    .map(({ letter, points }) => [letter, ...points.flatMap(({ x, y }) => [short(x), short(y)])].join(' '))
    .join(' ');
}

export function placePath(data: string, transform: Transform): string {
  return writePath(
    parsePath(data).map(({ letter, points }) => ({ letter, points: points.map((point) => place(transform, point)) })),
  );
}

export function writePolylines(lines: readonly Polyline[]): string {
  return writePath(
    lines.flatMap(({ points, closed }) => [
      ...points.map((point, index): Command => ({ letter: index === 0 ? 'M' : 'L', points: [point] })),
      ...(closed ? [{ letter: 'Z', points: [] } satisfies Command] : []),
    ]),
  );
}

/** Curves become straight pieces. */
export function flattenPath(data: string): Polyline[] {
  const lines: { points: Point[]; closed: boolean }[] = [];
  for (const { letter, points } of parsePath(data)) {
    const [first, second, third] = points;
    if (letter === 'M' && first) {
      lines.push({ points: [first], closed: false });
      continue;
    }
    const line = lines.at(-1);
    const from = line?.points.at(-1);
    if (!line || !from) throw new Error('Failed to convert path. It starts with M');
    if (letter === 'Z') line.closed = true;
    else if (letter === 'L' && first) line.points.push(first);
    else if (letter === 'Q' && first && second) line.points.push(...pieces((t) => quadratic(t, from, first, second)));
    else if (first && second && third) line.points.push(...pieces((t) => cubic(t, from, first, second, third)));
  }
  return lines;
}

/** The box around the curves themselves, not around their handles. undefined where there is no point. */
export function boundsOfPaths(paths: VectorPaths): Box | undefined {
  const points = paths.flatMap(({ data }) => flattenPath(data).flatMap((line) => line.points));
  return points.length === 0 ? undefined : boxAround(points);
}

function pieces(at: (t: number) => Point): Point[] {
  return Array.from({ length: PIECES }, (_, index) => at((index + 1) / PIECES));
}

function quadratic(t: number, a: Point, b: Point, c: Point): Point {
  const [p, q, r] = [(1 - t) ** 2, 2 * t * (1 - t), t ** 2];
  return { x: p * a.x + q * b.x + r * c.x, y: p * a.y + q * b.y + r * c.y };
}

function cubic(t: number, a: Point, b: Point, c: Point, d: Point): Point {
  const [p, q, r, s] = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t ** 2 * (1 - t), t ** 3];
  return { x: p * a.x + q * b.x + r * c.x + s * d.x, y: p * a.y + q * b.y + r * c.y + s * d.y };
}

function isLetter(letter: string): letter is Command['letter'] {
  return Object.hasOwn(counts, letter);
}

function short(value: number): number {
  return Math.round(value * 1e9) / 1e9 + 0;
}
