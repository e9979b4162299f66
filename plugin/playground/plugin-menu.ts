/** The manifest's menu and relaunch buttons, as Figma would show them. */
import * as z from 'zod/mini';
import manifest from '../../manifest.json';
import type { MenuItem } from './menu.js';

const relaunchButton = z.object({ command: z.string(), name: z.string() });
export type RelaunchButton = z.infer<typeof relaunchButton>;

const read = z.parse(
  z.object({
    menu: z._default(
      z.array(z.union([z.object({ name: z.string(), command: z.string() }), z.object({ separator: z.literal(true) })])),
      [],
    ),
    relaunchButtons: z._default(z.array(relaunchButton), []),
  }),
  manifest,
);

export const relaunchButtons: readonly RelaunchButton[] = read.relaunchButtons;

/** @param fallback the one item where the manifest has no menu */
export function toMenuItems(run: (command: string) => void, fallback: MenuItem): MenuItem[] {
  if (read.menu.length === 0) return [fallback];
  return read.menu.map((item) => ('separator' in item ? 'line' : { label: item.name, run: () => run(item.command) }));
}
