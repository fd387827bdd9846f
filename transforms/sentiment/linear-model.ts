// The trained part of the offline model: one byte a bucket, read from the file beside this one when the first text comes.

import { readFileSync } from 'node:fs';
import { PipelineError } from '../../core/errors.ts';
import type { Mood } from './lexicon.ts';
import { BUCKETS, forEachPiece, type Gram, walkGrams, wordBucket } from './ngrams.ts';

const FILE = new URL('./offline-weights.bin', import.meta.url);
/** The first bytes of the file: a name and the version of its form. */
const MAGIC = 'VOCSENT1';
/** Four bits a weight: from −7 to 7 steps. Fifteen steps measured as good as 255 (docs/offline-labels.md). */
export const MOST_STEPS = 7;
/** What the word lists say, as numbers: see `moodFeatures`. */
export const MOOD_FEATURES = 3;
/** Step, temperature, and for praise and for complaint each the weights of the mood features and a bias. */
const HEAD_NUMBERS = 2 + 2 * (MOOD_FEATURES + 1);
const HEAD_BYTES = MAGIC.length + HEAD_NUMBERS * Float64Array.BYTES_PER_ELEMENT;

/** A trained model. Neutral is what the other two are measured against: its weights are all zero. */
export interface Weights {
  /** By bucket: upper four bits praise, lower four complaint, in steps, 8 being zero. */
  readonly steps: Uint8Array;
  /** What one step weighs. */
  readonly step: number;
  /** Divides what the model says before it is a probability: Guo et al. 2017, https://arxiv.org/abs/1706.04599. */
  readonly temperature: number;
  /** Weights of the mood features, then the bias. */
  readonly praise: readonly number[];
  readonly complaint: readonly number[];
}

export interface Probabilities {
  readonly positive: number;
  readonly neutral: number;
  readonly negative: number;
}

/** What one token adds by itself, in steps: as it stands, with its pieces, and after a negator. Flat, because there are many. */
export interface WeighedGram extends Gram {
  readonly features: number;
  readonly plainPraise: number;
  readonly plainComplaint: number;
  readonly negatedPraise: number;
  readonly negatedComplaint: number;
}

let loaded: Weights | undefined;

/** The weights of this release, read once. */
export function offlineWeights(): Weights {
  loaded ??= decodeWeights(readFileSync(FILE));
  return loaded;
}

/** Sums up what a token adds by itself, so that a word that was seen before costs one look-up. Pure. */
export function weighToken(token: string, hash: number, { steps }: Weights): Omit<WeighedGram, keyof Gram> {
  let [praise, complaint, features] = [0, 0, 0];
  forEachPiece(token, (bucket) => {
    praise += praiseSteps(steps, bucket);
    complaint += complaintSteps(steps, bucket);
    features += 1;
  });
  const [plain, negated] = [wordBucket(hash, false), wordBucket(hash, true)];
  return {
    features: features + 1,
    plainPraise: praise + praiseSteps(steps, plain),
    plainComplaint: complaint + complaintSteps(steps, plain),
    negatedPraise: praiseSteps(steps, negated),
    negatedComplaint: complaintSteps(steps, negated),
  };
}

/** How likely each class is, given the tokens of a text and its mood. Sums of whole steps, so that no order of adding matters. Pure. */
export function probabilitiesOf(grams: readonly WeighedGram[], mood: Mood, weights: Weights): Probabilities {
  const { steps } = weights;
  let [praise, complaint, features] = [0, 0, 0];
  walkGrams(
    grams,
    (gram, isNegated) => {
      praise += isNegated ? gram.negatedPraise : gram.plainPraise;
      complaint += isNegated ? gram.negatedComplaint : gram.plainComplaint;
      features += isNegated ? 1 : gram.features;
    },
    (bucket) => {
      praise += praiseSteps(steps, bucket);
      complaint += complaintSteps(steps, bucket);
      features += 1;
    },
  );
  return weigh({ praise, complaint, features }, moodFeatures(mood), weights);
}

