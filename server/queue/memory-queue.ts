/** The queue of one process. Jobs are also written to the store, so that a restarted server finds them. */
import { isEnded, jobVariant, ToileError, type JobEvent, type JobView } from '../../shared/index.js';
import type { Store } from '../store/store.js';
import {
  createJob,
  follow,
  JOBS_PLACE,
  packJob,
  placeOf,
  tell,
  unpackJob,
  type Clocks,
  type MemoryJob,
} from './memory-jobs.js';
import { createPace, soonest } from './pace.js';
import type { Handler, Queue, Report, StartedJob } from './queue.js';
import {
  describeFailure,
  diedTooOften,
  digestRequest,
  idempotencyConflict,
  MAX_DEATHS,
  queueFull,
  quotaExceeded,
  roomFor,
  shuttingDown,
  unknownJob,
} from './refusals.js';
import { countPlaces, takeTurns } from './turns.js';

export type MemoryQueueOptions = {
  store: Store;
  /** What jobs take that leave it open, to say how long they will. */
  defaults: { passes: number; candidates: number };
  /** Jobs that may wait; see `roomFor`. */
  limit?: number;
  /** Jobs handed to the engine at once, which lets them take turns; see `countPlaces`. */
  concurrency?: number;
  /** Engines that share the work, to say how long jobs take. */
  engines?: number;
  clocks?: Clocks;
  onError?: (error: unknown) => void;
};

/** Ended jobs kept in memory; older ones are forgotten there, and stay in the store. */
const KEPT_ENDED = 1000;
/** Jobs of the store that are read side by side. */
const READ_AT_ONCE = 32;

const byAge = (a: MemoryJob, b: MemoryJob): number => a.view.createdAt.localeCompare(b.view.createdAt);

