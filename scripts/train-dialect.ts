// Trains and measures the model of Modern Standard Arabic or dialect, and writes its hashed weights.
//
//   node --import tsx scripts/train-dialect.ts <folder with arsarcasm-v2-train.csv>
//
// The data is ArSarcasm-v2 (https://github.com/iabufarha/ArSarcasm, MIT, (c) 2021 iabufarha), official training split. Its text stays
// where it is: a weight belongs to a hash, and no word can be had back from it. The same data gives the same bytes.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { readDialect } from '../transforms/language/dialect.ts';
import { DIALECT_BUCKETS } from '../transforms/language/dialect-numbers.ts';

const WEIGHTS_FILE = fileURLToPath(new URL('../transforms/language/dialect-weights.bin', import.meta.url));
const FOLDS = 5;
const SEED = 20_261_129;
const EPOCHS = 3;
const LEARNING_RATE = 0.1;
const L2 = 1e-3;

interface Example {
  readonly buckets: Int32Array;
  readonly isDialect: boolean;
}

interface Model {
  readonly weights: Float64Array;
  readonly bias: number;
}

/** The records of a CSV file (RFC 4180), quotes and line breaks inside fields included. */
function* records(text: string): Generator<readonly string[]> {
  const field = /(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|$)/gy;
  let record: string[] = [];
  for (
    let match = field.exec(text);
    match !== null && field.lastIndex <= text.length;
    match = field.exec(text)
  ) {
    record.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === ',') continue;
    if (record.length > 1) yield record;
    record = [];
    if (field.lastIndex >= text.length) return;
  }
}

