/** One designer's order from its request to its end, and what was seen of it on the way. */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isEnded, type JobState, type JobView } from '../../shared/job.js';
import { createDice } from './dice.js';
import type { Order } from './orders.js';
import type { Desk, NumberedEvent, StubbornClient } from './stubborn-client.js';

export type Outcome = {
  order: Order;
  /** Of its first answer. Absent where there was none. */
  id?: string;
  state?: JobState;
  /** What was not as it must be, in words. */
  wrong: string[];
  /** Jobs that were made of it beyond the one. */
  doubles: number;
  /** SHA-256 of variants' files, by their index. */
  pictures: Map<number, string>;
  submitMs: number;
  /** From sending the request to the first word of it. */
  firstEventMs?: number;
  /** How much later one of two readers had an event than the other. */
  lagsMs: number[];
  queuedMs?: number;
};

export type Parts = {
  client: StubbornClient;
  /** The servers as this designer sees them, at least one. */
  desks: readonly Desk[];
  /** Encoded pictures by name. */
  pictures: ReadonlyMap<string, Uint8Array>;
  /** What they are called at the servers, by key and name; filled on the way. */
  brought: Map<string, string>;
  /** Tells this run's orders from another's. */
  run: string;
  signal: AbortSignal;
};

const POLL_MS = 150;
const UPLOAD_SHARE = 0.2;
/** A reader that leaves has seen so many events. */
const STAY_EVENTS = 3;

