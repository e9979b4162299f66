/** Which jobs are blamed for the death of an engine process, and which are not. */
import { fork } from 'node:child_process';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { resolvedRequest, ToileError } from '../../../shared/index.js';
import type { EngineProcess } from '../../../server/engine/engine-process.js';
import { fromChild, packError, unpackError } from '../../../server/engine/messages.js';
import { inOwnWords } from '../../../server/engine/own-words.js';
import { fixtures, root, startTinyEngine } from '../../support/fixtures.js';

let engine: EngineProcess | undefined;
afterEach(() => engine?.close());

/** An engine whose jobs do what their prompts say, and how often it was started again. */
async function start() {
  let restarts = 0;
  const child = path.join(root, 'test', 'support', 'scripted-child.mjs');
  const started = startTinyEngine({ child, onRestart: () => restarts++ });
  engine = started;
  await started.ready();
  const run = async (prompt: string, signal = new AbortController().signal) => {
    const job = { id: prompt, tenant: 'a', request: resolvedRequest.parse({ seed: 1, prompt }), images: {} };
    try {
      await started.generate(job, { signal, onProgress: () => undefined });
      return 'done';
    } catch (thrown) {
      return thrown instanceof ToileError ? `${thrown.code}: ${thrown.message}` : thrown;
    }
  };
  return {
    run,
    runAll: (prompts: string[]) => Promise.all(prompts.map((prompt) => run(prompt))),
    restarts: () => restarts,
  };
}

const givenUp = 'engine_failed: the engine died twice at this job (SIGKILL)';

it('fails the job whose answer can not be read, and no other', async () => {
  const { runAll, restarts } = await start();
  const unreadable = 'engine_failed: the engine answered what can not be read';
  expect(await runAll(['a', 'garble', 'b'])).toEqual(['done', unreadable, 'done']);
  expect(restarts()).toBe(0);
});

describe('a job that kills the engine', () => {
  it('before it told of any progress is given up after the second time', async () => {
    const { run, restarts } = await start();
    expect(await run('kill')).toBe(givenUp);
    expect(restarts()).toBe(2);
    expect(await run('a')).toBe('done');
  });

  it.each([
    [['a', 'kill', 'b', 'c'], 2],
    [['kill', 'a', 'kill', 'b'], 3],
    // the second can't be told from one that the engine had not come to, till it is alone
    [['a', 'unread', 'b'], 3],
  ])('takes none of those beside it with it: %j', async (prompts, deaths) => {
    const { runAll, restarts } = await start();
    const ends = prompts.map((prompt) => (['kill', 'unread'].includes(prompt) ? givenUp : 'done'));
    expect(await runAll(prompts)).toEqual(ends);
    expect(restarts()).toBe(deaths);
  });

  it('waits for the suspect before it, and no longer than that one is wanted', async () => {
    const { run, restarts } = await start();
    const control = new AbortController();
    const [waits, kills] = [run('wait', control.signal), run('kill')];
    while (restarts() < 1) await new Promise((resolve) => setTimeout(resolve, 10));
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(restarts()).toBe(1);
    const late = run('late');
    control.abort();
    expect(await waits).toMatch(/^cancelled/);
    expect(await kills).toBe(givenUp);
    expect(await late).toBe('done');
    expect(restarts()).toBe(2);
  });
});

describe('the child', () => {
  it('says that a job has begun before anything else of it', async () => {
    const settings = { bundles: fixtures, bundle: 'tiny-bundle', device: 'cpu', threads: 1 };
    const child = fork(path.join(root, 'dist', 'server', 'engine-child.js'), [JSON.stringify(settings)], {
      serialization: 'advanced',
      execArgv: [],
    });
    const request = resolvedRequest.parse({ seed: 1, prompt: 'white top', passes: 1, variants: 1 });
    const heard: string[] = [];
    await new Promise<void>((resolve) => {
      child.on('message', (value) => {
        const { type } = fromChild.parse(value);
        heard.push(type);
        const job = { id: 'job', tenant: 'a', request, images: {} };
        if (type === 'ready') child.send({ type: 'generate', call: 0, job });
        if (type === 'generated') child.send({ type: 'reconstruct', call: 1, image: new Uint8Array() });
        if (type === 'rejected') resolve();
      });
    });
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.send({ type: 'close' });
    await gone;
    expect(heard.filter((type) => type !== 'progress')).toEqual(['ready', 'begun', 'generated', 'begun', 'rejected']);
    expect(heard.indexOf('begun')).toBeLessThan(heard.indexOf('progress'));
  });
});

describe('an error from the child', () => {
  it('keeps what a library threw as its cause, and out of its message', () => {
    const crossed = unpackError(packError(inOwnWords(new Error('bad allocation at /opt/ort/lib/node.cc:12'))));
    expect(crossed).toMatchObject({ code: 'engine_failed', message: expect.not.stringContaining('/') });
    expect(crossed.cause).toMatchObject({
      message: expect.stringContaining('bad allocation at /opt/ort/lib/node.cc:12'),
    });
  });

  it('that is the engine’s own says what it said', () => {
    const own = new ToileError('invalid_image', 'the picture is damaged', { details: { asset: 'a' } });
    const { code, message, details, cause } = unpackError(packError(own));
    expect({ code, message, details, cause }).toEqual({ ...packError(own), cause: undefined });
  });
});
