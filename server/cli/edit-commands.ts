/** `toile edit`, `expand`, `mix` and `vary`: what can be done to pictures that are there. */
import { ToileError } from '../../shared/index.js';
import { readNumber, readOptions } from './options.js';
import { createImages, makeTask, requestFlags, runTasks } from './requests.js';

const one = { type: 'string' } as const;

/** How new pixels are fitted to the picture. */
const fitFlags = { shading: one, 'match-colour': one, 'no-match-seam': { type: 'boolean' } } as const;

function readFit(options: Partial<ReturnType<typeof readOptions<typeof fitFlags>>>) {
  return {
    shading: readNumber('shading', options.shading),
    matchColour: readNumber('match-colour', options['match-colour']),
    ...(options['no-match-seam'] ? { matchSeam: false } : {}),
  };
}

export async function editCommand(args: string[], signal: AbortSignal): Promise<void> {
  const own = {
    image: one,
    mask: one,
    lock: one,
    'keep-background': { type: 'boolean' },
    'tokens-from': one,
    output: one,
    ...fitFlags,
  } as const;
  const options = readOptions(args, { ...requestFlags, ...own });
  const images = createImages();
  const add = (file: string | undefined) => (file === undefined ? undefined : images.add(file));
  const base = {
    asset: await images.add(needed('image', options.image, 'the picture to edit')),
    mask: await add(options.mask),
    lock: await add(options.lock),
    keepBackground: options['keep-background'],
    tokensFrom: await add(options['tokens-from']),
    ...readFit(options),
  };
  return runTasks(options, [await makeTask(options, { images, base, output: options.output })], signal);
}

export async function expandCommand(args: string[], signal: AbortSignal): Promise<void> {
  const own = { image: one, left: one, right: one, top: one, bottom: one, output: one, ...fitFlags } as const;
  const options = readOptions(args, { ...requestFlags, ...own });
  const images = createImages();
  const expand = Object.fromEntries(
    (['left', 'right', 'top', 'bottom'] as const).map((side) => [side, readNumber(side, options[side])]),
  );
  const asset = await images.add(needed('image', options.image, 'the picture to expand'));
  const base = { asset, expand, ...readFit(options) };
  return runTasks(options, [await makeTask(options, { images, base, output: options.output })], signal);
}

export async function mixCommand(args: string[], signal: AbortSignal): Promise<void> {
  const own = {
    image: { type: 'string', multiple: true },
    steps: one,
    silhouette: one,
    texture: one,
    harmonise: one,
  } as const;
  const options = readOptions(args, { ...requestFlags, ...own });
  const files = options.image ?? [];
  if (files.length !== 2) {
    throw new ToileError('invalid_request', `mix takes two pictures, --image A --image B; got ${files.length}`);
  }
  const images = createImages();
  const mix = {
    assets: await Promise.all(files.map((file) => images.add(file))),
    steps: readNumber('steps', options.steps) ?? 5,
    silhouette: readNumber('silhouette', options.silhouette),
    texture: readNumber('texture', options.texture),
    harmonise: readNumber('harmonise', options.harmonise),
  };
  return runTasks(options, [await makeTask(options, { images, mix })], signal);
}

export async function varyCommand(args: string[], signal: AbortSignal): Promise<void> {
  const options = readOptions(args, { ...requestFlags, image: one, strength: one } as const);
  const images = createImages();
  const asset = await images.add(needed('image', options.image, 'the picture to vary'));
  const vary = { asset, strength: readNumber('strength', options.strength) };
  return runTasks(options, [await makeTask(options, { images, vary })], signal);
}

function needed(name: string, value: string | undefined, what: string): string {
  if (value !== undefined) return value;
  throw new ToileError('invalid_request', `--${name} is needed: ${what}, a PNG, JPEG or WebP file`);
}
