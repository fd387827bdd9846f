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

/**
 * The known names as a search sees them: words of three letters and more, each with and without the article, in any spelling
 * of alef, hamza, ya and ta marbuta. Ordinary words (خدمة, support) are left out: accounts are often called so.
 */
export function knownNames(names: readonly string[]): KnownNames | undefined {
  const prefixes = new Map<number, number>();
  const filter = new Array<number>(FILTER_BITS / 32).fill(0);
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
  return {
    mayHold: (hash) => {
      const bit = placeOf(hash) % FILTER_BITS;
      return ((filter[bit >>> 5] ?? 0) & (1 << (bit & 31))) !== 0;
    },
    prefixOf: (hash) => prefixes.get(hash),
  };
}

/** Every form of one word: with and without the article, behind each prefix. Hashes go on from that of the prefix: no form is spelled out. */
function add(prefixes: Map<number, number>, filter: number[], word: string): void {
  const put = (hash: number, letters: number): void => {
    const bit = placeOf(hash) % FILTER_BITS;
    filter[bit >>> 5] = (filter[bit >>> 5] ?? 0) | (1 << (bit & 31));
    if (!prefixes.has(hash)) prefixes.set(hash, letters);
  };
  const isArabic = word.charCodeAt(0) >= 0x0600 && word.charCodeAt(0) < 0x0700;
  if (!isArabic) {
    put(hashOn(0, word), 0);
    return;
  }
  const bare = word.startsWith('ال') && word.length > 4 ? word.slice(2) : word;
  for (const { hash, withArticle, letters } of PREFIX_HASHES) {
    put(hashOn(hash, bare), letters);
    put(hashOn(withArticle, bare), letters);
  }
  // li + al contract: للعتيبي.
  put(hashOn(CONTRACTED, bare), 2);
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
