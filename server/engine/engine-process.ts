/**
 * The engine as a child process: restarted when it dies, with the jobs it held run once more.
 *
 * Jobs that were under way at a death are suspects, for one of them may be what killed it. They are sent again one at a
 * time, before all others, so that a second death is told of the one job that was there.
 */
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
  /** After the first start in a row that failed; each is four times as long as the one before. */
  firstPauseMs?: number;
};

/** A job that saw the engine die this often is given up: the last time it was alone. */
const MAX_DEATHS = 2;
/** Deaths in a row before anything is ready, after which a restart is hopeless. */
const MAX_FALSE_STARTS = 3;

type Answer = { generated: EngineResult } | { reconstructed: EngineReconstruction };

type Call = {
  message: ToChild & { call: number };
  signal: AbortSignal;
  onProgress?: (progress: EngineProgress) => void;
  /** Whether this child has it, and has worked on it. */
  state: 'waiting' | 'sent' | 'begun';
  /** That it was under way at. One makes it a suspect. */
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
  const { child: childPath, log, onRestart = () => undefined, firstPauseMs = 500, ...settings } = options;
  const calls = new Map<number, Call>();
  let nextCall = 0;
  let falseStarts = 0;
  let closing = false;
  let unfit: ToileError | undefined;
  let ready = createDeferred<EngineInfo>();
  let loaded = false;
  const lost = createDeferred<ToileError>();
  /** None where the system has refused the first. */
  let child: ChildProcess | undefined;
  /** Until the next start. */
  let pause: ReturnType<typeof setTimeout> | undefined;
  start();

  function start(): void {
    try {
      child = spawn();
    } catch (error) {
      // such as of too little memory, which other refusals tell by an event
      onEnd('no process', error);
    }
  }

  function spawn(): ChildProcess {
    const started = fork(childPath, [JSON.stringify(settings)], { serialization: 'advanced', execArgv: [] });
    started.on('message', (value) => {
      const heard = fromChild.safeParse(value);
      if (heard.success) hear(heard.data);
      else mishear(value, heard.error.message);
    });
    started.on('error', (error: NodeJS.ErrnoException) => {
      // one that never came to be has no exit
      if (started.pid === undefined) return onEnd(error.code ?? error.name, error);
      // a message to a child that just died fails here; its exit is what counts
      log.warn({ error: error.message }, 'message to the engine failed');
    });
    started.on('exit', (code, signal) => onEnd(signal ?? `exit code ${code}`));
    return started;
  }

  function hear(message: FromChild): void {
    if (message.type === 'ready') {
      falseStarts = 0;
      loaded = true;
      ready.resolve(message.info);
      return sendNext();
    }
    if (message.type === 'unfit') {
      unfit = unpackError(message.error);
      return;
    }
    const call = calls.get(message.call);
    if (!call) return;
    if (message.type === 'begun') {
      call.state = 'begun';
      return;
    }
    if (message.type === 'progress') {
      if (!call.signal.aborted) call.onProgress?.(message.progress);
      return;
    }
    calls.delete(message.call);
    if (message.type === 'rejected') call.reject(unpackError(message.error));
    else if (message.type === 'generated') call.resolve({ generated: message.result });
    else call.resolve({ reconstructed: message.result });
    sendNext();
  }

  /** Such as of a score that is no number: what it is about fails, and nothing else. */
  function mishear(value: unknown, error: string): void {
    log.warn({ error }, 'the engine said what can not be read');
    const about = typeof value === 'object' && value !== null ? Number(Reflect.get(value, 'call')) : Number.NaN;
    const call = calls.get(about);
    if (!call) return;
    calls.delete(about);
    call.reject(new ToileError('engine_failed', 'the engine answered what can not be read'));
    child?.send({ type: 'cancel', call: about } satisfies ToChild);
    sendNext();
  }

  /** Everything that waits, or a suspect that the child shall have to itself. */
  function sendNext(): void {
    if (!loaded) return;
    const all = [...calls.values()];
    const waiting = all.filter(({ state }) => state === 'waiting');
    const suspect = all.find(({ deaths }) => deaths > 0);
    // others may have come while one is under way
    if (suspect && waiting.length < all.length) return;
    for (const call of suspect ? [suspect] : waiting) {
      call.state = 'sent';
      child?.send(call.message);
    }
  }

  /** @param cause where the system started no process */
  function onEnd(how: string, cause?: unknown): void {
    if (closing) return rejectAll(closed());
    if (!loaded) falseStarts++;
    if (unfit || falseStarts >= MAX_FALSE_STARTS) {
      const what = cause === undefined ? 'died while starting' : 'can not be started';
      unfit ??= new ToileError('engine_failed', `the engine ${what}, ${falseStarts} times (${how})`, { cause });
      ready.reject(unfit);
      lost.resolve(unfit);
      // no job is to blame, and another engine can work it off
      return rejectAll(lostWith(unfit));
    }
    onRestart();
    log.warn({ how, jobs: calls.size }, 'the engine died; starting it again');
    const all = [...calls.values()];
    // where none had begun, reading one may have been too much
    const blamed = all.some(({ state }) => state === 'begun') ? 'begun' : 'sent';
    for (const [id, call] of calls) {
      if (call.state === blamed) call.deaths++;
      call.state = 'waiting';
      if (call.deaths < MAX_DEATHS && !call.signal.aborted) continue;
      calls.delete(id);
      call.reject(new ToileError('engine_failed', `the engine died twice at this job (${how})`));
    }
    if (loaded) ready = createDeferred();
    loaded = false;
    if (falseStarts === 0) return start();
    // what is in its way, such as too little memory, may pass
    pause = setTimeout(start, firstPauseMs * 4 ** (falseStarts - 1));
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
    const call: Call = { ...given, message: make(id), state: 'waiting', deaths: 0, ...answer };
    calls.set(id, call);
    const onAbort = () => {
      call.reject(cancelled);
      // the child works on it until it says otherwise
      if (call.state === 'waiting') calls.delete(id);
      else child?.send({ type: 'cancel', call: id } satisfies ToChild);
    };
    given.signal.addEventListener('abort', onAbort, { once: true });
    sendNext();
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
      clearTimeout(pause);
      const last = child;
      if (last?.pid === undefined || last.exitCode !== null || last.signalCode !== null) return rejectAll(closed());
      const gone = new Promise((resolve) => last.once('exit', resolve));
      if (loaded) last.send({ type: 'close' } satisfies ToChild);
      else last.kill();
      await gone;
    },
    pid: () => child?.pid,
    unfit: lost.promise,
  };
}

function closed(): ToileError {
  return new ToileError('cancelled', 'the engine was closed');
}

function lostWith(cause: ToileError): ToileError {
  return new ToileError('cancelled', `the engine is lost: ${cause.message}`, { cause });
}
