import { describe, expect, it } from 'vitest';
import type { VisualCondition } from '../../../shared/index.js';
import type { Picture } from '../../../server/engine/picture.js';
import { drawReference } from '../../../server/engine/reference.js';

const asset = '0'.repeat(32);
const paint = (width: number, height: number, value: (x: number, y: number) => number[]): Picture => ({
  data: Uint8Array.from({ length: width * height }, (_, at) => at).reduce(
    (data, _, at) => {
      data.set(value(at % width, Math.floor(at / width)), 3 * at);
      return data;
    },
    new Uint8Array(3 * width * height),
  ),
  width,
  height,
});
/** Every pixel tells where it is. */
const swatch = (width: number, height: number) => paint(width, height, (x, y) => [3 * x, 3 * y, 77]);
const at = ({ data, width }: Picture, x: number, y: number) => [
  ...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3),
];
const draw = (picture: Picture, side: number, condition: Partial<VisualCondition> = {}, pixelScale = 1) =>
  drawReference({ picture, condition: { asset, ...condition }, pixelScale, side });
const modulo = (a: number, b: number) => ((a % b) + b) % b;
const white = [255, 255, 255];

describe('drawing a reference', () => {
  it('centres it on white', () => {
    const canvas = draw(swatch(8, 12), 32);
    expect([canvas.width, canvas.height, canvas.data.length]).toEqual([32, 32, 3 * 32 * 32]);
    for (let y = 0; y < 32; y++) {
      for (let x = 0; x < 32; x++) {
        const inside = x >= 12 && x < 20 && y >= 10 && y < 22;
        expect(at(canvas, x, y)).toEqual(inside ? [3 * (x - 12), 3 * (y - 10), 77] : white);
      }
    }
  });

  it('stays in whole pixels where its middle lies between them', () => {
    const canvas = draw(swatch(9, 11), 32);
    expect([at(canvas, 12, 11), at(canvas, 20, 21)]).toEqual([
      [0, 0, 77],
      [24, 30, 77],
    ]);
  });

  it('shows the middle of one that is larger than the canvas', () => {
    const canvas = draw(swatch(64, 48), 32);
    for (const [x, y] of [
      [0, 0],
      [31, 31],
      [7, 20],
    ] as const) {
      expect(at(canvas, x, y)).toEqual([3 * (x + 16), 3 * (y + 8), 77]);
    }
  });

  it('cuts the region', () => {
    const canvas = draw(swatch(60, 50), 16, { region: { x: 20, y: 30, width: 16, height: 16 } });
    expect([at(canvas, 0, 0), at(canvas, 15, 15)]).toEqual([
      [60, 90, 77],
      [105, 135, 77],
    ]);
  });
});

