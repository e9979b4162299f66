/** What many measurements come to. */

/** By nearest rank; NaN of none. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export type Spread = { p50: number; p99: number; count: number };

/** Rounded to tenths. */
export function spread(numbers: readonly number[]): Spread {
  const tenths = (share: number) => Math.round(quantile(numbers, share) * 10) / 10;
  return { p50: tenths(0.5), p99: tenths(0.99), count: numbers.length };
}

export type Point = { x: number; y: number };

/** The line through points by least squares: its slope, and the standard error of that. NaN of fewer than three. */
export function fitSlope(points: readonly Point[]): { slope: number; standardError: number } {
  const n = points.length;
  const mean = (of: (point: Point) => number) => points.reduce((sum, point) => sum + of(point), 0) / n;
  const [x0, y0] = [mean(({ x }) => x), mean(({ y }) => y)];
  const xx = mean(({ x }) => (x - x0) ** 2) * n;
  const slope = (mean(({ x, y }) => (x - x0) * (y - y0)) * n) / xx;
  const left = mean(({ x, y }) => (y - y0 - slope * (x - x0)) ** 2) * n;
  return n < 3
    ? { slope: Number.NaN, standardError: Number.NaN }
    : { slope, standardError: Math.sqrt(left / (n - 2) / xx) };
}

/** Columns as wide as their widest cell. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  for (const row of rows)
    console.log(
      row
        .map((cell, n) => cell.padEnd(widths[n] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}
