/** Works off jobs that many workers share: BullMQ hands each to one, and to another when that one dies. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { WaitingError, Worker, type Job, type Queue as Tickets } from 'bullmq';
import { TAKEN_OVER, type Handler, type Report } from './queue.js';
import type { RedisJobs } from './redis-jobs.js';
import type { RedisLink } from './redis-link.js';
import { describeFailure, diedTooOften, MAX_DEATHS } from './refusals.js';

export type RedisWorkerOptions = {
  link: RedisLink;
  jobs: RedisJobs;
  /** BullMQ's side of jobs: an id in line each, and nothing else. */
  tickets: Tickets;
  handle: Handler;
  concurrency: number;
  /** That share its work. */
  engines: number;
  onError: (error: unknown) => void;
};

/** A worker that is silent this long is dead. */
const LOCK_MS = 3000;
const CHECK_MS = 2000;
/** How often jobs are looked for that are kept but in nobody's line. */
const SWEEP_MS = 5000;

export function startRedisWorker(options: RedisWorkerOptions) {
  const { link, jobs, tickets, handle, concurrency, engines, onError } = options;
  /** By holder: a job that was thought dead may come back to the process that still works on it. */
  const held = new Map<string, { id: string; control: AbortController }>();
  const stopHearing = link.hear('cancelled', (id) => {
    for (const other of held.values()) if (other.id === id) other.control.abort();
  });
  let closed = false;

  const worker = new Worker(tickets.name, work, {
    connection: link.commands,
    prefix: link.prefix,
    concurrency,
    lockDuration: LOCK_MS,
    stalledInterval: CHECK_MS,
    maxStalledCount: MAX_DEATHS,
    runRetryDelay: 1000,
  });
  worker.on('error', (error) => {
    // the link itself tells of losses
    if (link.commands.status === 'ready') onError(error);
  });
  worker.on('failed', (job, error) => void giveUp(job, error).catch(onError));

  const name = randomUUID();
  const machines = Array.from({ length: engines }, (_, n) => `${name}:${n}`);
  void keepSweeping();

  async function work(job: Job, token?: string): Promise<void> {
    const id = job.id ?? '';
    const holder = randomUUID();
    if (!(await jobs.start(id, holder))) return; // it was cancelled meanwhile
    const control = new AbortController();
    held.set(holder, { id, control });
    jobs.tellPlaces().catch(onError);
    const told: Promise<unknown>[] = [];
    const report = (heard: Report): void => {
      const telling = heard.type === 'ended' ? end(heard) : tell(heard);
      telling.catch(() => undefined); // it is thrown when the handler is done
      told.push(telling);
    };

    async function tell(heard: Report & { type: 'event' }): Promise<void> {
      const answer = await jobs.report(id, holder, heard);
      if (answer !== 'heard') control.abort(answer === 'lost' ? TAKEN_OVER : undefined);
    }
    async function end({ event, timings, passes }: Report & { type: 'ended' }): Promise<void> {
      await jobs.learn(timings, passes);
      await jobs.end(id, event, { holder, timings });
    }

    try {
      const kept = await jobs.read(id);
      if (!kept) return;
      const { tenant, requestId, view } = kept;
      const { queuedMs = 0 } = view.timings;
      const started = {
        id,
        tenant,
        request: view.request,
        queuedMs,
        ...(requestId === undefined ? {} : { requestId }),
      };
      await handle(started, { signal: control.signal, report });
      await Promise.all(told);
    } catch (thrown) {
      const error = describeFailure(thrown);
      const { code } = error;
      // closing the worker cancels nothing: another takes the job over
      if (code === 'cancelled' && !control.signal.aborted) return await handBack(job, holder, token);
      await jobs.end(id, code === 'cancelled' ? { type: 'cancelled' } : { type: 'failed', error }, { holder });
      if (code === 'internal') onError(thrown);
    } finally {
      held.delete(holder);
    }
  }

  async function handBack(job: Job, holder: string, token: string | undefined): Promise<never> {
    await jobs.handBack(job.id ?? '', holder);
    await jobs.tellPlaces();
    await job.moveToWait(token);
    // before all others, as one that had its turn; and unlike the step before, this wakes a worker that has nothing to do
    await job.changePriority({ priority: 0, lifo: true });
    throw new WaitingError();
  }

  async function giveUp(job: Job | undefined, error: Error): Promise<void> {
    onError(error);
    // other failures leave the job to the next sweep
    if (job?.deferredFailure) await jobs.end(job.id ?? '', { type: 'failed', error: diedTooOften() });
  }

  /** Whoever died between keeping a job and lining it up, or between the two sides of its end, left it to this. */
  async function keepSweeping(): Promise<void> {
    // not once more after `close` has said that they are gone
    while (!closed) {
      await jobs.count(machines, true).catch(onError);
      await delay(SWEEP_MS, undefined, { ref: false });
      if (closed) return;
      await sweep().catch(onError);
    }
  }

  async function sweep(): Promise<void> {
    const { ids } = await jobs.readLine();
    for (const id of ids) {
      if (!(await link.commands.exists(tickets.toKey(id)))) await lineUp(tickets, id, await jobs.readSlot(id));
    }
  }

  return {
    /** Waits for the jobs under way. */
    async close(): Promise<void> {
      closed = true;
      await Promise.all([worker.close(), jobs.count(machines, false)]);
      stopHearing();
    },
  };
}

/** However often it is done, a job is in line once. */
export async function lineUp(tickets: Tickets, id: string, slot: number): Promise<void> {
  await tickets.add('job', {}, { jobId: id, priority: slot });
}
