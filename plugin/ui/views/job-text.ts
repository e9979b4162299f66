/** How a job stands, in words. */
import { isForeign } from '../foreign-words.js';
import type { Job, Phase } from '../jobs/job.js';
import { adviceOn } from '../texts/advise.js';
import { isTextKey, type Say } from '../texts/speak.js';

/** @param now clock time, by which it tells how long something may take; left out, it tells no times */
export function phaseText(
  { phase, landed, count }: Pick<Job, 'phase' | 'landed' | 'count'>,
  say: Say,
  now?: number,
): string {
  const until = 'until' in phase ? phase.until : undefined;
  const time = until === undefined || now === undefined ? undefined : timeText(until - now, say);
  switch (phase.state) {
    case 'preparing':
    case 'uploading':
      return say(`job.${phase.state}`);
    case 'waiting': {
      const { ahead } = phase;
      if (time === undefined) return ahead === 0 ? say('job.next') : say('job.ahead', { n: ahead });
      return ahead === 0 ? say('job.next-time', { time }) : say('job.ahead-time', { n: ahead, time });
    }
    case 'held': {
      const advice = adviceOn(phase);
      if (needsKey(phase) && advice) return say(advice);
      const held = `job.held-${phase.code}`;
      const why = say(isTextKey(held) ? held : 'job.held-other');
      return time === undefined ? why : say('job.held-time', { why, time });
    }
    case 'running': {
      if (time === undefined) return say('job.running', { landed, count });
      return say('job.running-time', { landed, count, time });
    }
    case 'done': {
      const { kept, changed = 0 } = phase;
      if (!kept) return say('job.done', { n: landed });
      return say('job.done-kept', { kept: say(`kept.${kept}`, { n: changed }) });
    }
    case 'cancelled':
      return say(phase.untold ? 'job.cancelled-untold' : 'job.cancelled');
    case 'failed':
      return phase.problem.detail;
  }
}

/** Why there is but one picture, and what the model did not make of the prompt. */
export function notesOn({ phase, landed }: Pick<Job, 'phase' | 'landed'>, say: Say): string[] {
  if (phase.state !== 'done') return [];
  const { unheard, unfamiliar = [], alike } = phase;
  const unknown = unfamiliar.some(isForeign) ? 'job.unfamiliar-english' : 'job.unfamiliar';
  return [
    ...(alike && landed > 0 ? [say('job.alike')] : []),
    ...(unfamiliar.length === 0 ? [] : [say(unknown, { n: unfamiliar.length, words: unfamiliar.join(', ') })]),
    ...(unheard === undefined ? [] : [say('job.unheard', { words: unheard })]),
  ];
}

/** It waits for whoever has the key, not for the server. */
export function needsKey(phase: Phase): boolean {
  return phase.state === 'held' && (phase.code === 'unauthorized' || phase.code === 'forbidden_origin');
}

/** As roughly as one can know it: steps of five seconds from ten on, minutes from ninety on. */
export function timeText(ms: number, say: Say): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds >= 90) return say('time.minutes', { n: Math.round(seconds / 60) });
  return say('time.seconds', { n: seconds > 10 ? 5 * Math.round(seconds / 5) : seconds });
}
