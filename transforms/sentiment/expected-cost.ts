// What a pack will most likely cost: what an operator is told beforehand. What is reserved is the upper bound of provider.ts.

import type { LabelRequest } from '../../core/types.ts';
import { costUsd, type Price } from './prices.ts';
import { ANSWER_SCHEMA, SYSTEM_PROMPT } from './prompt.ts';
import { expectedTokens } from './token-estimate.ts';

/**
 * What a pack will most likely take in o200k, as counted by gpt-tokenizer 4.0.0 over the stand-in's tickets and three sets of labelled
 * Arabic; other vocabularies differ by a ratio, which the engine learns from what requests did cost.
 */
const EXPECTED = {
  /** Letters of our own English and JSON that make one token. */
  promptCharacters: 4.1,
  /** What the chat format adds to the messages. */
  format: 20,
  /** Id, brackets and quotes of one text. */
  aroundText: 12,
  /** The mark before each word, and the word without the blank that it is mostly one token with. */
  mark: 1.6,
  /** One label as JSON with a summary. */
  label: 72,
  aroundLabels: 6,
} as const;

/** Pure; linear in the length of the texts. */
export function expectedCost(
  pack: readonly LabelRequest[],
  price: Price,
): { readonly tokens: number; readonly usd: number } {
  const prompt = (SYSTEM_PROMPT.length + SCHEMA_CHARACTERS) / EXPECTED.promptCharacters;
  let input = prompt + EXPECTED.format;
  for (const { text } of pack) {
    const words = text.match(/\S+/g)?.length ?? 0;
    input += EXPECTED.aroundText + expectedTokens(text) + words * EXPECTED.mark;
  }
  const output = EXPECTED.aroundLabels + EXPECTED.label * pack.length;
  return { tokens: Math.round(input + output), usd: costUsd(price, { input, output, cached: 0 }) };
}

const SCHEMA_CHARACTERS = JSON.stringify(ANSWER_SCHEMA).length;
