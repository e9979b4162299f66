/** Several engines as one: each job goes to the one with the fewest, and waits for none that is still starting. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ToileError } from '../../shared/index.js';
import type { Engine } from './engine.js';

/** An engine that says so when it can't go on, and then does nothing more. */
export type MortalEngine = Engine & { unfit: Promise<ToileError> };

export type EnginePoolOptions = { log: { warn(details: object, message: string): void } };

type Member = { engine: MortalEngine; jobs: number };

/** It is ready when one of them is, and unfit when all are; until then others work off a lost one's jobs. */
export function createEnginePool(engines: readonly MortalEngine[], { log }: EnginePoolOptions): MortalEngine {
  const members = new Set(engines.map((engine): Member => ({ engine, jobs: 0 })));
  const losses = [...members].map(async (member) => {
    const err = await member.engine.unfit;
    members.delete(member);
    if (members.size > 0) log.warn({ err, left: members.size }, 'an engine is lost; the others go on');
    return err;
  });

  async function onLeastBusy<T>(act: (engine: Engine) => Promise<T>): Promise<T> {
    const member = await choose();
    try {
      return await act(member.engine);
    } catch (thrown) {
      // it is not the job that failed
      if (members.has(member) || members.size === 0) throw thrown;
    } finally {
      member.jobs--;
    }
    return onLeastBusy(act);
  }

  /** The job counts from the moment it has an engine, lest the next one gets the same. */
  async function choose(): Promise<Member> {
    const ready = new Map<Member, boolean>();
    await Promise.all([...members].map(async (member) => ready.set(member, await isReady(member.engine))));
    const [best] = [...members].sort(
      (a, b) => Number(ready.get(b) ?? false) - Number(ready.get(a) ?? false) || a.jobs - b.jobs,
    );
    if (!best) throw new ToileError('cancelled', 'every engine is lost');
    best.jobs++;
    return best;
  }

  return {
    async ready() {
      try {
        return await Promise.any(engines.map((engine) => engine.ready()));
      } catch (thrown) {
        throw thrown instanceof AggregateError ? thrown.errors[0] : thrown;
      }
    },
    generate: (job, options) => onLeastBusy((engine) => engine.generate(job, options)),
    reconstruct: (image, options) => onLeastBusy((engine) => engine.reconstruct(image, options)),
    async close() {
      await Promise.all(engines.map((engine) => engine.close()));
    },
    unfit: Promise.all(losses).then(([first]) => first ?? new ToileError('engine_failed', 'there is no engine')),
  };
}

/** Whether it is by now. */
async function isReady(engine: Engine): Promise<boolean> {
  const asked = engine.ready().then(
    () => true,
    () => false,
  );
  return Promise.race([asked, nextTurn(false)]);
}
