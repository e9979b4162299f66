/**
 * Runs inside QuickJS, around the stand-in: turns what crosses to the test into JSON texts and buffers, and gives the
 * plugin the few globals that Figma's sandbox has. Nothing of this file is a global there.
 */
export function startInside(createStandIn, native, options) {
  const BYTES = '\u0000bytes';

  function pack(value) {
    const buffers = [];
    const json = JSON.stringify(value === undefined ? null : value, (key, part) => {
      if (!(part instanceof Uint8Array)) return part;
      buffers.push(part.buffer.slice(part.byteOffset, part.byteOffset + part.byteLength));
      return { [BYTES]: buffers.length - 1 };
    });
    return [json, ...buffers];
  }

  function unpack(json, ...buffers) {
    return JSON.parse(json, (key, part) =>
      typeof part === 'object' && part !== null && BYTES in part ? new Uint8Array(buffers[part[BYTES]]) : part,
    );
  }

  const say = (kind, value) => native.say(kind, ...pack(value));

  // timers of Figma's own, and of the plugin, which end with it
  const callbacks = new Map();
  let lastTimer = 0;
  function start(callback, ms, repeat, owner) {
    const id = ++lastTimer;
    callbacks.set(id, { callback, repeat, owner, ms: Number(ms) || 0 });
    native.startTimer(id, Number(ms) || 0);
    return id;
  }
  function stop(id) {
    if (callbacks.delete(id)) native.stopTimer(id);
  }
  function fire(id) {
    const timer = callbacks.get(id);
    if (!timer) return;
    if (timer.repeat) native.startTimer(id, timer.ms);
    else callbacks.delete(id);
    timer.callback();
  }

  const rendering = new Map();
  let lastRender = 0;

  const standIn = createStandIn(
    {
      showPanel: (html, panel) => say('panel', { html, ...panel }),
      resizePanel: (width, height) => say('resize', { width, height }),
      setPanelVisible: (visible) => say('visible', visible),
      toPanel: (message) => say('message', message),
      notify: (text, { error }) => say('notice', { text, error }),
      closed: (message) => {
        for (const [id, { owner }] of [...callbacks]) if (owner === 'plugin') stop(id);
        say('closed', message === undefined ? {} : { message });
      },
      openExternal: (url) => say('external', url),
      render: (node, how) =>
        new Promise((resolve, reject) => {
          const request = ++lastRender;
          rendering.set(request, { resolve, reject });
          say('render', { request, node, how });
        }),
      storage: {
        read: async () => unpack(native.readStorage()) ?? undefined,
        write: async (text) => say('storage', text),
      },
      setTimeout: (callback, ms) => start(callback, ms, false, 'host'),
      clearTimeout: stop,
    },
    { ...unpack(options), onViolation: (text) => say('violation', text) },
  );

  const write =
    (level) =>
    (...values) =>
      say('log', {
        level,
        text: values.map((value) => (typeof value === 'string' ? value : inspect(value))).join(' '),
      });
  function inspect(value) {
    if (value instanceof Error) return `${value.name}: ${value.message}`;
    try {
      return JSON.stringify(value) ?? String(value);
    } catch {
      return String(value);
    }
  }

  // what quickjs adds to the language, and what the stand-in's libraries leave behind
  for (const name of ['__zod_globalConfig', 'performance', 'queueMicrotask', 'navigator', 'print', 'gc', 'scriptArgs'])
    delete globalThis[name];
  Object.assign(globalThis, {
    __html__: native.html,
    console: {
      log: write('log'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      assert: (condition, ...values) => condition || write('error')('Assertion failed:', ...values),
      clear: () => undefined,
    },
    setTimeout: (callback, ms) => start(callback, ms, false, 'plugin'),
    setInterval: (callback, ms) => start(callback, ms, true, 'plugin'),
    clearTimeout: stop,
    clearInterval: stop,
  });

  const parts = { user: standIn.user, document: standIn.document, standIn };
  const AsyncFunction = (async () => undefined).constructor;
  return {
    fire,
    /** A method, by part and name, with packed arguments. */
    call: (part, name, ...packed) => pack(parts[part][name](...unpack(...packed))),
    callLater: async (part, name, ...packed) => pack(await parts[part][name](...unpack(...packed))),
    /** Gives the plugin the API object of the run that begins. */
    open: (method, ...packed) => {
      const isNew = standIn[method](...unpack(...packed));
      globalThis.figma = standIn.figma;
      return isNew;
    },
    evaluate: async (body, ...packed) =>
      pack(
        await new AsyncFunction('figma', 'user', 'document', 'args', body)(
          standIn.figma,
          standIn.user,
          standIn.document,
          unpack(...packed),
        ),
      ),
    rendered: (request, bytes, problem) => {
      const { resolve, reject } = rendering.get(request);
      rendering.delete(request);
      if (problem === undefined) resolve(new Uint8Array(bytes));
      else reject(new Error(problem));
    },
  };
}
