/** Which words of a prompt are told to be unknown: none that a designer would miss, and all that mean nothing to the model. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadBundle } from '../../../server/engine/bundle.js';
import { createVocabulary, openVocabulary, splitWords } from '../../../server/engine/vocabulary.js';
import { fixtures, readGolden, root } from '../../support/fixtures.js';

const texts = z.array(z.object({ text: z.string(), words: z.array(z.string()) }));

it.each(readGolden('words.json', texts))('$text is split into words as Python does', ({ text, words }) => {
  expect(splitWords(text)).toEqual(words);
});

describe('a word', () => {
  const { unfamiliar } = createVocabulary(
    'a v t neck shirt shirts dress box pleated stripes colour pullover flip flops men s off white with out 红 裙'.split(
      ' ',
    ),
  );

  it('is told once, as it was given', () => {
    expect(unfamiliar('Trench COAT, trench; a dress (coat)')).toEqual(['Trench', 'COAT']);
    expect(unfamiliar('Chanel’s tie-dye dress')).toEqual(['Chanel’s', 'tie-dye']);
    expect(unfamiliar('robe bleue à l’été')).toEqual(['robe', 'bleue', 'à', 'l’été']);
  });

  it.each([
    ['in any case', 'A DRESS'],
    ['in the plural or singular', 'dresses boxes stripe'],
    ['with another ending', 'pleats striped'],
    ['as Americans spell it', 'colored shirt'],
    ['with or without a hyphen', 'V-neck t‑shirt off-white pull-over'],
    ['joined of two', 'flipflops'],
    ["as somebody's", "men’s men's"],
    ['beside numbers and signs', '501 dress, 100% 2×1 👗'],
  ])('is known %s', (_, prompt) => {
    expect(unfamiliar(prompt)).toEqual([]);
  });

  it('is not known for being made of two short ones', () => {
    expect(unfamiliar('without')).toEqual(['without']);
  });

  it('of a script without spaces is known by its characters, and told whole', () => {
    expect(unfamiliar('红裙 dress')).toEqual([]);
    expect(unfamiliar('红色连衣裙 dress')).toEqual(['红色连衣裙']);
    expect(unfamiliar('синее dress')).toEqual(['синее']);
  });
});

describe('of the bundle that ships', () => {
  const shipped = async () => {
    const vocabulary = await openVocabulary(await loadBundle(path.join(root, 'models', 'bundles'), 'garments'));
    if (!vocabulary) throw new Error('it has no words');
    return vocabulary.unfamiliar;
  };

  it('a hundred usual prompts hold one word that it does not know', async () => {
    const unfamiliar = await shipped();
    const prompts = await readFile(path.join(root, 'models', 'prompts.txt'), 'utf8');
    expect(unfamiliar(prompts)).toEqual(['linen']);
  });

  it.each([
    'crewneck sweatshirt, please, with an embroidered logo on it',
    'I’d like a V-neck T-shirt that’s light-blue, in size M',
    'women’s high-waisted trousers & a pair of hi-top sneakers',
    'multicolored gray and off-white tees for kids',
  ])('it knows all of “%s”', async (prompt) => {
    expect((await shipped())(prompt)).toEqual([]);
  });

  it.each([
    ['robe rouge à fleurs avec manches longues', 'robe rouge à fleurs avec manches longues'],
    ['rotes Kleid mit Blumen', 'rotes Kleid mit Blumen'],
    ['beige trench coat without a belt', 'trench coat without'],
    ['oversized wool jumper', 'oversized wool'],
    ['海军蓝 polo', '海军蓝'],
  ])('of “%s” it does not know “%s”', async (prompt, words) => {
    expect((await shipped())(prompt)).toEqual(words.split(' '));
  });
});

it.each(['[]', '[""]', '[["red", 1]]', 'red'])('a bundle whose words are %s is refused', async (text) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'toile-words-'));
  try {
    await cp(path.join(fixtures, 'tiny-bundle'), folder, { recursive: true });
    const tiny = await loadBundle(fixtures, 'tiny-bundle');
    await writeFile(path.join(folder, 'words.json'), text);
    await expect(openVocabulary({ ...tiny, folder })).rejects.toMatchObject({
      code: 'broken_bundle',
      message: "bundle 'tiny-bundle' is broken: words.json is no list of words",
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});
