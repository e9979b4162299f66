/** What parent and child say to each other. Both ends check what they get. */
import { z } from 'zod';
import { errorCodes, resolvedRequest, ToileError } from '../../shared/index.js';

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'expected bytes');
const callId = z.int();

const timings = z.object({
  encodeMs: z.number(),
  conditionMs: z.number(),
  passesMs: z.number(),
  decodeMs: z.number(),
  pixelsMs: z.number(),
  totalMs: z.number(),
});

const variant = z.object({
  png: bytes,
  seed: z.int(),
  prompt: z.string().optional(),
  unheard: z.string().optional(),
  unfamiliar: z.array(z.string()).optional(),
  alike: z.literal(true).optional(),
  relevance: z.number(),
  fidelity: z.number(),
  passes: z.int(),
  width: z.int(),
  height: z.int(),
  x: z.int(),
  y: z.int(),
  changedOutside: z.int().optional(),
});

const progress = z.discriminatedUnion('type', [
  z.object({ type: z.literal('pass'), variant: z.int(), pass: z.int(), passes: z.int(), batch: z.int() }),
  z.object({ type: z.literal('preview'), variant: z.int(), pass: z.int(), jpeg: bytes }),
  z.object({ type: z.literal('variant'), index: z.int(), variant }),
]);

const device = z.enum(['cpu', 'cuda', 'webgpu']);

export const engineInfo = z.object({
  bundle: z.string(),
  bundles: z.array(
    z.object({
      name: z.string(),
      title: z.string(),
      loaded: z.boolean(),
      problem: z.string().optional(),
      checksum: z.string().optional(),
      defaults: z
        .object({ passes: z.int(), guidance: z.number(), temperature: z.number(), candidates: z.int() })
        .optional(),
    }),
  ),
  device,
  deviceReason: z.string(),
  deviceFailures: z.array(z.string()).optional(),
  threads: z.int(),
  maxBatch: z.int(),
  defaults: z.object({ passes: z.int(), candidates: z.int() }),
  loadMs: z.number(),
});

const reconstruction = z.object({
  png: bytes,
  codes: z.custom<Int32Array>((value) => value instanceof Int32Array, 'expected codes'),
  rows: z.int(),
  columns: z.int(),
  psnr: z.number().or(z.literal(Infinity)),
  width: z.int(),
  height: z.int(),
  timings,
});

const thrown = z.object({
  code: z.enum(errorCodes),
  message: z.string(),
  details: z.record(z.string(), z.unknown()).optional(),
  cause: z.string().optional(),
});

/** What the child is started with. */
export const childSettings = z.object({
  bundles: z.string(),
  bundle: z.string(),
  bundleSha256: z.string().optional(),
  device: z.enum(['auto', 'cpu', 'cuda', 'webgpu']),
  threads: z.int().min(1),
  /** Absent: as the device gains by it. */
  maxBatch: z.int().min(1).optional(),
});
export type ChildSettings = z.infer<typeof childSettings>;

export const toChild = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('generate'),
    call: callId,
    job: z.object({
      id: z.string(),
      tenant: z.string(),
      request: resolvedRequest,
      images: z.record(z.string(), bytes),
    }),
  }),
  z.object({ type: z.literal('reconstruct'), call: callId, image: bytes }),
  z.object({ type: z.literal('cancel'), call: callId }),
  z.object({ type: z.literal('close') }),
]);
export type ToChild = z.infer<typeof toChild>;

export const fromChild = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), info: engineInfo }),
  z.object({ type: z.literal('unfit'), error: thrown }),
  z.object({ type: z.literal('begun'), call: callId }),
  z.object({ type: z.literal('progress'), call: callId, progress }),
  z.object({
    type: z.literal('generated'),
    call: callId,
    result: z.object({ variants: z.array(variant), passes: z.int(), timings }),
  }),
  z.object({ type: z.literal('reconstructed'), call: callId, result: reconstruction }),
  z.object({ type: z.literal('rejected'), call: callId, error: thrown }),
]);
export type FromChild = z.infer<typeof fromChild>;

/** An error as it crosses between processes: its cause, which is for the log, as text. */
export function packError({ code, message, details, cause }: ToileError): z.infer<typeof thrown> {
  return { code, message, ...(details ? { details } : {}), ...(cause === undefined ? {} : { cause: textOf(cause) }) };
}

export function unpackError({ code, message, details, cause }: z.infer<typeof thrown>): ToileError {
  return new ToileError(code, message, {
    ...(details ? { details } : {}),
    ...(cause === undefined ? {} : { cause: new Error(cause) }),
  });
}

function textOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}
