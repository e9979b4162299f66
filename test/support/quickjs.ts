/**
 * Runs the plugin's built main half as Figma does: in QuickJS, with `figma`, `__html__`, `console` and timers, and nothing
 * of a browser. Use:
 *
 *     const sandbox = await startSandbox();             // loads dist/plugin/main.js; nothing of it has run yet
 *     const photo = sandbox.user.addImage(png, { x: 0, y: 0, width: 300, height: 300 });
 *     sandbox.user.select([photo]);
 *     sandbox.run('open');                              // Figma's menu; evaluates the bundle, then calls `run` listeners
 *     sandbox.send({ type: 'open' });                   // panel -> main; Uint8Arrays survive
 *     const opened = await sandbox.next('opened');      // main -> panel, in order; earlier ones are skipped
 *     await sandbox.settle();                           // until no message, event or rendering is under way
 *     sandbox.document.node(id); sandbox.received; sandbox.notices; sandbox.panel; sandbox.closed
 *     await sandbox.evaluate('return figma.currentPage.children.map((node) => node.name)');   // as plugin code
 *     expect(sandbox.violations).toEqual([]);           // unknown API, limits, uncaught errors: Figma would complain
 *     sandbox.dispose();
 *
 * `startSandbox({ main: 'figma.notify("hi")' })` runs a script of the test's own instead of the bundle. `render` draws what
 * `exportAsync` asks for; the default gives a plain picture of the right size in the node's first solid fill, or the pixels
 * of its first image fill stretched over it. `storage` is clientStorage's text, `saved` a saved document.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { clearTimeout, setImmediate, setTimeout } from 'node:timers';
import { newQuickJSWASMModule, type QuickJSContext, type QuickJSHandle } from 'quickjs-emscripten';
import type { Designer, DocumentView, RenderOptions, StandInOptions } from '../../plugin/stand-in/index.js';
import { drawPlainly } from './draw-plainly.js';
import { bytesOf, pack, release, unpack } from './quickjs-bridge.js';
import { root } from './root.js';

export type Render = (node: string, how: RenderOptions, document: DocumentView) => Promise<Uint8Array> | Uint8Array;

export type SandboxOptions = {
  main?: string;
  html?: string;
  storage?: string;
  saved?: string;
  relaunchButtons?: StandInOptions['relaunchButtons'];
  render?: Render;
};

export type Sandbox = {
  readonly user: Designer;
  readonly document: DocumentView;
  readonly received: readonly unknown[];
  readonly notices: readonly { text: string; error: boolean }[];
  readonly violations: readonly string[];
  readonly logs: readonly { level: string; text: string }[];
  readonly opened: readonly string[];
  readonly panel: { html: string; width: number; height: number; visible: boolean; title?: string } | undefined;
  readonly closed: { message?: string } | undefined;
  readonly storage: string | undefined;
  run(command: string, parameters?: Record<string, unknown>): void;
  /** As `run`, for a quick action that still asks for its parameters. */
  open(command: string): void;
  send(message: unknown): void;
  next(type: string, ms?: number): Promise<Record<string, unknown>>;
  until(condition: () => boolean, ms?: number): Promise<void>;
  settle(): Promise<void>;
  /** The body of an async function, run as plugin code; it sees `figma`, `user`, `document` and `args`. */
  evaluate(body: string, ...args: unknown[]): Promise<unknown>;
  save(): string;
  load(text: string): void;
  dispose(): void;
};