describe('repeating a swatch', () => {
  const [width, height] = [10, 8];
  // the tile of column 0, row 0 lies at (11, 12)
  const tiles: Record<
    NonNullable<VisualCondition['repeat']>,
    (x: number, y: number) => [x: number, y: number] | null
  > = {
    none: (x, y) => (x >= 0 && x < width && y >= 0 && y < height ? [x, y] : null),
    straight: (x, y) => [modulo(x, width), modulo(y, height)],
    'half-drop': (x, y) => [modulo(x, width), modulo(y - (modulo(Math.floor(x / width), 2) * height) / 2, height)],
    'half-brick': (x, y) => [modulo(x - (modulo(Math.floor(y / height), 2) * width) / 2, width), modulo(y, height)],
    mirror: (x, y) => [
      modulo(Math.floor(x / width), 2) ? width - 1 - modulo(x, width) : modulo(x, width),
      modulo(Math.floor(y / height), 2) ? height - 1 - modulo(y, height) : modulo(y, height),
    ],
  };
  const kinds = Object.keys(tiles) as (keyof typeof tiles)[];
  const picture = swatch(16, 16);
  const region = { x: 0, y: 0, width, height };

  it.each(kinds)('puts every pixel of a %s repeat in its place', (repeat) => {
    const canvas = draw(picture, 32, { repeat, region });
    for (let y = 0; y < 32; y++) {
      for (let x = 0; x < 32; x++) {
        const from = tiles[repeat](x - 11, y - 12);
        expect(at(canvas, x, y)).toEqual(from ? [3 * from[0], 3 * from[1], 77] : white);
      }
    }
  });

  it.each(kinds)('turns the whole plane of a %s repeat clockwise', (repeat) => {
    const straight = draw(picture, 32, { repeat, region });
    for (const [rotation, back] of [
      [90, (x: number, y: number) => [y, 31 - x]],
      [180, (x: number, y: number) => [31 - x, 31 - y]],
      [-90, (x: number, y: number) => [31 - y, x]],
      [-180, (x: number, y: number) => [31 - x, 31 - y]],
    ] as const) {
      const turned = draw(picture, 32, { repeat, region, rotation });
      for (let y = 0; y < 32; y++) {
        for (let x = 0; x < 32; x++) {
          const [fromX, fromY] = back(x, y);
          expect(at(turned, x, y)).toEqual(at(straight, fromX!, fromY!));
        }
      }
    }
  });

  it('shifts by half a pixel where half a repeat is one', () => {
    const canvas = draw(swatch(16, 9), 48, { repeat: 'half-drop' });
    // column 0 lies at 16, the tile's top at 20; the next column's tile starts at 24.5
    expect(at(canvas, 16, 20)).toEqual([0, 0, 77]);
    expect(at(canvas, 36, 26)).toEqual([12, 4.5, 77].map(Math.round));
    const brick = draw(swatch(9, 16), 48, { repeat: 'half-brick' });
    expect(at(brick, 26, 36)).toEqual([4.5, 12, 77].map(Math.round));
  });

  it('has no seam where enlarged tiles meet', () => {
    // one period of a wave in both directions
    const wave = (x: number, length: number) => Math.round(128 + 100 * Math.sin((2 * Math.PI * (x + 0.5)) / length));
    const tile = paint(32, 32, (x, y) => [wave(x, 32), wave(y, 32), 128]);
    const canvas = draw(tile, 128, { repeat: 'straight', scale: 2 });
    for (let n = 0; n < 128; n++) {
      const expected = 128 + 100 * Math.sin((2 * Math.PI * (n + 0.5 - 32)) / 64);
      expect(Math.abs(at(canvas, n, 50)[0]! - expected)).toBeLessThan(2.5);
      expect(Math.abs(at(canvas, 50, n)[1]! - expected)).toBeLessThan(2.5);
    }
  });
});

describe('turning', () => {
  it('by 45° puts the right corner at the bottom and leaves the corners of the canvas white', () => {
    // a quarter to the right of the middle is red, a quarter below it blue
    const cross = paint(64, 64, (x, y) => (x >= 48 ? [200, 0, 0] : y >= 48 ? [0, 0, 200] : [0, 100, 0]));
    const canvas = draw(cross, 128, { rotation: 45 });
    const reach = 28 / Math.SQRT2;
    expect(at(canvas, Math.round(63.5 + reach), Math.round(63.5 + reach))).toEqual([200, 0, 0]);
    expect(at(canvas, Math.round(63.5 - reach), Math.round(63.5 + reach))).toEqual([0, 0, 200]);
    expect(at(canvas, 64, 64)).toEqual([0, 100, 0]);
    for (const [x, y] of [
      [35, 35],
      [92, 35],
      [35, 92],
      [92, 92],
    ] as const) {
      expect(at(canvas, x, y)).toEqual(white);
    }
    const covered = Array.from({ length: 128 * 128 }, (_, n) => at(canvas, n % 128, Math.floor(n / 128)));
    const area = covered.filter((pixel) => pixel[1] !== 255).length;
    expect(Math.abs(area / 64 ** 2 - 1)).toBeLessThan(0.04);
  });
});

