// Trains the linear model: softmax regression over three classes with AdaGrad, then four bits a weight.
// AdaGrad: Duchi, Hazan, Singer 2011, https://jmlr.org/papers/v12/duchi11a.html

import { createRandom } from '../../cli/measures.ts';
import { type Meaning, meaningOf, readMood } from '../../transforms/sentiment/lexicon.ts';
import {
  MOOD_FEATURES,
  MOST_STEPS,
  moodFeatures,
  softmax,
  type Weights,
} from '../../transforms/sentiment/linear-model.ts';
import {
  BUCKETS,
  forEachPiece,
  type Gram,
  gramHash,
  walkGrams,
  wordBucket,
} from '../../transforms/sentiment/ngrams.ts';
import { tokensOf } from '../../transforms/sentiment/tokens.ts';
import type { ClassName, LabelledText } from './labelled-texts.ts';

/** Chosen by cross-validation on the training data; docs/offline-labels.md has the figures. */
export const SETTINGS = {
  epochs: 4,
  /** Step of the n-grams, and the larger one of what the word lists say: so that these carry over to texts of another kind. */
  rate: 0.05,
  moodRate: 0.3,
  /** Pulls n-grams back to zero: that costs a little on texts like those of the training, and helps on others. */
  decay: 3e-3,
  /** What a tweet that was labelled by its emoji counts beside one that was labelled by people. */
  emojiWeight: 0.2,
  /** Rare classes weigh more, by this power of how rare they are. */
  rarity: 0.75,
  seed: 7,
} as const;

/** A text as numbers. */
export interface Sample {
  readonly label: ClassName;
  /** Whether the label came from an emoji: then it tells praise from complaint, and neither from neutral. */
  readonly isDistant: boolean;
  readonly buckets: Uint32Array;
  readonly moods: readonly number[];
}

/** A token with what it adds by itself. */
interface Word extends Meaning, Gram {
  readonly pieces: readonly number[];
}

/** Reads texts as the model does; words are looked up once each. */
export function samplesOf(texts: readonly LabelledText[]): readonly Sample[] {
  const words = new Map<string, Word>();
  const wordOf = (token: string): Word => {
    const known = words.get(token);
    if (known !== undefined) return known;
    const meaning = meaningOf(token);
    const pieces: number[] = [];
    forEachPiece(token, (bucket) => pieces.push(bucket));
    const word = { ...meaning, isNegator: meaning.role === 'negator', hash: gramHash(token), pieces };
    words.set(token, word);
    return word;
  };
  return texts.map(({ text, label, set }) => {
    const tokens = tokensOf(text);
    const known = tokens.map(wordOf);
    const buckets: number[] = [];
    walkGrams(
      known,
      ({ hash, pieces }, isNegated) => {
        buckets.push(wordBucket(hash, isNegated));
        // The pieces of a word do not know that it was negated.
        if (!isNegated) buckets.push(...pieces);
      },
      (bucket) => buckets.push(bucket),
    );
    return {
      label,
      isDistant: set === 'emoji',
      buckets: Uint32Array.from(buckets),
      moods: moodFeatures(readMood(known)),
    };
  });
}

