/** Jobs as Redis keeps them: read, changed by scripts, and seen in line with the others. */
import { z } from 'zod';
import { jobError, jobEvent, jobState, jobTimings, jobVariant, resolvedRequest } from '../../shared/index.js';
import type { JobEvent, JobState, JobView, ResolvedRequest } from '../../shared/index.js';
import { version } from '../config.js';
import { createPace, soonest, type Load, type Pace } from './pace.js';
import type { NumberedEvent, Report } from './queue.js';
import type { RedisLink } from './redis-link.js';
import { ANNOUNCE, COUNT, END, HAND_BACK, PLACE, REPORT, START, TAKE } from './redis-scripts.js';
import { explainUnreadable, roomFor } from './refusals.js';

const json = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema);

const keptJob = z.object({
  tenant: z.string(),
  /** Of Toile: whoever took it in, and who worked on it last. */
  version: z.string().optional(),
  workerVersion: z.string().optional(),
  requestId: z.string().optional(),
  state: jobState,
  progress: z.coerce.number(),
  passes: z.coerce.number().optional(),
  request: json(resolvedRequest),
  createdAt: z.string(),
  queuedMs: z.coerce.number().optional(),
  timings: json(jobTimings).optional(),
  error: json(jobError).optional(),
});
const keptLoad = keptJob.pick({ tenant: true, request: true, progress: true, passes: true });
const keptPace = z.object({
  average: z.coerce.number().optional(),
  passes: z.coerce.number().default(1),
  candidates: z.coerce.number().default(1),
});
const takeAnswer = z.union([
  z.tuple([z.literal('taken'), z.coerce.number()]),
  z.tuple([z.literal('known'), z.string()]),
  z.tuple([z.literal('full'), z.coerce.number()]),
  z.tuple([z.literal('over'), z.coerce.number()]),
]);
const answered = z.coerce.boolean();
const reportAnswer = z.enum(['heard', 'cancelled', 'lost']);

/** An engine of which nothing was said for this long is not counted on: its worker says it every five seconds. */
const MACHINE_MS = 15_000;

export type KeptJob = { tenant: string; requestId?: string; view: JobView };
type NewJob = {
  id: string;
  tenant: string;
  requestId?: string;
  digest: string;
  request: ResolvedRequest;
  createdAt: string;
};
/** Jobs that may wait in all, and of the tenant's own those that may wait or run. */
type Room = { limit: number; active?: number };
type Placed = Load & { id: string };
/** `state` and what goes with it; the event says the rest. */
type End = JobEvent & { type: 'done' | 'failed' | 'cancelled' };

export type RedisJobs = ReturnType<typeof createRedisJobs>;

