// Modern Standard Arabic or dialect: a small linear model over hashed words and pieces of words. Never which dialect, never a country.

import { readFileSync } from 'node:fs';
import { charactersOf, inMemory, type Memory } from '../text/units.ts';
import {
  BOUND,
  DIALECT_BUCKETS,
  FIVE,
  FOUR,
  GAP,
  GROW,
  LONGEST_WORD,
  MOST_FEATURES,
  PAIR,
  SHIFT,
  SKIPPED,
  THREE,
  TWO,
  WORD,
} from './dialect-numbers.ts';

/** From 0 (Modern Standard Arabic) to 1 (dialect), and how probable it is that the nearer end is the right one (0.5 to 1). */
export interface Dialect {
  readonly score: number;
  readonly confidence: number;
}

/** Fewer Arabic words than this say too little. */
const FEWEST_WORDS = 3;

/**
 * What each UTF-16 unit counts as: an Arabic letter in its folded form, nothing at all, or the gap between words. Alef with its
 * hamzas as one letter, keyboard variants as the Arabic letter, no vowel signs and no tatweel. Ta marbuta and alef maksura
 * stay: that dialect writes ه and ي in their place is part of what is told.
 */
function foldTable(): Uint16Array {
  const table = new Uint16Array(0x1_0000).fill(GAP);
  const characters = charactersOf(0x0610, 0x0900);
  for (const [letter] of characters.matchAll(/(?=\p{L})\p{Script=Arabic}/gu))
    table[letter.charCodeAt(0)] = letter.charCodeAt(0);
  for (const [mark] of characters.matchAll(/\p{Mn}|\u0640/gu)) table[mark.charCodeAt(0)] = SKIPPED;
  for (const unseen of '\u200c\u200d\u200e\u200f\ufeff') table[unseen.charCodeAt(0)] = SKIPPED;
  const folds = { ا: 'أإآٱ', ي: 'یې', ك: 'کڪ', ه: 'ہھە' };
  for (const [to, from] of Object.entries(folds))
    for (const letter of from) table[letter.charCodeAt(0)] = to.charCodeAt(0);
  return table;
}

/** How many Arabic words and features a text has, and the sum of what the features weigh. */
interface Reading {
  readonly words: number;
  readonly features: number;
  readonly sum: number;
}

/** The most features of one word: four of each letter and of its end, itself, and the pair with the word before it. */
const MOST_OF_A_WORD = 4 * (LONGEST_WORD + 1) + 2;

/**
 * Hashes each word, each pair of neighbours, and all pieces of two to five letters with the bounds of the word. The hash of a
 * piece grows out of that of the piece one letter shorter that ended one letter earlier, so that each letter costs the same.
 * `weigh` is asked once for each, with its bucket.
 */
function readerOf(memory: Memory, weigh: (bucket: number) => number): (text: string) => Reading {
  const { source, read } = memory;
  const folded = foldTable();
  return (text: string): Reading => {
    read(text);
    const { length: end } = text;
    let words = 0;
    let features = 0;
    let sum = 0;
    let before = 0;
    for (let at = 0; at < end && features < MOST_FEATURES - MOST_OF_A_WORD; at++) {
      let unit = folded[source[at] as number] as number;
      if (unit === GAP || unit === SKIPPED) continue;
      let length = 0;
      let whole = 0;
      let last: number = BOUND;
      let two = 0;
      let three = 0;
      let four = 0;
      let isRepeated = false;
      for (; ; unit = ++at < end ? (folded[source[at] as number] as number) : GAP) {
        if (unit === SKIPPED) continue;
        if (unit === GAP) unit = BOUND;
        else {
          // Stretched letters count twice at most.
          const isRepeat = unit === last;
          if (length === LONGEST_WORD || (isRepeat && isRepeated)) continue;
          isRepeated = isRepeat;
        }
        const five = (Math.imul(four, GROW) + unit) | 0;
        four = (Math.imul(three, GROW) + unit) | 0;
        three = (Math.imul(two, GROW) + unit) | 0;
        two = (Math.imul(last, GROW) + unit) | 0;
        sum += weigh(Math.imul(two, TWO) >>> SHIFT);
        features++;
        if (length >= 1) {
          sum += weigh(Math.imul(three, THREE) >>> SHIFT);
          features++;
          if (length >= 2) {
            sum += weigh(Math.imul(four, FOUR) >>> SHIFT);
            features++;
            if (length >= 3) {
              sum += weigh(Math.imul(five, FIVE) >>> SHIFT);
              features++;
            }
          }
        }
        if (unit === BOUND) break;
        last = unit;
        whole = (Math.imul(whole, GROW) + unit) | 0;
        length++;
      }
      words++;
      sum += weigh(Math.imul(whole, WORD) >>> SHIFT);
      features++;
      if (words > 1) {
        sum += weigh(Math.imul(Math.imul(before, GROW) ^ whole, PAIR) >>> SHIFT);
        features++;
      }
      before = whole;
    }
    return { words, features, sum };
  };
}

const told = inMemory((memory) => {
  const { bytes } = weights();
  return readerOf(memory, (bucket) => bytes[bucket] as number);
});

/** For training, which needs the features themselves and no weights: each text's take the place of those before. */
const untold = inMemory((memory) => {
  const buckets = new Int32Array(MOST_FEATURES);
  let features = 0;
  const reader = readerOf(memory, (bucket) => {
    buckets[features++] = bucket;
    return 0;
  });
  return (text: string) => {
    features = 0;
    return { words: reader(text).words, features, buckets };
  };
});

/** The features of a text: the first `features` of `buckets`, which the next text's replace. */
export function readDialect(text: string): {
  readonly words: number;
  readonly features: number;
  readonly buckets: Int32Array;
} {
  return untold(text.length)(text);
}

/** Weights as `scripts/train-dialect.ts` writes them: scale and bias as 32-bit floats, then one signed byte a bucket. */
interface Weights {
  readonly scale: number;
  readonly bias: number;
  readonly bytes: Int8Array;
}

let loaded: Weights | undefined;

/** 32 KB, read when the first Arabic text is told. */
function weights(): Weights {
  if (loaded !== undefined) return loaded;
  const file = readFileSync(new URL('./dialect-weights.bin', import.meta.url));
  loaded = {
    scale: file.readFloatLE(0),
    bias: file.readFloatLE(4),
    bytes: new Int8Array(file.buffer, file.byteOffset + 8, DIALECT_BUCKETS),
  };
  return loaded;
}

/** Null for fewer than three Arabic words. Pure; never throws. Numbers have three decimals. */
export function tellDialect(text: string): Dialect | null {
  const { scale, bias } = weights();
  const { words, features, sum } = told(text.length)(text);
  if (words < FEWEST_WORDS) return null;
  const score = 1 / (1 + Math.exp(-((scale * sum) / Math.sqrt(features) + bias)));
  return { score: round(score), confidence: round(Math.max(score, 1 - score)) };
}

function round(share: number): number {
  return Math.round(share * 1_000) / 1_000;
}
