/** The only way from here to the panel, so that nothing untyped is said. */
import type { ToPanel } from '../messages.js';
import { Refusal } from './refusal.js';

export function say(message: ToPanel): void {
  figma.ui.postMessage(message);
}

/** @param about the job that has come to its end by this, or the node whose picture was asked for */
export function sayFailed(thrown: unknown, about: { ticket?: string; node?: string } = {}): void {
  const code = thrown instanceof Refusal ? thrown.code : 'unexpected';
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  say({ type: 'failed', code, detail, ...about });
}
