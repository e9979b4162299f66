/** What was asked for at the press of a button: which nodes, which task, and what the controls stood at. */
import type { KeptOrder, NodeInfo, Recipe, Subject, TrackedJob } from '../../messages.js';
import { firstControls, hasWords, restoreControls, taskOf, type Controls, type Task } from '../controls.js';
import { addsNothing, sidesInUnits, sizeExpanded, sizeGrown } from '../expand-sides.js';
import { MAX_SIDE } from '../pictures/image-space.js';
import { plainName, rootName } from '../plain-name.js';
import type { State } from '../state.js';

export type Order = KeptOrder & {
  task: Task;
  controls: Controls;
  count: number;
  /** Of the row on the canvas. */
  name: string;
  /** Node that results are said to be made from, and those that were selected with it. */
  parent?: string | undefined;
  selectedWith?: string[] | undefined;
};

/** What keeps an order from being made; a key of the texts. */
export type Missing = 'needs.words' | 'needs.sides' | 'needs.smaller' | undefined;

/** The task that the panel offers: the one it was turned to, or the subject's, as the controls choose among them. */
export function taskFor({
  forced,
  subject,
  controls,
}: Pick<State, 'forced' | 'subject' | 'controls'>): Task | undefined {
  if (forced) return forced;
  if (subject.kind === 'nothing') return 'generate';
  if (subject.kind === 'image') return controls.imageTask;
  if (subject.kind === 'pair') return controls.pairTask;
  return subject.kind === 'unusable' ? undefined : 'edit';
}

/** The seed of what is offered: a restored recipe's where it is that recipe's task on its source, else the designer's. */
export function seedFor(state: Pick<State, 'forced' | 'subject' | 'controls' | 'restored'>): number | null {
  const { restored, subject, controls } = state;
  if (restored?.seed === undefined || taskFor(state) !== restored.task) return controls.seed;
  const there = restored.task === 'generate' || nodesOf(subject).target?.id === restored.source;
  return there ? restored.seed : controls.seed;
}

/** Whether what is selected has a place for a task; to edit is one word for the whole and for the inside of shapes. */
export function offers(state: Pick<State, 'forced' | 'subject' | 'controls'>, task: Task): boolean {
  const offered = taskFor(state);
  return offered === task || (task === 'words' && offered === 'edit');
}

export function missingFor(task: Task, { controls, subject }: Pick<State, 'controls' | 'subject'>): Missing {
  if (task === 'words' && controls.words.words.trim() === '') return 'needs.words';
  if (task !== 'expand') return undefined;
  if (addsNothing(controls.expand)) return 'needs.sides';
  const { target } = nodesOf(subject);
  if (!target) return undefined;
  // beyond that it would have to be shrunk to land, the original with it
  const { width, height } = sizeExpanded(controls.expand, sizeGrown(target));
  return Math.max(width, height) > MAX_SIDE ? 'needs.smaller' : undefined;
}

/** `titleOf` names each task in the panel's language, for rows that have no words to be named by. */
export function makeOrder(subject: Subject, task: Task, controls: Controls, titleOf: (task: Task) => string): Order {
  const { target, shapes, other } = nodesOf(subject);
  const words = hasWords(task) ? controls.words[task].trim() : '';
  const order: Order = {
    task,
    controls,
    count: task === 'mix' ? controls.steps : controls.variants,
    name: words || [titleOf(task), task === 'generate' ? '' : namesOf(subject, titleOf)].filter(Boolean).join(' · '),
    shapes: task === 'edit' ? shapes.map(({ id }) => id) : [],
    others: other && task !== 'generate' ? [other.id] : [],
  };
  if (task === 'generate') {
    if (subject.kind === 'nothing' && subject.frame) order.frame = subject.frame.id;
    return order;
  }
  if (target) {
    const selectedWith = [...order.shapes, ...order.others];
    Object.assign(order, { target: target.id, parent: target.id, selectedWith });
  }
  if (task === 'expand' && target) order.expand = sidesInUnits(controls.expand, target);
  return order;
}

/** Of the picture that is worked on, and of the other one. */
function namesOf(subject: Subject, titleOf: (task: Task) => string): string {
  const { target, other } = nodesOf(subject);
  return [target, other].flatMap((node) => (node ? [rootName(node, titleOf)] : [])).join(' + ');
}

/** The same request with another seed, for as many pictures as the panel says, its row beside the result. */
export function makeOrderAgain(target: NodeInfo, recipe: Recipe, controls: Controls): Order {
  const { variants } = controls;
  const request: Record<string, unknown> = { ...recipe.request, variants };
  delete request['seed'];
  return {
    task: taskOf(recipe.panel) ?? 'generate',
    controls: restoreControls({ ...recipe.panel, variants }, controls),
    count: variants,
    name: plainName(target),
    target: target.id,
    shapes: [],
    others: [],
    again: request,
    ...(recipe.redrawn === undefined ? {} : { redrawn: recipe.redrawn }),
    parent: recipe.parent,
    selectedWith: recipe.selectedWith,
  };
}

/** What a row keeps of an order. The task is among the controls there, as it is in a recipe. */
export function packOrder(order: Order): Omit<TrackedJob, 'ticket' | 'server'> {
  const { task, controls, name, count, parent, selectedWith, ...kept } = order;
  return { name, count, parent, selectedWith, panel: { ...controls, task }, order: kept };
}

/** Nothing of a row that an older version began, or that had no room for the controls. */
export function unpackOrder({ name, count, parent, selectedWith, panel, order }: TrackedJob): Order | undefined {
  const task = taskOf(panel);
  const controls = restoreControls(panel, firstControls);
  return task && order && { ...order, task, controls, name, count, parent, selectedWith };
}

/** A mix is the same every time, unless part of it is made anew. */
export function canMakeAgain(recipe: Recipe): boolean {
  return recipe.request['mix'] === undefined;
}

export function nodesOf(subject: Subject): { target?: NodeInfo; shapes: NodeInfo[]; other?: NodeInfo } {
  if (subject.kind === 'nothing' || subject.kind === 'unusable') return { shapes: [] };
  const shapes = 'shapes' in subject ? subject.shapes : [];
  return { target: subject.target, shapes, ...('other' in subject ? { other: subject.other } : {}) };
}
