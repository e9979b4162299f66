/** The HTTP side: routes, their checks and their OpenAPI. Built apart from serving, so that tests need no socket. */
import { randomInt, randomUUID } from 'node:crypto';
import { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { streamSSE } from 'hono/streaming';
import { listAssets, MAX_SEED, parseRequest, ToileError } from '../shared/index.js';
import { allowedOrigin, checkAccess, checkPageAccess, type Caller } from './access.js';
import { checkMaskSize } from './engine/mask.js';
import { inspectPicture, readHeader, type Size } from './engine/picture.js';
import { checkRegion } from './engine/reference.js';
import { sizeExpanded } from './engine/tasks/edit-canvas.js';
import { answerError, asToileError } from './http-errors.js';
import { withinRate, type Limits } from './limits/limits.js';
import { createOperations, type Operations } from './operations.js';
import type { Page } from './pages.js';
import { describeRoutes } from './routes.js';
import type { Assets } from './store/assets.js';

export type AppParts = Operations & {
  assets: Assets;
  limits: Limits;
  /** The playground's files and the plugin's, by path. */
  pages: ReadonlyMap<string, Page>;
  keepAliveMs?: number;
};

const MAX_ASSET_BYTES = 32 * 1024 * 1024;
const MAX_JSON_BYTES = 256 * 1024;

/** Of the bundle that workers run, while none of them is up. */
const noWorker = { loaded: false, problem: 'no worker is up; npm run start:worker starts one' };

type Env = { Variables: { caller: Caller; requestId: string } };

export function createApp(parts: AppParts) {
  const { queue, assets, engine, metrics, access, limits } = parts;
  const app = new OpenAPIHono<Env>();
  describeRoutes(app.openAPIRegistry);

  app.use(async (c, next) => {
    const given = c.req.header('x-request-id');
    const requestId = given !== undefined && /^[\w-]{1,64}$/.test(given) ? given : randomUUID();
    c.set('requestId', requestId);
    c.header('X-Request-Id', requestId);
    c.header('X-Content-Type-Options', 'nosniff');
    const origin = c.req.header('origin');
    const allowed = origin === undefined ? undefined : allowedOrigin(origin, c.req.header('host') ?? '');
    if (allowed !== undefined) {
      c.header('Access-Control-Allow-Origin', allowed);
      c.header('Access-Control-Expose-Headers', 'X-Request-Id, Retry-After');
      c.header('Vary', 'Origin');
    }
    if (c.req.method === 'OPTIONS') {
      c.header('Access-Control-Allow-Methods', 'GET, POST, DELETE');
      c.header('Access-Control-Allow-Headers', 'Authorization, Content-Type, Idempotency-Key, Last-Event-ID');
      c.header('Access-Control-Max-Age', '600');
      return c.body(null, 204);
    }
    const startedAt = performance.now();
    await next();
    const { method, path } = c.req;
    metrics.requests.inc({ method, status: String(c.res.status) });
    parts.log.debug({ requestId, method, path, status: c.res.status, ms: performance.now() - startedAt }, 'answered');
  });

  app.onError((thrown, c) => {
    const error = asToileError(thrown);
    metrics.errors.inc({ code: error.code });
    const answer = answerError(c, error);
    // with its cause, which goes nowhere else
    if (answer.status >= 500) parts.log.error({ requestId: c.get('requestId'), err: thrown }, 'request failed');
    return answer;
  });

  app.notFound((c) =>
    answerError(c, new ToileError('not_found', `no ${c.req.method} ${c.req.path.slice(0, 100)} here`)),
  );

  app.use('/v1/*', async (c, next) => {
    c.set('caller', await checkAccess(c.req.raw.headers, access));
    await next();
  });

  const tooLarge = (max: number) =>
    bodyLimit({
      maxSize: max,
      onError: (c) => {
        // a body that comes in pieces says nothing of its length
        const bytes = Number(c.req.header('content-length') ?? Number.NaN);
        const details = { ...(Number.isFinite(bytes) ? { bytes } : {}), maxBytes: max };
        const message = `the body has more than ${max} bytes, the most that is taken here`;
        throw new ToileError('payload_too_large', message, { details });
      },
    });

  app.post('/v1/assets', tooLarge(MAX_ASSET_BYTES), async (c) => {
    const bytes = new Uint8Array(await c.req.arrayBuffer());
    if (bytes.length === 0)
      throw new ToileError('invalid_request', 'the body is empty; it shall be a PNG, JPEG or WebP');
    const { width, height } = await inspectPicture(bytes);
    return c.json({ id: await assets.put(c.get('caller').tenant, bytes), width, height }, 201);
  });

  app.get('/v1/assets/:id', async (c) => {
    const bytes = await assets.get(c.get('caller').tenant, c.req.param('id'));
    // it was looked at as a whole when it came
    const { format } = await readHeader(bytes);
    c.header('Content-Type', `image/${format}`);
    c.header('Cache-Control', 'private, max-age=31536000, immutable');
    return c.body(Buffer.from(bytes));
  });

  app.post('/v1/generations', tooLarge(MAX_JSON_BYTES), async (c) => {
    const given = parseRequest(await readJson(c.req.raw));
    const key = c.req.header('idempotency-key');
    if (key !== undefined && !/^[\x21-\x7e]{1,200}$/.test(key)) {
      throw new ToileError('invalid_request', 'Idempotency-Key shall be 1 to 200 printable characters without spaces');
    }
    const { tenant, limits: own } = c.get('caller');
    const request = { given, resolved: { ...given, seed: given.seed ?? randomInt(MAX_SEED + 1) } };
    const submission = {
      ...{ tenant, request, requestId: c.get('requestId') },
      ...(own.active === undefined ? {} : { active: own.active }),
      ...(key === undefined ? {} : { idempotencyKey: key }),
    };
    // a repeat makes nothing: it is none of those of a minute, and its pictures were looked at
    if (key !== undefined && (await queue.known(tenant, key))) return c.json(await queue.submit(submission), 202);
    const { perMinute } = own;
    const job = await withinRate(limits, { tenant, perMinute }, async () => {
      await checkServed(given, tenant);
      return queue.submit(submission);
    });
    return c.json(job, 202);
  });

  app.get('/v1/generations/:id', async (c) => c.json(await queue.find(c.get('caller').tenant, c.req.param('id'))));

  app.delete('/v1/generations/:id', async (c) => c.json(await queue.cancel(c.get('caller').tenant, c.req.param('id'))));

  app.get('/v1/generations/:id/events', async (c) => {
    const { tenant } = c.get('caller');
    const id = c.req.param('id');
    const lastId = readLastEventId(c.req.header('last-event-id'));
    await queue.find(tenant, id); // an unknown job is a 404, not a stream that ends
    c.header('X-Accel-Buffering', 'no');
    // nobody would read the stream, nor end it
    if (c.req.method === 'HEAD') return c.body(null, 200, { 'Content-Type': 'text/event-stream' });
    return streamSSE(c, async (stream) => {
      const control = new AbortController();
      // a reader that goes away cancels nothing
      stream.onAbort(() => control.abort());
      const keepAlive = setInterval(() => void stream.write(': still here\n\n'), parts.keepAliveMs ?? 15_000);
      try {
        for await (const numbered of queue.follow(tenant, id, { lastId, signal: control.signal })) {
          const { event } = numbered;
          await stream.writeSSE({ id: String(numbered.id), event: event.type, data: JSON.stringify(event) });
        }
      } catch (err) {
        // the status is sent already: the stream ends, and the reader comes back for the rest
        parts.log.error({ requestId: c.get('requestId'), err }, 'the events broke off');
      } finally {
        clearInterval(keepAlive);
      }
    });
  });

  app.get('/v1/models', async (c) => {
    const info = await engine.ready();
    const up = engine.up ? await engine.up() : true;
    const { bundles, device, deviceReason, threads, maxBatch } = info;
    const models = up ? bundles : bundles.map((bundle) => (bundle.loaded ? { ...bundle, ...noWorker } : bundle));
    return c.json({ models, device, deviceReason, threads, maxBatch });
  });

  app.route('/', createOperations(parts));

  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: { title: 'Toile', version: '1', description: 'Garments from words, and edits that touch nothing else.' },
    security: [{ bearer: [] }],
  });

  for (const [path, { type, body, policy }] of parts.pages) {
    app.get(path, (c) => {
      checkPageAccess(c.req.raw.headers, access);
      c.header('Content-Type', type);
      c.header('Content-Security-Policy', policy(c.req.header('host') ?? ''));
      c.header('Cache-Control', 'no-store');
      return c.body(body);
    });
  }

  /** What can't be served is refused at once, not when its turn comes. */
  async function checkServed(given: ReturnType<typeof parseRequest>, tenant: string): Promise<void> {
    const pictures = new Map<string, Size>();
    // one after the other: eight large ones at once would take a quarter of a gigabyte for one request
    for (const asset of listAssets(given)) pictures.set(asset, await readHeader(await assets.get(tenant, asset)));
    const base = given.base && pictures.get(given.base.asset);
    for (const mask of [given.base?.mask, given.base?.lock]) {
      const size = mask === undefined ? undefined : pictures.get(mask);
      if (base && size) checkMaskSize(size, base);
    }
    if (base && given.base?.expand) sizeExpanded(base, given.base.expand);
    for (const reference of given.references ?? []) {
      const size = pictures.get(reference.asset);
      if (size) checkRegion(size, reference);
    }
    const info = await engine.ready();
    if (given.bundle !== undefined && given.bundle !== info.bundle) {
      const loaded = info.bundles.filter((bundle) => bundle.loaded).map(({ name }) => name);
      throw new ToileError('unknown_bundle', `no bundle '${given.bundle}' is loaded; there is: ${loaded.join(', ')}`);
    }
  }

  return app;
}

async function readJson(request: Request): Promise<unknown> {
  const text = await request.text();
  try {
    return JSON.parse(text);
  } catch (cause) {
    const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
    throw new ToileError('invalid_request', `the body is not JSON: '${shown}'; the smallest is {}`, { cause });
  }
}

function readLastEventId(text: string | undefined): number {
  if (text === undefined || text === '') return 0;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new ToileError(
    'invalid_request',
    `Last-Event-ID '${text.slice(0, 40)}' is no event's id; they are whole numbers`,
  );
}
