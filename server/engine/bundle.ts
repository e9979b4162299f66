/**
 * Loads a bundle after checking it whole: model.json against the schema, every file against its checksum. One from elsewhere
 * is checked against the digest that whoever set it up trusts, since graphs from strangers are programs from strangers.
 */
import { createHash } from 'node:crypto';
import { access, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { bundleModel, ToileError, toToileError, type BundleModel } from '../../shared/index.js';
import type { BundleSummary } from './engine.js';

/** `checksum`: equal for two bundles that make the same of the same request, whatever they are called. */
export type Bundle = { folder: string; model: BundleModel; checksum: string };

/** The bundles of a folder, sound or not, by name: its folders that hold a model.json. */
export async function listBundles(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const described = await Promise.all(folders.map((name) => access(path.join(root, name, 'model.json')).then(yes, no)));
  return folders.filter((_, n) => described[n]).sort();
}

const yes = () => true;
const no = () => false;

/**
 * The bundle that runs, wherever it lies, then each other one of a folder: the sound ones, then the broken ones with what is
 * wrong with them.
 */
export async function summariseBundles(root: string, loaded: Bundle): Promise<BundleSummary[]> {
  const running = { ...summarise(loaded.model.name, loaded), loaded: true };
  const names = await listBundles(root);
  const others = await Promise.all(
    names
      .filter((name) => path.join(root, name) !== loaded.folder)
      .map(async (name): Promise<BundleSummary> => {
        try {
          return { ...summarise(name, await loadBundle(root, name)), loaded: false };
        } catch (thrown) {
          return { name, title: name, loaded: false, problem: toToileError(thrown).message };
        }
      }),
  );
  const isSound = ({ problem }: BundleSummary) => problem === undefined;
  return [running, ...others.filter(isSound), ...others.filter((other) => !isSound(other))];
}

function summarise(name: string, { model: { title, smart }, checksum }: Bundle) {
  const { passes, guidance, temperature, candidates } = smart;
  return { name, title, checksum, defaults: { passes, guidance, temperature, candidates } };
}

/**
 * @param bundle the name of a folder in `root`, or the absolute path of one elsewhere
 * @param sha256 of its model.json, which holds the checksums of everything else; a bundle from elsewhere needs it
 * @throws ToileError `unknown_bundle`, `broken_bundle` or `invalid_config`, with the reason
 */
export async function loadBundle(root: string, bundle: string, sha256?: string): Promise<Bundle> {
  const elsewhere = path.isAbsolute(bundle);
  const names = elsewhere ? [] : await listBundles(root);
  if (!elsewhere && !names.includes(bundle)) {
    throw new ToileError(
      'unknown_bundle',
      `no bundle '${bundle}' in ${root}; there are: ${names.join(', ') || 'none'}`,
    );
  }
  const folder = path.resolve(root, bundle);
  const description = await readFile(path.join(folder, 'model.json')).catch((cause: unknown) => {
    throw broken(bundle, "model.json can't be read", cause);
  });
  trust(bundle, { found: digest(description), trusted: sha256, elsewhere });
  const text = description.toString('utf8');
  const model = parseModel(bundle, text);
  for (const [key, file] of Object.entries(model.files)) {
    const data = await readFile(path.join(folder, file.path)).catch((cause: unknown) => {
      throw broken(bundle, `its ${key} file ${file.path} can't be read`, cause);
    });
    const found = digest(data);
    if (found === file.sha256) continue;
    const [short, listed] = [found, file.sha256].map((hex) => `${hex.slice(0, 12)}…`);
    throw broken(bundle, `${file.path} has checksum ${short}, model.json says ${listed}`);
  }
  return { folder, model, checksum: checksumOf(text, model) };
}

/** As they are written, so that a field which a later version fills in makes no difference. */
const made = z.object({
  smart: z.unknown(),
  marginals: z.unknown(),
  files: z.record(z.string(), z.object({ sha256: z.string() })),
});
/** They make no pixel. */
const beside = ['captions', 'words', 'evaluator'];

/** Of the networks, what SMART does by default and the marginals where they weigh, and of nothing that is merely told of them. */
function checksumOf(text: string, model: BundleModel): string {
  const { smart, marginals, files } = made.parse(JSON.parse(text));
  const sums = Object.entries(files).filter(([key]) => !beside.includes(key));
  const parts = [smart, sums.map(([key, { sha256 }]) => [key, sha256]).sort()];
  return digest(JSON.stringify(model.smart.marginal_weight === 0 ? parts : [...parts, marginals]));
}

function trust(
  bundle: string,
  { found, trusted, elsewhere }: { found: string; trusted: string | undefined; elsewhere: boolean },
): void {
  if (trusted === undefined && elsewhere) {
    throw new ToileError(
      'invalid_config',
      `bundle '${bundle}' is not one of those that come with Toile. If you trust it, set TOILE_BUNDLE_SHA256 to the SHA-256 of its model.json: ${found}`,
    );
  }
  if (trusted !== undefined && trusted !== found) {
    throw broken(bundle, `its model.json has the SHA-256 ${found}, TOILE_BUNDLE_SHA256 is ${trusted}`);
  }
}

function parseModel(bundle: string, text: string): BundleModel {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw broken(bundle, 'model.json is not JSON', cause);
  }
  const parsed = bundleModel.safeParse(value);
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  throw broken(bundle, `model.json, ${first?.path.join('.')}: ${first?.message}`, parsed.error);
}

function digest(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}

function broken(bundle: string, reason: string, cause?: unknown): ToileError {
  return new ToileError('broken_bundle', `bundle '${bundle}' is broken: ${reason}`, { cause });
}
