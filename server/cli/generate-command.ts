/** `toile generate`: words, references or both to pictures. */
import { readFile } from 'node:fs/promises';
import { ToileError } from '../../shared/index.js';
import { readOptions } from './options.js';
import { makeTask, requestFlags, runTasks } from './requests.js';

const flags = { ...requestFlags, prompts: { type: 'string' } } as const;

export async function generateCommand(args: string[], signal: AbortSignal): Promise<void> {
  const options = readOptions(args, flags);
  if (options.prompts === undefined) return runTasks(options, [await makeTask(options, {})], signal);
  if (options.prompt !== undefined) {
    throw new ToileError('invalid_request', '--prompt and --prompts exclude each other');
  }
  const lines = await readLines('prompts', options.prompts);
  const tasks = lines.map((prompt, n) => makeTask({ ...options, prompt }, { prefix: `${n}-` }));
  return runTasks(options, await Promise.all(tasks), signal);
}

/** Lines of a file; a last empty one doesn't count. @throws ToileError `invalid_request` */
export async function readLines(option: string, file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ToileError('invalid_request', `--${option} ${file} can't be read`, { cause });
  });
  return text.replace(/\r?\n$/, '').split(/\r?\n/);
}
