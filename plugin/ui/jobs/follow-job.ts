/** A job on the server, from its id to its end: previews and variants go to the canvas as they come. */
import { createProgress } from '../../../shared/progress.js';
import type { Recipe, ToSandbox, TrackedJob } from '../../messages.js';
import type { Draw } from '../pictures/draw.js';
import { PanelError } from '../problem.js';
import type { JobAnswer, Variant } from '../client/answers.js';
import type { Client } from '../client/client.js';
import { countEvent, type Heard } from '../client/follow.js';
import type { Waiting } from '../client/persist.js';
import { heldBy, type Phase } from './job.js';
import { keptBy } from './kept.js';
import type { SentJob } from './send-job.js';

export type FollowParts = {
  client: Client;
  row: string;
  tracked: SentJob;
  signal: AbortSignal;
  say: (message: ToSandbox) => void;
  forCanvas: Draw['forCanvas'];
  tell: (change: { phase?: Phase; landed?: number }) => void;
  now: () => number;
};

/** @returns how it ended @throws PanelError as the server said that it failed, or that it knows no such job */
export async function followJob(parts: FollowParts): Promise<Phase> {
  const { client, row, tracked, signal, say, tell, now } = parts;
  const { count } = tracked;
  const progress = createProgress(count);
  const landed = new Map<number, Variant>();
  let onCanvas = 0;
  const shown = new Map<number, number>();
  let view: JobAnswer | undefined;
  /** How far it was when it was first seen to run. */
  let seen: { at: number; done: number } | undefined;
  /** Clock time of its end, as the server guesses. */
  let expected: number | undefined;
  let phase: Phase = { state: 'waiting', ahead: 0 };
  let landing: Promise<void> = Promise.resolve();
  /** What the job failed of, or the first picture that could not be had: thrown once all the others have landed. */
  let trouble: { thrown: unknown } | undefined;
  const fail = (thrown: unknown) => void (trouble ??= { thrown });
  const enter = (next: Phase) => tell({ phase: (phase = next) });

  const onWait = (held: Waiting | undefined) => {
    if (held) tell({ phase: heldBy(held, now()) });
    else tell({ phase });
  };
  const land = (index: number, variant: Variant) => {
    if (landed.has(index)) return;
    landed.set(index, variant);
    // one of them is all there is to choose from
    if (variant.alike && index > 0) return;
    const one = () => landOne({ ...parts, onWait }, view, index, variant);
    landing = landing.then(one).then(() => tell({ landed: ++onCanvas }), fail);
  };
  const preview = async (index: number, pass: number, asset: string) => {
    if ((shown.get(index) ?? 0) >= pass) return;
    shown.set(index, pass);
    const bytes = await client.asset(asset, { signal });
    if (!landed.has(index) && shown.get(index) === pass && !signal.aborted) {
      say({ type: 'preview', row, variant: index, bytes });
    }
  };

  const advance = (done: number) => {
    // found under way, it is told anew what it has done already, in no time
    seen ??= { at: now(), done };
    const [spent, made] = [now() - seen.at, done - seen.done];
    // its own pace tells more than the server's guess, once there is some of it
    const guess = expected === undefined ? {} : { until: expected };
    const until = made > 0.1 && spent > 500 ? { until: now() + (spent * (1 - done)) / made } : guess;
    const before = phase.state === 'running' ? phase.progress : 0;
    enter({ state: 'running', progress: Math.max(before, done), ...until });
  };

  const hear = (heard: Heard) => {
    if (heard.type === 'view') {
      view = heard.view;
      expected = endOf(view.estimateMs);
      view.variants.forEach((variant, index) => land(index, variant));
      if (view.state === 'queued') enter(waitingFor(view.position ?? 0));
      if (view.state === 'running') advance(view.progress);
      if (view.state === 'failed' && view.error) fail(failureOf(view.error, tracked.job));
    }
    // found under way, it is told of its wait anew, with the guess of then
    if (heard.type === 'queued' && view?.state !== 'running') {
      expected = endOf(heard.estimateMs);
      enter(waitingFor(heard.position));
    }
    if (heard.type === 'started') advance(0);
    if (heard.type === 'pass') advance(countEvent(progress, heard) ?? 0);
    if (heard.type === 'variant') {
      land(heard.variant, heard);
      advance(countEvent(progress, heard) ?? 0);
    }
    // a preview that can't be had is no loss
    if (heard.type === 'preview') preview(heard.variant, heard.pass, heard.asset).catch(() => undefined);
    if (heard.type === 'failed') fail(failureOf(heard.error, tracked.job));
  };
  const endOf = (estimateMs: number | undefined) => (estimateMs === undefined ? undefined : now() + estimateMs);
  const waitingFor = (ahead: number): Phase => ({
    state: 'waiting',
    ahead,
    ...(expected === undefined ? {} : { until: expected }),
  });

  let last = '';
  for await (const heard of client.follow(tracked.job, { signal, count, onWait })) {
    hear(heard);
    last = heard.type === 'view' ? heard.view.state : heard.type;
  }
  await landing;
  if (trouble) throw trouble.thrown;
  if (last === 'cancelled') return { state: 'cancelled' };
  const measured = [...landed.values()].map(({ changedOutside }) => changedOutside).filter((n) => n !== undefined);
  const kept = view && keptBy(view.request);
  // of the prompt, and so the same in every variant
  const { unheard, unfamiliar, alike } = landed.values().next().value ?? {};
  return {
    state: 'done',
    ...(kept && measured.length > 0 ? { kept, changed: Math.max(...measured) } : {}),
    ...(unheard === undefined ? {} : { unheard }),
    ...(unfamiliar === undefined ? {} : { unfamiliar }),
    ...(alike ? { alike } : {}),
  };
}

async function landOne(
  parts: FollowParts & { onWait: (held: Waiting | undefined) => void },
  view: JobAnswer | undefined,
  index: number,
  variant: Variant,
) {
  const { client, row, tracked, signal, say, forCanvas, now, onWait } = parts;
  // it is made, and waits on the server
  const bytes = await forCanvas(await client.asset(variant.asset, { signal, onWait, patient: true }), variant);
  if (signal.aborted) return;
  const { seed, prompt, relevance, fidelity, passes, bundle, changedOutside, alike } = variant;
  const recipe: Recipe = {
    version: 1,
    server: tracked.server,
    job: tracked.job,
    request: { ...view?.request, ...(prompt === undefined ? {} : { prompt }) },
    variant: index,
    seed,
    relevance,
    fidelity,
    passes,
    madeAt: new Date(now()).toISOString(),
    panel: prompt === undefined ? tracked.panel : withWords(tracked.panel, prompt),
    ...(bundle === undefined ? {} : { bundle }),
    ...(changedOutside === undefined ? {} : { changedOutside }),
    ...(tracked.redrawn === undefined ? {} : { redrawn: tracked.redrawn }),
    ...(tracked.parent === undefined ? {} : { parent: tracked.parent }),
    ...(tracked.selectedWith === undefined ? {} : { selectedWith: tracked.selectedWith }),
  };
  say({ type: 'land', row, variant: index, bytes, recipe, ...(alike ? { alike } : {}) });
}

/** What the controls stood at, as if the words had been asked for: whoever goes on from a surprise finds them there. */
function withWords(panel: TrackedJob['panel'], prompt: string): TrackedJob['panel'] {
  return { ...panel, words: { ...(panel['words'] ?? {}), generate: prompt } };
}

function failureOf({ code, message }: { code: string; message: string }, job: string): PanelError {
  return new PanelError({ code, detail: message, job });
}
