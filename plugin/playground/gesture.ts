/** What happens between pressing the pointer and letting go; each tool starts its own. */
import type { Point } from '../affine.js';
import type { Desk } from './desk.js';

export type Pointed = {
  /** Coordinates of the page. */
  page: Point;
  /** CSS pixels of the canvas. */
  screen: Point;
  shift: boolean;
  alt: boolean;
};

export type Gesture = {
  drag(to: Pointed): void;
  drop(at: Pointed): void;
  /** Escape, or a pointer that was taken away. */
  cancel(): void;
};

/** A press that does nothing. */
export const idle: Gesture = { drag: () => {}, drop: () => {}, cancel: () => {} };

/** CSS pixels that a press may wander and still be a click. */
const CLICK_SLACK = 3;

export function isClick(from: Pointed, to: Pointed): boolean {
  return Math.hypot(to.screen.x - from.screen.x, to.screen.y - from.screen.y) <= CLICK_SLACK;
}

/** Changes of the document that are one undo step, begun with the first of them. */
export function createStep({ standIn: { user } }: Desk) {
  let begun = false;
  return {
    change(act: () => void): void {
      if (!begun) user.beginGesture();
      begun = true;
      act();
    },
    end(): void {
      if (begun) user.endGesture();
      begun = false;
    },
    takeBack(): void {
      if (!begun) return;
      user.endGesture();
      user.undo();
      begun = false;
    },
  };
}

/** A gesture that is one step: `drag` does all that there is to do, when the pointer is let go too. */
export function draggedIn(step: ReturnType<typeof createStep>, drag: Gesture['drag']): Gesture {
  return {
    drag,
    drop(at) {
      drag(at);
      step.end();
    },
    cancel: step.takeBack,
  };
}
