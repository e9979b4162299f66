/** Settings, parsed once from the environment. An unknown value stops the start with the valid ones. */
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { ToileError } from '../shared/index.js';

/** Folder of package.json, wherever the build put this file. */
export const packageRoot = findRoot(path.dirname(fileURLToPath(import.meta.url)));

const integer = (low: number, high: number) =>
  z
    .string()
    .regex(/^\d+$/, `a whole number from ${low} to ${high}`)
    .transform(Number)
    .refine((n) => n >= low && n <= high, `a whole number from ${low} to ${high}`);

const environment = z.object({
  PORT: integer(0, 65535).default(8787),
  HOST: z.string().default('127.0.0.1'),
  TOILE_QUEUE: z.literal('memory:', { error: 'memory: is the one queue of this version' }).default('memory:'),
  TOILE_STORE: z
    .string()
    .regex(/^file:.+/, 'file:FOLDER, for one: file:.toile')
    .default('file:.toile'),
  TOILE_BUNDLE: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, "a folder's name under models/bundles")
    .default('garments'),
  TOILE_DEVICE: z.enum(['auto', 'cpu', 'cuda', 'webgpu']).default('auto'),
  TOILE_THREADS: integer(1, 256).optional(),
  TOILE_MAX_BATCH: z.literal('1', { error: '1: this version runs one picture a pass' }).default('1'),
  TOILE_KEYS: z
    .string()
    .regex(/^[a-f0-9]{64}(,[a-f0-9]{64})*$/, 'SHA-256 digests of keys in hexadecimal, comma between them')
    .optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

export type Config = {
  port: number;
  host: string;
  store: string;
  bundles: string;
  bundle: string;
  device: 'auto' | 'cpu' | 'cuda' | 'webgpu';
  threads: number;
  keyHashes: string[];
  logLevel: z.infer<typeof environment>['LOG_LEVEL'];
};

/** @throws ToileError `invalid_config` naming the variable, its value and the valid ones */
export function parseConfig(env: Record<string, string | undefined>): Config {
  const known = Object.fromEntries(Object.keys(environment.shape).map((name) => [name, env[name] || undefined]));
  const parsed = environment.safeParse(known);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((i) => `${i.path.join('.')}=${env[String(i.path[0])]}: ${i.message}`);
    throw new ToileError('invalid_config', problems.join('\n'));
  }
  const unknown = Object.keys(env).filter((name) => name.startsWith('TOILE_') && !(name in environment.shape));
  if (unknown.length > 0) {
    const names = Object.keys(environment.shape).join(', ');
    throw new ToileError('invalid_config', `${unknown.join(', ')}: no such setting; there are ${names}`);
  }
  const e = parsed.data;
  const keyHashes = e.TOILE_KEYS?.split(',') ?? [];
  if (!isLoopback(e.HOST) && keyHashes.length === 0) {
    throw new ToileError(
      'invalid_config',
      `HOST=${e.HOST} is reachable by others, so keys are needed: set TOILE_KEYS, or HOST to 127.0.0.1`,
    );
  }
  return {
    port: e.PORT,
    host: e.HOST,
    store: path.resolve(packageRoot, e.TOILE_STORE.slice('file:'.length)),
    bundles: path.join(packageRoot, 'models', 'bundles'),
    bundle: e.TOILE_BUNDLE,
    device: e.TOILE_DEVICE,
    threads: e.TOILE_THREADS ?? physicalCores(),
    keyHashes,
    logLevel: e.LOG_LEVEL,
  };
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

/** Cores that compute in parallel: two threads of one core share its arithmetic units and only get in each other's way. */
export function physicalCores(): number {
  const logical = os.availableParallelism();
  try {
    const cores = new Set<string>();
    for (const block of readFileSync('/proc/cpuinfo', 'utf8').split('\n\n')) {
      const field = (name: string) => new RegExp(`^${name}\\s*: (\\d+)$`, 'm').exec(block)?.[1];
      const core = field('core id');
      if (core !== undefined) cores.add(`${field('physical id')}/${core}`);
    }
    return Math.min(logical, cores.size || logical);
  } catch {
    return logical;
  }
}

function findRoot(folder: string): string {
  for (let at = folder; at !== path.dirname(at); at = path.dirname(at)) {
    try {
      readFileSync(path.join(at, 'manifest.json'));
      return at;
    } catch {
      // one level up
    }
  }
  return folder;
}
