import { readFile } from 'node:fs/promises';
import path from 'node:path';
import prettier from 'prettier';
import { describe, expect, it } from 'vitest';
import { writeHost } from '../../../server/cli/manifest-command.js';
import { root } from '../../support/fixtures.js';

const shipped = `{
  "name": "Toile",
  "menu": [{ "name": "Generate", "command": "generate" }],
  "networkAccess": {
    "allowedDomains": ["none"],
    "devAllowedDomains": ["http://localhost:8787"],
    "reasoning": "Pictures are made by your server."
  }
}
`;
const studio = 'https://toile.studio.example';
const add = (text: string, host: string) => writeHost(text, { host, remove: false }).text;
const remove = (text: string, host?: string) => writeHost(text, { host, remove: true }).text;

describe('toile manifest', () => {
  it('names a host in the place of none, and leaves the rest as it is written', () => {
    expect(add(shipped, studio)).toBe(shipped.replace('"none"', `"${studio}"`));
    expect(add(shipped, `${studio}/`)).toBe(add(shipped, studio));
  });

  it('writes a host once, however often it is told', () => {
    const once = add(shipped, studio);
    expect(add(once, studio)).toBe(once);
  });

  it('names several, and takes them out again one by one or all at once', () => {
    const both = add(add(shipped, studio), 'https://b.example:8443');
    expect(writeHost(both, { host: 'https://b.example:8443', remove: false }).domains).toEqual([
      studio,
      'https://b.example:8443',
    ]);
    expect(remove(both, 'https://b.example:8443')).toBe(add(shipped, studio));
    expect(remove(add(shipped, studio), studio)).toBe(shipped);
    expect(remove(both)).toBe(shipped);
  });

  it('writes a long list as the formatter has it, and a short one again after it', async () => {
    const hosts = [1, 2, 3, 4].map((n) => `https://toile-${n}.studio-with-a-name.example`);
    const long = hosts.reduce(add, shipped);
    expect(await prettier.format(long, { parser: 'json', printWidth: 120 })).toBe(long);
    expect(hosts.slice(1).reduce(remove, long)).toBe(add(shipped, hosts[0]!));
  });

  it('takes plain HTTP for this machine alone', () => {
    expect(add(shipped, 'http://localhost:9000')).toContain('"allowedDomains": ["http://localhost:9000"]');
    expect(add(shipped, 'http://127.0.0.1:9000')).toContain('"http://127.0.0.1:9000"');
  });

  it.each([
    'http://toile.studio.example',
    'toile.studio.example',
    'ftp://toile.studio.example',
    `${studio}/path`,
    `${studio}?a=b`,
    'https://user:word@toile.studio.example',
    'http://[::1]:9000',
    '*',
    '',
  ])('refuses %j and says what it takes', (host) => {
    expect(() => add(shipped, host)).toThrow(/https:\/\/NAME/);
  });

  it('knows the manifest that ships', async () => {
    const text = await readFile(path.join(root, 'manifest.json'), 'utf8');
    expect(JSON.parse(add(text, studio)).networkAccess.allowedDomains).toContain(studio);
    expect(remove(add(text, studio), studio)).toBe(text);
  });
});
