/** Words to token ids, by the bundle's tokenizer.json: byte-level BPE, case-folded. */
import { Tokenizer } from '@huggingface/tokenizers';

export type TextTokenizer = {
  /** Ids of a prompt, cut at the bundle's longest text; none for a blank one. */
  encode(text: string): number[];
};

/** @param description the parsed tokenizer.json */
export function createTokenizer(description: object, maxTokens: number): TextTokenizer {
  const tokenizer = new Tokenizer(description, {});
  return {
    encode: (text) => (text.trim() ? tokenizer.encode(foldCase(text.trim())).ids.slice(0, maxTokens) : []),
  };
}

/** Lower case character by character: a whole string's would make a word's last sigma another letter than Python does. */
function foldCase(text: string): string {
  return Array.from(text.normalize('NFC'), (character) => character.toLowerCase()).join('');
}
