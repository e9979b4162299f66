/** What the plugin's two halves say to each other. Both check what they hear. */
import * as z from 'zod/mini';

const recipe = z.object({ prompt: z.string(), seed: z.number(), bundle: z.optional(z.string()) });

export const toSandbox = z.discriminatedUnion('type', [
  z.object({ type: z.literal('place'), name: z.string(), images: z.array(z.object({ png: bytes(), recipe })) }),
  z.object({ type: z.literal('load-settings') }),
  z.object({ type: z.literal('save-settings'), server: z.string(), key: z.string() }),
]);
export type ToSandbox = z.infer<typeof toSandbox>;

export const toPanel = z.discriminatedUnion('type', [
  z.object({ type: z.literal('settings'), server: z.string(), key: z.string() }),
  z.object({ type: z.literal('placed'), count: z.number() }),
  z.object({ type: z.literal('failed'), message: z.string() }),
]);
export type ToPanel = z.infer<typeof toPanel>;

function bytes() {
  return z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'expected bytes');
}
