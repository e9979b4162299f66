/** The server asked as any program would ask it: a job's events, with the moments at which they came. */
import { setTimeout as delay } from 'node:timers/promises';
import { readEvents } from '../../plugin/ui/client/read-events.js';
import { jobEvent, jobView, type JobEvent, type JobView } from '../../shared/job.js';

/** Milliseconds of this machine's clock. */
export type Moments = { firstPreview: number; lastVariant: number };

export async function submit(origin: string, request: JobView['request']): Promise<JobView> {
  const response = await fetch(`${origin}/v1/generations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
  if (!response.ok) throw new Error(`the server answered ${response.status}: ${await response.text()}`);
  return jobView.parse(await response.json());
}

export async function view(origin: string, job: string): Promise<JobView> {
  return jobView.parse(await (await fetch(`${origin}/v1/generations/${job}`)).json());
}

/** @param fetching whether a moment is when the picture's bytes are here too, and not just its name */
export async function follow(origin: string, job: string, { fetching }: { fetching: boolean }): Promise<Moments> {
  const moments: Partial<Moments> = {};
  for await (const event of events(origin, job)) {
    if (event.type === 'failed' || event.type === 'cancelled') throw new Error(`the job ended as ${event.type}`);
    if (event.type !== 'preview' && event.type !== 'variant') continue;
    if (fetching) await (await fetch(`${origin}/v1/assets/${event.asset}`)).arrayBuffer();
    if (event.type === 'preview') moments.firstPreview ??= Date.now();
    else moments.lastVariant = Date.now();
  }
  const { firstPreview, lastVariant } = moments;
  if (firstPreview === undefined || lastVariant === undefined) throw new Error(`job ${job} showed no picture`);
  return { firstPreview, lastVariant };
}

async function* events(origin: string, job: string): AsyncGenerator<JobEvent> {
  for await (const { data } of readEvents(await fetch(`${origin}/v1/generations/${job}/events`))) {
    const event = jobEvent.safeParse(JSON.parse(data));
    if (!event.success) continue;
    yield event.data;
    if (event.data.type === 'done') return;
  }
}

/** So that one measurement's tail doesn't run into the next. */
export async function settle(): Promise<void> {
  await delay(500);
}