export function createRedisJobs({ commands, key }: RedisLink) {
  const [waiting, running, slots, paceKey] = [key('waiting'), key('running'), key('slots'), key('pace')];
  /** How many jobs of each tenant wait or run. */
  const active = key('active');
  /** Every engine of every worker, by when it was last said to be there. */
  const machines = key('machines');
  const job = (id: string) => key('job', id);
  const events = (id: string) => key('events', id);
  const [told, cancelled] = [key('told'), key('cancelled')];
  // whole scripts every time: they are short, keep their order, and a new Redis doesn't miss them
  const run = (script: string, keys: string[], args: (string | number)[]) =>
    commands.eval(script, keys.length, ...keys, ...args);

  /** Engines that are there. */
  async function countMachines(): Promise<number> {
    return z.number().parse(await run(COUNT, [machines], [MACHINE_MS]));
  }

  async function readPace(): Promise<Pace> {
    const { average, ...defaults } = keptPace.parse(await commands.hgetall(paceKey));
    return createPace(defaults, average);
  }

  async function readLoads(ids: string[]): Promise<Placed[]> {
    const rows = await Promise.all(ids.map((id) => commands.hmget(job(id), 'tenant', 'request', 'progress', 'passes')));
    return rows.flatMap(([tenant, request, progress, passes], n) => {
      if (!request) return []; // it ran out meanwhile
      const kept = keptLoad.safeParse({ tenant, request, progress, passes: passes ?? undefined });
      // one of a newer version, whose fields this one doesn't know, holds up no others
      if (!kept.success) return [];
      const { tenant: whose, passes: counted, ...view } = kept.data;
      return { id: ids[n] ?? '', tenant: whose, view, ...(counted === undefined ? {} : { passes: counted }) };
    });
  }

  /** All jobs that wait, in order, and all that run. */
  async function readLine() {
    const [pace, line, busy, count] = await Promise.all([
      readPace(),
      commands.zrange(waiting, 0, -1).then(readLoads),
      commands.smembers(running).then(readLoads),
      countMachines(),
    ]);
    function estimate(load: Placed): number | undefined {
      const position = line.indexOf(load);
      return pace.estimate(load, {
        running: busy.filter((other) => other !== load),
        waiting: position < 0 ? undefined : line.slice(0, position),
        machines: Math.max(1, count),
      });
    }
    return {
      ids: [...line, ...busy].map(({ id }) => id),
      line,
      place(id: string): { position?: number; estimateMs?: number } {
        const position = line.findIndex((other) => other.id === id);
        const load = line[position] ?? busy.find((other) => other.id === id);
        const estimateMs = load && estimate(load);
        return { ...(position < 0 ? {} : { position }), ...(estimateMs === undefined ? {} : { estimateMs }) };
      },
      /** Milliseconds until the first job ends of those that run, or of all of a tenant's, where that can be told. */
      soonestEnd(tenant?: string): number | undefined {
        const some = tenant === undefined ? busy : [...busy, ...line].filter((load) => load.tenant === tenant);
        return soonest(some.map(estimate));
      },
    };
  }

  return {
    readLine,
    countMachines,

    /**
     * @param of absent: any tenant
     * @returns undefined for another tenant's
     * @throws ToileError `newer_job`
     */
    async read(id: string, of?: string): Promise<KeptJob | undefined> {
      const kept = await commands.hgetall(job(id));
      if (kept.tenant === undefined || (of !== undefined && kept.tenant !== of)) return undefined;
      const made = Object.entries(kept)
        .flatMap(([name, text]) => (name.startsWith('variant:') ? [{ at: Number(name.slice(8)), text }] : []))
        .sort((a, b) => a.at - b.at)
        .map(({ text }) => text);
      const parsed = keptJob.extend({ variants: z.array(json(jobVariant)) }).safeParse({ ...kept, variants: made });
      if (!parsed.success) throw explainUnreadable(id, [kept['version'], kept['workerVersion']], parsed.error);
      const { tenant, requestId, state, progress, request, createdAt, queuedMs, timings, error, variants } =
        parsed.data;
      const times = { ...(queuedMs === undefined ? {} : { queuedMs }), ...timings };
      const view = { id, state, progress, request, variants, timings: times, createdAt };
      const origin = { tenant, ...(requestId === undefined ? {} : { requestId }) };
      return { ...origin, view: error ? { ...view, error } : view };
    },

    /** How early its turn comes. */
    async readSlot(id: string): Promise<number> {
      return z.coerce.number().parse((await commands.hget(job(id), 'slot')) ?? 1);
    },

    /** Whether there is a job of this id, whatever became of it. */
    async exists(id: string): Promise<boolean> {
      return (await commands.exists(job(id))) > 0;
    },

    /** A worker says now and then that its engines are there, and in the end that they are not. */
    async count(names: string[], there: boolean): Promise<void> {
      if (!there) return void (await commands.zrem(machines, names));
      await run(ANNOUNCE, [machines], [MACHINE_MS, ...names]);
    },

    async take({ id, tenant, requestId, digest, request, createdAt }: NewJob, room: Room) {
      const origin = requestId === undefined ? {} : { requestId };
      const fields = { ...origin, version, request: JSON.stringify(request), createdAt };
      const places = [roomFor(room.limit, 1), roomFor(room.limit, 0), room.active ?? ''];
      const args = [id, digest, tenant, ...places, ...Object.entries(fields).flat()];
      return takeAnswer.parse(await run(TAKE, [job(id), waiting, running, slots, active], args));
    },

    async countAll(): Promise<{ waiting: number; running: number }> {
      const [waits, runs] = await Promise.all([commands.zcard(waiting), commands.scard(running)]);
      return { waiting: waits, running: runs };
    },

    /** Tells jobs that wait where they stand, those who know it already left out. */
    async tellPlaces(): Promise<void> {
      const { line, place } = await readLine();
      await Promise.all(
        line.map(({ id }) => {
          const { position = 0, estimateMs } = place(id);
          const event = { type: 'queued', position, ...(estimateMs === undefined ? {} : { estimateMs }) };
          return run(PLACE, [job(id), events(id)], [id, JSON.stringify(event), told]);
        }),
      );
    },

    /** Whether it was there to be started: false for one that has ended. */
    async start(id: string, holder: string): Promise<boolean> {
      const event: JobEvent = { type: 'started' };
      const keys = [job(id), events(id), waiting, running, slots];
      return answered.parse(await run(START, keys, [id, JSON.stringify(event), told, holder, version]));
    },

    /** `lost` where another worker holds the job, or ended it. Sent before it returns, so that reports keep their order. */
    async report(id: string, holder: string, { event, progress }: Report & { type: 'event' }) {
      const [field, value] =
        event.type === 'variant'
          ? [`variant:${event.variant}`, JSON.stringify(jobVariant.parse(event))]
          : event.type === 'pass'
            ? ['passes', event.passes]
            : ['', ''];
      const args = [id, JSON.stringify(event), told, holder, progress, field, value];
      return reportAnswer.parse(await run(REPORT, [job(id), events(id)], args));
    },

    /** @param holder absent: whoever holds it. @returns whether that ended it */
    async end(id: string, event: End, how: { holder?: string; timings?: JobView['timings'] } = {}): Promise<boolean> {
      const fields = {
        ...(event.type === 'done' ? { progress: '1' } : {}),
        ...(event.type === 'failed' ? { error: JSON.stringify(event.error) } : {}),
        ...(how.timings ? { timings: JSON.stringify(how.timings) } : {}),
      };
      const state: JobState = event.type;
      const args = [id, JSON.stringify(event), told, how.holder ?? '', state, cancelled];
      const keys = [job(id), events(id), waiting, running, active, slots];
      return answered.parse(await run(END, keys, [...args, ...Object.entries(fields).flat()]));
    },

    async handBack(id: string, holder: string): Promise<boolean> {
      return answered.parse(await run(HAND_BACK, [job(id), waiting, running], [id, holder]));
    },

    async readEvents(id: string, lastId: number): Promise<NumberedEvent[]> {
      const rows = await commands.xrange(events(id), `${lastId + 1}-0`, '+', 'COUNT', 1000);
      return rows.map(([number, [, text = '']]) => ({
        id: Number(number.split('-')[0]),
        event: jobEvent.parse(JSON.parse(text)),
      }));
    },

    /** What jobs take that leave it open, as the worker's bundle has it. */
    async setDefaults({ passes, candidates }: { passes: number; candidates: number }): Promise<void> {
      await commands.hset(paceKey, { passes, candidates });
    },

    /** Two workers at once may lose one of two times, which an average gets over. */
    async learn(timings: JobView['timings'], passes: number): Promise<void> {
      const pace = await readPace();
      pace.learn(timings, passes);
      const average = pace.average();
      if (average !== undefined) await commands.hset(paceKey, { average });
    },
  };
}
