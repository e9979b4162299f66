/** From an order and its pictures to the one request that the server takes. */
import type { input } from 'zod';
import type { generationRequest } from '../../../shared/request.js';
import { hasWords, type Controls } from '../controls.js';
import { sidesInPixels } from '../expand-sides.js';
import type { Size } from '../pictures/image-space.js';
import type { Order } from './order.js';

export type Request = input<typeof generationRequest>;
/** Of each variant on its way. */
const PREVIEWS = 2;

/** Asset ids. `base` is what is worked on, with its size in pixels. */
export type Uploaded = { base?: Size & { asset: string }; mask?: string; other?: string };

export function makeRequest(order: Order, uploaded: Uploaded): Request | Record<string, unknown> {
  const { task, controls, again } = order;
  if (again) return { ...again, previews: PREVIEWS };
  const { variants, seed, passes, guidance, temperature } = controls;
  const words = hasWords(task) ? controls.words[task].trim() : '';
  const request: Request = { previews: PREVIEWS, ...(task === 'mix' ? {} : { variants }) };
  if (words) request.prompt = words;
  if (seed !== null) request.seed = seed;
  if (passes !== null) request.passes = passes;
  if (guidance !== null) request.guidance = guidance;
  if (temperature !== null) request.temperature = temperature;

  const { base, mask, other } = uploaded;
  if (!base) return request;
  if (task === 'vary') request.vary = { asset: base.asset, strength: controls.strength };
  if (task === 'reference') request.references = [{ asset: base.asset }];
  if (task === 'words') request.base = { asset: base.asset, keepBackground: true };
  if (task === 'expand') request.base = { asset: base.asset, expand: sidesInPixels(controls.expand, base) };
  if (task === 'mix' && other !== undefined) {
    const { steps, silhouette, texture } = controls;
    request.mix = { assets: [base.asset, other], steps, silhouette, texture };
  }
  if (task === 'pattern' && other !== undefined) {
    request.base = { asset: base.asset, keepBackground: true, shading: controls.shading };
    request.references = [patternOf(controls, other)];
  }
  if (task === 'edit') {
    request.base = { asset: base.asset, ...(controls.lock ? { lock: mask } : { mask }) };
    if (other !== undefined && controls.otherUse === 'tokens') request.base.tokensFrom = other;
    if (other !== undefined && controls.otherUse === 'pattern') {
      request.base.shading = controls.shading;
      request.references = [patternOf(controls, other)];
    }
  }
  return request;
}

function patternOf({ scale, rotation, repeat }: Controls, asset: string) {
  return { asset, scale, rotation, repeat };
}
