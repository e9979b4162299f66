/** Everything that the panel shows, in one plain value. */
import {
  firstSettings,
  type Draft,
  type HistoryEntry,
  type NodeInfo,
  type Recipe,
  type Settings,
  type Subject,
} from '../messages.js';
import { firstControls, type Controls, type Task } from './controls.js';
import type { Check } from './doctor/check.js';
import type { Job } from './jobs/job.js';
import type { Size } from './pictures/image-space.js';
import type { Problem } from './problem.js';
import type { ModelsAnswer } from './client/answers.js';

export type View = 'work' | 'history' | 'settings' | 'compare';

/** A result and what it was made from. */
export type Comparison = {
  target: NodeInfo;
  /** Why nobody knows whether what it was made from is there still. */
  problem?: Problem;
  /** Nothing where neither the server nor the canvas has what it was made from any more. */
  pictures?: {
    /** Object URLs. */
    before: string;
    after: string;
    /** Of the result. */
    size: Size;
    /** Shares of the result that the base takes up. */
    placed: { left: number; top: number; width: number; height: number };
  };
};

/** A recipe whose controls were put back, until something else than its result or that one's source is selected. */
export type Restored = {
  /** Node of the result. */
  node: string | undefined;
  /** Node that it was made from. */
  source: string | undefined;
  task: Task | undefined;
  /** The recipe's, and not the designer's: for one job of that task on that source. Nothing once it is used or replaced. */
  seed: number | undefined;
};

/** How the controls are looked at, whatever they stand at and whichever are offered. */
export type Folds = {
  /** What most people leave alone is unfolded. */
  more: boolean;
  /** Of lengths that a picture grows by. */
  unit: 'px' | 'share';
};

export type State = {
  /** The sandbox has answered. */
  opened: boolean;
  version: string;
  settings: Settings;
  view: View;
  subject: Subject;
  /** Offered whatever is selected, until the selection changes: a menu command's, or a restored recipe's. */
  forced: Task | undefined;
  /** How often the words were asked for; each time the cursor goes into their field. */
  asksForWords: number;
  restored: Restored | undefined;
  /** What was done with pictures before one in a larger frame turned that to its growth; what comes after it goes on so. */
  unframed: Controls['imageTask'] | undefined;
  controls: Controls;
  /** Words that a row holds, or that came with a recipe: what the controls have beside these was typed and is kept nowhere else. */
  knownWords: Controls['words'];
  folds: Folds;
  jobs: Job[];
  history: HistoryEntry[] | undefined;
  /** Object URLs by node. */
  thumbnails: Record<string, string>;
  /** Of the view that compares; nothing until its first pictures are there. */
  comparison: Comparison | undefined;
  checks: Check[];
  checking: boolean;
  models: ModelsAnswer | undefined;
  /** Something went wrong outside a job. */
  notice: Problem | undefined;
};

export const firstState: State = {
  opened: false,
  version: '',
  settings: { ...firstSettings, server: '' },
  view: 'work',
  subject: { kind: 'nothing' },
  forced: undefined,
  asksForWords: 0,
  restored: undefined,
  unframed: undefined,
  controls: firstControls,
  knownWords: firstControls.words,
  folds: { more: false, unit: 'px' },
  jobs: [],
  history: undefined,
  thumbnails: {},
  comparison: undefined,
  checks: [],
  checking: false,
  models: undefined,
  notice: undefined,
};

export type Action =
  | { type: 'opened'; settings: Settings; version: string }
  | { type: 'settings'; settings: Settings }
  | { type: 'selected'; subject: Subject }
  /** Which of two pictures is worked on, and which gives. */
  | { type: 'swap' }
  | { type: 'view'; view: View }
  | { type: 'force'; task: Task | undefined }
  | { type: 'ask-for-words' }
  | { type: 'controls'; change: Partial<Controls> }
  | { type: 'folds'; change: Partial<Folds> }
  /** To go on from where a result or a job was left, and not to make it again. `panel`: what the controls stood at. */
  /** `source`: node that it was set for. */
  | { type: 'go-on'; panel: Recipe['panel']; source: string | undefined }
  | { type: 'restore'; recipe: Recipe }
  /** Words that were typed before the plugin was closed. */
  | { type: 'draft'; draft: Draft }
  | { type: 'job-added'; job: Job }
  | { type: 'job'; ticket: string; change: Partial<Job> }
  | { type: 'job-gone'; ticket: string }
  | { type: 'history'; entries: HistoryEntry[] }
  | { type: 'thumbnail'; node: string; url: string }
  | { type: 'comparison'; comparison: Comparison | undefined }
  | { type: 'checks'; checks: Check[]; checking: boolean }
  | { type: 'models'; models: ModelsAnswer }
  | { type: 'notice'; notice: State['notice'] };
