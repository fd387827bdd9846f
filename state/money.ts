// US dollars as whole micro-dollars: sums of them are exact, sums of fractions are not.

import { PipelineError } from '../core/errors.ts';

/** Rounded up, so that no cost is ever told too low; what floating point adds below a nano-dollar is taken off first. */
export function microUsd(amountUsd: number): number {
  if (!Number.isFinite(amountUsd) || amountUsd < 0 || amountUsd > 1e9) {
    throw new PipelineError(
      'bug',
      'money.invalid',
      `${amountUsd} is no amount of US dollars between 0 and 1,000,000,000.`,
    );
  }
  return Math.ceil(Number((amountUsd * 1e6).toFixed(3)));
}

export function usd(micro: number): number {
  return micro / 1e6;
}
