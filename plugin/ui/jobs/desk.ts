/** All running jobs: starts them, stops them, finds them again, and shows each as the panel's state has it. */
import type { ToPanel, ToSandbox, TrackedJob, UntoldJob } from '../../messages.js';
import type { Draw } from '../pictures/draw.js';
import { isAbort, PanelError, toProblem } from '../problem.js';
import { createClient, type Client, type ClientParts } from '../client/client.js';
import type { Server } from '../client/call.js';
import type { Store } from '../store.js';
import { isOver, type Job, type Phase } from './job.js';
import { createKnownAssets } from './keep-assets.js';
import { unpackOrder, type Order } from './order.js';
import { resumeJob } from './resume-job.js';
import { runJob, type Began } from './run-job.js';
import { createStops } from './stops.js';

export type DeskParts = ClientParts & {
  store: Store;
  say: (message: ToSandbox) => void;
  draw: Draw;
  makeTicket: () => string;
  now?: () => number;
};

type Running = {
  control: AbortController;
  began: { resolve: (began: Began) => void; reject: (error: unknown) => void };
  client: Client;
  key: string;
  row?: string;
  /** The server's id, once it has one. */
  submitted?: string;
  /** What the row keeps of it. */
  kept?: TrackedJob;
  /** To its end, also where nobody waits for that any more. */
  work?: Promise<unknown>;
  /** Cancelled, which the server could not be told so far. */
  untold: boolean;
};

/** What a job's work tells of beside what is shown of it. */
type Told = Pick<Running, 'submitted' | 'kept'> & { key?: string };

/**
 * A job that was cancelled since its row had gone: `over` once the server has stopped `job`, its id there, or `control` has
 * ended the tries to have it do so.
 */
type Gone = { ticket: string; job: string | undefined; control: AbortController; over: Promise<void> };

export type Desk = ReturnType<typeof createDesk>;

