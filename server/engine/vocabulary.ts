/** Which words of a prompt mean anything to the model: those of its training's captions, and of the ways to say them. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { ToileError } from '../../shared/index.js';
import type { Bundle } from './bundle.js';
import { foldCase } from './tokenizer.js';

export type Vocabulary = {
  /** The words of a prompt that are none of these, each once, as they were given. Hyphenated ones are told whole. */
  unfamiliar(prompt: string): string[];
};

const listed = z.array(z.string().trim().min(1)).min(1);

/** A bundle's own; none where it has none. @throws ToileError `broken_bundle` */
export async function openVocabulary({ folder, model }: Bundle): Promise<Vocabulary | undefined> {
  const file = model.files.words;
  if (!file) return undefined;
  try {
    return createVocabulary(listed.parse(JSON.parse(await readFile(path.join(folder, file.path), 'utf8'))));
  } catch (cause) {
    const message = `bundle '${model.name}' is broken: ${file.path} is no list of words`;
    throw new ToileError('broken_bundle', message, { cause });
  }
}

/** @param words as `splitWords` gives them */
export function createVocabulary(words: readonly string[]): Vocabulary {
  const known = new Set(words.flatMap(formsOf));
  const isKnown = (word: string) => formsOf(word).some((form) => known.has(form));
  // "flipflops" has tokens of "flip" and "flops"; shorter halves would be any word's
  const isCompound = (word: string) =>
    Array.from(word, (_, at) => [word.slice(0, at), word.slice(at)]).some((halves) =>
      halves.every((half) => half.length > 3 && known.has(half)),
    );
  const isFamiliar = (given: string) => {
    const parts = splitWords(given);
    return parts.every((part) => isKnown(part) || isCompound(part)) || isKnown(parts.join(''));
  };
  return {
    unfamiliar(prompt) {
      const told = new Map<string, string>();
      for (const [given] of prompt.matchAll(/[\p{L}\p{M}]+(?:[-‐‑'’][\p{L}\p{M}]+)*/gu)) {
        const folded = foldCase(given);
        if (!told.has(folded) && !isFamiliar(given)) told.set(folded, given);
      }
      return [...told.values()];
    },
  };
}

/** Lower-case words without digits and punctuation; letters without case are each a word, as Chinese has no spaces. */
export function splitWords(text: string): string[] {
  return foldCase(text).match(/\p{Lo}|(?:(?!\p{Lo})[\p{L}\p{M}])+/gu) ?? [];
}

/**
 * What stands for a word: itself in American spelling, and that without an English ending. Where training saw "pleated", a
 * prompt may say "pleats".
 */
function formsOf(word: string): string[] {
  const spelt = word.replace('our', 'or');
  const stems = ['s', 'es', 'd', 'ed'].filter((end) => spelt.endsWith(end)).map((end) => spelt.slice(0, -end.length));
  return [spelt, ...stems.filter((stem) => stem.length > 2)];
}
