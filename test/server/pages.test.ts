import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { fillToken, panelPolicy, readPages } from '../../server/pages.js';

const index = '<head>\n<meta name="toile-token" content="" />\n</head>';

describe('the pages', () => {
  let root = '';
  beforeAll(async () => {
    root = await mkdtemp(path.join(os.tmpdir(), 'toile-pages-'));
    const networkAccess = { allowedDomains: ['https://toile.studio.example'], devAllowedDomains: ['http://a:1'] };
    for (const [file, text] of [
      ['manifest.json', JSON.stringify({ networkAccess })],
      ['dist/playground/index.html', index],
      ['dist/playground/playground.js', 'js'],
      ['dist/playground/playground.css', 'css'],
      ['dist/plugin/main.js', 'main'],
      ['dist/plugin/ui.html', 'panel'],
    ] as const) {
      await mkdir(path.dirname(path.join(root, file)), { recursive: true });
      await writeFile(path.join(root, file), text);
    }
  });

  it('hold the token where there is one, and an empty place where callers have keys', async () => {
    expect((await readPages(root, 'abc')).get('/')?.body).toContain('<meta name="toile-token" content="abc" />');
    expect((await readPages(root)).get('/')?.body).toBe(index);
  });

  it('keep the playground to itself, and the panel to what the manifest lists and this server', async () => {
    const pages = await readPages(root, 'abc');
    const own = pages.get('/')!.policy('localhost:8787');
    expect(own).toContain("default-src 'self'");
    expect(own).toContain("frame-ancestors 'none'");
    expect(own).not.toMatch(/script-src|unsafe-eval/);
    const panel = pages.get('/plugin/ui.html')!.policy('localhost:8787');
    expect(panel).toContain('connect-src https://toile.studio.example http://a:1 http://localhost:8787;');
    expect(panel).toContain("frame-ancestors 'self'");
  });

  it('stay away from a build without the playground', async () => {
    await expect(readPages(os.tmpdir())).rejects.toThrow(/ENOENT/);
  });
});

describe("the panel's policy", () => {
  const nowhere = { allowedDomains: ['none'], devAllowedDomains: [] };

  it.each(['localhost:8787', '127.0.0.1', '[::1]:8787', 'toile.studio.example'])('lets it reach %s', (host) => {
    expect(panelPolicy(nowhere, host)).toContain(`connect-src http://${host};`);
  });

  it.each(['', "x; script-src 'self'", 'a b', 'x,y'])('takes nothing from a Host such as %j', (host) => {
    expect(panelPolicy(nowhere, host)).toContain("connect-src 'none';");
    expect(panelPolicy(nowhere, host).match(/script-src/g)).toHaveLength(1);
  });
});

describe('filling the token in', () => {
  it('changes its one place', () => {
    expect(fillToken(index, 'abc')).toBe(index.replace('content=""', 'content="abc"'));
  });

  it('refuses a page without a place for it', () => {
    expect(() => fillToken('<html></html>', 'abc')).toThrow(/toile-token/);
  });
});
