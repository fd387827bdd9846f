// The languages that we have no rules for, told from letter sequences: the n-grams of the package eld, as bytes that are read at the first text that needs them.
//
// The n-grams, their scores and AVERAGE_SCORES are those of eld 2.1.0, small database (https://github.com/nitotm/efficient-language-detector-js,
// copyright 2023 Nito T.M., Apache-2.0: its text lies beside the data as languages.license.txt). Changed: the languages in other
// scripts than Latin and Arabic are left out, an n-gram is kept as a hash, and the scores carry what eld adds to each
// when it reads. The rules of scoring are eld's too; the code is not.

import { readFileSync } from 'node:fs';

/**
 * The languages that are told, in the order of their numbers in `languages.bin`, with eld's average score of a right answer.
 * `ar`, `fa`, `ku` (Sorani) and `ur` are in Arabic letters, all others in Latin ones; `ms` stands for Malay and Indonesian.
 */
export const AVERAGE_SCORES: ReadonlyArray<readonly [language: string, average: number]> = Object.entries({
  ar: 0.845,
  az: 0.804,
  ca: 0.762,
  cs: 0.759,
  da: 0.77,
  de: 0.777,
  en: 0.777,
  es: 0.771,
  et: 0.779,
  eu: 0.746,
  fa: 0.831,
  fi: 0.784,
  fr: 0.783,
  hr: 0.77,
  hu: 0.752,
  is: 0.788,
  it: 0.784,
  ku: 0.853,
  lt: 0.777,
  lv: 0.789,
  ms: 0.774,
  nl: 0.77,
  no: 0.75,
  pl: 0.768,
  pt: 0.78,
  ro: 0.771,
  sk: 0.763,
  sl: 0.771,
  sq: 0.789,
  sv: 0.767,
  tl: 0.777,
  tr: 0.783,
  ur: 0.827,
  vi: 0.848,
  yo: 0.752,
});

/** A score is reliable from this share of the average one, of so many different n-grams; both are eld's. */
const RELIABLE_SHARE = 0.75;
const FEWEST_NGRAMS = 3;
/** eld's number that brings the mean score of an n-gram, from 0 up, between 0 and 1. */
const SCALE = 25;

/** The answer, whether eld would call it reliable, and how well the text fits it and the language after it (0 to 1). */
export interface Detected {
  readonly language: string;
  readonly isReliable: boolean;
  readonly score: number;
  readonly nextScore: number;
}

/**
 * The language by ISO 639-1, or null where the answer is not reliable or the next language lies within `lead` of it.
 * Reads some 350 bytes of UTF-8, as eld does, whatever follows them. Pure; never throws.
 */
export function detectLanguage(text: string, lead: (language: string) => number): string | null {
  const detected = detect(text);
  if (detected === null || !detected.isReliable) return null;
  const { language, score, nextScore } = detected;
  return score - nextScore >= lead(language) ? language : null;
}

const sums = new Int32Array(AVERAGE_SCORES.length);

/** Null where no n-gram of the text is one of a language that is told. */
export function detect(text: string): Detected | null {
  const ngrams = readNgrams(text);
  sums.fill(0);
  const file = languages();
  let last = 0;
  let different = 0;
  for (const ngram of ngrams.sort()) {
    // Each counts once; zero, where `last` begins, is no hash.
    if (ngram === last) continue;
    last = ngram;
    different++;
    const place = (ngram >>> 16) * PLACE_BYTES;
    const end = file.readUIntLE(place + PLACE_BYTES, PLACE_BYTES);
    for (let at = file.readUIntLE(place, PLACE_BYTES); at < end; at += RECORD_BYTES) {
      if (file[at] !== (ngram & 0xff) || file[at + 1] !== ((ngram >>> 8) & 0xff)) continue;
      const language = file[at + 2] ?? 0;
      sums[language] = (sums[language] ?? 0) + (file[at + 3] ?? 0);
    }
  }
  return answer(different);
}

/** eld also asks for a lead of 0.01, but compares with the number of the next language: what is asked never fails. */
function answer(ngrams: number): Detected | null {
  let [best, next, bestAt] = [0, 0, 0];
  for (const [at, sum] of sums.entries()) {
    if (sum > best) [best, next, bestAt] = [sum, best, at];
    else if (sum > next) next = sum;
  }
  const [language, average] = AVERAGE_SCORES[bestAt] ?? ['', 0];
  if (best === 0) return null;
  const score = scaled(best / ngrams);
  const isReliable = ngrams >= FEWEST_NGRAMS && score >= average * RELIABLE_SHARE;
  return { language, isReliable, score, nextScore: scaled(next / ngrams) };
}

