/** Draws a visual condition as the encoder shall see it: a swatch, scaled and turned, alone or as a repeat. */
import { ToileError, type VisualCondition } from '../../shared/index.js';
import { crop, type Picture, type Size } from './picture.js';

type Region = NonNullable<VisualCondition['region']>;

export type Reference = {
  picture: Picture;
  condition: VisualCondition;
  /** Model pixels to a pixel of the reference, before the condition's own scale. */
  pixelScale: number;
  /** Of the canvas, in model pixels. */
  side: number;
};

/**
 * The condition's region on a square canvas, its middle in the canvas's middle (half a pixel off where it can't be in
 * whole pixels). Alone it lies on white; repeated, the swatch in the middle is a tile of column 0, row 0. Rotation turns
 * the whole plane about the canvas's middle.
 * @throws ToileError `invalid_request` where the region leaves the picture, `invalid_image` where it is under 8×8 pixels
 */
export function drawReference({ picture, condition, pixelScale, side }: Reference): Picture {
  const { scale = 1, rotation = 0, repeat = 'none' } = condition;
  const cut = crop(picture, checkRegion(picture, condition));
  const zoom = scale * pixelScale;
  // bilinear sampling sees two pixels each way; finer detail must be averaged first, or it aliases
  const swatch = zoom < 0.5 ? shrink(cut, zoom) : cut;
  const sample = createSampler(swatch, repeat);

  const drawn = { width: cut.width * zoom, height: cut.height * zoom };
  const left = Math.round((side - drawn.width) / 2);
  const top = Math.round((side - drawn.height) / 2);
  const [cos, sin] = turn(rotation);
  const data = new Uint8Array(3 * side * side);
  for (let y = 0, to = 0; y < side; y++) {
    for (let x = 0; x < side; x++, to += 3) {
      // back from the canvas: about its middle, then to the swatch's own pixels
      const [dx, dy] = [x + 0.5 - side / 2, y + 0.5 - side / 2];
      const u = ((cos * dx + sin * dy + side / 2 - left) * swatch.width) / drawn.width;
      const v = ((cos * dy - sin * dx + side / 2 - top) * swatch.height) / drawn.height;
      sample(u, v, data, to);
    }
  }
  return { data, width: side, height: side };
}

/** @throws ToileError where a reference's region leaves its picture, or is too small */
export function checkRegion(picture: Size, { region }: VisualCondition): Region {
  const { x, y, width, height } = region ?? { x: 0, y: 0, width: picture.width, height: picture.height };
  if (x + width > picture.width || y + height > picture.height) {
    throw new ToileError(
      'invalid_request',
      `the region ${width}×${height} at (${x}, ${y}) leaves its picture of ${picture.width}×${picture.height}`,
      { details: { region, picture: { width: picture.width, height: picture.height } } },
    );
  }
  if (width < 8 || height < 8) {
    throw new ToileError(
      'invalid_image',
      `a reference of ${width}×${height} pixels is too small; at least 8×8 is taken`,
    );
  }
  return { x, y, width, height };
}

