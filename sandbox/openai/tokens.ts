// Counts tokens as the vendor does, in its vocabulary o200k: https://github.com/openai/tiktoken

import { createRequire } from 'node:module';

/** Prompts and schemas come again and again; so many of them are remembered. */
const REMEMBERED = 50;
const WORTH_REMEMBERING = 500;
const remembered = new Map<string, number>();

let vocabulary: typeof import('gpt-tokenizer/encoding/o200k_base') | undefined;

/**
 * The tokens of a text in o200k. Names of control tokens are words like any other. A run of one kind of sign is cut at 64 of them:
 * the count of such a text is a little off, where the tokenizer would need time that grows with the square of its length.
 */
export function countTokens(text: string): number {
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const tokens = count(text);
  if (text.length >= WORTH_REMEMBERING) {
    if (remembered.size >= REMEMBERED) remembered.clear();
    remembered.set(text, tokens);
  }
  return tokens;
}

function count(text: string): number {
  // Two megabytes that a process without a model never needs; nobody waits here, so that it cannot be an import.
  vocabulary ??= createRequire(import.meta.url)(
    'gpt-tokenizer/encoding/o200k_base',
  ) as typeof import('gpt-tokenizer/encoding/o200k_base');
  const cut = text.replace(/\S{64}(?=\S)|\s{64}(?=\s)/g, (run) => (/\S/.test(run) ? `${run} ` : `${run}.`));
  return vocabulary.countTokens(cut, { disallowedSpecial: new Set() });
}
