/** The engine as a child process: restarted when it dies, with the jobs it held run once more. */
import { fork, type ChildProcess } from 'node:child_process';
import { ToileError } from '../../shared/index.js';
import { createDeferred } from './deferred.js';
import type { Engine, EngineInfo, EngineJob, EngineProgress, EngineReconstruction, EngineResult } from './engine.js';
import { fromChild, unpackError, type ChildSettings, type FromChild, type ToChild } from './messages.js';

export type EngineProcessOptions = ChildSettings & {
  /** Path of the built child. */
  child: string;
  log: { warn(details: object, message: string): void };
  /** Hears of every death that a new start follows. */
  onRestart?: () => void;
};

/** A job that saw the engine die this often is given up: it may be what kills it. */
const MAX_DEATHS = 2;
/** Deaths in a row before anything is ready, after which a restart is hopeless. */
const MAX_FALSE_STARTS = 3;

type Answer = { generated: EngineResult } | { reconstructed: EngineReconstruction };

type Call = {
  message: ToChild & { call: number };
  signal: AbortSignal;
  onProgress?: (progress: EngineProgress) => void;
  /** Whether the child has worked on it since its last start. */
  begun: boolean;
  deaths: number;
  resolve: (answer: Answer) => void;
  reject: (error: ToileError) => void;
};

/** What tests and operations want beside the engine. */
export type EngineProcess = Engine & {
  /** Of the child. */
  pid(): number | undefined;
  /** Resolves if it can't be started again after it was ready; the jobs it held are rejected as `cancelled`. */
  unfit: Promise<ToileError>;
};

export function createEngineProcess(options: EngineProcessOptions): EngineProcess {
  const { child: childPath, log, onRestart = () => undefined, ...settings } = options;
  const calls = new Map<number, Call>();
  let nextCall = 0;
  let falseStarts = 0;
  let closing = false;
  let unfit: ToileError | undefined;
  let ready = createDeferred<EngineInfo>();
  let loaded = false;
  const lost = createDeferred<ToileError>();
  let child = start();

  function start(): ChildProcess {
    const started = fork(childPath, [JSON.stringify(settings)], { serialization: 'advanced', execArgv: [] });
    started.on('message', (value) => hear(fromChild.parse(value)));
    // a message to a child that just died fails here; its exit is what counts
    started.on('error', (error) => log.warn({ error: error.message }, 'message to the engine failed'));
    started.on('exit', (code, signal) => onExit(code, signal));
    return started;
  }

  function hear(message: FromChild): void {
    if (message.type === 'ready') {
      falseStarts = 0;
      loaded = true;
      ready.resolve(message.info);
      for (const call of calls.values()) child.send(call.message);
      return;
    }
    if (message.type === 'unfit') {
      unfit = unpackError(message.error);
      return;
    }
    const call = calls.get(message.call);
    if (!call) return; // it was given up meanwhile
    if (message.type === 'progress') {
      call.begun = true;
      return call.onProgress?.(message.progress);
    }
    calls.delete(message.call);
    if (message.type === 'rejected') call.reject(unpackError(message.error));
    else if (message.type === 'generated') call.resolve({ generated: message.result });
    else call.resolve({ reconstructed: message.result });
  }

  function onExit(code: number | null, signal: NodeJS.Signals | null): void {
    const how = signal ?? `exit code ${code}`;
    if (closing) return rejectAll(new ToileError('cancelled', 'the engine was closed'));
    if (!loaded) falseStarts++;
    if (unfit || falseStarts >= MAX_FALSE_STARTS) {
      unfit ??= new ToileError('engine_failed', `the engine died ${falseStarts} times while starting (${how})`);
      ready.reject(unfit);
      lost.resolve(unfit);
      // no job is to blame, and another engine can work it off
      return rejectAll(lostWith(unfit));
    }
    onRestart();
    log.warn({ how, jobs: calls.size }, 'the engine died; starting it again');
    for (const [id, call] of calls) {
      // a job that had not begun can't be to blame
      if (call.begun || call.message.type === 'reconstruct') call.deaths++;
      call.begun = false;
      if (call.deaths < MAX_DEATHS) continue;
      calls.delete(id);
      call.reject(new ToileError('engine_failed', `the engine died twice at this job (${how})`));
    }
    if (loaded) ready = createDeferred();
    loaded = false;
    child = start();
  }

  function rejectAll(error: ToileError): void {
    for (const call of calls.values()) call.reject(error);
    calls.clear();
  }

  function ask(
    make: (call: number) => ToChild & { call: number },
    given: { signal: AbortSignal; onProgress?: (progress: EngineProgress) => void },
  ): Promise<Answer> {
    const answer = createDeferred<Answer>();
    const cancelled = new ToileError('cancelled', 'cancelled before it was done');
    if (unfit || closing || given.signal.aborted) {
      answer.reject(unfit ? lostWith(unfit) : cancelled);
      return answer.promise;
    }
    const id = nextCall++;
    const call: Call = { ...given, message: make(id), begun: false, deaths: 0, ...answer };
    calls.set(id, call);
    const onAbort = () => {
      if (calls.delete(id) && loaded) child.send({ type: 'cancel', call: id } satisfies ToChild);
      call.reject(cancelled);
    };
    given.signal.addEventListener('abort', onAbort, { once: true });
    if (loaded) child.send(call.message);
    return answer.promise.finally(() => given.signal.removeEventListener('abort', onAbort));
  }

  return {
    ready: () => ready.promise,
    async generate(job: EngineJob, given) {
      const answer = await ask((call) => ({ type: 'generate', call, job }), given);
      if ('generated' in answer) return answer.generated;
      throw new ToileError('engine_failed', 'the engine answered another question');
    },
    async reconstruct(image, given) {
      const answer = await ask((call) => ({ type: 'reconstruct', call, image }), given);
      if ('reconstructed' in answer) return answer.reconstructed;
      throw new ToileError('engine_failed', 'the engine answered another question');
    },
    async close() {
      if (closing) return;
      closing = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      if (loaded) child.send({ type: 'close' } satisfies ToChild);
      else child.kill();
      await gone;
    },
    pid: () => child.pid,
    unfit: lost.promise,
  };
}

function lostWith(cause: ToileError): ToileError {
  return new ToileError('cancelled', `the engine is lost: ${cause.message}`, { cause });
}
