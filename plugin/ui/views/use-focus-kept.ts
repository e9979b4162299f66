/** Keeps the keyboard in the panel where what had the focus goes, as the words do when a result takes their place. */
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

/**
 * From the heading one goes on with what is offered instead. Jobs look after themselves.
 * @returns for the element around it all
 */
export function useFocusKept(): RefObject<HTMLDivElement> {
  const root = useRef<HTMLDivElement>(null);
  const { activeElement } = document;
  // some browsers remember a frame's element while the page around it has the focus, which stays there
  const had = document.hasFocus() && activeElement?.closest('header, main') && root.current?.contains(activeElement);
  useLayoutEffect(() => {
    if (had && document.activeElement === document.body) root.current?.querySelector('h1')?.focus();
  });
  return root;
}
