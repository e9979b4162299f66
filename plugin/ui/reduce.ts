/** How the panel's state changes. Pure; what reaches out of it is panel.ts's. */
import type { Recipe, Subject } from '../messages.js';
import { bringBack, draftOf, forget, learn, learnChanged } from './draft.js';
import { restoreControls, taskOf, imageTasks, pairTasks, type Controls, type Task } from './controls.js';
import { noSides, sidesFromUnits } from './expand-sides.js';
import { isOver, type Job } from './jobs/job.js';
import { nodesOf } from './jobs/order.js';
import { isWanted } from './problem.js';
import type { Action, Restored, State, View } from './state.js';

export function reduce(state: State, action: Action): State {
  switch (action.type) {
    case 'opened': {
      const { settings, version } = action;
      return {
        ...state,
        opened: true,
        settings,
        version,
        controls: { ...state.controls, variants: settings.variants },
      };
    }
    case 'settings': {
      const { settings } = action;
      // what another server has loaded is not known yet
      return { ...state, settings, models: settings.server === state.settings.server ? state.models : undefined };
    }
    case 'selected':
      return select(state, inOrderOf(state.subject, action.subject));
    case 'swap':
      return { ...state, subject: swapped(state.subject) };
    case 'view':
      return turn(state, action.view);
    case 'force':
      return turn(offer(state, action.task), 'work');
    case 'ask-for-words':
      return { ...state, asksForWords: state.asksForWords + 1 };
    case 'controls': {
      const controls = { ...state.controls, ...action.change };
      const chosen = action.change.imageTask === undefined ? state : { ...state, unframed: undefined };
      // emptied, the words ask for a surprise, which by a result's own seed would be the same one each time
      const emptied = controls.words.generate.trim() === '' && state.controls.words.generate.trim() !== '';
      return emptied || action.change.seed !== undefined ? dropSeed({ ...chosen, controls }) : { ...chosen, controls };
    }
    case 'folds':
      return { ...state, folds: { ...state.folds, ...action.change } };
    case 'go-on':
      // typed after whatever is gone on from
      return bringBack(goOn(state, action), draftOf(state));
    case 'restore': {
      const { panel, request, parent: source } = action.recipe;
      // its job's, of which each variant makes its own: the very pictures, and not just their like
      const seed = typeof request['seed'] === 'number' ? request['seed'] : undefined;
      const restored = { node: nodesOf(state.subject).target?.id, source, task: taskOf(panel), seed };
      // another task's, which is not in view
      const typed = Object.entries(draftOf(state)).filter(([task]) => task !== restored.task);
      return { ...bringBack(putBack(state, panel), Object.fromEntries(typed)), restored };
    }
    case 'draft':
      return bringBack(state, action.draft);
    case 'job-added': {
      // what ended well has been seen by the time that something new is asked for
      const jobs = state.jobs.filter(({ phase }) => !isOver(phase) || phase.state === 'failed');
      const { order } = action.job;
      const knownWords = action.job.row === undefined ? state.knownWords : learn(state, order);
      const next: State = { ...state, jobs: [...jobs, action.job], notice: undefined, knownWords };
      const spent = order && !order.again && order.controls.seed === state.restored?.seed;
      return spent ? { ...next, restored: undefined } : next;
    }
    case 'job': {
      const { ticket, change } = action;
      const jobs = state.jobs.map((job) => (job.ticket === ticket ? { ...job, ...change } : job));
      const next: State = { ...state, jobs };
      const [before, job] = [state.jobs, jobs].map((all) => all.find((one) => one.ticket === ticket));
      if (!before || !job) return next;
      if (before.row === undefined && job.row !== undefined) next.knownWords = learn(state, job.order);
      if (!isOver(before.phase) && holdsNothing(job)) next.knownWords = forget(state.knownWords, job.order);
      return next;
    }
    case 'job-gone':
      return { ...state, jobs: state.jobs.filter(({ ticket }) => ticket !== action.ticket) };
    case 'history':
      return { ...state, history: action.entries };
    case 'thumbnail':
      return { ...state, thumbnails: { ...state.thumbnails, [action.node]: action.url } };
    case 'comparison':
      return { ...state, comparison: action.comparison };
    case 'checks':
      return { ...state, checks: action.checks, checking: action.checking };
    case 'models':
      return { ...state, models: action.models };
    case 'notice':
      return { ...state, notice: action.notice };
  }
}