export function createMemoryQueue(options: MemoryQueueOptions): Queue {
  const {
    store,
    defaults,
    limit = 100,
    concurrency = 4,
    engines = 1,
    clocks = { now: Date.now, elapsed: () => performance.now() },
    onError = () => undefined,
  } = options;
  const jobs = new Map<string, MemoryJob>();
  /** In order of arrival. */
  const waiting: MemoryJob[] = [];
  const running = new Map<MemoryJob, Promise<void>>();
  /** Ended and written down, in that order. */
  const ended: MemoryJob[] = [];
  /** Settles when all that have started so far are written down as running: they begin in the order of their turns. */
  let written: Promise<void> = Promise.resolve();
  const pace = createPace(defaults);
  let handler: Handler | undefined;
  let closed = false;
  /** Settles when the jobs of the store are in line, before which none is taken in. */
  let read: Promise<void> = Promise.resolve();
  /** Whether that has come to its end. No job is forgotten before, and none of the store lined up after. */
  let allRead = false;

  function save(job: MemoryJob): void {
    const bytes = packJob(job);
    // one write after the other, so that the last one wins
    job.saved = job.saved.then(() => store.put(placeOf(job.view.id), bytes)).catch(onError);
  }

  /** The first time, without which it is not taken in. @throws ToileError `store_unreachable` */
  async function keep(job: MemoryJob): Promise<void> {
    const kept = store.put(placeOf(job.view.id), packJob(job));
    job.saved = kept.catch(() => undefined);
    try {
      await kept;
    } catch (thrown) {
      jobs.delete(job.view.id);
      const at = waiting.indexOf(job);
      if (at >= 0) waiting.splice(at, 1);
      job.control.abort(); // where it runs by now
      tellPlaces();
      // a write that is told to have failed may have come through, and would be worked off after a restart
      void store.delete(placeOf(job.view.id)).catch(() => undefined);
      throw thrown;
    }
  }

  /** Tells jobs that wait where they stand, those who know it already left out. */
  function tellPlaces(): void {
    const order = line();
    for (const [position, job] of order.entries()) {
      const event: JobEvent = { type: 'queued', position, ...estimate(job, order) };
      const text = JSON.stringify(event);
      if (job.told !== text) tell(job, event);
      job.told = text;
    }
  }

  const line = (): MemoryJob[] => takeTurns(waiting, running.keys());
  const underWay = (): MemoryJob[] => [...running.keys()].filter(({ view }) => view.state === 'running');
  const activeOf = (tenant: string): MemoryJob[] =>
    [...jobs.values()].filter((job) => job.tenant === tenant && !isEnded(job.view.state));

  function estimate(job: MemoryJob, order = line()): { estimateMs?: number } {
    const place = order.indexOf(job);
    const estimateMs = pace.estimate(job, {
      running: underWay().filter((other) => other !== job),
      waiting: place < 0 ? undefined : order.slice(0, place),
      machines: engines,
    });
    return estimateMs === undefined ? {} : { estimateMs };
  }

  /** Milliseconds until the first of them ends, where that can be told. */
  const soonestEnd = (some: MemoryJob[]): number | undefined => soonest(some.map((job) => estimate(job).estimateMs));

  function end(job: MemoryJob, event: JobEvent & { type: 'done' | 'failed' | 'cancelled' }): void {
    if (isEnded(job.view.state)) return;
    job.view.state = event.type;
    if (event.type === 'failed') job.view.error = event.error;
    if (event.type === 'done') job.view.progress = 1;
    tell(job, event);
    save(job);
    // whoever asks the store for it before that would find it under way
    void job.saved.then(() => {
      ended.push(job);
      forgetOldest();
    });
  }

  function forgetOldest(): void {
    if (!allRead) return;
    for (const { view } of ended.splice(0, Math.max(0, ended.length - KEPT_ENDED))) jobs.delete(view.id);
  }

  function startNext(): void {
    for (let job = next(); job && handler; job = next()) {
      waiting.splice(waiting.indexOf(job), 1);
      startJob(job, handler);
    }
    tellPlaces();
  }

  function next(): MemoryJob | undefined {
    const [first] = line();
    if (!first || closed) return undefined;
    const busy = [...running.keys()];
    return busy.length < countPlaces(concurrency, first, busy) ? first : undefined;
  }

  function startJob(job: MemoryJob, handle: Handler): void {
    const run = runJob(job, handle).finally(() => {
      running.delete(job);
      startNext();
    });
    running.set(job, run);
  }

  async function runJob(job: MemoryJob, handle: Handler): Promise<void> {
    const { view } = job;
    view.state = 'running';
    view.timings.queuedMs = clocks.elapsed() - job.submittedAt;
    delete job.told;
    tell(job, { type: 'started' });
    save(job);
    // lest one that is the end of the process is never counted
    await (written = written.then(() => job.saved));
    if (job.control.signal.aborted) return; // it was cancelled meanwhile
    const report = (heard: Report): void => {
      if (isEnded(view.state)) return;
      if (heard.type === 'ended') {
        Object.assign(view.timings, heard.timings);
        pace.learn(heard.timings, heard.passes);
        return end(job, heard.event);
      }
      view.progress = heard.progress;
      if (heard.event.type === 'pass') job.passes = heard.event.passes;
      if (heard.event.type === 'variant') {
        view.variants[heard.event.variant] = jobVariant.parse(heard.event);
        save(job);
      }
      tell(job, heard.event);
    };
    try {
      await handle(describeStart(job), { signal: job.control.signal, report });
    } catch (thrown) {
      const error = describeFailure(thrown);
      const { code } = error;
      // closing the server cancels nothing: the job is found again at the next start
      if (code === 'cancelled' && !job.control.signal.aborted) {
        view.state = 'queued';
        return save(job);
      }
      end(job, code === 'cancelled' ? { type: 'cancelled' } : { type: 'failed', error });
      if (code === 'internal') onError(thrown);
    }
  }

  const findRepeated = (tenant: string, key: string): MemoryJob | undefined =>
    [...jobs.values()].find((job) => job.tenant === tenant && job.idempotency?.key === key);

  function lookUp(tenant: string, id: string): MemoryJob {
    const job = jobs.get(id);
    if (!job || job.tenant !== tenant) throw unknownJob(id);
    return job;
  }

  async function recall(tenant: string, id: string): Promise<MemoryJob> {
    if (!jobs.has(id) && /^[a-f0-9-]{36}$/.test(id)) {
      const bytes = await store.get(placeOf(id));
      const job = bytes && unpackJob(bytes, clocks, tenant);
      // one that has ended is looked at, and let go
      if (job && isEnded(job.view.state)) return job;
      // one that hasn't was asked for before its turn to be read, or has ended since these bytes were
      if (job && !allRead) lineUp([job]);
    }
    return lookUp(tenant, id);
  }

  function giveUp(job: MemoryJob): void {
    const error = diedTooOften();
    onError(new ToileError(error.code, `generation '${job.view.id}' is given up: ${error.message}`));
    end(job, { type: 'failed', error });
  }

  /** Jobs of an earlier run, those left out that are in line by now. */
  function lineUp(unended: MemoryJob[]): void {
    for (const job of unended) {
      if (jobs.has(job.view.id)) continue;
      jobs.set(job.view.id, job);
      if (job.deaths > MAX_DEATHS) {
        giveUp(job);
        continue;
      }
      Object.assign(job.view, { state: 'queued', progress: 0 });
      waiting.push(job);
      save(job); // with the ids that it now goes on from
    }
    waiting.sort(byAge);
  }

  /** Jobs of the store that wait, and of those that have ended the newest that may be asked for again. */
  async function readKept(): Promise<{ unended: MemoryJob[]; repeatable: MemoryJob[] }> {
    const keys = (await store.list(JOBS_PLACE)).map(({ key }) => key);
    const unended: MemoryJob[] = [];
    let repeatable: MemoryJob[] = [];
    for (let at = 0; at < keys.length && !closed; at += READ_AT_ONCE) {
      for (const bytes of await Promise.all(keys.slice(at, at + READ_AT_ONCE).map((key) => store.get(key)))) {
        try {
          const job = bytes && unpackJob(bytes, clocks);
          if (!job || jobs.has(job.view.id)) continue;
          if (!isEnded(job.view.state)) unended.push(job);
          else if (job.idempotency) repeatable.push(job);
        } catch (error) {
          onError(error);
        }
      }
      repeatable = repeatable.sort(byAge).slice(-KEPT_ENDED);
    }
    return { unended, repeatable };
  }

  async function takeOver(): Promise<void> {
    const { unended, repeatable } = await readKept();
    // whoever repeats a request whose answer was lost in the restart gets its job, and no second one
    for (const job of repeatable) jobs.set(job.view.id, job);
    ended.unshift(...repeatable);
    lineUp(unended);
    // closing leaves some of them unread
    allRead = !closed;
    forgetOldest();
    startNext();
  }

  const look = (job: MemoryJob): JobView => {
    const position = line().indexOf(job);
    const estimated = isEnded(job.view.state) ? {} : estimate(job);
    return structuredClone({ ...job.view, ...(position >= 0 ? { position } : {}), ...estimated });
  };

  return {
    async submit(submission) {
      const { tenant, active: quota, request, idempotencyKey } = submission;
      const digest = digestRequest(request.given);
      await read;
      if (idempotencyKey !== undefined) {
        const same = findRepeated(tenant, idempotencyKey);
        if (same?.idempotency?.digest === digest) {
          await same.kept;
          return look(same);
        }
        if (same) throw idempotencyConflict(idempotencyKey, same.view.id);
      }
      if (closed) throw shuttingDown();
      const active = activeOf(tenant);
      if (quota !== undefined && active.length >= quota) throw quotaExceeded(active.length, quota, soonestEnd(active));
      if (waiting.length >= roomFor(limit, active.length)) {
        throw queueFull(waiting.length, limit, soonestEnd(underWay()));
      }
      const job = createJob(submission, digest, clocks);
      jobs.set(job.view.id, job);
      waiting.push(job);
      tellPlaces();
      await (job.kept = keep(job));
      startNext();
      return look(job);
    },
    async known(tenant, idempotencyKey) {
      await read;
      return findRepeated(tenant, idempotencyKey) !== undefined;
    },
    async find(tenant, id) {
      return look(await recall(tenant, id));
    },
    async cancel(tenant, id) {
      const job = await recall(tenant, id);
      job.control.abort();
      const at = waiting.indexOf(job);
      if (at >= 0) waiting.splice(at, 1);
      end(job, { type: 'cancelled' });
      if (at >= 0) tellPlaces();
      return look(job);
    },
    async *follow(tenant, id, options) {
      yield* follow(await recall(tenant, id), options);
    },
    work(handle) {
      handler = handle;
      return (read = takeOver());
    },
    async counts() {
      return { waiting: waiting.length, running: running.size };
    },
    async reachable() {
      return !closed;
    },
    async close() {
      closed = true;
      await Promise.all(running.values());
      await Promise.all([...jobs.values()].map((job) => job.saved));
    },
  };
}

function describeStart({ tenant, requestId, view: { id, request, timings } }: MemoryJob): StartedJob {
  const { queuedMs = 0 } = timings;
  return { id, tenant, request, queuedMs, ...(requestId === undefined ? {} : { requestId }) };
}
