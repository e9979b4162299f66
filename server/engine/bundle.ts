/** Loads a bundle after checking it whole: model.json against the schema, every file against its checksum. */
import { createHash } from 'node:crypto';
import { access, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { bundleModel, ToileError, toToileError, type BundleModel } from '../../shared/index.js';
import type { BundleSummary } from './engine.js';

export type Bundle = { folder: string; model: BundleModel };

/** The bundles of a folder, sound or not, by name: its folders that hold a model.json. */
export async function listBundles(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const described = await Promise.all(folders.map((name) => access(path.join(root, name, 'model.json')).then(yes, no)));
  return folders.filter((_, n) => described[n]).sort();
}

const yes = () => true;
const no = () => false;

/** Each bundle of a folder with what is wrong with it, if anything. `loaded` names the one that runs. */
export async function summariseBundles(root: string, loaded: Bundle): Promise<BundleSummary[]> {
  return Promise.all(
    (await listBundles(root)).map(async (name): Promise<BundleSummary> => {
      if (name === path.basename(loaded.folder)) return { ...summarise(name, loaded.model), loaded: true };
      try {
        const { model } = await loadBundle(root, name);
        return { ...summarise(name, model), loaded: false };
      } catch (thrown) {
        return { name, title: name, loaded: false, problem: toToileError(thrown).message };
      }
    }),
  );
}

function summarise(name: string, { title, smart }: BundleModel) {
  const { passes, guidance, temperature, candidates } = smart;
  return { name, title, defaults: { passes, guidance, temperature, candidates } };
}

/** @throws ToileError `unknown_bundle` or `broken_bundle`, with the reason */
export async function loadBundle(root: string, name: string): Promise<Bundle> {
  const names = await listBundles(root);
  if (!names.includes(name)) {
    throw new ToileError('unknown_bundle', `no bundle '${name}' in ${root}; there are: ${names.join(', ') || 'none'}`);
  }
  const folder = path.join(root, name);
  const model = await readModel(folder, name);
  for (const [key, file] of Object.entries(model.files)) {
    const data = await readFile(path.join(folder, file.path)).catch((cause: unknown) => {
      throw broken(name, `its ${key} file ${file.path} can't be read`, cause);
    });
    const found = createHash('sha256').update(data).digest('hex');
    if (found !== file.sha256) {
      throw broken(
        name,
        `${file.path} has checksum ${found.slice(0, 12)}…, model.json says ${file.sha256.slice(0, 12)}…`,
      );
    }
  }
  return { folder, model };
}

async function readModel(folder: string, name: string): Promise<BundleModel> {
  const text = await readFile(path.join(folder, 'model.json'), 'utf8').catch((cause: unknown) => {
    throw broken(name, "model.json can't be read", cause);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw broken(name, 'model.json is not JSON', cause);
  }
  const parsed = bundleModel.safeParse(value);
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  throw broken(name, `model.json, ${first?.path.join('.')}: ${first?.message}`, parsed.error);
}

function broken(name: string, reason: string, cause?: unknown): ToileError {
  return new ToileError('broken_bundle', `bundle '${name}' is broken: ${reason}`, { cause });
}