function turn(state: State, view: View): State {
  return { ...state, view, notice: undefined, comparison: view === 'compare' ? state.comparison : undefined };
}

/** The controls as they were, but for the seed, and the panel turned to their task. */
function putBack(state: State, panel: Recipe['panel']): State {
  const controls = { ...restoreControls(panel, state.controls), seed: null };
  const knownWords = learnChanged(state, controls.words);
  return offer({ ...state, controls, knownWords }, taskOf(panel));
}

/** As `putBack`, but for what the selection says: where it lies in a larger frame, and whose the sides are. */
function goOn(state: State, { panel, source }: Extract<Action, { type: 'go-on' }>): State {
  const { subject, controls, forced } = state;
  const next = putBack(state, panel);
  if (subject.kind !== 'image') return { ...next, forced };
  const { expand, imageTask } = controls;
  const framed = subject.room ? { expand, imageTask } : {};
  const own = subject.target.id === source ? {} : { expand };
  // what it goes on with is for the next picture, since this one is there to be grown
  const unframed = subject.room ? (next.unframed ?? next.controls.imageTask) : next.unframed;
  return { ...next, forced, unframed, controls: { ...next.controls, ...own, ...framed } };
}

/** What is made next is not the restored picture again. */
function dropSeed(state: State): State {
  return state.restored ? { ...state, restored: { ...state.restored, seed: undefined } } : state;
}

/** Another target starts with its own sides; the same one, moved or resized, only where its frame has grown. */
function select(state: State, subject: Subject): State {
  const same = idsOf(subject) === idsOf(state.subject);
  const next: State = { ...state, subject };
  if (!same) next.forced = undefined;
  if (state.restored && !concerns(state.restored, subject)) next.restored = undefined;
  if (!same && state.notice && isWanted(state.notice)) next.notice = undefined;
  const room = subject.kind === 'image' ? subject.room : undefined;
  const before = state.subject.kind === 'image' ? state.subject.room : undefined;
  if (subject.kind === 'image' && (!same || JSON.stringify(room) !== JSON.stringify(before))) {
    // to be run again, an expansion that was put back needs its source selected
    const kept = next.restored ? state.controls.expand : noSides;
    const expand = room ? sidesFromUnits(room, subject.target) : kept;
    // a picture in a larger frame is there to be grown into it, and the next one is not
    const own = state.unframed ?? state.controls.imageTask;
    next.unframed = room ? own : undefined;
    next.controls = { ...state.controls, expand, imageTask: room ? 'expand' : own };
  }
  return next;
}

/** Of a job that is over, whether nothing of it stays on the canvas. */
function holdsNothing({ phase, landed, row }: Job): boolean {
  return phase.state === 'failed' || (phase.state === 'cancelled' && (landed === 0 || row === undefined));
}

/** Turns the panel to a task: where the selection offers it, its choice; else whatever is selected. */
function offer(state: State, task: Task | undefined): State {
  const change: Partial<Controls> = {};
  const image = imageTasks.find((one) => one === task);
  const pair = pairTasks.find((one) => one === task);
  if (image) change.imageTask = image;
  if (pair) change.pairTask = pair;
  const forced = task === 'generate' && state.subject.kind !== 'nothing' ? task : undefined;
  return { ...state, forced, unframed: image ? undefined : state.unframed, controls: { ...state.controls, ...change } };
}

/** Two pictures stay in the order in which the designer has put them, while they are selected. */
function inOrderOf(before: Subject, subject: Subject): Subject {
  return idsOf(swapped(subject)) === idsOf(before) ? swapped(subject) : subject;
}

function swapped(subject: Subject): Subject {
  return subject.kind === 'pair' ? { ...subject, target: subject.other, other: subject.target } : subject;
}

/** Of a recipe from words alone, whether there is nothing else to work on. */
function concerns({ node, source, task }: Restored, subject: Subject): boolean {
  if (subject.kind === 'nothing') return task === 'generate';
  const { target, other } = nodesOf(subject);
  return [target?.id, other?.id].some((id) => id !== undefined && (id === node || id === source));
}

function idsOf(subject: Subject): string {
  const ids = 'target' in subject ? [subject.target.id] : [];
  if ('shapes' in subject) ids.push(...subject.shapes.map(({ id }) => id));
  if ('other' in subject) ids.push(subject.other.id);
  return [subject.kind, ...ids].join(' ');
}