export async function carryOut(
  order: Order,
  { client, desks, pictures, brought, run, signal }: Parts,
): Promise<Outcome> {
  const outcome: Outcome = { order, wrong: [], doubles: 0, pictures: new Map(), submitMs: 0, lagsMs: [] };
  const dice = createDice(order.number, 11);
  const desk = () => dice.pick(desks);
  try {
    await live();
  } catch (thrown) {
    outcome.wrong.push(
      signal.aborted ? 'it did not end in time' : thrown instanceof Error ? thrown.message : String(thrown),
    );
  }
  return outcome;

  async function live(): Promise<void> {
    const ids = new Map<string, string>();
    for (const name of order.wish.pictures) ids.set(name, await bring(name));
    const request = order.wish.write((name) => ids.get(name) ?? '');
    const key = `${run}-${order.number}`;
    const sentAt = performance.now();
    const { view, ms } = await client.submit(desk(), request, key, signal);
    const { id } = view;
    Object.assign(outcome, { id, submitMs: ms });
    if (order.repeats) await repeat(request, key, id);
    const cancelled = order.conduct === 'cancels at once' ? await client.cancel(desk(), id, signal) : undefined;
    const ended = await follow(id, sentAt);
    await settle(id, cancelled ?? ended);
  }

  /** Most have sent their pictures before, and know what they are called. */
  async function bring(name: string): Promise<string> {
    const at = desk();
    const place = `${at.key ?? ''} ${name}`;
    const known = brought.get(place);
    if (known !== undefined && !dice.chance(UPLOAD_SHARE)) return known;
    const id = await client.upload(at, new Uint8Array(pictures.get(name) ?? []), signal);
    brought.set(place, id);
    return id;
  }

  async function repeat(request: object, key: string, id: string): Promise<void> {
    const again = await Promise.all(desks.map((other) => client.submit(other, request, key, signal)));
    for (const { view } of again) if (view.id !== id) outcome.doubles++;
    if (!order.mistakes) return;
    const headers = { 'idempotency-key': key };
    const body = JSON.stringify({ ...request, prompt: 'another one' });
    const { status } = await client.ask(desk(), { method: 'POST', path: '/v1/generations', headers, body }, signal);
    if (status !== 409) outcome.wrong.push(`another request under its key was answered with ${status}, not 409`);
  }

  /** @returns what a DELETE on the way said, if there was one */
  async function follow(id: string, sentAt: number): Promise<JobView | undefined> {
    if (order.conduct === 'only asks how it stands') return void (await untilEnded(id));
    let cancelled: JobView | undefined;
    const hear = () => (outcome.firstEventMs ??= performance.now() - sentAt);
    if (order.conduct === 'watches twice') {
      // nothing else is done meanwhile that could hold one of them up
      const [one, other] = [desks[0] ?? desk(), desks.at(-1) ?? desk()];
      const [here, there] = await Promise.all([readAll(id, () => one, hear), readAll(id, () => other, hear)]);
      for (const [number, at] of here) {
        const then = there.get(number);
        if (then !== undefined) outcome.lagsMs.push(Math.abs(at - then));
      }
      return undefined;
    }
    await readAll(id, desk, async (heard, at) => {
      hear();
      await look(id, heard, at);
      const cancels = order.conduct === 'cancels under way' && heard.event.type === 'pass';
      if (cancels) cancelled ??= await client.cancel(desk(), id, signal);
    });
    return cancelled;
  }

  /** Reads until the job's end, over as many streams as it takes. @returns when each event came, by its number */
  async function readAll(
    id: string,
    where: () => Desk,
    sees: (heard: NumberedEvent, at: Desk) => unknown,
  ): Promise<Map<number, number>> {
    const times = new Map<number, number>();
    for (let last = 0, ended = false; !ended;) {
      let seen = 0;
      // a stream by itself, so that leaving it closes it
      const leaving = new AbortController();
      const both = AbortSignal.any([leaving.signal, signal]);
      try {
        const at = where();
        for await (const heard of client.listen(at, id, last, both)) {
          if (heard.id !== last + 1) outcome.wrong.push(`event ${heard.id} came after ${last}`);
          last = heard.id;
          times.set(heard.id, performance.now());
          await sees(heard, at);
          const { type } = heard.event;
          ended = type === 'done' || type === 'failed' || type === 'cancelled';
          if (ended || (order.conduct === 'leaves and comes back' && ++seen >= STAY_EVENTS)) break;
        }
      } finally {
        leaving.abort();
      }
      if (!ended) await delay(dice.roll(0, 300), undefined, { signal });
    }
    return times;
  }

  /** What an event tells of must be there when it tells of it. */
  async function look(id: string, { event }: NumberedEvent, at: Desk): Promise<void> {
    if (event.type === 'preview') await client.download(at, event.asset, signal);
    if (event.type !== 'variant') return;
    outcome.pictures.set(event.variant, digest(await client.download(at, event.asset, signal)));
    const { variants } = await client.view(desk(), id, signal);
    if (!variants.some(({ asset }) => asset === event.asset))
      outcome.wrong.push(`variant ${event.variant} was told before it was kept`);
  }

  async function untilEnded(id: string): Promise<void> {
    while (!isEnded((await client.view(desk(), id, signal)).state)) await delay(POLL_MS, undefined, { signal });
  }

  /** @param cancelled what a DELETE said of it */
  async function settle(id: string, cancelled: JobView | undefined): Promise<void> {
    const { state, variants, timings, error } = await client.view(desk(), id, signal);
    outcome.state = state;
    if (timings.queuedMs !== undefined) outcome.queuedMs = timings.queuedMs;
    if (cancelled && !isEnded(cancelled.state))
      outcome.wrong.push(`its cancellation was answered with ${cancelled.state}`);
    if (cancelled && cancelled.state !== state) outcome.wrong.push(`it was ${cancelled.state}, and is ${state} now`);
    if (!cancelled && state !== 'done')
      outcome.wrong.push(`it is ${state}, though nobody asked for that: ${error?.message ?? ''}`);
    if (state === 'done' && variants.length !== order.wish.variants) {
      outcome.wrong.push(`it is done with ${variants.length} of ${order.wish.variants} variants`);
    }
    for (const [index, { asset }] of variants.entries()) {
      if (!outcome.pictures.has(index))
        outcome.pictures.set(index, digest(await client.download(desk(), asset, signal)));
    }
  }
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
