// Makes confidence mean what it says: temperature scaling, and the error that is left.

import type { ClassName } from './labelled-texts.ts';

/** What a model with temperature 1 says of a text whose class is known. */
export interface Outcome {
  readonly actual: ClassName;
  readonly probabilities: Readonly<Record<ClassName, number>>;
}

const CLASSES = ['positive', 'neutral', 'negative'] as const satisfies readonly ClassName[];
const BINS = 10;

/** The temperature under which these outcomes are least surprising; golden-section search between 0.25 and 8, to 0.001. */
export function fitTemperature(outcomes: readonly Outcome[]): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [Math.log(0.25), Math.log(8)];
  while (high - low > 1e-4) {
    const [left, right] = [high - ratio * (high - low), low + ratio * (high - low)];
    if (surprise(outcomes, Math.exp(left)) < surprise(outcomes, Math.exp(right))) high = right;
    else low = left;
  }
  return Math.round(Math.exp((low + high) / 2) * 1000) / 1000;
}

/** Mean negative log-likelihood. */
function surprise(outcomes: readonly Outcome[], temperature: number): number {
  let sum = 0;
  for (const { actual, probabilities } of outcomes) {
    const tempered = (name: ClassName): number => Math.max(probabilities[name], 1e-12) ** (1 / temperature);
    sum -= Math.log(tempered(actual) / CLASSES.reduce((all, name) => all + tempered(name), 0));
  }
  return sum / outcomes.length;
}

/** Expected calibration error over ten bins of equal width: Guo et al. 2017, https://arxiv.org/abs/1706.04599. */
export function calibrationError(
  answers: readonly { readonly confidence: number; readonly isRight: boolean }[],
): number {
  let error = 0;
  for (let bin = 0; bin < BINS; bin++) {
    const those = answers.filter(
      ({ confidence }) => Math.min(BINS - 1, Math.floor(confidence * BINS)) === bin,
    );
    const claimed = those.reduce((sum, { confidence }) => sum + confidence, 0);
    error += Math.abs(claimed - those.filter(({ isRight }) => isRight).length);
  }
  return error / answers.length;
}
