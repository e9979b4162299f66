/** What the plugin keeps on this computer: the designer's settings, and who they are to the rows that they begin. */
import type * as z from 'zod/mini';
import { firstSettings, settings, type Settings } from '../messages.js';

const keys = { settings: 'settings', maker: 'maker' } as const;

/** Field by field, so that one that an older version wrote otherwise costs none of the others. */
export async function loadSettings(): Promise<Settings> {
  const kept: unknown = await figma.clientStorage.getAsync(keys.settings);
  const { server, key, language, variants } = settings.shape;
  const field = <T>(name: keyof Settings, schema: z.ZodMiniType<T>) =>
    schema.safeParse(typeof kept === 'object' && kept !== null ? Reflect.get(kept, name) : undefined);
  return {
    server: field('server', server).data ?? firstSettings.server,
    key: field('key', key).data ?? firstSettings.key,
    language: field('language', language).data ?? firstSettings.language,
    variants: field('variants', variants).data ?? firstSettings.variants,
  };
}

export async function saveSettings(given: Settings): Promise<void> {
  await figma.clientStorage.setAsync(keys.settings, given);
}

/** A name for this computer, drawn at random and told to nobody but the file: it says whose row is whose. */
export async function loadMaker(): Promise<string> {
  const kept: unknown = await figma.clientStorage.getAsync(keys.maker);
  if (typeof kept === 'string' && kept !== '') return kept;
  const drawn = Math.random().toString(36).slice(2);
  await figma.clientStorage.setAsync(keys.maker, drawn);
  return drawn;
}
