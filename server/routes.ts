/** The routes as OpenAPI tells them, by the same schemas that check requests. */
import { z, type OpenAPIHono } from '@hono/zod-openapi';
import { errorCodes, generationRequest, jobEvent, jobView } from '../shared/index.js';
import { engineInfo } from './engine/messages.js';

type Registry = OpenAPIHono['openAPIRegistry'];

const json = (schema: z.ZodType, description: string) => ({ description, content: { 'application/json': { schema } } });

const failure = json(
  z.object({
    error: z.object({
      code: z.enum(errorCodes),
      message: z.string(),
      details: z.record(z.string(), z.unknown()).optional(),
    }),
  }),
  'What was wrong, with the bad value and the valid ones',
);

const busy = {
  ...failure,
  description:
    'Not now: queue_full (too many wait), quota_exceeded (too many of your own wait or run) or rate_limited (too many a minute)',
  headers: { 'Retry-After': { schema: { type: 'integer' }, description: 'Seconds until another try is worth it' } },
};

const id = z.object({ id: z.string() });
const picture = z.string().meta({ format: 'binary' });
const pictures = {
  'image/png': { schema: picture },
  'image/jpeg': { schema: picture },
  'image/webp': { schema: picture },
};

const { bundles, device, deviceReason, threads, maxBatch } = engineInfo.shape;
const models = z.object({ models: bundles, device, deviceReason, threads, maxBatch });
const health = z.object({ ok: z.literal(true), name: z.literal('toile'), version: z.string(), protocol: z.int() });
const readiness = z.object({ engine: z.boolean(), store: z.boolean(), queue: z.boolean() });

export function describeRoutes(registry: Registry): void {
  registry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });
  const route = (method: 'get' | 'post' | 'delete', path: string, rest: object) =>
    registry.registerPath({ method, path, responses: {}, ...rest });

  route('post', '/v1/assets', {
    summary: 'Keep a picture',
    request: { body: { required: true, content: pictures } },
    responses: {
      201: json(
        z.object({ id: z.string(), width: z.int(), height: z.int() }),
        'Kept; an equal picture has the same id',
      ),
      default: failure,
    },
  });
  route('get', '/v1/assets/{id}', {
    summary: 'A picture',
    request: { params: id },
    responses: { 200: { description: 'The bytes as they were given', content: pictures }, default: failure },
  });
  route('post', '/v1/generations', {
    summary: 'Ask for pictures',
    request: {
      headers: z.object({ 'Idempotency-Key': z.string().optional() }),
      body: { required: true, content: { 'application/json': { schema: generationRequest } } },
    },
    responses: { 202: json(jobView, 'Taken in'), 429: busy, default: failure },
  });
  route('get', '/v1/generations/{id}', {
    summary: 'How a generation stands',
    request: { params: id },
    responses: { 200: json(jobView, 'Its state'), default: failure },
  });
  route('delete', '/v1/generations/{id}', {
    summary: 'Cancel a generation; takes effect at its next pass',
    request: { params: id },
    responses: { 200: json(jobView, 'Its state'), default: failure },
  });
  route('get', '/v1/generations/{id}/events', {
    summary: 'Progress as server-sent events',
    request: { params: id, headers: z.object({ 'Last-Event-ID': z.string().optional() }) },
    responses: {
      200: { description: 'Events after the last one seen', content: { 'text/event-stream': { schema: jobEvent } } },
      default: failure,
    },
  });
  route('get', '/v1/models', {
    summary: 'The bundles and the device',
    responses: { 200: json(models, 'What there is'), default: failure },
  });
  route('get', '/healthz', {
    summary: 'Whether the process lives',
    security: [],
    responses: { 200: json(health, 'It does'), default: failure },
  });
  route('get', '/readyz', {
    summary: 'Whether it is of use',
    security: [],
    responses: {
      200: json(readiness, 'All of it is ready'),
      503: json(readiness, 'What is false is not ready'),
      default: failure,
    },
  });
  route('get', '/metrics', {
    summary: 'Figures for Prometheus',
    responses: {
      200: { description: 'As its text format has them', content: { 'text/plain': { schema: z.string() } } },
      default: failure,
    },
  });
}
