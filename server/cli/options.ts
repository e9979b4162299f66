/** Reading a command's options: whatever is wrong with them is one clear line. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { ToileError } from '../../shared/index.js';

/** What `--help` asks for; thrown, so that a command that is asked for it does nothing else. */
export class HelpAsked extends Error {}

/** @throws HelpAsked, or ToileError `invalid_request` naming the unknown option and the known ones */
export function readOptions<const T extends NonNullable<ParseArgsConfig['options']>>(args: string[], options: T) {
  const known = Object.keys(options).map((name) => `--${name}`);
  const valid = known.length > 0 ? `the options are ${known.join(', ')}` : 'there are no options';
  if (args.includes('--help')) throw new HelpAsked(valid);
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: false }).values;
  } catch (cause) {
    const [line] = (cause instanceof Error ? cause.message : String(cause)).split('. ');
    throw new ToileError('invalid_request', `${line}; ${valid}`, { cause });
  }
}

/** An option's number, for a schema to judge. @throws ToileError `invalid_request` where it is none */
export function readNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) {
    throw new ToileError('invalid_request', `--${name} takes a number, got '${text}'`);
  }
  return value;
}
