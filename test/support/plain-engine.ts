/** A stand-in for the engine: the same picture whatever is asked for, in one pass, as soon as it may. */
import sharp from 'sharp';
import type { Engine } from '../../server/engine/engine.js';

const smart = { passes: 1, guidance: 0, temperature: 1, candidates: 1 };
const timings = { encodeMs: 0, conditionMs: 0, passesMs: 1000, decodeMs: 0, pixelsMs: 0, totalMs: 1000 };

/** @param gate is waited for before each job; a job says then that it took a second */
export function createPlainEngine(gate: () => Promise<void> = async () => undefined): Engine {
  return {
    ready: async () => ({
      bundle: 'plain',
      bundles: [{ name: 'plain', title: 'Plain', loaded: true, defaults: smart }],
      device: 'cpu',
      deviceReason: 'there is no other',
      threads: 1,
      maxBatch: 1,
      defaults: { passes: 1, candidates: 1 },
      loadMs: 0,
    }),
    async generate({ request: { seed, variants: count } }, { onProgress }) {
      await gate();
      const png = new Uint8Array(
        await sharp({ create: { width: 8, height: 8, channels: 3, background: '#fff' } })
          .png()
          .toBuffer(),
      );
      const place = { width: 8, height: 8, x: 0, y: 0 };
      const variants = Array.from({ length: count }, (_, n) => {
        const variant = { png, seed: seed + n, relevance: 0.5, fidelity: 0.5, passes: 1, ...place };
        onProgress({ type: 'pass', variant: n, pass: 1, passes: 1, batch: 1 });
        onProgress({ type: 'variant', index: n, variant });
        return variant;
      });
      return { variants, passes: count, timings };
    },
    reconstruct: () => Promise.reject(new Error('not here')),
    close: async () => undefined,
  };
}