/** Trains on these samples; the same samples give the same weights. The temperature is 1: it is fitted on other texts. */
export function train(samples: readonly Sample[]): Weights {
  // By bucket: praise at 2b, complaint at 2b + 1.
  const weights = new Float32Array(BUCKETS * 2);
  const squares = new Float32Array(BUCKETS * 2).fill(1e-8);
  const mood = new Float64Array(2 * (MOOD_FEATURES + 1));
  const moodSquares = new Float64Array(mood.length).fill(1e-8);
  const importance = classWeights(samples);
  const random = createRandom(SETTINGS.seed);
  const order = Uint32Array.from(samples, (_, at) => at);

  const learn = (sample: Sample): void => {
    const { buckets, moods } = sample;
    const unit = 1 / Math.sqrt(Math.max(1, buckets.length));
    let [praise, complaint] = [0, 0];
    for (const bucket of buckets) {
      praise += weights[2 * bucket] ?? 0;
      complaint += weights[2 * bucket + 1] ?? 0;
    }
    const inputs = [...moods, 1];
    praise *= unit;
    complaint *= unit;
    inputs.forEach((input, at) => {
      praise += input * (mood[at] ?? 0);
      complaint += input * (mood[MOOD_FEATURES + 1 + at] ?? 0);
    });
    const slope = slopeOf(sample, praise, complaint, importance);
    for (const bucket of buckets) {
      step(weights, squares, 2 * bucket, slope.praise * unit);
      step(weights, squares, 2 * bucket + 1, slope.complaint * unit);
    }
    inputs.forEach((input, at) => {
      if (input === 0) return;
      moodStep(mood, moodSquares, at, slope.praise * input);
      moodStep(mood, moodSquares, MOOD_FEATURES + 1 + at, slope.complaint * input);
    });
  };

  for (let epoch = 0; epoch < SETTINGS.epochs; epoch++) {
    shuffle(order, random);
    for (const at of order) {
      const sample = samples[at];
      if (sample !== undefined) learn(sample);
    }
  }
  return {
    ...inSteps(weights),
    temperature: 1,
    praise: [...mood.slice(0, MOOD_FEATURES + 1)],
    complaint: [...mood.slice(MOOD_FEATURES + 1)],
  };
}

/** The slope of the loss by what praise and complaint weigh. */
function slopeOf(
  { label, isDistant }: Sample,
  praise: number,
  complaint: number,
  importance: Readonly<Record<ClassName, number>>,
): { readonly praise: number; readonly complaint: number } {
  if (isDistant) {
    const off = 1 / (1 + Math.exp(complaint - praise)) - (label === 'positive' ? 1 : 0);
    return { praise: SETTINGS.emojiWeight * off, complaint: -SETTINGS.emojiWeight * off };
  }
  const { positive, negative } = softmax(praise, complaint);
  const weight = importance[label];
  return {
    praise: weight * (positive - (label === 'positive' ? 1 : 0)),
    complaint: weight * (negative - (label === 'negative' ? 1 : 0)),
  };
}

function step(weights: Float32Array, squares: Float32Array, at: number, slope: number): void {
  const square = (squares[at] ?? 0) + slope * slope;
  const weight = weights[at] ?? 0;
  squares[at] = square;
  weights[at] = weight - (SETTINGS.rate * (slope + SETTINGS.decay * weight)) / Math.sqrt(square);
}

function moodStep(weights: Float64Array, squares: Float64Array, at: number, slope: number): void {
  const square = (squares[at] ?? 0) + slope * slope;
  squares[at] = square;
  weights[at] = (weights[at] ?? 0) - (SETTINGS.moodRate * slope) / Math.sqrt(square);
}

function classWeights(samples: readonly Sample[]): Readonly<Record<ClassName, number>> {
  const human = samples.filter(({ isDistant }) => !isDistant);
  const of = (label: ClassName): number => {
    const those = human.filter((sample) => sample.label === label).length;
    return those === 0 ? 0 : (human.length / (3 * those)) ** SETTINGS.rarity;
  };
  return { positive: of('positive'), neutral: of('neutral'), negative: of('negative') };
}

/** Fifteen steps each; the few largest weights are cut, so that a step is not too wide for all others. */
function inSteps(weights: Float32Array): { readonly steps: Uint8Array; readonly step: number } {
  const sizes = Float32Array.from(weights, Math.abs).sort();
  const step = (sizes[Math.floor(sizes.length * 0.9995)] ?? 0) / MOST_STEPS || 1;
  const stepsOf = (weight = 0): number =>
    Math.max(-MOST_STEPS, Math.min(MOST_STEPS, Math.round(weight / step))) + 8;
  const steps = Uint8Array.from(
    { length: BUCKETS },
    (_, bucket) => (stepsOf(weights[2 * bucket]) << 4) | stepsOf(weights[2 * bucket + 1]),
  );
  return { steps, step };
}

function shuffle(order: Uint32Array, random: () => number): void {
  for (let at = order.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    const kept = order[at] ?? 0;
    order[at] = order[other] ?? 0;
    order[other] = kept;
  }
}
