/** Fires at a server, and holds every answer, the files around it and the process itself against what must hold. */
import fc from 'fast-check';
import { z } from 'zod';
import { arbitraryShot } from './arbitrary-shot.js';
import { fire } from './fire.js';
import { judge } from './judge.js';
import { describeShot, isWhole, type Shot } from './shot.js';
import type { Target } from './target.js';

export type Campaign = { requests: number; seed: number; onProgress?: (fired: number) => void };

export type Figures = {
  fired: number;
  /** Answers by status; 0 counts requests that got none, all of them broken off or not to be understood. */
  statuses: Record<number, number>;
  slowestMs: number;
  slowestHealthMs: number;
};

const HEALTH_EVERY = 20;
const taken = z.object({ id: z.string() });

/** @throws Error with the smallest request found that breaks a rule, and which rule it breaks */
export async function attack(target: Target, { requests, seed, onProgress }: Campaign): Promise<Figures> {
  const figures: Figures = { fired: 0, statuses: {}, slowestMs: 0, slowestHealthMs: 0 };

  async function isUnharmedBy(shot: Shot): Promise<void> {
    const { answers, rest, ms } = await fire(target.port, shot);
    const wrong = answers.flatMap((answer) => {
      // the playground's own page is where the token belongs
      const page = answer.status === 200 && answer.headers.get('content-type')?.startsWith('text/html');
      return judge(answer, page ? target.secrets.filter(({ name }) => name !== 'the token') : target.secrets, shot);
    });
    // a HEAD that is no HTTP is not known for one, and gets words
    if (rest.length > 0 && shot.method !== 'HEAD')
      wrong.push(`what came back is no HTTP: ${JSON.stringify(rest.toString('latin1').slice(0, 200))}`);
    if (answers.length === 0 && isWhole(shot)) wrong.push('there was no answer');
    for (const { status, body } of answers) {
      figures.statuses[status] = (figures.statuses[status] ?? 0) + 1;
      if (status === 202) await target.cancel(taken.parse(JSON.parse(body.toString('utf8'))).id);
    }
    if (answers.length === 0) figures.statuses[0] = (figures.statuses[0] ?? 0) + 1;
    figures.fired++;
    if (isWhole(shot)) figures.slowestMs = Math.max(figures.slowestMs, ms);
    if (wrong.length > 0 || figures.fired % HEALTH_EVERY === 0) {
      figures.slowestHealthMs = Math.max(figures.slowestHealthMs, await target.checkHealth());
    }
    onProgress?.(figures.fired);
    if (wrong.length > 0) throw new Error(`${wrong.join('\n')}\nafter\n${describeShot(shot)}`);
  }

  const property = fc.asyncProperty(await arbitraryShot(target.known), isUnharmedBy);
  const { failed, errorInstance, counterexamplePath } = await fc.check(property, { numRuns: requests, seed });
  if (failed) {
    const [said] = [errorInstance instanceof Error ? errorInstance.message : String(errorInstance)];
    throw new Error(`${said}\n\nseed ${seed}, path ${counterexamplePath}, server ${target.name}`);
  }
  const harm = await target.inspect();
  if (harm.length > 0) throw new Error(`after ${figures.fired} requests, seed ${seed}:\n${harm.join('\n')}`);
  return figures;
}
