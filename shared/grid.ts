/** Grid geometry: from a mask of pixels to the cells of the token grid that it touches. */

declare const unit: unique symbol;

/** A length at the model's scale, which a bundle says of itself: where one is asked for, no length of a picture will do. */
export type ModelPixels = number & { readonly [unit]: 'model pixels' };

export const modelPixels = (n: number) => n as ModelPixels;

export type PixelMask = {
  /** Row-major, one byte a pixel; above 0 is editable. */
  data: Uint8Array;
  width: ModelPixels;
  height: ModelPixels;
};

/**
 * The preservation condition p (§3.2) from a pixel mask, by max pooling: a cell that the mask touches anywhere is
 * editable, so that no pixel asked for is left out.
 * @returns one byte a cell, row-major: 1 editable, 0 preserved
 * @throws RangeError where the mask isn't whole cells
 */
export function poolMask(mask: PixelMask, cell: ModelPixels): Uint8Array {
  if (mask.width % cell || mask.height % cell || mask.data.length !== mask.width * mask.height) {
    throw new RangeError(`a mask of ${mask.width}×${mask.height} pixels is not whole cells of ${cell}`);
  }
  const columns = mask.width / cell;
  const pooled = new Uint8Array((mask.height / cell) * columns);
  for (let at = 0; at < mask.data.length; at++) {
    if (!mask.data[at]) continue;
    const row = Math.floor(at / mask.width / cell);
    const column = Math.floor((at % mask.width) / cell);
    pooled[row * columns + column] = 1;
  }
  return pooled;
}