describe('scaling', () => {
  const box = (canvas: Picture) => {
    const columns: number[] = [];
    const rows: number[] = [];
    for (let y = 0; y < canvas.height; y++) {
      for (let x = 0; x < canvas.width; x++) {
        if (at(canvas, x, y)[0] === 255) continue;
        columns.push(x);
        rows.push(y);
      }
    }
    return [Math.min(...columns), Math.min(...rows), Math.max(...columns) + 1, Math.max(...rows) + 1];
  };
  const grey = (width: number, height: number) => paint(width, height, () => [50, 50, 50]);

  it.each([
    [1, 1, [54, 59, 74, 69]],
    [2, 1, [44, 54, 84, 74]],
    [4, 0.5, [44, 54, 84, 74]],
    [0.5, 1, [59, 61.5, 69, 66.5]],
    [0.25, 2, [59, 61.5, 69, 66.5]],
    [1, 0.2, [62, 63, 66, 65]],
  ])("by %f times the model's %f pixels covers just that", (scale, pixelScale, expected) => {
    const drawn = box(draw(grey(20, 10), 128, { scale }, pixelScale));
    // anti-aliased edges reach into the next pixel
    for (const [n, value] of drawn.entries()) expect(Math.abs(value - expected[n]!)).toBeLessThanOrEqual(1);
  });

  it('repeats at the scaled distance', () => {
    const dot = paint(16, 16, (x, y) => (x >= 6 && x < 10 && y >= 6 && y < 10 ? [0, 0, 0] : [250, 250, 250]));
    const canvas = draw(dot, 128, { repeat: 'straight', scale: 2 });
    for (const x of [0, 32, 64, 96]) {
      expect(at(canvas, x, 64)).toEqual([0, 0, 0]);
      expect(at(canvas, x + 16, 64)).toEqual([250, 250, 250]);
    }
  });

  it.each(['none', 'straight', 'half-drop', 'half-brick', 'mirror'] as const)(
    'averages what is finer than the canvas, %s',
    (repeat) => {
      const checks = paint(1000, 1000, (x, y) => ((x + y) % 2 ? [0, 0, 0] : [255, 255, 255]));
      for (const rotation of [0, 31]) {
        const canvas = draw(checks, 64, { repeat, rotation, scale: 0.25 }, 0.7);
        const grey = [at(canvas, 32, 32), at(canvas, 20, 41), at(canvas, 45, 30)].flat();
        for (const value of grey) expect(Math.abs(value - 127.5)).toBeLessThan(4);
      }
    },
  );

  it('draws a swatch that shrinks below a pixel as its mean colour', () => {
    const halves = paint(8, 8, (x) => (x < 4 ? [40, 0, 200] : [80, 100, 200]));
    expect(at(draw(halves, 32, { repeat: 'straight', scale: 0.25 }, 0.1), 7, 19)).toEqual([60, 50, 200]);
  });
});

describe('what is no reference', () => {
  it('a region that leaves the picture, named with its size', () => {
    const region = { x: 50, y: 0, width: 20, height: 20 };
    expect(() => draw(swatch(60, 40), 32, { region })).toThrow(
      expect.objectContaining({ code: 'invalid_request', message: expect.stringMatching(/20×20 at \(50, 0\).*60×40/) }),
    );
    expect(() => draw(swatch(60, 40), 32, { region: { ...region, x: 0, y: 30 } })).toThrow(/60×40/);
  });

  it('a picture or a region under 8×8', () => {
    const tooSmall = expect.objectContaining({
      code: 'invalid_image',
      message: expect.stringMatching(/at least 8×8/),
    });
    expect(() => draw(swatch(7, 40), 32)).toThrow(tooSmall);
    expect(() => draw(swatch(60, 40), 32, { region: { x: 0, y: 0, width: 20, height: 7 } })).toThrow(tooSmall);
  });
});