/** Cosine and sine of degrees; exact for quarter turns, so that those move whole pixels. */
function turn(degrees: number): [cos: number, sin: number] {
  if (degrees % 90 !== 0) return [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const quarter = (((degrees / 90) % 4) + 4) % 4;
  return [[1, 0, -1, 0][quarter] ?? 1, [0, 1, 0, -1][quarter] ?? 0];
}

/** By averages over areas, to whole pixels (one at least). */
function shrink(picture: Picture, zoom: number): Picture {
  const size = {
    width: Math.max(1, Math.round(picture.width * zoom)),
    height: Math.max(1, Math.round(picture.height * zoom)),
  };
  const columns = areaWeights(picture.width, size.width);
  const rows = areaWeights(picture.height, size.height);
  const narrow = new Float32Array(3 * size.width * picture.height);
  for (let y = 0; y < picture.height; y++) {
    for (let x = 0; x < picture.width; x++) {
      const from = 3 * (y * picture.width + x);
      for (const { to, weight } of columns[x] ?? []) {
        const at = 3 * (y * size.width + to);
        for (let c = 0; c < 3; c++) narrow[at + c] = (narrow[at + c] ?? 0) + weight * (picture.data[from + c] ?? 0);
      }
    }
  }
  const sums = new Float32Array(3 * size.width * size.height);
  const stride = 3 * size.width;
  for (let y = 0; y < picture.height; y++) {
    for (const { to, weight } of rows[y] ?? []) {
      for (let n = 0; n < stride; n++) {
        sums[to * stride + n] = (sums[to * stride + n] ?? 0) + weight * (narrow[y * stride + n] ?? 0);
      }
    }
  }
  return { data: Uint8Array.from(sums, Math.round), ...size };
}

/** For each of `from` pixels, the pixels of `to` that it lies in and its share of each; the shares of one sum to 1. */
function areaWeights(from: number, to: number): { to: number; weight: number }[][] {
  const length = to / from;
  return Array.from({ length: from }, (_, at) => {
    const start = at * length;
    const first = Math.min(to - 1, Math.floor(start));
    const inFirst = Math.min(length, first + 1 - start);
    const rest = first + 1 < to ? length - inFirst : 0;
    return [{ to: first, weight: inFirst }, ...(rest > 0 ? [{ to: first + 1, weight: rest }] : [])];
  });
}

/** Writes the plane's colour at (u, v), in swatch pixels with pixel centres at halves, to three bytes of `data`. */
type Sampler = (u: number, v: number, data: Uint8Array, to: number) => void;

type Repeat = NonNullable<VisualCondition['repeat']>;

/** Bilinear; where tiles meet, between the pixels that do meet there. */
function createSampler(swatch: Picture, repeat: Repeat): Sampler {
  if (repeat === 'half-brick') {
    // a half-drop seen in a mirror along the diagonal
    const sample = createSampler(transpose(swatch), 'half-drop');
    return (u, v, data, to) => sample(v, u, data, to);
  }
  const { width, height } = swatch;
  const lookUp = repeat === 'none' ? within : repeat === 'mirror' ? mirrored : wrapped;
  return (u, v, data, to) => {
    let [red, green, blue] = [0, 0, 0];
    const x0 = Math.floor(u - 0.5);
    for (let x = x0; x <= x0 + 1; x++) {
      const inRow = 1 - Math.abs(u - 0.5 - x);
      const odd = Math.floor(x / width) % 2 !== 0;
      const shifted = v - 0.5 - (repeat === 'half-drop' && odd ? height / 2 : 0);
      const y0 = Math.floor(shifted);
      for (let y = y0; y <= y0 + 1; y++) {
        const weight = inRow * (1 - Math.abs(shifted - y));
        const [column, row] = [lookUp(x, width), lookUp(y, height)];
        const from = 3 * (row * width + column);
        const outside = column < 0 || row < 0;
        red += weight * (outside ? 255 : (swatch.data[from] ?? 0));
        green += weight * (outside ? 255 : (swatch.data[from + 1] ?? 0));
        blue += weight * (outside ? 255 : (swatch.data[from + 2] ?? 0));
      }
    }
    data[to] = Math.round(red);
    data[to + 1] = Math.round(green);
    data[to + 2] = Math.round(blue);
  };
}

/** -1 outside. */
function within(at: number, length: number): number {
  return at >= 0 && at < length ? at : -1;
}

function wrapped(at: number, length: number): number {
  return ((at % length) + length) % length;
}

function mirrored(at: number, length: number): number {
  const inPair = wrapped(at, 2 * length);
  return inPair < length ? inPair : 2 * length - 1 - inPair;
}

function transpose({ data, width, height }: Picture): Picture {
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) out[3 * (x * height + y) + c] = data[3 * (y * width + x) + c] ?? 0;
    }
  }
  return { data: out, width: height, height: width };
}
