// Writes the n-grams that transforms/language/detector.ts reads: those of the package eld in the languages that it tells, hashed.
//
//   node --import tsx scripts/compact-languages.ts
//
// The data is eld's small database (https://github.com/nitotm/efficient-language-detector-js, copyright 2023 Nito T.M.,
// Apache-2.0). The same version of eld gives the same bytes.

import { copyFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  AVERAGE_SCORES,
  BEGINS,
  ENDS,
  HASH_BUCKETS,
  hashNgram,
  PLACE_BYTES,
  RECORD_BYTES,
} from '../transforms/language/detector.ts';

const FOLDER = new URL('../transforms/language/', import.meta.url);
/** eld exports its detectors only; its data lies beside them. */
const ELD = new URL('../', import.meta.resolve('eld/small'));
/** eld keeps each score less this number (`baseNgramScore` in its languageDetector.js). */
const BASE_SCORE = 53;

interface Data {
  readonly languages: { readonly [number: string]: string };
  readonly ngrams: { readonly [ngram: string]: { readonly [language: string]: number } };
}
const { ngramsData } = (await import(new URL('ngrams/small.js', ELD).href)) as { readonly ngramsData: Data };
const { avgScore } = (await import(new URL('avgScore.js', ELD).href)) as {
  readonly avgScore: { readonly [language: string]: number };
};
const { dictionary } = (await import(new URL('dictionary.js', ELD).href)) as {
  readonly dictionary: readonly string[];
};

/** eld writes each byte of UTF-8 as a character of its own. */
const byteOf = new Map(dictionary.map((character, byte) => [character, byte]));

/** A space at either end says that a word begins or ends there. */
function hashOf(ngram: string): number {
  const bytes = Uint8Array.from(ngram.trim(), (character) => {
    const byte = byteOf.get(character);
    if (byte === undefined || character === ' ') throw new Error(`No byte is written as "${character}".`);
    return byte;
  });
  const edges = (ngram.startsWith(' ') ? BEGINS : 0) | (ngram.endsWith(' ') ? ENDS : 0);
  return hashNgram(bytes, 0, bytes.length, edges);
}

interface ScoreRecord {
  readonly hash: number;
  readonly language: number;
  readonly score: number;
}

function readRecords(): readonly ScoreRecord[] {
  const numbers = new Map(AVERAGE_SCORES.map(([language], number) => [language, number]));
  for (const [language, average] of AVERAGE_SCORES)
    if (avgScore[language] !== average)
      throw new Error(`eld's average of ${language} is ${avgScore[language]}.`);
  const ngramOf = new Map<number, string>();
  return Object.entries(ngramsData.ngrams).flatMap(([ngram, scores]) => {
    const told = Object.entries(scores).flatMap(([of, score]) => {
      const language = numbers.get(ngramsData.languages[of] ?? '');
      return language === undefined ? [] : [{ language, score: score + BASE_SCORE }];
    });
    if (told.length === 0) return [];
    const hash = hashOf(ngram);
    const other = ngramOf.get(hash);
    if (other !== undefined) throw new Error(`"${ngram}" and "${other}" have one hash.`);
    ngramOf.set(hash, ngram);
    return told.map((record) => ({ hash, ...record }));
  });
}

const records = [...readRecords()].sort((a, b) => (a.hash >>> 0) - (b.hash >>> 0) || a.language - b.language);
const head = (HASH_BUCKETS + 1) * PLACE_BYTES;
const file = Buffer.alloc(head + records.length * RECORD_BYTES);
let at = head;
let bucket = 0;
for (const { hash, language, score } of records) {
  while (bucket <= hash >>> 16) file.writeUIntLE(at, bucket++ * PLACE_BYTES, PLACE_BYTES);
  file.writeUInt16LE(hash & 0xffff, at);
  file.writeUInt8(language, at + 2);
  file.writeUInt8(score, at + 3);
  at += RECORD_BYTES;
}
while (bucket <= HASH_BUCKETS) file.writeUIntLE(at, bucket++ * PLACE_BYTES, PLACE_BYTES);
writeFileSync(new URL('languages.bin', FOLDER), file);
copyFileSync(new URL('../LICENSE', ELD), new URL('languages.license.txt', FOLDER));
const ngrams = new Set(records.map(({ hash }) => hash)).size;
console.log(`${ngrams} n-grams, ${records.length} scores, ${file.length} bytes, ${fileURLToPath(FOLDER)}`);
