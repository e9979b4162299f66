/** Deque's axe on a page or a frame of it, by its default rules. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { z } from 'zod';
import { root } from './root.js';

const found = z.array(
  z.object({
    id: z.string(),
    impact: z.string().nullish(),
    help: z.string(),
    nodes: z.array(z.object({ target: z.array(z.unknown()), failureSummary: z.string().nullish() })),
  }),
);

let source: string | undefined;

/** @returns a line for each place where something serious or critical is wrong; nothing else counts */
export async function findBarriers(frame: Frame): Promise<string[]> {
  source ??= await readFile(path.join(root, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8');
  // as the debugger would: a script element would be stopped by the page's policy
  if (!(await frame.evaluate(() => 'axe' in window))) await frame.evaluate(source);
  const violations: unknown = await frame.evaluate(async () => {
    // frames are looked at one by one, since a sandboxed one tells its parent nothing
    const { axe } = window as unknown as { axe: { run(options: object): Promise<{ violations: unknown }> } };
    return (await axe.run({ iframes: false, resultTypes: ['violations'] })).violations;
  });
  return found.parse(violations).flatMap(({ id, impact, help, nodes }) => {
    if (impact !== 'serious' && impact !== 'critical') return [];
    return nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${target.join(' ')}: ${failureSummary ?? ''}`);
  });
}
