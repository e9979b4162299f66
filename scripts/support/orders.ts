/** What designers ask for, and how they go about it: drawn from a seed, so that a run can be had again. */
import sharp from 'sharp';
import { makePhoto } from '../../test/support/pictures.js';
import { createDice, type Dice } from './dice.js';

/** A request with its pictures by name, since what they are called is each server's own business. */
export type Wish = { name: string; variants: number; pictures: readonly string[]; write: (ids: Ids) => object };
type Ids = (picture: string) => string;

export const conducts = [
  'stays',
  'leaves and comes back',
  'watches twice',
  'only asks how it stands',
  'cancels at once',
  'cancels under way',
] as const;
export type Conduct = (typeof conducts)[number];

export type Order = {
  number: number;
  wish: Wish;
  conduct: Conduct;
  /** Sends the same request several times, as one does whose answer was lost. */
  repeats: boolean;
  /** Then another one under the same key, which is a mistake. */
  mistakes: boolean;
};

const SIDE = 192;

/** Encoded pictures by name. */
export async function drawPictures(): Promise<ReadonlyMap<string, Uint8Array>> {
  const shape = (left: number, width: number) =>
    sharp({ create: { width: SIDE, height: SIDE, channels: 3, background: 'black' } })
      .composite([
        { input: { create: { width, height: SIDE / 2, channels: 3, background: 'white' } }, left, top: SIDE / 4 },
      ])
      .png()
      .toBuffer();
  return new Map<string, Uint8Array>([
    ['shirt', await makePhoto(SIDE, SIDE, 1)],
    ['jeans', await makePhoto(SIDE, SIDE, 2, 'jpeg')],
    ['swatch', await makePhoto(96, 96, 3)],
    ['left mask', await shape(0, SIDE / 2)],
    ['middle mask', await shape(SIDE / 4, SIDE / 2)],
  ]);
}

const words = [
  'red t-shirt',
  'blue jeans',
  'striped dress',
  'white sneaker with a gum sole',
  'grüne Jacke',
  'black leather bag',
];

/** @param passes at most, of each variant */
export function drawWishes(seed: number, count: number, { passes: most }: { passes: number }): Wish[] {
  return Array.from({ length: count }, (_, n) => {
    const dice = createDice(seed, n);
    const [kind = generate] = [kinds[n % kinds.length]];
    const passes = dice.roll(1, most);
    const usual = { prompt: dice.pick(words), seed: dice.roll(0, 2 ** 31), passes, previews: dice.roll(0, 1) };
    const { variants, pictures, ...rest } = kind(dice);
    const write = (ids: Ids) => ({ ...usual, ...(variants > 1 ? { variants } : {}), ...rest.write(ids) });
    return { name: `${rest.name} ${n}`, variants: rest.makes ?? variants, pictures, write };
  });
}

/** `makes`: how many pictures come of it, where the request says so in another way. */
type Kind = (dice: Dice) => Wish & { makes?: number };

const generate: Kind = (dice) => ({
  name: 'generate',
  variants: dice.pick([4, 4, 1, 2]),
  pictures: [],
  write: () => ({}),
});

const kinds: readonly Kind[] = [
  generate,
  (dice) => {
    const mask = dice.pick(['left mask', 'middle mask']);
    const output = dice.pick(['image', 'patch']);
    const write = (ids: Ids) => ({ base: { asset: ids('shirt'), mask: ids(mask) }, output });
    return { name: 'edit', variants: dice.roll(1, 2), pictures: ['shirt', mask], write };
  },
  (dice) => {
    const [scale, rotation] = [dice.pick([0.5, 1]), dice.pick([0, 30])];
    const region = { x: 8, y: 8, width: 80, height: 64 };
    const write = (ids: Ids) => ({
      references: [{ asset: ids('swatch'), region, scale, rotation, repeat: 'half-drop' }],
    });
    return { name: 'reference', variants: dice.roll(1, 2), pictures: ['swatch'], write };
  },
  (dice) => {
    const makes = dice.roll(2, 4);
    const write = (ids: Ids) => ({ mix: { assets: [ids('shirt'), ids('jeans')], steps: makes, harmonise: 0.3 } });
    return { name: 'mix', variants: 1, makes, pictures: ['shirt', 'jeans'], write };
  },
  (dice) => {
    const strength = dice.pick([0.2, 0.4, 0.6]);
    return {
      name: 'vary',
      variants: dice.pick([2, 4]),
      pictures: ['jeans'],
      write: (ids) => ({ vary: { asset: ids('jeans'), strength } }),
    };
  },
  (dice) => {
    const expand = { left: dice.pick([16, 32, 64]), right: 32 };
    return {
      name: 'expand',
      variants: 1,
      pictures: ['shirt'],
      write: (ids) => ({ base: { asset: ids('shirt'), expand } }),
    };
  },
  generate,
  (dice) => {
    const mask = dice.pick(['left mask', 'middle mask']);
    const write = (ids: Ids) => ({ base: { asset: ids('shirt'), mask: ids(mask), tokensFrom: ids('jeans') } });
    return { name: 'local mix', variants: 1, pictures: ['shirt', mask, 'jeans'], write };
  },
];

/** Most see their pictures through; some leave, and some change their minds. */
const habits: readonly Conduct[] = [
  ...(['stays', 'stays', 'stays', 'stays', 'stays', 'stays', 'stays'] as const),
  ...(['leaves and comes back', 'leaves and comes back', 'leaves and comes back', 'leaves and comes back'] as const),
  ...(['watches twice', 'watches twice', 'watches twice', 'only asks how it stands'] as const),
  ...(['cancels at once', 'cancels under way', 'cancels under way'] as const),
];

export function drawOrder(seed: number, number: number, wishes: readonly Wish[]): Order {
  const dice = createDice(seed, number, 7);
  const repeats = dice.chance(0.2);
  return {
    number,
    wish: dice.pick(wishes),
    conduct: dice.pick(habits),
    repeats,
    mistakes: repeats && dice.chance(0.2),
  };
}
