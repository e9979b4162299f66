/** How large the panel is: small beside the canvas, and large while it shows a picture. */

/** Of the panel with its controls, in CSS pixels. */
export const usualSize = { width: 340, height: 560 };
/** Shares of the canvas that is seen: the next picture is chosen on what is left. Figma itself sets no most. */
const MOST = { width: 0.6, height: 0.9 };
/** In CSS pixels: a picture of 1024 as it is, and what lies around it. */
const WIDEST = 1056;

export function sizePanel(large: boolean): void {
  const { width, height } = large ? largeSize() : usualSize;
  figma.ui.resize(width, height);
}

function largeSize(): { width: number; height: number } {
  const { bounds, zoom } = figma.viewport;
  const width = Math.min(MOST.width * bounds.width * zoom, WIDEST);
  const height = MOST.height * bounds.height * zoom;
  return {
    width: Math.round(Math.max(width, usualSize.width)),
    height: Math.round(Math.max(height, usualSize.height)),
  };
}
