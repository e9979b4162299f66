/** What the sandbox refuses, by a code that the panel has words for. */
import type { ToPanel } from '../messages.js';

export type RefusalCode = Extract<ToPanel, { type: 'failed' }>['code'];

export class Refusal extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.name = 'Refusal';
    this.code = code;
  }
}
