/** What must hold of every answer, whatever was asked. */
import { z } from 'zod';
import { errorCodes } from '../../shared/index.js';
import type { Answer } from './fire.js';

/** Words that no answer may hold: keys, tokens, places on this machine. */
export type Secrets = readonly { name: string; text: string }[];

const failure = z.strictObject({
  error: z.strictObject({
    code: z.enum(errorCodes),
    message: z.string().min(1).max(4000),
    details: z.record(z.string(), z.unknown()).optional(),
  }),
});

/** A line of a stack, or a file of the source. */
const inside = /\n\s+at \S|node:internal|\.[jt]s:\d+/;

/** @returns what is wrong with it, in words */
export function judge({ status, headers, body }: Answer, secrets: Secrets, asked: { method: string }): string[] {
  const text = body.toString('utf8');
  const wrong: string[] = [];
  if (status >= 500) wrong.push(`status ${status}`);
  for (const { name, text: secret } of secrets) if (text.includes(secret)) wrong.push(`the answer holds ${name}`);
  for (const [header, value] of headers) {
    if (secrets.some((secret) => value.includes(secret.text))) wrong.push(`the header ${header} holds a secret`);
  }
  if (status < 400) return wrong;
  if (inside.test(text)) wrong.push('the answer tells of the inside');
  if (asked.method === 'HEAD') return wrong;
  if (!headers.get('content-type')?.startsWith('application/json')) {
    return [...wrong, `error ${status} of type ${headers.get('content-type')}: ${text.slice(0, 200)}`];
  }
  const parsed = failure.safeParse(parseJson(text));
  if (!parsed.success)
    wrong.push(`error ${status}, not as this server says errors: ${text.slice(0, 200)}: ${parsed.error.message}`);
  return wrong;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
