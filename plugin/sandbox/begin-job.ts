/** The start of a job: placeholders on the canvas at once, then the pixels that the panel needs. */
import { identity } from '../affine.js';
import type { ToSandbox } from '../messages.js';
import { collectMasks } from './collect-masks.js';
import { findNode } from './inspect-node.js';
import { loadMaker } from './load-settings.js';
import { makeRow } from './make-row.js';
import { collectPixels, planPixels } from './plan-pixels.js';
import { Refusal } from './refusal.js';
import { enterRow } from './rows.js';
import { say } from './say.js';
import { settleRow } from './settle-row.js';
import { showRow } from './show-row.js';
import { whereabouts } from './whereabouts.js';

type Begin = Extract<ToSandbox, { type: 'begin' }>;

/** @throws Refusal where a node that the job needs is gone, or shows nothing; then of a row only what was put into it is left behind */
export async function beginJob({ ticket, name, count, ...wish }: Begin): Promise<void> {
  const [target, frame, shapes, others, maker] = await Promise.all([
    wish.target === undefined ? undefined : findNode(wish.target),
    wish.frame === undefined ? undefined : findNode(wish.frame),
    Promise.all(wish.shapes.map(findNode)),
    Promise.all(wish.others.map(findNode)),
    loadMaker(),
  ]);
  const { left = 0, right = 0, top = 0, bottom = 0 } = wish.expand ?? {};
  const grows = { width: left + right, height: top + bottom };
  const except = new Set(wish.shapes);
  const plan = target && (await planPixels(target, { grows: grows.width > 0 || grows.height > 0, except }));
  const otherPlans = await Promise.all(others.map((node) => planPixels(node, { asSeen: true })));

  // what the designer did before stays when they undo the row
  figma.commitUndo();
  const row = await makeRow({ name, count, maker, plan, grows, seen: wish.seen ?? false, frame });
  const begun = { from: whereabouts(), shown: showRow(row, target ?? frame) };

  try {
    const [base, masks, pictures] = await Promise.all([
      plan && collectPixels(plan),
      Promise.all(shapes.map((shape) => collectMasks(shape, plan?.fromPage ?? identity))),
      Promise.all(otherPlans.map(collectPixels)),
    ]);
    if (row.removed) throw new Refusal('row-gone', `the row “${name}” was removed`);
    enterRow(row.id, begun);
    say({ type: 'began', ticket, row: row.id, ...(base ? { base } : {}), masks: masks.flat(), others: pictures });
  } catch (thrown) {
    if (!row.removed) {
      enterRow(row.id, begun);
      await settleRow(row, false);
    }
    throw thrown;
  }
}
