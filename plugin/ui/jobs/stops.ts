/**
 * Has servers stop what was cancelled, for as long as that takes. Until a server knows, the sandbox keeps the job for the next
 * opening of the plugin, in whatever file.
 */
import type { ToSandbox, UntoldJob } from '../../messages.js';
import type { Server } from '../client/call.js';
import { createClient, type Client, type ClientParts } from '../client/client.js';
import { wait as realWait } from '../client/persist.js';
import { PanelError, type Problem } from '../problem.js';
import { stopJob, type StopOptions } from './stop-job.js';

export type StopsParts = ClientParts & {
  say: (message: ToSandbox) => void;
  serverOf: (job: Pick<UntoldJob, 'server'>) => Server;
};

export type Stops = ReturnType<typeof createStops>;

export function createStops({ say, serverOf, ...parts }: StopsParts) {
  const { wait = realWait } = parts;
  const underWay = new Set<{ client: Client }>();
  /** Tickets of jobs that had been cancelled when the plugin was closed. */
  const left = new Set<string>();
  /** Those of them whose servers wanted another key than they were told by. */
  const refused = new Map<string, { key: string; jobs: readonly UntoldJob[] }>();
  const asking: ((jobs: readonly UntoldJob[]) => void)[] = [];

  async function tell(client: Client, job: UntoldJob, options?: StopOptions): Promise<void> {
    const one = { client };
    underWay.add(one);
    try {
      await stopJob(client, job, options);
      say({ type: 'told', ticket: job.ticket });
    } finally {
      underWay.delete(one);
    }
  }

  /** @throws DOMException where the row of a job has come back meanwhile, in another window */
  async function checkUntold({ ticket }: UntoldJob): Promise<void> {
    const untold = await new Promise<readonly UntoldJob[]>((resolve) => {
      asking.push(resolve);
      say({ type: 'list-untold' });
    });
    if (!untold.some((job) => job.ticket === ticket)) throw new DOMException('withdrawn', 'AbortError');
  }

  /** One after another, all at the same server. Where that wants another key, they are left until there is one. */
  async function tellLeft(jobs: readonly UntoldJob[]): Promise<void> {
    for (const [n, job] of jobs.entries()) {
      const waitAndCheck: typeof wait = async (ms, signal) => {
        await wait(ms, signal);
        await checkUntold(job);
      };
      const client = createClient(serverOf(job), { ...parts, wait: waitAndCheck });
      const { url, key } = client.server;
      try {
        await checkUntold(job);
        await tell(client, job, { final: wantsKey });
      } catch (thrown) {
        if (!(thrown instanceof PanelError) || !wantsKey(thrown.problem)) continue;
        refused.set(url, { key, jobs: jobs.slice(n) });
        // it may have got one meanwhile
        return useKey(serverOf(job));
      }
    }
  }

  /** What was left for the want of it is told. */
  function useKey({ url, key }: Server): void {
    for (const { client } of underWay) if (client.server.url === url) client.server.key = key;
    const waiting = refused.get(url);
    if (!waiting || waiting.key === key) return;
    refused.delete(url);
    void tellLeft(waiting.jobs);
  }

  return {
    /** @throws PanelError where the server fails at it: then it is left for the next opening */
    stop(client: Client, job: UntoldJob, options?: StopOptions): Promise<void> {
      say({ type: 'untold', job });
      return tell(client, job, options);
    },
    /** Those that the sandbox kept; nobody waits for them any more. */
    stopLeft(jobs: readonly UntoldJob[]): void {
      for (const { ticket } of jobs) left.add(ticket);
      const servers = new Set(jobs.map(({ server }) => server));
      for (const url of servers) void tellLeft(jobs.filter(({ server }) => server === url));
    },
    useKey,
    isLeft: (ticket: string) => left.has(ticket),
    /** What the sandbox still keeps. */
    hear(jobs: readonly UntoldJob[]): void {
      for (const answer of asking.splice(0)) answer(jobs);
    },
  };
}

function wantsKey({ status }: Problem): boolean {
  return status === 401 || status === 403;
}
