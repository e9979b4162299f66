/** What an edit was told to leave alone, and the server has counted the changed pixels of. */
import * as z from 'zod/mini';

const edit = z.object({
  base: z.object({
    mask: z.optional(z.string()),
    lock: z.optional(z.string()),
    expand: z.optional(z.unknown()),
  }),
});

export type Kept = 'outside' | 'locked' | 'original';

/** Nothing where the whole picture was free to change. */
export function keptBy(request: Record<string, unknown>): Kept | undefined {
  const { data } = edit.safeParse(request);
  if (!data) return undefined;
  if (data.base.mask !== undefined) return 'outside';
  if (data.base.lock !== undefined) return 'locked';
  return data.base.expand === undefined ? undefined : 'original';
}
