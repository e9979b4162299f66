/**
 * What requests of each kind cost: processor seconds of an engine with one thread, the kinds in turns, so that other work on
 * the machine weighs on all alike. The shipped bundle's defaults, unless a row says otherwise.
 *
 *     npm run bench:requests -- --bundle garments --rounds 3
 */
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { loadBundle } from '../server/engine/bundle.js';
import { printTable, quantile } from './support/figures.js';
import { makePictures, openEngine } from './support/open-engine.js';
import { readCount } from './support/options.js';

type Base = { asset: string; mask: string };

const { values } = parseArgs({
  options: {
    bundles: { type: 'string', default: 'models/bundles' },
    bundle: { type: 'string', default: 'garments' },
    picture: { type: 'string', default: 'test/fixtures/goldens/picture.png' },
    rounds: { type: 'string', default: '3' },
  },
});
const rounds = readCount('--rounds', values.rounds);

const images: Record<string, Uint8Array> = {};
const small = await drawBase(256);
const large = await drawBase(1024);
const huge = await drawBase(2048);
const mirrored = keep(await sharp(values.picture).flop().png().toBuffer());

const words = { prompt: 'red striped t-shirt', seed: 7 };
const edit = (base: Base) => ({ ...words, base });
const expand = ({ asset }: Pick<Base, 'asset'>, by: number) => ({
  seed: 7,
  base: { asset, expand: { left: by, right: by } },
});
const kinds: [string, object][] = [
  ['a prompt: 256×256, one variant', words],
  ['4 passes', { ...words, passes: 4 }],
  ['16 passes', { ...words, passes: 16 }],
  ['4 variants', { ...words, variants: 4 }],
  ['4 candidates a variant', { ...words, candidates: 4 }],
  ['guidance 0: one look a pass', { ...words, guidance: 0 }],
  ['4 previews', { ...words, previews: 4 }],
  ['edit by words', edit(small)],
  ['the same with emphasis 0', { ...edit(small), emphasis: 0 }],
  ['the same with guidance 1', { ...edit(small), guidance: 1 }],
  ['edit of 1024×1024', edit(large)],
  ['edit of 2048×2048', edit(huge)],
  ['expand 256×256 by 64 on two sides', expand(await cutSides(256), 64)],
  ['expand 1024×1024 by 256 on two sides', expand(await cutSides(1024), 256)],
  ['expand 1024×1024 by 1024 on two sides', expand(await cutSides(1024), 1024)],
  ['a whole garment, 256×256 by 64', expand(small, 64)],
  ['a whole garment, 1024×1024 by 256', expand(large, 256)],
  ['vary', { seed: 7, vary: { asset: small.asset } }],
  ['mix in 5 steps', { seed: 7, mix: { assets: [small.asset, mirrored], steps: 5 } }],
];

const bundle = await loadBundle(values.bundles, values.bundle);
const engine = await openEngine(bundle, 1);
const spent = kinds.map((): number[] => []);
for (let round = -1; round < rounds; round++) {
  for (const [n, [, request]] of kinds.entries()) {
    const before = process.cpuUsage();
    await makePictures(engine, request, images);
    const { user, system } = process.cpuUsage(before);
    // the first round allocates
    if (round >= 0) spent[n]?.push((user + system) / 1e6);
  }
}
const seconds = spent.map((numbers) => quantile(numbers, 0.5));
console.log(
  `Bundle '${values.bundle}' (${engine.reason}), ${bundle.model.smart.passes} passes, one thread, ${rounds} rounds; medians.\n`,
);
printTable([
  ['request', 'core seconds', 'of a plain one'],
  ...kinds.map(([name], n) => {
    const own = seconds[n] ?? Number.NaN;
    return [name, own.toFixed(2), (own / (seconds[0] ?? Number.NaN)).toFixed(1)];
  }),
]);
console.log(`\nthis process holds ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB`);
await engine.networks.release();

/** The picture and a mask of its middle, `size` pixels a side. */
async function drawBase(size: number): Promise<Base> {
  const [edge, side] = [Math.round(size * 0.3), Math.round(size * 0.4)];
  const middle = { create: { width: side, height: side, channels: 3, background: 'white' } } as const;
  const rim = { top: edge, left: edge, bottom: size - side - edge, right: size - side - edge, background: 'black' };
  const picture = await sharp(values.picture).resize(size, size).png().toBuffer();
  return { asset: keep(picture), mask: keep(await sharp(middle).extend(rim).png().toBuffer()) };
}

/** The middle of the picture, `size` pixels a side: its garment reaches over the edges. */
async function cutSides(size: number): Promise<{ asset: string }> {
  const { width = 0, height = 0 } = await sharp(values.picture).metadata();
  const side = Math.round(Math.min(width, height) / 2);
  const middle = { left: (width - side) >> 1, top: Math.round(height / 8), width: side, height: side };
  return { asset: keep(await sharp(values.picture).extract(middle).resize(size, size).png().toBuffer()) };
}

/** @returns its asset id */
function keep(bytes: Uint8Array): string {
  const id = Object.keys(images).length.toString(16).padStart(32, '0');
  images[id] = bytes;
  return id;
}
