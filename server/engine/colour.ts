/** Colours as the references have them: tokens carry a pattern, but its colours only roughly, and designers ask for theirs. */
import type { Picture } from './picture.js';

/** Distance from white in Oklab below which a pixel is background, and above which it is cloth. */
const BACKGROUND = 0.02;
const CLOTH = 0.08;
/** Share of a picture that cloth takes up at least for its colours to mean anything. */
const LEAST_CLOTH = 0.02;
/** How far lightness and the two chroma axes may be spread or narrowed. */
const MOST_SPREAD = 1.7;

/** Mean and standard deviation of cloth in Oklab (L, a, b). */
export type Palette = { mean: number[]; spread: number[] };

export type Colouring = {
  generated: Picture;
  /** One byte a pixel; above 0 is new cloth. */
  mask: Uint8Array;
  palette: Palette;
  /** 0 leaves the generated picture, 1 takes the palette's colours whole. */
  strength: number;
};

/** The palette of some pictures taken together; a white one counts as white cloth. None where nothing is seen. */
export function readPalette(pictures: readonly Picture[]): Palette | undefined {
  const seen = pictures.map((picture) => ({
    lab: toOklab(picture),
    mask: new Uint8Array(picture.data.length / 3).fill(1),
  }));
  const pixels = seen.reduce((sum, { mask }) => sum + mask.length, 0);
  const cloth = describe(seen.map((part) => ({ ...part, least: 0 })));
  const found = cloth.weight >= LEAST_CLOTH * pixels ? cloth : describe(seen.map((part) => ({ ...part, least: 1 })));
  return found.weight > 0 ? found : undefined;
}

/** Moves the new cloth's mean and spread to the palette's, and leaves plain background alone. */
export function takeColours({ generated, mask, palette, strength }: Colouring): Picture {
  const lab = toOklab(generated);
  const own = describe([{ lab, mask, least: 0 }]);
  const masked = mask.reduce((sum, value) => sum + (value > 0 ? 1 : 0), 0);
  if (own.weight < LEAST_CLOTH * masked) return generated;
  const gains = palette.spread.map((spread, c) => {
    const gain = spread / Math.max(1e-3, own.spread[c] ?? 0);
    return Math.min(MOST_SPREAD, Math.max(1 / MOST_SPREAD, gain));
  });
  const data = generated.data.slice();
  for (let at = 0; at < mask.length; at++) {
    const share = mask[at] ? strength * clothShare(lab, at) : 0;
    if (share === 0) continue;
    const moved = [0, 1, 2].map((c) => {
      const value = lab[3 * at + c] ?? 0;
      const wanted = (value - (own.mean[c] ?? 0)) * (gains[c] ?? 1) + (palette.mean[c] ?? 0);
      return value + share * (wanted - value);
    });
    data.set(fromOklab(moved), 3 * at);
  }
  return { ...generated, data };
}

/** Weighted mean and standard deviation over the masked pixels of some pictures; `least` is the weight of background. */
function describe(parts: readonly { lab: Float32Array; mask: Uint8Array; least: number }[]) {
  const sums = new Float64Array(6);
  let weight = 0;
  for (const { lab, mask, least } of parts) {
    for (let at = 0; at < mask.length; at++) {
      const share = mask[at] ? Math.max(least, clothShare(lab, at)) : 0;
      if (share === 0) continue;
      weight += share;
      for (let c = 0; c < 3; c++) {
        const value = lab[3 * at + c] ?? 0;
        sums[c] = (sums[c] ?? 0) + share * value;
        sums[c + 3] = (sums[c + 3] ?? 0) + share * value * value;
      }
    }
  }
  const mean = [0, 1, 2].map((c) => (sums[c] ?? 0) / Math.max(weight, 1e-9));
  const spread = mean.map((m, c) => Math.sqrt(Math.max(0, (sums[c + 3] ?? 0) / Math.max(weight, 1e-9) - m * m)));
  return { mean, spread, weight };
}

/** 0 where a pixel is plain white, 1 where it is surely cloth. */
function clothShare(lab: Float32Array, at: number): number {
  const distance = Math.hypot(1 - (lab[3 * at] ?? 0), lab[3 * at + 1] ?? 0, lab[3 * at + 2] ?? 0);
  const t = Math.min(1, Math.max(0, (distance - BACKGROUND) / (CLOTH - BACKGROUND)));
  return t * t * (3 - 2 * t);
}

/** 8-bit sRGB -> Oklab, (pixels, 3) */
function toOklab({ data }: Picture): Float32Array {
  const out = new Float32Array(data.length);
  for (let at = 0; at < data.length; at += 3) {
    const [r, g, b] = [LINEAR[data[at] ?? 0] ?? 0, LINEAR[data[at + 1] ?? 0] ?? 0, LINEAR[data[at + 2] ?? 0] ?? 0];
    const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
    const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
    const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
    out[at] = 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s;
    out[at + 1] = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
    out[at + 2] = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
  }
  return out;
}

/** Oklab -> 8-bit sRGB */
function fromOklab([L = 0, a = 0, b = 0]: readonly number[]): number[] {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return linear.map((x) => {
    const v = x <= 0.0031308 ? 12.92 * Math.max(0, x) : 1.055 * x ** (1 / 2.4) - 0.055;
    return Math.round(255 * Math.min(1, v));
  });
}

/** Linear light of each 8-bit sRGB value. */
const LINEAR = Float32Array.from({ length: 256 }, (_, n) => {
  const v = n / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
});
