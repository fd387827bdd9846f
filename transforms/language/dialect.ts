// Modern Standard Arabic or dialect: a small linear model over hashed words and pieces of words. Never which dialect, never a country.

import { readFileSync } from 'node:fs';

/** From 0 (Modern Standard Arabic) to 1 (dialect), and how probable it is that the nearer end is the right one (0.5 to 1). */
export interface Dialect {
  readonly score: number;
  readonly confidence: number;
}

/** Buckets of the hashed features; a power of two. `scripts/train-dialect.ts` fills one weight for each. */
export const DIALECT_BUCKETS = 1 << 15;

/** Fewer Arabic words than this say too little. */
const FEWEST_WORDS = 3;

/** What of a longer word is read; nobody writes longer ones. */
const LONGEST_WORD = 24;

const GAP = 0;
const SKIPPED = 1;
/** What each UTF-16 unit counts as: an Arabic letter in its folded form, nothing at all, or the gap between words. */
const FOLDED = foldTable();

/**
 * Alef with its hamzas as one letter, keyboard variants as the Arabic letter, no vowel signs and no tatweel. Ta marbuta and
 * alef maksura stay: that dialect writes ه and ي in their place is part of what is told.
 */
function foldTable(): Uint16Array {
  const table = new Uint16Array(0x1_0000).fill(GAP);
  const units = Uint16Array.from({ length: 0x0900 - 0x0610 }, (_, at) => 0x0610 + at);
  const characters = String.fromCharCode(...units);
  for (const [letter] of characters.matchAll(/(?=\p{L})\p{Script=Arabic}/gu))
    table[letter.charCodeAt(0)] = letter.charCodeAt(0);
  for (const [mark] of characters.matchAll(/\p{Mn}|\u0640/gu)) table[mark.charCodeAt(0)] = SKIPPED;
  for (const unseen of '\u200c\u200d\u200e\u200f\ufeff') table[unseen.charCodeAt(0)] = SKIPPED;
  const folds = { ا: 'أإآٱ', ي: 'یې', ك: 'کڪ', ه: 'ہھە' };
  for (const [to, from] of Object.entries(folds))
    for (const letter of from) table[letter.charCodeAt(0)] = to.charCodeAt(0);
  return table;
}

/** The features of one text, and how many Arabic words they come from; `buckets` is overwritten by the next reading. */
export interface Reading {
  readonly words: number;
  readonly features: number;
  readonly buckets: Int32Array;
}

/** Room for some 2,500 letters; what follows is not read. */
const MOST_FEATURES = 16_384;
const buckets = new Int32Array(MOST_FEATURES);

/** The sign for the bound of a word. */
const BOUND = 1;
/** Odd numbers that spread their input over 32 bits; one for each kind of feature, so that equal hashes of two kinds part. */
const [GROW, TWO, THREE, FOUR, FIVE, WORD, PAIR] = [
  0x01000193, 0x2c1b3c6d, 0x297a2d39, 0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f,
];
const SHIFT = 32 - Math.log2(DIALECT_BUCKETS);

/**
 * Hashes each word, each pair of neighbours, and all pieces of two to five letters with the bounds of the word. The hash of a
 * piece grows out of that of the piece one letter shorter that ended one letter earlier, so that each letter costs the same.
 */
export function readDialect(text: string): Reading {
  let [words, features, length, before, whole] = [0, 0, 0, 0, 0];
  let [last, two, three, four] = [BOUND, 0, 0, 0];
  let repeated = false;
  for (let at = 0; at <= text.length && features < MOST_FEATURES - 6; at++) {
    const unit = at < text.length ? (FOLDED[text.charCodeAt(at)] ?? GAP) : GAP;
    if (unit === SKIPPED || (unit === GAP && length === 0)) continue;
    const sign = unit === GAP ? BOUND : unit;
    if (unit !== GAP) {
      // Stretched letters count twice at most.
      const isRepeat = sign === last;
      if (length === LONGEST_WORD || (isRepeat && repeated)) continue;
      repeated = isRepeat;
    }
    const five = (Math.imul(four, GROW) + sign) | 0;
    four = (Math.imul(three, GROW) + sign) | 0;
    three = (Math.imul(two, GROW) + sign) | 0;
    two = (Math.imul(last, GROW) + sign) | 0;
    buckets[features++] = Math.imul(two, TWO) >>> SHIFT;
    if (length >= 1) buckets[features++] = Math.imul(three, THREE) >>> SHIFT;
    if (length >= 2) buckets[features++] = Math.imul(four, FOUR) >>> SHIFT;
    if (length >= 3) buckets[features++] = Math.imul(five, FIVE) >>> SHIFT;
    last = sign;
    if (unit !== GAP) {
      whole = (Math.imul(whole, GROW) + sign) | 0;
      length++;
      continue;
    }
    words++;
    buckets[features++] = Math.imul(whole, WORD) >>> SHIFT;
    if (words > 1) buckets[features++] = Math.imul(Math.imul(before, GROW) ^ whole, PAIR) >>> SHIFT;
    before = whole;
    whole = 0;
    length = 0;
    repeated = false;
  }
  return { words, features, buckets };
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
  const { words, features, buckets } = readDialect(text);
  if (words < FEWEST_WORDS) return null;
  const { scale, bias, bytes } = weights();
  let sum = 0;
  for (let i = 0; i < features; i++) sum += bytes[buckets[i] ?? 0] ?? 0;
  const score = 1 / (1 + Math.exp(-((scale * sum) / Math.sqrt(features) + bias)));
  return { score: round(score), confidence: round(Math.max(score, 1 - score)) };
}

function round(share: number): number {
  return Math.round(share * 1_000) / 1_000;
}
