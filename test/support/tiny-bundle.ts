/** Settings of a server on the tiny bundle of the tests: everything real but for what it has learnt. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './root.js';

export function tinyBundleSettings(): Record<string, string> {
  const folder = path.join(root, 'test', 'fixtures', 'tiny-bundle');
  const digest = createHash('sha256')
    .update(readFileSync(path.join(folder, 'model.json')))
    .digest('hex');
  return { TOILE_BUNDLE: folder, TOILE_BUNDLE_SHA256: digest, TOILE_DEVICE: 'cpu', TOILE_THREADS: '1' };
}
