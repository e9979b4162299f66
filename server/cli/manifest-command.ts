/** `toile manifest`: names a team's server in manifest.json, since Figma lets the plugin reach only what stands there. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { ToileError } from '../../shared/index.js';
import { isLoopback, packageRoot } from '../config.js';
import { readOptions } from './options.js';

const flags = { host: { type: 'string' }, remove: { type: 'boolean' } } as const;

/** What Figma takes for no domain at all. */
const NOWHERE = 'none';

export async function manifestCommand(args: string[]): Promise<void> {
  const { host, remove = false } = readOptions(args, flags);
  if (host === undefined && !remove) {
    throw new ToileError(
      'invalid_request',
      '--host is needed: where the server is, such as --host https://toile.studio.example; --remove takes it out again',
    );
  }
  const file = path.join(packageRoot, 'manifest.json');
  const { text, domains } = writeHost(await readFile(file, 'utf8'), { host, remove });
  await writeFile(file, text);
  process.stdout.write(`${file}: networkAccess.allowedDomains is ${JSON.stringify(domains)}\n`);
}

/**
 * The manifest with a server among `networkAccess.allowedDomains`, or without it; everything else stays as it is written.
 * Removing without a host leaves none.
 * @throws ToileError `invalid_request` where the host is no address that Figma lets a plugin reach
 */
export function writeHost(
  manifest: string,
  { host, remove }: { host?: string | undefined; remove: boolean },
): { text: string; domains: string[] } {
  const origin = host === undefined ? undefined : readOrigin(host);
  const { networkAccess } = z
    .object({ networkAccess: z.object({ allowedDomains: z.array(z.string()) }) })
    .parse(JSON.parse(manifest));
  const kept = networkAccess.allowedDomains.filter((domain) => domain !== NOWHERE && domain !== origin);
  const named = remove ? (origin === undefined ? [] : kept) : [...kept, ...(origin === undefined ? [] : [origin])];
  const domains = named.length > 0 ? named : [NOWHERE];
  // addresses in brackets are refused, so the list ends at the first one
  const text = manifest.replace(
    /^([ \t]*)("allowedDomains":\s*)\[[^\]]*\]/m,
    (_, indent: string, name: string) => indent + name + writeList(domains, indent),
  );
  return { text, domains };
}

/** On one line, or on one each where it would be long: as the formatter has it. */
function writeList(domains: string[], indent: string): string {
  const quoted = domains.map((domain) => JSON.stringify(domain));
  const line = `[${quoted.join(', ')}]`;
  if (line.length <= 90) return line;
  return `[\n${quoted.map((domain) => `${indent}  ${domain}`).join(',\n')}\n${indent}]`;
}

function readOrigin(host: string): string {
  const url = URL.canParse(host) ? new URL(host) : undefined;
  const secure = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  const plain = url?.pathname === '/' && !url.search && !url.hash && !url.username && !url.password;
  if (url && secure && plain && !url.hostname.startsWith('[')) return url.origin;
  throw new ToileError(
    'invalid_request',
    `--host '${host}' is no address that a plugin may be given: https://NAME or https://NAME:PORT, without a path; http:// only for localhost and 127.0.0.1`,
  );
}
