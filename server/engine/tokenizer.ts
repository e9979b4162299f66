/** Words to token ids, by the bundle's tokenizer.json: byte-level BPE, case-folded. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import type { Bundle } from './bundle.js';

export type TextTokenizer = {
  /** Ids of a prompt, cut at the bundle's longest text; none for a blank one. */
  encode(text: string): number[];
};

/** A bundle's own. */
export async function openTokenizer({ folder, model }: Bundle): Promise<TextTokenizer> {
  const text = await readFile(path.join(folder, model.files.tokenizer.path), 'utf8');
  return createTokenizer(z.looseObject({}).parse(JSON.parse(text)), model.text.max_tokens);
}

/** @param description the parsed tokenizer.json */
function createTokenizer(description: object, maxTokens: number): TextTokenizer {
  const tokenizer = new Tokenizer(description, {});
  return {
    encode: (text) => (text.trim() ? tokenizer.encode(foldCase(text.trim())).ids.slice(0, maxTokens) : []),
  };
}

/** Lower case character by character: a whole string's would make a word's last sigma another letter than Python does. */
function foldCase(text: string): string {
  return Array.from(text.normalize('NFC'), (character) => character.toLowerCase()).join('');
}