export function createDesk(parts: DeskParts) {
  const { store, say, draw, makeTicket, now = Date.now } = parts;
  const running = new Map<string, Running>();
  // names under which a failed job may have arrived at the server
  const keys = new Map<string, string>();
  /** By their rows, which come back as they were: an undo and a redo know nothing of tickets. */
  const gone = new Map<string, Gone>();
  const known = createKnownAssets();
  const server = (): Server => ({ url: store.state().settings.server, key: store.state().settings.key });
  /** Another server than the set one doesn't get its key. */
  const serverOf = ({ server: url }: Pick<TrackedJob, 'server'>): Server => ({
    url,
    key: url === server().url ? server().key : '',
  });
  const stops = createStops({ ...parts, serverOf });

  function enter(ticket: string, client: Client, key = ticket) {
    const { promise, ...began } = withResolvers<Began>();
    promise.catch(() => undefined);
    const entry: Running = { control: new AbortController(), began, client, key, untold: false };
    running.set(ticket, entry);
    return { entry, began: promise };
  }

  /** A result that is selected takes the place of the words: not while the next ones are being typed. */
  function settle(ticket: string, { row }: Running): void {
    if (row === undefined) return;
    const { jobs, controls } = store.state();
    const asked = jobs.find((job) => job.ticket === ticket)?.order?.controls.words;
    say({ type: 'settle', row, select: JSON.stringify(asked) === JSON.stringify(controls.words) });
  }

  async function see(ticket: string, entry: Running, work: Promise<Phase>): Promise<void> {
    const change = (phase: Phase) => store.act({ type: 'job', ticket, change: { phase } });
    entry.work = work;
    try {
      // a stop waits for no answer: left lying, the row would bring the job back at the next opening
      const phase = await Promise.race([work, rejectsWhen(entry.control.signal)]);
      settle(ticket, entry);
      change(phase);
    } catch (thrown) {
      const stopped = entry.control.signal.aborted || isAbort(thrown);
      if (entry.control.signal.reason !== GONE) settle(ticket, entry);
      else store.act({ type: 'job', ticket, change: { row: undefined } });
      if (!stopped && entry.submitted === undefined) keys.set(ticket, entry.key);
      change(stopped ? { state: 'cancelled', untold: entry.untold } : { state: 'failed', problem: toProblem(thrown) });
    } finally {
      running.delete(ticket);
    }
  }

  /** How a job's work tells of what it has come to. */
  function teller(ticket: string, entry: Running) {
    return ({ submitted, key, kept, ...change }: Partial<Job> & Told) => {
      if (key !== undefined) entry.key = key;
      if (kept !== undefined) entry.kept = kept;
      if (change.row !== undefined) entry.row = change.row;
      if (submitted !== undefined) {
        entry.submitted = submitted;
        change.made = { server: entry.client.server.url, job: submitted };
      }
      if (!entry.control.signal.aborted) store.act({ type: 'job', ticket, change });
    };
  }

  function start(order: Order, key?: string): string {
    const ticket = makeTicket();
    const { entry, began } = enter(ticket, createClient(server(), parts), key);
    const job: Job = {
      ticket,
      name: order.name,
      count: order.count,
      landed: 0,
      phase: { state: 'preparing' },
      redrawn: false,
      order,
    };
    store.act({ type: 'job-added', job });
    const tell = teller(ticket, entry);
    const { client, control } = entry;
    const work = runJob(order, {
      ticket,
      key: entry.key,
      client,
      signal: control.signal,
      began,
      draw,
      known,
      say,
      tell,
      stop: (job) => void stops.stop(client, job).catch(() => undefined),
      now,
    });
    void see(ticket, entry, work);
    return ticket;
  }

  /**
   * A job that was under way when the plugin was closed, or whose row has come back. Then it is another one: it goes on with
   * what the server has not stopped yet, else with the same request.
   */
  function resume(row: string, found: TrackedJob): void {
    if (stops.isLeft(found.ticket)) return say({ type: 'settle', row });
    const before = gone.get(row);
    const isKnown = [...running].some(([ticket, entry]) => ticket === found.ticket || entry.row === row);
    if (isKnown && !before) return;
    gone.delete(row);
    if (before) store.act({ type: 'job-gone', ticket: before.ticket });
    // what the row doesn't know of could not be followed, and is stopped all the same
    const goesOn = before?.job !== undefined && before.job === found.job;
    if (goesOn) {
      before.control.abort();
      say({ type: 'told', ticket: before.ticket });
    }
    const tracked = before ? { ...found, ticket: makeTicket() } : found;
    const { ticket, name, count, submission, redrawn = false } = tracked;
    const { entry } = enter(ticket, createClient(serverOf(tracked), parts), before ? ticket : submission?.key);
    Object.assign(entry, { row, kept: tracked, ...(before ? {} : { submitted: tracked.job }) });
    const phase: Phase = { state: 'waiting', ahead: 0 };
    const order = unpackOrder(tracked);
    store.act({ type: 'job-added', job: { ticket, name, count, landed: 0, phase, row, redrawn, order } });
    const { client, control } = entry;
    const tell = teller(ticket, entry);
    const stopped = goesOn ? before.over : before && Promise.resolve();
    const work = resumeJob({
      ...{ client, row, tracked, key: entry.key, stopped, say, tell, now },
      forCanvas: draw.forCanvas,
      signal: control.signal,
    });
    void see(ticket, entry, work);
  }

  /** @param signal ends the tries to have a server that is away stop a job that the row knows, which may go on with it */
  async function cancel(ticket: string, reason: unknown = CANCELLED, signal?: AbortSignal): Promise<void> {
    const entry = running.get(ticket);
    if (!entry) return;
    entry.control.abort(reason);
    entry.began.reject(reason);
    const untold = untoldOf(ticket, entry);
    if (!untold) return;
    if (untold.job !== undefined) return stopOnServer(entry, untold, signal);
    say({ type: 'untold', job: untold });
    // the answer that is on its way may name it
    const stop = () => stopOnServer(entry, untoldOf(ticket, entry) ?? untold);
    void entry.work?.then(stop, stop);
  }

  /** What the server may know of it; nothing before anything was sent. */
  function untoldOf(ticket: string, { submitted, kept, client }: Running): UntoldJob | undefined {
    const server = client.server.url;
    // a row that has come back names what it was before, until it is known what became of that
    const job = submitted ?? kept?.job;
    if (job !== undefined) return { ticket, server, job };
    return kept?.submission && { ticket, server, submission: kept.submission };
  }

  /** For as long as the server is away: until it knows, it may still work on the job, which is told. */
  async function stopOnServer(entry: Running, untold: UntoldJob, signal?: AbortSignal): Promise<void> {
    const { ticket } = untold;
    const tell = (isUntold: boolean) => {
      entry.untold = isUntold;
      store.act({ type: 'job', ticket, change: { phase: { state: 'cancelled', untold: isUntold } } });
    };
    try {
      const onWait = (held: unknown) => tell(held !== undefined);
      await stops.stop(entry.client, untold, { onWait, ...(signal ? { signal } : {}) });
      if (entry.untold) tell(false);
    } catch {
      tell(true);
    }
  }

  return {
    start,
    resume,
    cancel: (ticket: string) => cancel(ticket),
    /** Jobs that had been cancelled when the plugin was closed. Their rows, if they lie there still, go. */
    stopLeft: stops.stopLeft,
    /** A restarted server may want another key for the jobs that it goes on with. */
    useKey({ url, key }: Server): void {
      for (const { client } of running.values()) if (client.server.url === url) client.server.key = key;
      stops.useKey({ url, key });
    },
    retry(ticket: string): void {
      const job = store.state().jobs.find((one) => one.ticket === ticket);
      if (!job?.order || !isOver(job.phase)) return;
      store.act({ type: 'job-gone', ticket });
      start(job.order, keys.get(ticket));
    },
    /** What the sandbox says of jobs. */
    hear(message: Extract<ToPanel, { type: 'began' | 'settled' | 'row-gone' | 'untold' | 'failed' }>): void {
      if (message.type === 'began') {
        const entry = running.get(message.ticket);
        // cancelled meanwhile: the row must not stay
        if (!entry || entry.control.signal.aborted) return say({ type: 'settle', row: message.row });
        return entry.began.resolve(message);
      }
      if (message.type === 'settled') {
        const job = store.state().jobs.find(({ row }) => row === message.row);
        if (job) store.act({ type: 'job', ticket: job.ticket, change: { landed: message.pictures } });
        return;
      }
      if (message.type === 'row-gone') {
        const [ticket, entry] = [...running].find(([, { row }]) => row === message.row) ?? [];
        if (ticket === undefined || !entry) return;
        const { job } = untoldOf(ticket, entry) ?? {};
        const control = new AbortController();
        gone.set(message.row, { ticket, job, control, over: cancel(ticket, GONE, control.signal) });
        return;
      }
      if (message.type === 'untold') return stops.hear(message.jobs);
      const { code, detail, ticket } = message;
      const entry = ticket === undefined ? undefined : running.get(ticket);
      entry?.began.reject(new PanelError({ code, detail }));
    },
  };
}

const CANCELLED = new DOMException('cancelled', 'AbortError');
const GONE = new DOMException('the row was removed', 'AbortError');

function rejectsWhen(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}

function withResolvers<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
