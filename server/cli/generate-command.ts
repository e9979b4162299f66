/** `toile generate`: words, references or both to pictures. */
import { readFile } from 'node:fs/promises';
import { ToileError } from '../../shared/index.js';
import { readOptions } from './options.js';
import { createImages, makeTask, requestFlags, runTasks, type Task } from './requests.js';

const flags = { ...requestFlags, prompts: { type: 'string' } } as const;

export async function generateCommand(args: string[], signal: AbortSignal): Promise<void> {
  const options = readOptions(args, flags);
  if (options.prompts === undefined) return runTasks(options, [await makeTask(options, {})], signal);
  if (options.prompt !== undefined) {
    throw new ToileError('invalid_request', '--prompt and --prompts exclude each other');
  }
  const lines = await readLines('prompts', options.prompts);
  // the references of all lines are the same
  const images = createImages();
  const tasks: Task[] = [];
  for (const [n, prompt] of lines.entries()) {
    tasks.push(await makeTask({ ...options, prompt }, { images, prefix: `${n}-` }));
  }
  return runTasks(options, tasks, signal);
}

/** Lines of a file; a last empty one doesn't count. @throws ToileError `invalid_request` */
export async function readLines(option: string, file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ToileError('invalid_request', `--${option} ${file} can't be read`, { cause });
  });
  return text.replace(/\r?\n$/, '').split(/\r?\n/);
}
