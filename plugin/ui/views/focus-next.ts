/** Where the keyboard goes on once the button that was pressed is gone: to what starts the next job, or else the first field. */
export function focusNext(): void {
  const next = document.querySelector<HTMLElement>('[data-go]:not(:disabled)');
  (next ?? document.querySelector<HTMLElement>('main textarea, main input, main button'))?.focus();
}