/** How likely each class is, given all buckets of a text: the same as `probabilitiesOf`, word by word. Pure. */
export function probabilitiesOfBuckets(
  buckets: Uint32Array,
  moods: readonly number[],
  weights: Weights,
): Probabilities {
  let [praise, complaint] = [0, 0];
  for (const bucket of buckets) {
    praise += praiseSteps(weights.steps, bucket);
    complaint += complaintSteps(weights.steps, bucket);
  }
  return weigh({ praise, complaint, features: buckets.length }, moods, weights);
}

function weigh(
  steps: { readonly praise: number; readonly complaint: number; readonly features: number },
  moods: readonly number[],
  { step, temperature, praise, complaint }: Weights,
): Probabilities {
  const unit = step / Math.sqrt(Math.max(1, steps.features));
  return softmax(
    (steps.praise * unit + linear(praise, moods)) / temperature,
    (steps.complaint * unit + linear(complaint, moods)) / temperature,
  );
}

/** Praise and complaint, each from 0 to 1, and the balance of both from −1 to 1; half way at the weight of one plain word. */
export function moodFeatures({ praise, complaint }: Mood): readonly [number, number, number] {
  const balance = praise - complaint;
  return [praise / (praise + 2), complaint / (complaint + 2), balance / (Math.abs(balance) + 2)];
}

/** Probabilities from how much more praise and complaint weigh than neutral. */
export function softmax(praise: number, complaint: number): Probabilities {
  const most = Math.max(0, praise, complaint);
  const [neutral, positive, negative] = [
    Math.exp(-most),
    Math.exp(praise - most),
    Math.exp(complaint - most),
  ];
  const sum = neutral + positive + negative;
  return { positive: positive / sum, neutral: neutral / sum, negative: negative / sum };
}

/** The file of these weights; the same weights give the same bytes on every machine. */
export function encodeWeights(weights: Weights): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES + BUCKETS);
  const view = new DataView(bytes.buffer);
  bytes.set(Buffer.from(MAGIC, 'ascii'));
  const numbers = [weights.step, weights.temperature, ...weights.praise, ...weights.complaint];
  numbers.forEach((value, at) => {
    view.setFloat64(MAGIC.length + at * 8, value, true);
  });
  bytes.set(weights.steps, HEAD_BYTES);
  return bytes;
}

/** Throws config `offline.weights` for anything that `encodeWeights` did not write. */
export function decodeWeights(bytes: Uint8Array): Weights {
  const isOurs =
    bytes.length === HEAD_BYTES + BUCKETS &&
    Buffer.from(bytes.subarray(0, MAGIC.length)).toString('latin1') === MAGIC;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers = isOurs
    ? Array.from({ length: HEAD_NUMBERS }, (_, at) => view.getFloat64(MAGIC.length + at * 8, true))
    : [Number.NaN];
  const [step = 0, temperature = 0] = numbers;
  if (!numbers.every(Number.isFinite) || step <= 0 || temperature <= 0) {
    throw new PipelineError('config', 'offline.weights', 'The weights of the offline model cannot be read.', {
      hint: 'Restore transforms/sentiment/offline-weights.bin, or train it anew: docs/offline-labels.md.',
    });
  }
  const sides = numbers.slice(2);
  return {
    step,
    temperature,
    praise: sides.slice(0, MOOD_FEATURES + 1),
    complaint: sides.slice(MOOD_FEATURES + 1),
    steps: bytes.slice(HEAD_BYTES),
  };
}

function praiseSteps(steps: Uint8Array, bucket: number): number {
  return ((steps[bucket] ?? 0x88) >> 4) - 8;
}

function complaintSteps(steps: Uint8Array, bucket: number): number {
  return ((steps[bucket] ?? 0x88) & 15) - 8;
}

function linear(weights: readonly number[], features: readonly number[]): number {
  let sum = weights[features.length] ?? 0;
  for (let at = 0; at < features.length; at++) sum += (weights[at] ?? 0) * (features[at] ?? 0);
  return sum;
}
