import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { createMemoryQueue } from '../../../server/queue/memory-queue.js';
import { createFileStore } from '../../../server/store/file-store.js';
import type { Handler, Queue } from '../../../server/queue/queue.js';
import type { Store } from '../../../server/store/store.js';
import { ToileError } from '../../../shared/index.js';
import { describeQueue } from '../../contract/queue-contract.js';
import { createMemoryStore } from '../../support/memory-store.js';

const defaults = { passes: 10, candidates: 1 };

let folder = '';
describeQueue('one process', async ({ reopen, ...options }) => {
  if (!reopen) folder = await mkdtemp(path.join(os.tmpdir(), 'toile-queue-'));
  return createMemoryQueue({ store: createFileStore(folder), defaults, ...options });
});

it("starts a tenant's first job though all places are taken, up to twice as many", async () => {
  const queue = createMemoryQueue({ store: createMemoryStore(), defaults, concurrency: 2 });
  await queue.work(() => new Promise(() => undefined));
  const given = { variants: 1, previews: 0 };
  const states = [];
  for (const tenant of ['a', 'a', 'a', 'b', 'b', 'c', 'd']) {
    states.push((await queue.submit({ tenant, request: { given, resolved: { ...given, seed: 1 } } })).state);
  }
  expect(states).toEqual(['running', 'running', 'queued', 'running', 'queued', 'running', 'queued']);
  expect(await queue.counts()).toEqual({ waiting: 3, running: 4 });
});

it('takes no job in that it could not write down', async () => {
  const store = createMemoryStore();
  const away = new ToileError('store_unreachable', 'the store is away');
  const put = vi.spyOn(store, 'put').mockRejectedValue(away);
  const queue = createMemoryQueue({ store, defaults });
  const given = { variants: 1, previews: 0 };
  const submission = { tenant: 'a', request: { given, resolved: { ...given, seed: 1 } }, idempotencyKey: 'once' };
  await expect(queue.submit(submission)).rejects.toBe(away);
  expect(await queue.counts()).toEqual({ waiting: 0, running: 0 });
  put.mockRestore();
  const { id, position } = await queue.submit(submission);
  expect(position).toBe(0);
  expect(await store.get(`jobs/${id}.json`)).toBeDefined();
});

it('writes down that a job runs before it does', async () => {
  const store = createMemoryStore();
  const { put } = store;
  const written: string[] = [];
  vi.spyOn(store, 'put').mockImplementation(async (key, bytes) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    await put(key, bytes);
    written.push(/"state":"(\w+)"/.exec(Buffer.from(bytes).toString())?.[1] ?? '');
  });
  const queue = createMemoryQueue({ store, defaults });
  const before: string[][] = [];
  await queue.work(async () => {
    before.push([...written]);
    await new Promise(() => undefined);
  });
  const given = { variants: 1, previews: 0 };
  await queue.submit({ tenant: 'a', request: { given, resolved: { ...given, seed: 1 } } });
  await expect.poll(() => before).toEqual([['queued', 'running']]);
});

describe('a repeat of a job that is being written down', () => {
  const given = { variants: 1, previews: 0 };
  const submission = { tenant: 'a', request: { given, resolved: { ...given, seed: 1 } }, idempotencyKey: 'once' };

  it('is taken in with it, and not where that fails', async () => {
    const store = createMemoryStore();
    const away = new ToileError('store_unreachable', 'the store is away');
    let fail = () => {};
    vi.spyOn(store, 'put').mockReturnValueOnce(new Promise((_, reject) => (fail = () => reject(away))));
    const queue = createMemoryQueue({ store, defaults });
    const sent = [queue.submit(submission), queue.submit(submission)];
    const answers = Promise.allSettled(sent);
    await new Promise((resolve) => setTimeout(resolve, 20));
    fail();
    expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(sent[1]).rejects.toBe(away);
  });

  it('finds nothing left of a write that failed though it came through', async () => {
    const store = createMemoryStore();
    const { put } = store;
    vi.spyOn(store, 'put').mockImplementationOnce(async (...args) => {
      await put(...args);
      throw new ToileError('store_unreachable', 'no answer in time');
    });
    const queue = createMemoryQueue({ store, defaults });
    await expect(queue.submit(submission)).rejects.toMatchObject({ code: 'store_unreachable' });
    await expect.poll(() => store.list('jobs/')).toEqual([]);
  });
});

