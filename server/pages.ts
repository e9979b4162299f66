/** What a browser gets: the playground with its token, and the plugin as Figma would run it, under the manifest's policy. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

/** `policy` is the Content-Security-Policy for whoever asked this Host. */
export type Page = { type: string; body: string; policy: (host: string) => string };

const manifest = z.object({
  networkAccess: z.object({
    allowedDomains: z.array(z.string()),
    devAllowedDomains: z.array(z.string()).default([]),
  }),
});

const html = 'text/html; charset=utf-8';
const script = 'text/javascript; charset=utf-8';

/**
 * Reads what the build made.
 * @param root folder of manifest.json and dist
 * @param token for the playground's panel; absent where callers have keys of their own
 */
export async function readPages(root: string, token?: string): Promise<Map<string, Page>> {
  const read = (file: string) => readFile(path.join(root, file), 'utf8');
  const own = () => PAGE_POLICY;
  const { networkAccess } = manifest.parse(JSON.parse(await read('manifest.json')));
  const index = await read('dist/playground/index.html');
  return new Map<string, Page>([
    ['/', { type: html, body: token === undefined ? index : fillToken(index, token), policy: own }],
    ['/playground/playground.js', { type: script, body: await read('dist/playground/playground.js'), policy: own }],
    [
      '/playground/playground.css',
      { type: 'text/css; charset=utf-8', body: await read('dist/playground/playground.css'), policy: own },
    ],
    ['/plugin/main.js', { type: script, body: await read('dist/plugin/main.js'), policy: own }],
    [
      '/plugin/ui.html',
      { type: html, body: await read('dist/plugin/ui.html'), policy: (host) => panelPolicy(networkAccess, host) },
    ],
  ]);
}

const PAGE_POLICY = [
  "default-src 'self'",
  "img-src 'self' blob: data:",
  "style-src 'self' 'unsafe-inline'",
  "frame-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  // the page holds the token
  "frame-ancestors 'none'",
].join('; ');

/** The page with the token where it looks for it. @throws RangeError where it has no place for one */
export function fillToken(page: string, token: string): string {
  const filled = page.replace(/(<meta name="toile-token" content=")(")/, (_, before, after) => before + token + after);
  if (filled !== page) return filled;
  throw new RangeError('the page has no <meta name="toile-token" content="" /> to fill');
}

/** As Figma holds the panel: a page of origin `null` that may reach what the manifest lists, and here this server too. */
export function panelPolicy(
  { allowedDomains, devAllowedDomains }: z.infer<typeof manifest>['networkAccess'],
  host: string,
): string {
  const listed = [...allowedDomains, ...devAllowedDomains].filter((domain) => domain !== 'none');
  // a Host is what the caller says, and shall not write policy
  const own = /^[\w.-]+(:\d+)?$|^\[[\da-f:]+\](:\d+)?$/i.test(host) ? [`http://${host}`] : [];
  const reachable = [...new Set([...listed, ...own])];
  return [
    "default-src 'none'",
    "script-src 'unsafe-inline'",
    "style-src 'unsafe-inline'",
    'img-src blob: data:',
    'font-src data:',
    `connect-src ${reachable.length > 0 ? reachable.join(' ') : "'none'"}`,
    "frame-ancestors 'self'",
    // opened by itself it would be a page of this server's own
    'sandbox allow-scripts allow-forms allow-popups allow-downloads',
  ].join('; ');
}
