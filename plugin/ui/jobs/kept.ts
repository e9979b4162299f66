/** What an edit was told to leave alone, and the server has counted the changed pixels of. */
import * as z from 'zod/mini';

const edit = z.object({
  base: z.object({
    mask: z.optional(z.string()),
    lock: z.optional(z.string()),
    expand: z.optional(z.unknown()),
    keepBackground: z.optional(z.boolean()),
  }),
});

export type Kept = 'outside' | 'locked' | 'original' | 'background';

/** Nothing where the whole picture was free to change. Where there was no background to keep, nothing was counted. */
export function keptBy(request: Record<string, unknown>): Kept | undefined {
  const { data } = edit.safeParse(request);
  if (!data) return undefined;
  if (data.base.mask !== undefined) return 'outside';
  if (data.base.lock !== undefined) return 'locked';
  if (data.base.expand !== undefined) return 'original';
  return data.base.keepBackground ? 'background' : undefined;
}
