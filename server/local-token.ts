/** The token of a server without keys: kept, so that who has given it to the plugin need not do so after every restart. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** No key of the store, all of which have an ending: no request can ask for it. */
const NAME = 'token';

/** @param folder the store's on this machine; nothing: a token for this start alone */
export async function readLocalToken(folder?: string): Promise<string> {
  const token = randomBytes(16).toString('hex');
  if (folder === undefined) return token;
  const file = path.join(folder, NAME);
  await mkdir(folder, { recursive: true });
  const kept = await writeFile(file, `${token}\n`, { mode: 0o600, flag: 'wx' }).then(
    () => token,
    // it is there already: by an earlier start, or by one at this very moment
    async () => (await readFile(file, 'utf8')).trim(),
  );
  if (/^[a-f0-9]{32}$/.test(kept)) return kept;
  await writeFile(file, `${token}\n`, { mode: 0o600 });
  return token;
}