it('tells how long a job waited though the clock was set back meanwhile, and after a restart too', async () => {
  const store = createMemoryStore();
  const given = { variants: 1, previews: 0 };
  const at = { now: 1_000_000, elapsed: 0 };
  const clocks = { now: () => at.now, elapsed: () => at.elapsed };
  const waited: number[] = [];
  const work: Handler = async ({ queuedMs }, { report }) => {
    waited.push(queuedMs);
    report({ type: 'ended', event: { type: 'done' }, timings: { totalMs: 1 }, passes: 1 });
  };
  const submit = (queue: Queue) => queue.submit({ tenant: 'a', request: { given, resolved: { ...given, seed: 1 } } });
  const pass = (ms: number) => void ((at.now += ms), (at.elapsed += ms));

  const queue = createMemoryQueue({ store, defaults, clocks });
  await submit(queue);
  pass(300);
  at.now -= 3_600_000;
  await queue.work(work);
  await expect.poll(() => waited).toEqual([300]);

  await submit(createMemoryQueue({ store, defaults, clocks }));
  pass(200);
  at.elapsed = 5; // of another process
  await createMemoryQueue({ store, defaults, clocks }).work(work);
  await expect.poll(() => waited).toEqual([300, 200]);
});

describe('after a restart', () => {
  const given = { variants: 1, previews: 0 };
  const submission = { tenant: 'a', request: { given, resolved: { ...given, seed: 1 } } };
  const timings = { encodeMs: 0, conditionMs: 0, passesMs: 1, decodeMs: 0, pixelsMs: 0, totalMs: 1 };

  it('a reader who had heard much, of which nothing was written down, hears the rest and the end', async () => {
    const store = createMemoryStore();
    const before = createMemoryQueue({ store, defaults });
    const { id } = await before.submit(submission);
    const after = createMemoryQueue({ store, defaults });
    let finish = () => {};
    await after.work(async (_, { report }) => {
      await new Promise<void>((resolve) => (finish = resolve));
      report({ type: 'ended', event: { type: 'done' }, timings, passes: 1 });
    });
    const heard: string[] = [];
    const { signal } = new AbortController();
    const reading = (async () => {
      for await (const { event } of after.follow('a', id, { lastId: 30, signal })) heard.push(event.type);
    })();
    await expect.poll(() => heard).toEqual(['started']);
    finish();
    await reading;
    expect(heard).toEqual(['started', 'done']);
  });

  it('no id is given again, though a job waits through several', async () => {
    const store = createMemoryStore();
    const { id } = await createMemoryQueue({ store, defaults }).submit(submission);
    const last: number[] = [];
    for (let n = 0; n < 3; n++) {
      const queue = createMemoryQueue({ store, defaults, concurrency: 1 });
      await queue.work(() => new Promise(() => undefined));
      const control = new AbortController();
      for await (const event of queue.follow('a', id, { lastId: last.at(-1) ?? 1, signal: control.signal })) {
        last.push(event.id);
        if (event.event.type === 'started') control.abort();
      }
    }
    expect(last.length).toBeGreaterThanOrEqual(3);
    expect([...last].sort((a, b) => a - b)).toEqual([...new Set(last)]);
  });

  it('a job under which the process died too often is given up, however many others waited beside it', async () => {
    const store = createMemoryStore();
    let at = 0;
    const first = createMemoryQueue({ store, defaults, clocks: { now: () => at++, elapsed: () => 0 } });
    const { id } = await first.submit(submission);
    const other = await first.submit(submission);
    const started: string[] = [];
    for (let death = 0; death < 4; death++) {
      const queue = createMemoryQueue({ store, defaults, concurrency: 1 });
      await queue.work(async (job) => {
        started.push(job.id);
        await new Promise(() => undefined); // nothing is heard of it again
      });
      await expect.poll(() => started).toHaveLength(death + 1);
    }
    const errors: unknown[] = [];
    const last = createMemoryQueue({ store, defaults, concurrency: 1, onError: (error) => errors.push(error) });
    await last.work(async (job, { report }) => {
      started.push(job.id);
      report({ type: 'ended', event: { type: 'done' }, timings, passes: 1 });
    });
    const error = { code: 'engine_failed', message: 'its worker died 4 times' };
    expect(await last.find('a', id)).toMatchObject({ state: 'failed', error });
    expect(errors).toMatchObject([{ message: expect.stringContaining(id) }]);
    await expect.poll(() => last.find('a', other.id)).toMatchObject({ state: 'done' });
    expect(started).toEqual([id, id, id, id, other.id]);
    await last.close();
    expect(await createMemoryQueue({ store, defaults }).find('a', id)).toMatchObject({ state: 'failed', error });
  });

  it('a job that was handed back is none that its process died under', async () => {
    const store = createMemoryStore();
    const { id } = await createMemoryQueue({ store, defaults }).submit(submission);
    for (let n = 0; n < 6; n++) {
      const queue = createMemoryQueue({ store, defaults });
      let starts = 0;
      await queue.work(async () => {
        starts++;
        throw new ToileError('cancelled', 'the engine was closed');
      });
      await expect.poll(() => starts).toBe(1);
      await queue.close();
      expect(await queue.find('a', id)).toMatchObject({ state: 'queued' });
    }
  });

  it('a slow reader of the past hears the end that came meanwhile', async () => {
    const queue = createMemoryQueue({ store: createMemoryStore(), defaults });
    let finish = () => {};
    await queue.work(async (_, { report }) => {
      await new Promise<void>((resolve) => (finish = resolve));
      report({ type: 'ended', event: { type: 'done' }, timings, passes: 1 });
    });
    const { id } = await queue.submit(submission);
    const heard: string[] = [];
    for await (const { event } of queue.follow('a', id, { lastId: 0, signal: new AbortController().signal })) {
      heard.push(event.type);
      finish();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(heard.at(-1)).toBe('done');
    expect(heard.filter((type) => type === 'done')).toHaveLength(1);
  });

  it('a repeat of a request that was done gets its job, and no second one', async () => {
    const store = createMemoryStore();
    const before = createMemoryQueue({ store, defaults });
    await before.work(async (_, { report }) => report({ type: 'ended', event: { type: 'done' }, timings, passes: 1 }));
    const repeated = { ...submission, idempotencyKey: 'once' };
    const { id } = await before.submit(repeated);
    await before.close();
    const after = createMemoryQueue({ store, defaults });
    await after.work(async () => undefined);
    expect(await after.known('a', 'once')).toBe(true);
    expect(await after.submit(repeated)).toMatchObject({ id, state: 'done' });
    expect(await store.list('jobs/')).toHaveLength(1);
  });

  describe('while the jobs of the store are still being read', () => {
    /** A queue over a store whose list comes when it is told to. */
    async function restart(left: number) {
      const store = createMemoryStore();
      let at = 0;
      const before = createMemoryQueue({ store, defaults, clocks: { now: () => at++, elapsed: () => 0 } });
      const ids: string[] = [];
      for (let n = 0; n < left; n++) ids.push((await before.submit({ ...submission, idempotencyKey: `${n}` })).id);
      let list = () => {};
      const listed = new Promise<void>((resolve) => (list = resolve));
      const slow: Store = { ...store, list: async (prefix) => listed.then(() => store.list(prefix)) };
      const queue = createMemoryQueue({ store: slow, defaults, concurrency: 1 });
      const started: string[] = [];
      const working = queue.work(async ({ id }, { report }) => {
        started.push(id);
        report({ type: 'ended', event: { type: 'done' }, timings, passes: 1 });
      });
      return { queue, ids, started, working, list };
    }

    it('those that wait are found and cancelled, by their tenant alone, and run once', async () => {
      const { queue, ids, started, working, list } = await restart(3);
      const [first = '', second = '', third = ''] = ids;
      for (const id of [second, first, second]) expect(await queue.find('a', id)).toMatchObject({ state: 'queued' });
      await expect(queue.find('b', third)).rejects.toMatchObject({ code: 'unknown_job' });
      expect(await queue.cancel('a', second)).toMatchObject({ state: 'cancelled' });
      expect(started).toEqual([]);
      list();
      await working;
      await expect.poll(() => queue.find('a', third)).toMatchObject({ state: 'done' });
      expect(started).toEqual([first, third]);
      expect(await queue.find('a', second)).toMatchObject({ state: 'cancelled' });
    });

    it('one that is submitted waits for them, and is none where it repeats one of them', async () => {
      const { queue, ids, started, list } = await restart(2);
      let answered = 0;
      const sent = ['0', 'new'].map(async (idempotencyKey) => {
        const { id } = await queue.submit({ ...submission, idempotencyKey });
        answered++;
        return id;
      });
      await queue.find('a', ids[1] ?? '');
      expect(answered).toBe(0);
      list();
      const [repeated = '', young = ''] = await Promise.all(sent);
      expect(repeated).toBe(ids[0]);
      await expect.poll(() => started).toEqual([...ids, young]);
    });
  });

  describe('with more ended jobs than are kept in memory', () => {
    const MANY = 1000;
    const work: Handler = async (_, { report }) =>
      report({ type: 'ended', event: { type: 'done' }, timings, passes: 1 });
    async function submitMany(queue: Queue, name: string): Promise<void> {
      for (let n = 0; n < MANY; n++) await queue.submit({ ...submission, idempotencyKey: `${name}${n}` });
    }
    const mine = { ...submission, idempotencyKey: 'mine' };

    /** A queue over a store of many ended jobs and one that waits; the list comes when it is told to. */
    async function restart(change: (store: Store) => Partial<Store> = () => ({})) {
      const store = createMemoryStore();
      const before = createMemoryQueue({ store, defaults });
      await before.work(work);
      await submitMany(before, 'older');
      await before.close();
      const { id } = await createMemoryQueue({ store, defaults }).submit(mine);
      let list = () => {};
      const listed = new Promise<void>((resolve) => (list = resolve));
      const slow: Store = { ...store, list: async (prefix) => listed.then(() => store.list(prefix)), ...change(store) };
      const queue = createMemoryQueue({ store: slow, defaults });
      const started: string[] = [];
      const working = queue.work(async (job, context) => {
        started.push(job.id);
        await work(job, context);
      });
      const countStarts = () => started.filter((one) => one === id).length;
      const read = async () => {
        list();
        await working;
      };
      return { queue, id, read, countStarts };
    }

    it.each([{ asked: false }, { asked: true }])(
      'the one that ended last is kept, asked for during the reading: $asked',
      async ({ asked }) => {
        const { queue, id, read } = await restart();
        if (asked) expect(await queue.find('a', id)).toMatchObject({ state: 'queued' });
        await read();
        await expect.poll(() => queue.find('a', id)).toMatchObject({ state: 'done' });
        expect(await queue.known('a', 'mine')).toBe(true);
        expect(await queue.submit(mine)).toMatchObject({ id, state: 'done' });
      },
    );

    it('one that was cancelled during the reading is kept before those that had ended earlier', async () => {
      const { queue, id, read, countStarts } = await restart();
      await queue.cancel('a', id);
      await read();
      const { id: next } = await queue.submit({ ...submission, idempotencyKey: 'next' });
      await expect.poll(() => queue.find('a', next)).toMatchObject({ state: 'done' });
      expect(await queue.submit(mine)).toMatchObject({ id, state: 'cancelled' });
      expect(countStarts()).toBe(0);
    });

    it('one is kept until its end is written down', async () => {
      let write = () => {};
      const written = new Promise<void>((resolve) => (write = resolve));
      const { queue, id, read, countStarts } = await restart((store) => ({
        put: async (key, bytes) => {
          if (key.includes(id) && Buffer.from(bytes).includes('"state":"done"')) await written;
          await store.put(key, bytes);
        },
      }));
      await read();
      await submitMany(queue, 'newer');
      await expect.poll(() => queue.counts()).toEqual({ waiting: 0, running: 0 });
      expect(await queue.find('a', id)).toMatchObject({ state: 'done' });
      expect(await queue.known('a', 'mine')).toBe(true);
      write();
      await queue.close();
      expect(await queue.find('a', id)).toMatchObject({ state: 'done' });
      expect(countStarts()).toBe(1);
    });

    it('one whose bytes were on their way since the reading is not made again', async () => {
      let arrive = () => {};
      const arrived = new Promise<void>((resolve) => (arrive = resolve));
      let held = false;
      const { queue, id, read, countStarts } = await restart((store) => ({
        get: async (key) => {
          const bytes = await store.get(key);
          if (held || !key.includes(id)) return bytes;
          held = true;
          await arrived;
          return bytes;
        },
      }));
      const early = queue.find('a', id).catch((error: unknown) => error);
      await read();
      await submitMany(queue, 'newer');
      await expect.poll(() => queue.known('a', 'mine')).toBe(false);
      arrive();
      expect(await early).toMatchObject({ code: 'unknown_job' });
      expect(await queue.find('a', id)).toMatchObject({ state: 'done' });
      expect(await queue.counts()).toEqual({ waiting: 0, running: 0 });
      expect(countStarts()).toBe(1);
    });
  });

  describe('a job that a newer version wrote down', () => {
    /** A job of tenant a, its record as another version would have written it. */
    async function keep(rewritten: object) {
      const store = createMemoryStore();
      const { id } = await createMemoryQueue({ store, defaults }).submit(submission);
      const record = JSON.parse(Buffer.from((await store.get(`jobs/${id}.json`))!).toString());
      record.view.request.glow = 1;
      await store.put(`jobs/${id}.json`, Buffer.from(JSON.stringify({ ...record, ...rewritten })));
      const errors: unknown[] = [];
      const queue = createMemoryQueue({ store, defaults, onError: (error) => errors.push(error) });
      await queue.work(async () => undefined);
      return { id, queue, errors };
    }

    it('is told of with that version, to its tenant alone, and holds up no start', async () => {
      const { id, queue, errors } = await keep({ version: '99.0.0' });
      const newer = { code: 'newer_job', message: expect.stringContaining('99.0.0'), details: { version: '99.0.0' } };
      await expect(queue.find('a', id)).rejects.toMatchObject(newer);
      await expect(queue.cancel('a', id)).rejects.toMatchObject(newer);
      await expect(queue.find('b', id)).rejects.toMatchObject({ code: 'unknown_job' });
      expect(errors).toEqual([expect.objectContaining(newer)]);
    });

    it.each([undefined, '0.0.1'])('is none but damaged where it says that it is of %s', async (version) => {
      const { id, queue } = await keep({ version });
      await expect(queue.find('a', id)).rejects.toThrow(/glow/);
    });
  });

  it("an ended job is found by its tenant, and by no other's", async () => {
    const store = createMemoryStore();
    const before = createMemoryQueue({ store, defaults });
    await before.work(async (_, { report }) => report({ type: 'ended', event: { type: 'done' }, timings, passes: 1 }));
    const { id } = await before.submit(submission);
    await before.close();
    const after = createMemoryQueue({ store, defaults });
    await after.work(async () => undefined);
    expect(await after.find('a', id)).toMatchObject({ state: 'done' });
    await expect(after.find('b', id)).rejects.toMatchObject({ code: 'unknown_job' });
    const heard = [];
    for await (const { event } of after.follow('a', id, { lastId: 0, signal: new AbortController().signal })) {
      heard.push(event.type);
    }
    expect(heard.at(-1)).toBe('done');
  });
});
