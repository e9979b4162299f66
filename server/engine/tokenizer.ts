/** Words to token ids, by the bundle's tokenizer.json: byte-level BPE, case-folded. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import type { Bundle } from './bundle.js';

export type TextTokenizer = {
  /** Ids of a prompt, cut at the bundle's longest text; none for a blank one. */
  encode(text: string): number[];
  /** The words of a prompt that lie past that, in part or whole, as they were given; '' where all are encoded. */
  unheard(text: string): string;
};

/** A bundle's own. */
export async function openTokenizer({ folder, model }: Bundle): Promise<TextTokenizer> {
  const text = await readFile(path.join(folder, model.files.tokenizer.path), 'utf8');
  return createTokenizer(z.looseObject({}).parse(JSON.parse(text)), model.text.max_tokens);
}

/** @param description the parsed tokenizer.json */
function createTokenizer(description: object, maxTokens: number): TextTokenizer {
  const tokenizer = new Tokenizer(description, {});
  const encodeWhole = (text: string) => (text.trim() ? tokenizer.encode(foldCase(text.trim())).ids : []);
  return {
    encode: (text) => encodeWhole(text).slice(0, maxTokens),
    unheard(text) {
      if (encodeWhole(text).length <= maxTokens) return '';
      const ends = [...text.matchAll(/\S+/g)].map(({ index, 0: word }) => index + word.length);
      // tokens don't cross words, so more words never come to fewer
      const first = ends.findIndex((end) => encodeWhole(text.slice(0, end)).length > maxTokens);
      return text.slice(ends[first - 1] ?? 0).trim();
    },
  };
}

/** Lower case character by character: a whole string's would make a word's last sigma another letter than Python does. */
export function foldCase(text: string): string {
  return Array.from(text.normalize('NFC'), (character) => character.toLowerCase()).join('');
}
