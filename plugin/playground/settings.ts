/** The plugin's settings in this browser, pointed at the server that the page came from. */
import { firstSettings, settings as settingsSchema } from '../messages.js';

/** The plugin's own key for them. */
const KEY = 'settings';
const KEPT_AS = 'toile-playground-client-storage';

/** Where clientStorage's text is kept. */
export const storage = {
  read: async () => localStorage.getItem(KEPT_AS) ?? undefined,
  write: async (text: string) => localStorage.setItem(KEPT_AS, text),
};

/** The server's token may be another than the kept one, which is replaced; another server's settings are left alone. */
export async function presetServer(
  clientStorage: Pick<ClientStorageAPI, 'getAsync' | 'setAsync'>,
  { origin, token }: { origin: string; token: string },
): Promise<void> {
  const kept: unknown = await clientStorage.getAsync(KEY);
  const { data: given } = settingsSchema.safeParse(kept);
  if (given && given.server !== '' && given.server !== origin) return;
  const base = given ?? firstSettings;
  // a server with keys of its own gives the page none, and the designer's stays
  await clientStorage.setAsync(KEY, { ...base, server: origin, key: token || base.key });
}
