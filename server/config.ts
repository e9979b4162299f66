/** Settings, parsed once from the environment. An unknown value stops the start with the valid ones. */
import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { ToileError } from '../shared/index.js';
import { parseS3Address, parseS3Endpoint, type S3Address } from './store/s3-address.js';

/** Folder of package.json, wherever the build put this file. */
export const packageRoot = findRoot(path.dirname(fileURLToPath(import.meta.url)));

/** As package.json has it. */
export const version = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(path.join(packageRoot, 'package.json'), 'utf8'))).version;

const integer = (low: number, high: number) =>
  z
    .string()
    .regex(/^\d+$/, `a whole number from ${low} to ${high}`)
    .transform(Number)
    .refine((n) => n >= low && n <= high, `a whole number from ${low} to ${high}`);

const DEFAULT_PORT = 8787;

/** Jobs may wait for a week, and need their pictures for as long. */
const KEEP_DAYS = 'days from 7 to 3650, or 0 to keep everything';

const environment = z.object({
  PORT: integer(0, 65535).optional(),
  HOST: z.string().default('127.0.0.1'),
  TOILE_QUEUE: z
    .string()
    .refine((text) => text === 'memory:' || isRedisUrl(text), 'memory:, redis://HOST:PORT or, encrypted, rediss://')
    .default('memory:'),
  TOILE_STORE: z
    .string()
    .regex(/^(file:.|s3:\/\/)/, 'file:FOLDER, for one: file:.toile, or s3://BUCKET/PREFIX')
    .default('file:.toile'),
  TOILE_S3_ENDPOINT: z.string().optional(),
  TOILE_BUNDLE: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9-]*$|\//,
      "a folder's name under models/bundles, or the path of one elsewhere, with a / in it",
    )
    .default('garments'),
  TOILE_BUNDLE_SHA256: z
    .string()
    .regex(/^[a-f0-9]{64}$/i, "the SHA-256 of the bundle's model.json in hexadecimal")
    .transform((digest) => digest.toLowerCase())
    .optional(),
  TOILE_DEVICE: z.enum(['auto', 'cpu', 'cuda', 'webgpu']).default('auto'),
  TOILE_THREADS: integer(1, 256).optional(),
  TOILE_MAX_BATCH: integer(1, 64).optional(),
  TOILE_ENGINES: integer(1, 16).default(1),
  TOILE_KEEP_DAYS: z
    .string()
    .regex(/^\d{1,4}$/, KEEP_DAYS)
    .transform(Number)
    .refine((days) => days === 0 || (days >= 7 && days <= 3650), KEEP_DAYS)
    .default(30),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

/** One process for everything, or the two halves apart. */
export const roles = ['all', 'api', 'worker'] as const;
export type Role = (typeof roles)[number];

export type Config = {
  /** Absent: a worker that nobody asks. */
  port?: number;
  host: string;
  queue: { type: 'memory' } | { type: 'redis'; url: string };
  store: { type: 'file'; folder: string } | ({ type: 's3'; endpoint?: string } & S3Address);
  bundles: string;
  /** A name in `bundles`, or the absolute path of a folder elsewhere. */
  bundle: string;
  bundleSha256?: string;
  device: 'auto' | 'cpu' | 'cuda' | 'webgpu';
  /** Engine processes of a worker. */
  engines: number;
  /** Of one engine. */
  threads: number;
  /** Rows of a pass that may run as one; absent: as the device gains by it. */
  maxBatch?: number;
  /** Days that pictures and ended jobs stay after their last use; 0: for ever. */
  keepDays: number;
  logLevel: z.infer<typeof environment>['LOG_LEVEL'];
};

/** @throws ToileError `invalid_config` */
export function parseRole(word: string = 'all'): Role {
  const role = roles.find((known) => known === word);
  if (role) return role;
  throw new ToileError('invalid_config', `no role '${word}'; there are ${roles.join(', ')}`);
}

/** @throws ToileError `invalid_config` naming the variable, its value and the valid ones */
export function parseConfig(env: Record<string, string | undefined>, role: Role = 'all'): Config {
  const known = Object.fromEntries(Object.keys(environment.shape).map((name) => [name, env[name] || undefined]));
  const parsed = environment.safeParse(known);
  if (!parsed.success) {
    // an address may hold a password
    const shown = (name: string) => `${name}=${env[name]?.replace(/\/\/.*@/s, '//…@')}`;
    const problems = parsed.error.issues.map(({ path: [name], message }) => `${shown(String(name))}: ${message}`);
    throw new ToileError('invalid_config', problems.join('\n'));
  }
  const unknown = Object.keys(env).filter((name) => name.startsWith('TOILE_') && !(name in environment.shape));
  if (unknown.length > 0) {
    const names = Object.keys(environment.shape).join(', ');
    throw new ToileError('invalid_config', `${unknown.join(', ')}: no such setting; there are ${names}`);
  }
  const e = parsed.data;
  if (role !== 'all' && e.TOILE_QUEUE === 'memory:') {
    throw new ToileError(
      'invalid_config',
      `TOILE_QUEUE=memory: is a queue of one process, which 'npm start' runs; start:api and start:worker share one of redis://HOST:PORT or rediss://HOST:PORT`,
    );
  }
  const port = e.PORT ?? (role === 'worker' ? undefined : DEFAULT_PORT);
  return {
    ...(port === undefined ? {} : { port }),
    host: e.HOST,
    queue: e.TOILE_QUEUE === 'memory:' ? { type: 'memory' } : { type: 'redis', url: e.TOILE_QUEUE },
    store: parseStore(e.TOILE_STORE, e.TOILE_S3_ENDPOINT),
    bundles: path.join(packageRoot, 'models', 'bundles'),
    bundle: e.TOILE_BUNDLE.includes('/') ? path.resolve(packageRoot, e.TOILE_BUNDLE) : e.TOILE_BUNDLE,
    ...(e.TOILE_BUNDLE_SHA256 === undefined ? {} : { bundleSha256: e.TOILE_BUNDLE_SHA256 }),
    device: e.TOILE_DEVICE,
    engines: e.TOILE_ENGINES,
    threads: e.TOILE_THREADS ?? Math.max(1, Math.floor(physicalCores() / e.TOILE_ENGINES)),
    ...(e.TOILE_MAX_BATCH === undefined ? {} : { maxBatch: e.TOILE_MAX_BATCH }),
    keepDays: e.TOILE_KEEP_DAYS,
    logLevel: e.LOG_LEVEL,
  };
}

function parseStore(text: string, endpoint: string | undefined): Config['store'] {
  if (!text.startsWith('s3:')) return { type: 'file', folder: path.resolve(packageRoot, text.slice('file:'.length)) };
  const server = endpoint === undefined ? {} : { endpoint: parseS3Endpoint(endpoint) };
  return { type: 's3', ...parseS3Address(text), ...server };
}

function isRedisUrl(text: string): boolean {
  return /^rediss?:\/\/[^/]/.test(text) && URL.canParse(text);
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
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
