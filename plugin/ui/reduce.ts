/** How the panel's state changes. Pure; what reaches out of it is panel.ts's. */
import type { Subject } from '../messages.js';
import { restoreControls, taskOf, imageTasks, pairTasks, type Controls, type Task } from './controls.js';
import { noSides, sidesFromUnits } from './expand-sides.js';
import { isOver } from './jobs/job.js';
import { isWanted } from './problem.js';
import type { Action, State, View } from './state.js';

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
    case 'settings':
      return { ...state, settings: action.settings };
    case 'selected':
      return select(state, action.subject);
    case 'view':
      return turn(state, action.view);
    case 'force':
      return turn(offer(state, action.task), 'work');
    case 'ask-for-words':
      return { ...state, asksForWords: state.asksForWords + 1 };
    case 'controls': {
      const controls = { ...state.controls, ...action.change };
      const seedOfRecipe = state.seedOfRecipe && action.change.seed === undefined;
      // emptied, the words ask for a surprise, which by a result's own seed would be the same one each time
      const emptied = controls.words.generate.trim() === '' && state.controls.words.generate.trim() !== '';
      return seedOfRecipe && emptied ? dropSeed({ ...state, controls }) : { ...state, controls, seedOfRecipe };
    }
    case 'restore': {
      const controls = restoreControls(action.recipe.panel, state.controls);
      const task = taskOf(action.recipe.panel);
      if (action.opening) {
        return { ...offer({ ...state, controls: { ...controls, seed: null } }, task), forced: state.forced };
      }
      // the very picture, and not just its like
      const { seed, variant } = action.recipe;
      const first = (seed - variant + 2 ** 32) % 2 ** 32;
      return {
        ...offer({ ...state, controls: { ...controls, seed: first } }, task),
        restored: true,
        seedOfRecipe: true,
      };
    }
    case 'job-added': {
      // what ended well has been seen by the time that something new is asked for
      const jobs = state.jobs.filter(({ phase }) => !isOver(phase) || phase.state === 'failed');
      const next: State = { ...state, jobs: [...jobs, action.job], notice: undefined };
      const { order } = action.job;
      const spent = order && !order.again && order.controls.seed === state.controls.seed;
      return state.seedOfRecipe && spent ? dropSeed(next) : next;
    }
    case 'job':
      return {
        ...state,
        jobs: state.jobs.map((job) => (job.ticket === action.ticket ? { ...job, ...action.change } : job)),
      };
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

/** What is made next is not the restored picture again. */
function dropSeed(state: State): State {
  return { ...state, controls: { ...state.controls, seed: null }, restored: false, seedOfRecipe: false };
}

/** Another target starts with its own sides; the same one, moved or resized, only where its frame has grown. */
function select(state: State, subject: Subject): State {
  const same = idsOf(subject) === idsOf(state.subject);
  const next: State = { ...state, subject };
  if (!same) Object.assign(next, { forced: undefined, restored: false });
  if (!same && state.notice && isWanted(state.notice)) next.notice = undefined;
  const room = subject.kind === 'image' ? subject.room : undefined;
  const before = state.subject.kind === 'image' ? state.subject.room : undefined;
  if (subject.kind === 'image' && (!same || JSON.stringify(room) !== JSON.stringify(before))) {
    // to be run again, an expansion that was put back needs its source selected
    const kept = state.restored ? state.controls.expand : noSides;
    const expand = room ? sidesFromUnits(room, subject.target) : kept;
    // a picture in a larger frame is there to be grown into it
    const imageTask = room ? 'expand' : state.controls.imageTask;
    next.controls = { ...state.controls, expand, imageTask };
  }
  return next;
}

/** Turns the panel to a task: where the selection offers it, its choice; else whatever is selected. */
function offer(state: State, task: Task | undefined): State {
  const change: Partial<Controls> = {};
  const image = imageTasks.find((one) => one === task);
  const pair = pairTasks.find((one) => one === task);
  if (image) change.imageTask = image;
  if (pair) change.pairTask = pair;
  const forced = task === 'generate' && state.subject.kind !== 'nothing' ? task : undefined;
  return { ...state, forced, controls: { ...state.controls, ...change } };
}

function idsOf(subject: Subject): string {
  const ids = 'target' in subject ? [subject.target.id] : [];
  if ('shapes' in subject) ids.push(...subject.shapes.map(({ id }) => id));
  if ('other' in subject) ids.push(subject.other.id);
  return [subject.kind, ...ids].join(' ');
}
