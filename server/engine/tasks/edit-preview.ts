/** An edit on its way, drawn on a base made small, so that a look at it costs next to nothing however large it is. */
import { composite } from '../composite.js';
import { shrinkMask } from '../mask.js';
import { flatten, resize, type Picture, type Source, type Window } from '../picture.js';
import { fitPreview } from '../preview.js';

export type EditPreviews = {
  canvas: Source;
  /** One byte a canvas pixel; above 0 may change. */
  mask: Uint8Array;
  /** How opaque the edit is on the finished picture, a byte a canvas pixel. */
  weigh: () => Uint8Array;
};

/** What stands when a window's turn comes. */
export type Standing = {
  window: Window;
  /** The canvas with the windows before; undefined before the first. */
  working: Picture | undefined;
  /** Above 0 where the mask has not been worked off. */
  left: Uint8Array;
};

/** Of a window's standing and its picture at the model's scale makes the whole picture, small and on white. */
export type DrawPreview = (standing: Standing, patch: Picture) => Promise<Picture>;

export function createEditPreviews({ canvas, mask, weigh }: EditPreviews): DrawPreview {
  const { scale, width, height } = fitPreview(canvas);
  const shrink = async () => ({
    base: await resize(flatten(canvas), width, height),
    weights: await shrinkMask(weigh(), canvas, { width, height }),
  });
  let shrunk: ReturnType<typeof shrink> | undefined;
  // the windows before stand as they are until this one is done, so one shrinking does for all looks at it
  let ground: { standing: Standing; picture: Promise<Picture> } | undefined;

  return async (standing, patch) => {
    const small = await (shrunk ??= shrink());
    if (ground?.standing !== standing) {
      const { working } = standing;
      ground = { standing, picture: working ? resize(working, width, height) : Promise.resolve(small.base) };
    }
    const { data } = await ground.picture;
    const painted = { data: data.slice(), width, height };
    paste(painted, await resizeTo(patch, standing.window), standing);
    return flatten(composite({ base: small.base, patch: painted, at: { x: 0, y: 0 }, weights: small.weights }));
  };

  async function resizeTo(patch: Picture, { side }: Window): Promise<Picture> {
    const smallSide = Math.max(1, Math.round(side * scale));
    return resize(patch, smallSide, smallSide);
  }

  /** In place, except where earlier windows were. */
  function paste(onto: Picture, patch: Picture, { window, left }: Standing): void {
    const [x, y] = [Math.round(window.x * scale), Math.round(window.y * scale)];
    const own = (at: number, most: number) => Math.min(most - 1, Math.floor((at + 0.5) / scale));
    for (let row = Math.max(0, y); row < Math.min(height, y + patch.height); row++) {
      const line = own(row, canvas.height) * canvas.width;
      for (let column = Math.max(0, x); column < Math.min(width, x + patch.width); column++) {
        const at = line + own(column, canvas.width);
        if (mask[at] && !left[at]) continue;
        const from = 3 * ((row - y) * patch.width + column - x);
        onto.data.set(patch.data.subarray(from, from + 3), 3 * (row * width + column));
      }
    }
  }
}
