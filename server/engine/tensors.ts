/** Arrays to the runtime's tensors and back. */
import * as ort from 'onnxruntime-node';
import { ToileError } from '../../shared/index.js';

type Output = ort.Tensor | undefined;

export function float(data: Float32Array, dims: number[]): ort.Tensor {
  return new ort.Tensor('float32', data, dims);
}

export function long(data: Int32Array, dims: number[]): ort.Tensor {
  return new ort.Tensor(
    'int64',
    BigInt64Array.from(data, (code) => BigInt(code)),
    dims,
  );
}

/** @throws ToileError `broken_bundle`, as all that read outputs */
export function floats(value: Output): Float32Array {
  const { data } = given(value);
  if (data instanceof Float32Array) return data;
  throw new ToileError('broken_bundle', 'a graph gave an output that is not float32');
}

export function narrow(value: Output): Int32Array {
  const { data } = given(value);
  if (data instanceof BigInt64Array) return Int32Array.from(data, (code) => Number(code));
  throw new ToileError('broken_bundle', 'a graph gave codes that are not int64');
}

function given(value: Output): ort.Tensor {
  if (value) return value;
  throw new ToileError('broken_bundle', 'a graph did not give an output that model.json names');
}

/** One after the other; a single one is itself, not copied. */
export function joinFloats(parts: readonly Float32Array[]): Float32Array {
  return parts.length === 1 && parts[0] ? parts[0] : join(parts, (length) => new Float32Array(length));
}

export function joinCodes(parts: readonly Int32Array[]): Int32Array {
  return parts.length === 1 && parts[0] ? parts[0] : join(parts, (length) => new Int32Array(length));
}

function join<T extends Float32Array | Int32Array>(parts: readonly T[], create: (length: number) => T): T {
  const joined = create(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Arrays of (outer, n) each -> (outer, arrays, n) */
export function interleave(arrays: readonly Float32Array[], outer: number): Float32Array {
  if (arrays.length === 1) return joinFloats(arrays);
  const parts = Array.from({ length: outer }, (_, at) => arrays.map((array) => slab(array, outer, at)));
  return joinFloats(parts.flat());
}

/** Slab `at` of (count, n), a view. */
export function slab<T extends Float32Array | Int32Array>(data: T, count: number, at: number): T;
export function slab(data: Float32Array | Int32Array, count: number, at: number) {
  const length = data.length / count;
  return data.subarray(at * length, (at + 1) * length);
}
