/** `toile run`: requests as the API takes them, a line each, with files in the place of assets. */
import path from 'node:path';
import { ToileError } from '../../shared/index.js';
import { readLines } from './generate-command.js';
import { readOptions } from './options.js';
import { createImages, requestFlags, resolveTask, runTasks, type Images, type Task } from './requests.js';

const { out, json, bundle, device, threads } = requestFlags;
const flags = { requests: { type: 'string' }, out, json, bundle, device, threads } as const;

/** Fields of a request that hold assets. */
const assetFields = new Set(['asset', 'mask', 'lock', 'tokensFrom', 'assets']);

export async function runCommand(args: string[], signal: AbortSignal): Promise<void> {
  const options = readOptions(args, flags);
  if (options.requests === undefined) {
    throw new ToileError('invalid_request', '--requests is needed: a file with a request a line, as JSON');
  }
  const folder = path.dirname(options.requests);
  const tasks: Task[] = [];
  for (const [n, line] of (await readLines('requests', options.requests)).entries()) {
    const images = createImages();
    const request = await nameAssets(parseLine(line, n), images, folder);
    if (typeof request !== 'object' || request === null) {
      throw new ToileError('invalid_request', `line ${n + 1} is no request: '${line.slice(0, 40)}'`);
    }
    tasks.push(resolveTask(request, images, `${n}-`));
  }
  return runTasks(options, tasks, signal);
}

function parseLine(line: string, n: number): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new ToileError('invalid_request', `line ${n + 1} is not JSON: '${line.slice(0, 40)}'`, { cause });
  }
}

/** The same value with every file replaced by the id of its asset. */
async function nameAssets(value: unknown, images: Images, folder: string, field = ''): Promise<unknown> {
  if (typeof value === 'string' && assetFields.has(field)) return images.add(path.resolve(folder, value));
  if (Array.isArray(value)) return Promise.all(value.map((item) => nameAssets(item, images, folder, field)));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(async ([key, item]) => [key, await nameAssets(item, images, folder, key)]);
  return Object.fromEntries(await Promise.all(entries));
}
