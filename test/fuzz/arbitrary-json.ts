/** Bodies of requests that are nearly right: valid ones, changed in a place or two, as values and as text. */
import fc, { type Arbitrary } from 'fast-check';

/** Stands for a value nested so deeply that only text can say it. */
const DEEP = '\u0001deep\u0001';
const DEPTH = 40_000;

type Json = unknown;
type Change = { at: number; how: 'replace' | 'drop' | 'add' | 'wrap'; name: string; value: Json };
type Edit = { how: 'none' | 'cut' | 'mark' | 'noise' | 'twice'; at: number; noise: Uint8Array };

const names = [
  ...[
    'prompt',
    'references',
    'base',
    'mix',
    'vary',
    'variants',
    'seed',
    'passes',
    'candidates',
    'asset',
    'mask',
    'output',
  ],
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'length',
    'then',
    '',
    '\u0000',
    'ﬀ',
    '🧥',
    'n'.repeat(5000),
  ],
];

const manyFields = Object.fromEntries(Array.from({ length: 2000 }, (_, n) => [`field${n}`, n]));

const oddValues: Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(null, true, false, 0, -0, -1, 0.5, 1e308, 2 ** 53, 2 ** 32, -(2 ** 31), [], {}, '', DEEP),
  fc.constantFrom<Json>(
    '\ud800',
    '\udfff tail',
    '\u0000',
    '\u202e',
    'a'.repeat(501),
    '9'.repeat(400),
    [[[[]]]],
    'Infinity',
  ),
  fc.constantFrom<Json>({ __proto__: null, toJSON: 'x' }, { length: -1 }, { then: 1 }, Array(2000).fill(0), manyFields),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.double(),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Whose pictures they are is the caller's business. */
export function arbitraryRequest(assets: Arbitrary<string>): Arbitrary<Json> {
  const unit = fc.double({ min: 0, max: 1, noNaN: true });
  const sides = fc.record(
    { left: fc.nat(64), right: fc.nat(64), top: fc.nat(64), bottom: fc.nat(4096) },
    { requiredKeys: [] },
  );
  const region = fc.record({ x: fc.nat(300), y: fc.nat(300), width: fc.nat(300), height: fc.nat(300) });
  const repeat = fc.constantFrom('none', 'straight', 'half-drop', 'half-brick', 'mirror');
  const reference = fc.record(
    {
      asset: assets,
      region,
      scale: fc.double({ min: 0.25, max: 4, noNaN: true }),
      rotation: fc.integer({ min: -180, max: 180 }),
      repeat,
    },
    { requiredKeys: ['asset'] },
  );
  const base = fc.record(
    {
      asset: assets,
      mask: assets,
      lock: assets,
      tokensFrom: assets,
      expand: sides,
      shading: unit,
      matchColour: unit,
      matchSeam: fc.boolean(),
    },
    { requiredKeys: ['asset'] },
  );
  const open = {
    prompt: fc.oneof(
      fc.constantFrom('red t-shirt', ' ', 'blaue Jeans'),
      fc.string({ unit: 'grapheme', maxLength: 60 }),
    ),
    variants: fc.integer({ min: 1, max: 8 }),
    seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    passes: fc.integer({ min: 1, max: 3 }),
    temperature: fc.double({ min: 0, max: 2, noNaN: true }),
    guidance: fc.double({ min: 0, max: 10, noNaN: true }),
    emphasis: fc.double({ min: 0, max: 10, noNaN: true }),
    candidates: fc.integer({ min: 1, max: 2 }),
    patience: fc.integer({ min: 1, max: 32 }),
    previews: fc.nat(4),
    output: fc.constantFrom('image', 'patch'),
    bundle: fc.constantFrom('tiny-bundle', 'garments', 'none'),
  };
  const rest = { requiredKeys: [] as [] };
  return fc.oneof(
    fc.record({ ...open, references: fc.array(reference, { maxLength: 5 }) }, rest),
    fc.record({ ...open, base, references: fc.array(reference, { maxLength: 2 }) }, rest),
    fc.record({ ...open, vary: fc.record({ asset: assets, strength: unit }, { requiredKeys: ['asset'] }) }, rest),
    fc.record(
      {
        ...open,
        mix: fc.record(
          {
            assets: fc.tuple(assets, assets),
            steps: fc.integer({ min: 2, max: 9 }),
            silhouette: unit,
            texture: unit,
            harmonise: unit,
          },
          { requiredKeys: ['assets', 'steps'] },
        ),
      },
      rest,
    ),
  );
}

/** Right ones among them, so that what lies behind the first checks is reached too. */
export function arbitraryJson(request: Arbitrary<Json>): Arbitrary<Uint8Array> {
  const change: Arbitrary<Change> = fc.record({
    at: fc.nat(),
    how: fc.constantFrom('replace', 'replace', 'drop', 'add', 'wrap'),
    name: fc.oneof(fc.constantFrom(...names), fc.string({ maxLength: 12 })),
    value: oddValues,
  });
  const edit: Arbitrary<Edit> = fc.record({
    how: fc.constantFrom('none', 'none', 'none', 'none', 'cut', 'mark', 'noise', 'twice'),
    at: fc.nat(),
    noise: fc.uint8Array({ minLength: 1, maxLength: 6 }),
  });
  const right = request.map((value) => Buffer.from(write(value)));
  const nearly = fc
    .tuple(request, fc.array(change, { minLength: 1, maxLength: 3 }), edit)
    .map(([value, changes, how]) => editText(write(changes.reduce(applyChange, value)), how));
  const other = fc.oneof(
    oddValues.map((value) => Buffer.from(write(value))),
    fc.uint8Array({ maxLength: 200 }),
  );
  return fc.oneof({ weight: 4, arbitrary: right }, { weight: 6, arbitrary: nearly }, { weight: 1, arbitrary: other });
}

function write(value: Json): string {
  const text = JSON.stringify(value) ?? '';
  const depth = text.includes(JSON.stringify(DEEP)) ? DEPTH : 0;
  return text.replace(JSON.stringify(DEEP), () => '['.repeat(depth) + ']'.repeat(depth));
}

function editText(text: string, { how, at, noise }: Edit): Uint8Array {
  const bytes = Buffer.from(text);
  const place = at % (bytes.length + 1);
  switch (how) {
    case 'none':
      return bytes;
    case 'cut':
      return bytes.subarray(0, place);
    case 'mark':
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]);
    case 'noise':
      return Buffer.concat([bytes.subarray(0, place), noise, bytes.subarray(place + noise.length)]);
    case 'twice':
      return Buffer.concat([bytes, bytes]);
  }
}

/** A copy with one of its parts changed, itself counted among them. */
function applyChange(value: Json, change: Change): Json {
  const targets = countParts(value);
  let left = change.at % targets;
  const visit = (part: Json): Json => {
    if (left-- === 0) return changePart(part, change);
    if (Array.isArray(part)) return part.map(visit);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([name, child]) => [name, visit(child)]));
  };
  return visit(value);
}

function changePart(part: Json, { how, name, value }: Change): Json {
  if (how === 'replace') return value;
  if (how === 'wrap') return { [name]: part };
  if (Array.isArray(part)) return how === 'drop' ? part.slice(1) : [...part, value];
  if (typeof part !== 'object' || part === null) return value;
  const entries = Object.entries(part);
  return Object.fromEntries(how === 'drop' ? entries.slice(1) : [...entries, [name, value]]);
}

function countParts(value: Json): number {
  if (typeof value !== 'object' || value === null) return 1;
  return 1 + Object.values(value).reduce((sum: number, child) => sum + countParts(child), 0);
}
