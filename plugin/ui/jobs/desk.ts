/** All running jobs: starts them, stops them, finds them again, and shows each as the panel's state has it. */
import type { ToPanel, ToSandbox, TrackedJob } from '../../messages.js';
import type { Draw } from '../pictures/draw.js';
import { isAbort, PanelError, toProblem } from '../problem.js';
import { createClient, type Client, type ClientParts } from '../client/client.js';
import type { Server } from '../client/call.js';
import type { Waiting } from '../client/persist.js';
import type { Store } from '../store.js';
import { isOver, type Job, type Phase } from './job.js';
import { createKnownAssets } from './keep-assets.js';
import { unpackOrder, type Order } from './order.js';
import { resumeJob } from './resume-job.js';
import { runJob, type Began } from './run-job.js';

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
  /** Cancelled, which the server could not be told so far. */
  untold: boolean;
};

/** Of a job whose row had gone: `over` once the server has stopped it, or `control` has ended the tries to have it do so. */
type Stop = { control: AbortController; over: Promise<void> };

export type Desk = ReturnType<typeof createDesk>;

export function createDesk(parts: DeskParts) {
  const { store, say, draw, makeTicket, now = Date.now } = parts;
  const running = new Map<string, Running>();
  // names under which a failed job may have arrived at the server
  const keys = new Map<string, string>();
  /** Jobs that were cancelled since their rows had gone. */
  const stopped = new Map<string, Stop>();
  /** Of cancelled jobs of which their servers have not heard yet. */
  const stopping = new Set<Client>();
  const known = createKnownAssets();
  const server = (): Server => ({ url: store.state().settings.server, key: store.state().settings.key });

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
    try {
      const phase = await work;
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
    return ({ submitted, key, ...change }: Partial<Job> & { submitted?: string; key?: string }) => {
      if (key !== undefined) entry.key = key;
      if (change.row !== undefined) entry.row = change.row;
      if (submitted !== undefined) {
        entry.submitted = submitted;
        change.made = { server: entry.client.server.url, job: submitted };
      }
      if (!entry.control.signal.aborted) store.act({ type: 'job', ticket, change });
      // a stop may have come while the request was on its way
      else if (submitted !== undefined) void stopOnServer(ticket, entry, submitted);
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
      now,
    });
    void see(ticket, entry, work);
    return ticket;
  }

  /**
   * A job that was under way when the plugin was closed, or whose row has come back: then it is another one with the same
   * request. Another server than the set one doesn't get its key.
   */
  function resume(row: string, found: TrackedJob): void {
    const cancelled = stopped.get(found.ticket);
    // a server that is away goes on with it
    cancelled?.control.abort();
    if (running.has(found.ticket) && !cancelled) return;
    if (cancelled) store.act({ type: 'job-gone', ticket: found.ticket });
    const tracked = cancelled ? { ...found, ticket: makeTicket() } : found;
    const { ticket, name, count, submission, redrawn = false } = tracked;
    const { url, key } = server();
    const { entry } = enter(
      ticket,
      createClient({ url: tracked.server, key: tracked.server === url ? key : '' }, parts),
      cancelled ? ticket : submission?.key,
    );
    Object.assign(entry, { row, submitted: cancelled ? undefined : tracked.job });
    const phase: Phase = { state: 'waiting', ahead: 0 };
    const order = unpackOrder(tracked);
    store.act({ type: 'job-added', job: { ticket, name, count, landed: 0, phase, row, redrawn, order } });
    const { client, control } = entry;
    const tell = teller(ticket, entry);
    const work = resumeJob({
      ...{ client, row, tracked, key: entry.key, stopped: cancelled?.over, say, tell, now },
      forCanvas: draw.forCanvas,
      signal: control.signal,
    });
    void see(ticket, entry, work);
  }

  /** @param signal ends the tries to tell a server that is away */
  async function cancel(ticket: string, reason: unknown = CANCELLED, signal?: AbortSignal): Promise<void> {
    const entry = running.get(ticket);
    if (!entry) return;
    const { submitted } = entry;
    entry.control.abort(reason);
    entry.began.reject(reason);
    if (submitted !== undefined) await stopOnServer(ticket, entry, submitted, signal);
  }

  /** For as long as the server is away: until it knows, it may still work on the job, which is told. */
  async function stopOnServer(ticket: string, entry: Running, job: string, signal?: AbortSignal): Promise<void> {
    const { client } = entry;
    const tell = (untold: boolean) => {
      entry.untold = untold;
      store.act({ type: 'job', ticket, change: { phase: { state: 'cancelled', untold } } });
    };
    stopping.add(client);
    try {
      const onWait = (held: Waiting | undefined) => tell(held !== undefined);
      await client.cancel(job, { patient: true, onWait, ...(signal ? { signal } : {}) });
    } catch (thrown) {
      tell(toProblem(thrown).code !== 'unknown_job');
    } finally {
      stopping.delete(client);
    }
  }

  return {
    start,
    resume,
    cancel: (ticket: string) => cancel(ticket),
    /** A restarted server may want another key for the jobs that it goes on with. */
    useKey({ url, key }: Server): void {
      const clients = [...[...running.values()].map(({ client }) => client), ...stopping];
      for (const { server } of clients) if (server.url === url) server.key = key;
    },
    retry(ticket: string): void {
      const job = store.state().jobs.find((one) => one.ticket === ticket);
      if (!job?.order || !isOver(job.phase)) return;
      store.act({ type: 'job-gone', ticket });
      start(job.order, keys.get(ticket));
    },
    /** What the sandbox says of jobs. */
    hear(message: Extract<ToPanel, { type: 'began' | 'settled' | 'row-gone' | 'failed' }>): void {
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
        const [ticket] = [...running].find(([, { row }]) => row === message.row) ?? [];
        const control = new AbortController();
        if (ticket !== undefined) stopped.set(ticket, { control, over: cancel(ticket, GONE, control.signal) });
        return;
      }
      const { code, detail, ticket } = message;
      const entry = ticket === undefined ? undefined : running.get(ticket);
      entry?.began.reject(new PanelError({ code, detail }));
    },
  };
}

const CANCELLED = new DOMException('cancelled', 'AbortError');
const GONE = new DOMException('the row was removed', 'AbortError');

function withResolvers<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