function scaled(mean: number): number {
  return mean / (mean + SCALE);
}

/** What of a text is looked at, in UTF-16 units, and after how many bytes the reading ends: at a space, and at any letter. */
const READ_CHARACTERS = 1_000;
const LAST_SPACE = 350;
const LAST_LETTER = 380;
/** What of a word is read, in bytes, and how long an n-gram is; the next one begins at the last byte of the one before. */
const LONGEST_WORD = 70;
const NGRAM_BYTES = 4;

const SPACE = 0x20;
/** All but letters, and the letters beyond the Basic Multilingual Plane, which no language here is written in. */
const NO_LETTERS = /[\P{L}\u{10000}-\u{10ffff}]+/gu;
const APOSTROPHES = "'`’";

const encoder = new TextEncoder();
const bytes = new Uint8Array(READ_CHARACTERS * 3);
const found = new Int32Array(LAST_LETTER);

/** Hashes of the n-grams of all words, in their order; overwritten by the next reading. */
function readNgrams(text: string): Int32Array {
  const words = text.slice(0, READ_CHARACTERS).replace(NO_LETTERS, gap).trim().toLowerCase();
  const { written } = encoder.encodeInto(words, bytes);
  const end = endOfReading(written);
  let count = 0;
  let start = 0;
  for (let at = 0; at <= end; at++) {
    if (at < end && bytes[at] !== SPACE) continue;
    if (at > start) count = readWord(start, at, count);
    start = at + 1;
  }
  return found.subarray(0, count);
}

/** An apostrophe belongs to the letter after it; any other gap, whatever is in it, is one space. */
function gap(between: string): string {
  let end = between.length;
  while (end > 0 && APOSTROPHES.includes(between.charAt(end - 1))) end--;
  return end === 0 ? between : ` ${between.slice(end)}`;
}

function endOfReading(written: number): number {
  const space = bytes.subarray(0, written).indexOf(SPACE, LAST_SPACE + 1);
  let end = Math.min(written, space < 0 ? written : space);
  if (end <= LAST_LETTER) return end;
  end = LAST_LETTER + 1;
  // 0b10…: the letter that was begun is read to its end.
  while (end < written && ((bytes[end] ?? 0) & 0xc0) === 0x80) end++;
  return end;
}

/** Every third byte begins an n-gram of four; the last one ends where the word ends. */
function readWord(start: number, end: number, before: number): number {
  let count = before;
  const read = Math.min(end, start + LONGEST_WORD);
  let at = start;
  for (; at + NGRAM_BYTES < read; at += NGRAM_BYTES - 1)
    found[count++] = hashNgram(bytes, at, at + NGRAM_BYTES, at === start ? BEGINS : 0);
  const edges = at === start ? BEGINS | ENDS : ENDS;
  found[count++] = hashNgram(bytes, Math.max(start, read - NGRAM_BYTES), end, edges);
  return count;
}

/** An n-gram at the beginning of a word is another one than the same letters elsewhere, and so is one at the end. */
export const BEGINS = 1;
export const ENDS = 2;

/** A 32-bit hash that no two n-grams of the data share, which `scripts/compact-languages.ts` proves; never zero. */
export function hashNgram(word: Uint8Array, start: number, end: number, edges: number): number {
  let hash = Math.imul(edges + 1, 0x85ebca77);
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (word[at] ?? 0), 0x9e3779b1) + 0x7f4a7c15;
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 13), 0x297a2d39);
  return (hash ^ (hash >>> 16)) | 0 || 1;
}

/** The high 16 bits of a hash are the bucket that its records lie in. */
export const HASH_BUCKETS = 1 << 16;
/** Each bucket has, low byte first, the place in the file where its records begin, which is where those of the one before end. */
export const PLACE_BYTES = 3;
/** The low 16 bits of the hash, low byte first, the number of a language, and the score of the n-gram in it. */
export const RECORD_BYTES = 4;

let loaded: Buffer | undefined;

/** 0.68 MB, used as they are read: the places of all buckets and of the end, then the records in the order of their buckets. */
function languages(): Buffer {
  loaded ??= readFileSync(new URL('./languages.bin', import.meta.url));
  return loaded;
}
