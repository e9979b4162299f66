/** Errors as HTTP says them. Only what the message says goes out: never a cause, never a stack. */
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { ToileError, type ErrorCode } from '../shared/index.js';

const statuses: Record<ErrorCode, ContentfulStatusCode> = {
  invalid_request: 400,
  invalid_config: 500,
  invalid_image: 422,
  invalid_mask: 422,
  image_too_large: 413,
  unsupported_media: 415,
  payload_too_large: 413,
  not_found: 404,
  unknown_asset: 404,
  unknown_bundle: 404,
  unknown_job: 404,
  newer_job: 503,
  idempotency_conflict: 409,
  queue_full: 429,
  quota_exceeded: 429,
  rate_limited: 429,
  queue_unreachable: 503,
  unauthorized: 401,
  forbidden_origin: 403,
  shutting_down: 503,
  broken_bundle: 503,
  cancelled: 409,
  engine_failed: 503,
  store_unreachable: 503,
  internal: 500,
};

/** Seconds until another try is worth it, where the error itself doesn't know: nobody can tell how long an outage lasts. */
const retryAfter: Partial<Record<ErrorCode, number>> = {
  // as long as no job has ended
  queue_full: 5,
  quota_exceeded: 5,
  queue_unreachable: 5,
  store_unreachable: 5,
  shutting_down: 5,
  engine_failed: 10,
  newer_job: 10,
};

export function asToileError(thrown: unknown): ToileError {
  if (thrown instanceof ToileError) return thrown;
  if (thrown instanceof HTTPException && thrown.status < 500) {
    return new ToileError('invalid_request', thrown.message || 'the request is malformed', { cause: thrown });
  }
  // Node's word for a caller that went away in the middle of its body; stores and queues have words of their own
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ECONNRESET') {
    return new ToileError('invalid_request', 'the body broke off', { cause: thrown });
  }
  return new ToileError('internal', 'something went wrong here; the log has the request id', { cause: thrown });
}

export function answerError(c: Context, error: ToileError): Response {
  const { code, retryAfterMs } = error;
  const wait = retryAfterMs === undefined ? retryAfter[code] : Math.max(1, Math.ceil(retryAfterMs / 1000));
  if (wait !== undefined) c.header('Retry-After', String(wait));
  if (code === 'unauthorized') c.header('WWW-Authenticate', 'Bearer');
  return c.json(toBody(error), statuses[code]);
}

export function toBody({ code, message, details }: ToileError) {
  return { error: { code, message, ...(details ? { details } : {}) } };
}