const built = (file: string) => readFile(path.join(root, 'dist', file), 'utf8');
/** Milliseconds; timers that a test need not wait for are longer. */
const SOON = 50;

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const main = options.main ?? (await built('plugin/main.js'));
  const prelude = await readFile(path.join(root, 'test/support/quickjs-prelude.js'), 'utf8');
  const standIn = await built('playground/stand-in.js');
  const context = (await newQuickJSWASMModule()).newContext();
  const timers = new Map<number, { timer: ReturnType<typeof setTimeout>; ms: number }>();
  const heard = {
    received: new Array<unknown>(),
    notices: new Array<{ text: string; error: boolean }>(),
    violations: new Array<string>(),
    logs: new Array<{ level: string; text: string }>(),
    opened: new Array<string>(),
    panel: undefined as Sandbox['panel'],
    closed: undefined as Sandbox['closed'],
    storage: options.storage,
  };
  let rendering = 0;
  let consumed = 0;
  let isDisposed = false;

  const evaluateScript = (code: string, name: string): QuickJSHandle =>
    context.unwrapResult(context.evalCode(code, name));
  const native = context.newObject();
  const offer = (name: string, call: (...values: QuickJSHandle[]) => QuickJSHandle | undefined) =>
    context.newFunction(name, call).consume((handle) => context.setProp(native, name, handle));
  offer('say', (kind, ...packed) => hear(context.getString(kind as QuickJSHandle), unpack(context, packed)));
  offer('startTimer', (idHandle, msHandle) => {
    const [id, ms] = [context.getNumber(idHandle as QuickJSHandle), context.getNumber(msHandle as QuickJSHandle)];
    const timer = setTimeout(() => {
      timers.delete(id);
      if (isDisposed) return;
      try {
        call('fire', context.newNumber(id)).dispose();
      } catch (error) {
        heard.violations.push(`Uncaught ${String(error)}`);
      }
    }, ms);
    timers.set(id, { timer, ms });
    return undefined;
  });
  offer('stopTimer', (idHandle) => {
    const id = context.getNumber(idHandle as QuickJSHandle);
    clearTimeout(timers.get(id)?.timer);
    timers.delete(id);
    return undefined;
  });
  offer('readStorage', () => context.newString(JSON.stringify(heard.storage ?? null)));
  context.newString(options.html ?? '<p>panel</p>').consume((html) => context.setProp(native, 'html', html));

  const make = evaluateScript(`(() => { ${standIn}; return ToileStandIn.createStandIn; })()`, 'stand-in.js');
  const inside = prelude.replace(/^export /m, '');
  const start = evaluateScript(`(() => { ${inside}; return startInside; })()`, 'prelude.js');
  const settings = context.newString(JSON.stringify({ relaunchButtons: options.relaunchButtons }));
  const entry = context.unwrapResult(context.callFunction(start, context.undefined, make, native, settings));
  for (const handle of [make, start, settings, native]) handle.dispose();

  /** One of the prelude's functions; then all that was waiting for it. */
  function call(name: string, ...values: QuickJSHandle[]): QuickJSHandle {
    const result = context
      .getProp(entry, name)
      .consume((method) => context.callFunction(method, context.undefined, ...values));
    for (const value of values) value.dispose();
    const jobs = context.runtime.executePendingJobs();
    if (jobs.error) throw new Error(textOf(context, jobs.error));
    if (result.error) throw new Error(textOf(context, result.error));
    return result.value;
  }

  function callPart(part: string, name: string, args: unknown[]): unknown {
    const result = call('call', context.newString(part), context.newString(name), ...pack(context, args));
    return result.consume((packed) => release(context, arrayOf(context, packed)));
  }

  async function callLater(name: string, ...values: QuickJSHandle[]): Promise<unknown> {
    const promise = call(name, ...values);
    const settled = context.resolvePromise(promise);
    promise.dispose();
    context.runtime.executePendingJobs();
    const result = await settled;
    if (result.error) throw new Error(textOf(context, result.error));
    return result.value.consume((packed) => release(context, arrayOf(context, packed)));
  }

  function hear(kind: string, value: never): undefined {
    if (kind === 'message') heard.received.push(value);
    else if (kind === 'notice') heard.notices.push(value);
    else if (kind === 'violation') heard.violations.push(value);
    else if (kind === 'log') heard.logs.push(value);
    else if (kind === 'external') heard.opened.push(value);
    else if (kind === 'storage') heard.storage = value;
    else if (kind === 'panel') heard.panel = value;
    else if (kind === 'resize') heard.panel = { ...(heard.panel ?? blank), ...(value as object) };
    else if (kind === 'visible') heard.panel = { ...(heard.panel ?? blank), visible: value };
    else if (kind === 'closed') [heard.closed, heard.panel] = [value, undefined];
    else if (kind === 'render') void render(value);
    return undefined;
  }

  async function render({ request, node, how }: { request: number; node: string; how: RenderOptions }): Promise<void> {
    rendering += 1;
    // first let the call that asked for it end
    await new Promise((resolve) => setImmediate(resolve));
    let answer: () => QuickJSHandle[];
    try {
      const bytes = await (options.render ?? drawPlainly)(node, how, sandbox.document);
      answer = () => [bytesOf(context, bytes), context.undefined];
    } catch (error) {
      answer = () => [context.undefined, context.newString(String(error))];
    }
    rendering -= 1;
    if (!isDisposed) call('rendered', context.newNumber(request), ...answer()).dispose();
  }

  function begin(method: 'run' | 'open', args: unknown[]): void {
    const isNew = call('open', context.newString(method), ...pack(context, args)).consume((handle) =>
      context.dump(handle),
    );
    if (isNew !== true) return;
    heard.closed = undefined;
    const result = context.evalCode(main, 'main.js');
    context.runtime.executePendingJobs();
    if (result.error) throw new Error(textOf(context, result.error));
    result.value.dispose();
  }

  async function until(condition: () => boolean, ms = 60_000): Promise<void> {
    const end = Date.now() + ms;
    while (!condition()) {
      if (Date.now() > end) throw new Error(`Waited ${ms} ms in vain: ${condition}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  const isStill = () => rendering === 0 && [...timers.values()].every((timer) => timer.ms > SOON);
  const typeOf = (message: unknown) =>
    typeof message === 'object' && message !== null && 'type' in message ? message.type : undefined;
  const part = <Part extends object>(name: string): Part =>
    new Proxy({} as Part, {
      get:
        (_, method) =>
        (...args: unknown[]) =>
          method === 'suggest'
            ? callLater('callLater', context.newString(name), context.newString(method), ...pack(context, args))
            : callPart(name, String(method), args),
    });

  const sandbox: Sandbox = {
    ...heard,
    user: part<Designer>('user'),
    document: part<DocumentView>('document'),
    get panel() {
      return heard.panel;
    },
    get closed() {
      return heard.closed;
    },
    get storage() {
      return heard.storage;
    },
    run: (command, parameters) => begin('run', [command, ...(parameters ? [parameters] : [])]),
    open: (command) => begin('open', [command]),
    send: (message) => void callPart('standIn', 'fromPanel', [message]),
    next: async (type, ms) => {
      const find = () => heard.received.findIndex((message, index) => index >= consumed && typeOf(message) === type);
      await until(() => find() >= 0, ms).catch(() => {
        const types = heard.received.slice(consumed).map(typeOf).join(', ');
        throw new Error(
          `No "${type}" came; after the last one came: ${types || 'nothing'}. ${heard.violations.join('; ')}`,
        );
      });
      consumed = find() + 1;
      return heard.received[consumed - 1] as Record<string, unknown>;
    },
    until,
    settle: async () => {
      do await until(isStill);
      while (!(await new Promise<boolean>((resolve) => setTimeout(() => resolve(isStill()), 2))));
    },
    evaluate: (body, ...args) => callLater('evaluate', context.newString(body), ...pack(context, args)),
    save: () => callPart('standIn', 'save', []) as string,
    load: (text) => void callPart('standIn', 'load', [text]),
    dispose: () => {
      isDisposed = true;
      for (const { timer } of timers.values()) clearTimeout(timer);
      entry.dispose();
      // the module is this sandbox's own, and goes as a whole
    },
  };
  if (options.saved !== undefined) sandbox.load(options.saved);
  return sandbox;
}

const blank = { html: '', width: 0, height: 0, visible: true };

function arrayOf(context: QuickJSContext, handle: QuickJSHandle): QuickJSHandle[] {
  const length = context.getProp(handle, 'length').consume((each) => context.getNumber(each));
  return Array.from({ length }, (_, index) => context.getProp(handle, index));
}

function textOf(context: QuickJSContext, handle: QuickJSHandle): string {
  const error: unknown = handle.consume((each) => context.dump(each) as unknown);
  if (typeof error !== 'object' || error === null || !('message' in error)) return String(error);
  const { name, message, stack } = { name: 'Error', stack: '', ...error };
  return `${name}: ${String(message)}\n${stack}`;
}