/** Tweets with at least three Arabic words, each once: a tweet that differs in signs, links and vowel signs only is the same. */
function readExamples(folder: string): readonly Example[] {
  const [header, ...rows] = records(readFileSync(join(folder, 'arsarcasm-v2-train.csv'), 'utf8'));
  const [tweet, dialect] = ['tweet', 'dialect'].map((name) => header?.indexOf(name) ?? -1);
  if (tweet === undefined || dialect === undefined || tweet < 0 || dialect < 0)
    throw new Error('The file needs the columns tweet and dialect.');
  const seen = new Set<string>();
  const examples: Example[] = [];
  for (const row of rows) {
    const { words, features, buckets } = readDialect(row[tweet] ?? '');
    if (words < 3) continue;
    const own = buckets.slice(0, features);
    const key = own.join();
    if (seen.has(key)) continue;
    seen.add(key);
    examples.push({ buckets: own, isDialect: row[dialect] !== 'msa' });
  }
  return examples;
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

function shuffled<T>(items: readonly T[], next: () => number): T[] {
  const order = [...items];
  for (let at = order.length - 1; at > 0; at--) {
    const other = Math.floor(next() * (at + 1));
    [order[at], order[other]] = [order[other] as T, order[at] as T];
  }
  return order;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

function logit({ weights, bias }: Model, buckets: Int32Array): number {
  let sum = 0;
  for (const bucket of buckets) sum += weights[bucket] ?? 0;
  return sum / Math.sqrt(buckets.length) + bias;
}

/** Logistic regression by AdaGrad. */
function train(examples: readonly Example[]): Model {
  const weights = new Float64Array(DIALECT_BUCKETS);
  const squares = new Float64Array(DIALECT_BUCKETS).fill(1e-3);
  let bias = 0;
  let biasSquares = 1e-3;
  const next = random(SEED);
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    for (const { buckets, isDialect } of shuffled(examples, next)) {
      const error = sigmoid(logit({ weights, bias }, buckets)) - (isDialect ? 1 : 0);
      biasSquares += error * error;
      bias -= (LEARNING_RATE * error) / Math.sqrt(biasSquares);
      const share = error / Math.sqrt(buckets.length);
      for (const bucket of buckets) {
        const slope = share + L2 * (weights[bucket] ?? 0);
        squares[bucket] = (squares[bucket] ?? 0) + slope * slope;
        weights[bucket] = (weights[bucket] ?? 0) - (LEARNING_RATE * slope) / Math.sqrt(squares[bucket] ?? 1);
      }
    }
  }
  return { weights, bias };
}

/** Weights as whole numbers from -127 to 127 times a scale; the few that lie far out are cut. */
function quantized({ weights, bias }: Model): Model & { readonly bytes: Int8Array; readonly scale: number } {
  const sizes = weights.map(Math.abs).sort();
  const scale = (sizes[Math.floor(sizes.length * 0.999)] ?? 1) / 127;
  const bytes = Int8Array.from(weights, (weight) =>
    Math.max(-127, Math.min(127, Math.round(weight / scale))),
  );
  return { weights: Float64Array.from(bytes, (byte) => byte * scale), bias, bytes, scale };
}

interface Told {
  readonly logit: number;
  readonly isDialect: boolean;
}

/** Slope and intercept that make the logits probabilities (Platt, 1999), by Newton's method on held-out answers. */
function calibrate(told: readonly Told[]): { readonly slope: number; readonly shift: number } {
  let [slope, shift] = [1, 0];
  for (let step = 0; step < 30; step++) {
    let [gs, gb, hss, hsb, hbb] = [0, 0, 1e-9, 0, 1e-9];
    for (const { logit: x, isDialect } of told) {
      const p = sigmoid(slope * x + shift);
      const error = p - (isDialect ? 1 : 0);
      const curve = p * (1 - p);
      gs += error * x;
      gb += error;
      hss += curve * x * x;
      hsb += curve * x;
      hbb += curve;
    }
    const determinant = hss * hbb - hsb * hsb;
    slope -= (hbb * gs - hsb * gb) / determinant;
    shift -= (hss * gb - hsb * gs) / determinant;
  }
  return { slope, shift };
}

/** What the examples of each fold are told to be by a model that never saw them. */
function crossValidate(examples: readonly Example[]): readonly Told[] {
  const folds = shuffled(examples, random(SEED + 1)).map((example, i) => ({ example, fold: i % FOLDS }));
  return Array.from({ length: FOLDS }, (_, fold) => {
    const model = quantized(train(folds.filter((one) => one.fold !== fold).map(({ example }) => example)));
    return folds
      .filter((one) => one.fold === fold)
      .map(({ example }) => ({ logit: logit(model, example.buckets), isDialect: example.isDialect }));
  }).flat();
}

function report(told: readonly Told[]): void {
  const share = (n: number, of: number): string => (n / of).toFixed(3);
  const count = (test: (one: Told) => boolean): number => told.filter(test).length;
  const both = count(({ logit, isDialect }) => logit > 0 && isDialect);
  const neither = count(({ logit, isDialect }) => logit <= 0 && !isDialect);
  const missed = count(({ logit, isDialect }) => logit <= 0 && isDialect);
  const wrongly = count(({ logit, isDialect }) => logit > 0 && !isDialect);
  const ranked = [...told].sort((a, b) => a.logit - b.logit);
  const dialects = both + missed;
  const rankSum = ranked.reduce((sum, { isDialect }, i) => sum + (isDialect ? i + 1 : 0), 0);
  const auc = (rankSum - (dialects * (dialects + 1)) / 2) / (dialects * (told.length - dialects));
  console.log(`texts ${told.length}, dialect ${share(dialects, told.length)}`);
  console.log(`accuracy ${share(both + neither, told.length)}, AUC ${auc.toFixed(3)}`);
  console.log(
    `F1 dialect ${share(2 * both, 2 * both + missed + wrongly)}, F1 msa ${share(2 * neither, 2 * neither + missed + wrongly)}`,
  );
  for (let low = 0.5; low < 0.999; low += 0.1) {
    const bin = told
      .map(({ logit, isDialect }) => ({
        sure: Math.max(sigmoid(logit), 1 - sigmoid(logit)),
        right: logit > 0 === isDialect,
      }))
      .filter(({ sure }) => sure >= low && (sure < low + 0.1 || low > 0.85));
    const mean = bin.reduce((sum, { sure }) => sum + sure, 0);
    console.log(
      `confidence ${low.toFixed(1)}–${(low + 0.1).toFixed(1)}: ${bin.length} texts, says ${share(mean, bin.length)}, right ${share(bin.filter(({ right }) => right).length, bin.length)}`,
    );
  }
}

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('Usage: node --import tsx scripts/train-dialect.ts <folder of the data>');
  process.exit(2);
}
const examples = readExamples(folder);
const raw = crossValidate(examples);
const { slope, shift } = calibrate(raw);
report(raw.map(({ logit, isDialect }) => ({ logit: slope * logit + shift, isDialect })));
const { bytes, scale, bias } = quantized(train(examples));
const head = Buffer.alloc(8);
head.writeFloatLE(scale * slope, 0);
head.writeFloatLE(bias * slope + shift, 4);
writeFileSync(WEIGHTS_FILE, Buffer.concat([head, Buffer.from(bytes.buffer)]));
console.log(`slope ${slope.toFixed(3)}, shift ${shift.toFixed(3)}, ${WEIGHTS_FILE}`);
