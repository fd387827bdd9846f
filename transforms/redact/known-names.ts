// The words of names that the caller knows, such as the author's, with the prefixes that Arabic glues to them.

import { FOLD } from './fold.ts';
import {
  hashOf,
  hashStep,
  KUNYA,
  LEXICON,
  NAME,
  ORDINARY,
  PARTICLE,
  placeOf,
  SERVANT,
  TITLE,
} from './lexicon.ts';

const MIN_LETTERS = 3;
const WORD = /\p{L}[\p{L}\p{M}\p{N}\u0640\u200b-\u200f]*/gu;
const PREFIXES = ['', 'و', 'ب', 'ل', 'ف', 'ك', 'ول', 'وب', 'فل'];
const FILTER_BITS = 4096;
/** More names than this are no person's: the bound keeps a hostile record from costing much. */
const MAX_WORDS = 64;

export interface KnownNames {
  /** False for most words that are none of the names. */
  mayHold(hash: number): boolean;
  /** How many letters before the name belong to a prefix, or undefined where the word is none of the names. */
  prefixOf(hash: number): number | undefined;
}

/** The forms of the last lists of names, by the names: the comments of one author often follow each other. */
const made = new Map<string, KnownNames | undefined>();
const MOST_MADE = 256;
/** Longer lists of names are made anew each time, so that what is kept stays small. */
const LONGEST_KEPT = 500;

/** What `compiled` makes of the names; kept for the next text of the same author. */
export function knownNames(names: readonly string[]): KnownNames | undefined {
  if (names.length === 0) return undefined;
  const [first = ''] = names;
  // Only lists are spelled with a bracket in front.
  const key = names.length === 1 && !first.startsWith('[') ? first : JSON.stringify(names);
  if (key.length > LONGEST_KEPT) return compiled(names);
  if (made.has(key)) return made.get(key);
  if (made.size >= MOST_MADE) made.clear();
  const forms = compiled(names);
  made.set(key, forms);
  return forms;
}

/**
 * The known names as a search sees them: words of three letters and more, each with and without the article, in any spelling
 * of alef, hamza, ya and ta marbuta. Ordinary words (خدمة, support) are left out: accounts are often called so.
 */
function compiled(names: readonly string[]): KnownNames | undefined {
  const prefixes = new Map<number, number>();
  const filter = new Int32Array(FILTER_BITS / 32);
  let words = 0;
  for (const name of names) {
    let servant = '';
    for (const [written] of name.slice(0, 500).matchAll(WORD)) {
      const bits = LEXICON.get(hashOf(written)) ?? 0;
      if (bits & SERVANT && servant === '') {
        servant = written;
        continue;
      }
      const word = fold(servant + written);
      servant = '';
      const isCommon = (bits & ORDINARY) !== 0 && (bits & NAME) === 0;
      if (isCommon || (bits & (PARTICLE | TITLE | KUNYA) && !(bits & NAME)) || word.length < MIN_LETTERS)
        continue;
      if (++words > MAX_WORDS) break;
      add(prefixes, filter, word);
    }
  }
  if (words === 0) return undefined;
  return new Forms(prefixes, filter);
}

class Forms implements KnownNames {
  readonly #prefixes: ReadonlyMap<number, number>;
  readonly #filter: Int32Array;

  constructor(prefixes: ReadonlyMap<number, number>, filter: Int32Array) {
    this.#prefixes = prefixes;
    this.#filter = filter;
  }

  mayHold(hash: number): boolean {
    const bit = placeOf(hash) % FILTER_BITS;
    return ((this.#filter[bit >>> 5] ?? 0) & (1 << (bit & 31))) !== 0;
  }

  prefixOf(hash: number): number | undefined {
    return this.#prefixes.get(hash);
  }
}

/** Every form of one word: with and without the article, behind each prefix. Hashes go on from that of the prefix: no form is spelled out. */
function add(prefixes: Map<number, number>, filter: Int32Array, word: string): void {
  const isArabic = word.charCodeAt(0) >= 0x0600 && word.charCodeAt(0) < 0x0700;
  if (!isArabic) {
    put(prefixes, filter, hashOn(0, word), 0);
    return;
  }
  const bare = word.startsWith('ال') && word.length > 4 ? word.slice(2) : word;
  for (const { hash, withArticle, letters } of PREFIX_HASHES) {
    put(prefixes, filter, hashOn(hash, bare), letters);
    put(prefixes, filter, hashOn(withArticle, bare), letters);
  }
  // li + al contract: للعتيبي.
  put(prefixes, filter, hashOn(CONTRACTED, bare), 2);
}

function put(prefixes: Map<number, number>, filter: Int32Array, hash: number, letters: number): void {
  const bit = placeOf(hash) % FILTER_BITS;
  filter[bit >>> 5] = (filter[bit >>> 5] ?? 0) | (1 << (bit & 31));
  if (!prefixes.has(hash)) prefixes.set(hash, letters);
}

const PREFIX_HASHES = PREFIXES.map((prefix) => ({
  hash: hashOf(prefix),
  withArticle: hashOf(`${prefix}ال`),
  letters: prefix.length,
}));
const CONTRACTED = hashOf('لل');

/** The hash of a text that continues with this folded word. */
function hashOn(hash: number, word: string): number {
  let on = hash;
  for (let i = 0; i < word.length; i++) on = hashStep(on, word.charCodeAt(i));
  return on;
}

function fold(word: string): string {
  let folded = '';
  for (let i = 0; i < word.length; i++) {
    const unit = FOLD[word.charCodeAt(i)] ?? 0;
    if (unit !== 0) folded += String.fromCharCode(unit);
  }
  return folded;
}
