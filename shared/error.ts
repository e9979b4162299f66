/** The one error class: a code that programs read, a message that people read. */

export const errorCodes = [
  'invalid_request',
  'invalid_config',
  'invalid_image',
  'invalid_mask',
  'image_too_large',
  'unsupported_media',
  'payload_too_large',
  'not_found',
  'unknown_asset',
  'unknown_bundle',
  'unknown_job',
  'newer_job',
  'idempotency_conflict',
  'queue_full',
  'quota_exceeded',
  'rate_limited',
  'queue_unreachable',
  'unauthorized',
  'forbidden_origin',
  'shutting_down',
  'broken_bundle',
  'cancelled',
  'engine_failed',
  'store_unreachable',
  'internal',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/**
 * The message names the bad value and the valid ones; `details` holds them for programs. `retryAfterMs` is how long another
 * try is not worth it, where that is known.
 */
export class ToileError extends Error {
  readonly code: ErrorCode;
  readonly details: Record<string, unknown> | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { details?: Record<string, unknown>; retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'ToileError';
    this.code = code;
    this.details = options.details;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Any thrown thing as a ToileError; what isn't one yet becomes `code`. */
export function toToileError(thrown: unknown, code: ErrorCode = 'internal'): ToileError {
  if (thrown instanceof ToileError) return thrown;
  return new ToileError(code, thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
}
