// The features of the linear model: words, negated words, pairs of words and pieces of words, hashed into numbered buckets.
// Feature hashing: Weinberger et al. 2009, https://arxiv.org/abs/0902.2206. A bucket number cannot be turned back into text.

import { isSign } from './tokens.ts';

/** How many buckets there are, as a power of two. */
const BUCKET_BITS = 17;
export const BUCKETS = 2 ** BUCKET_BITS;

const SHORTEST_PIECE = 2;
const LONGEST_PIECE = 5;
/** What follows in a longer word is not read: no word is that long, and links are. */
const LONGEST_WORD = 32;
/** How many words after a negator are hashed as negated. */
const NEGATED_WORDS = 2;

const ARABIC = /[\u0620-\u064a\u0671-\u06d3]/;
const LATIN = /[a-z]/;
const [WORD_SEED, NEGATED_SEED, PAIR_SEED, PIECE_SEED] = [0x811c9dc5, 0x1b873593, 0x2545f491, 0x6b43a9b5];
const FNV_PRIME = 0x01000193;
const BOUND = 0x20;

/** A token as the walk over n-grams sees it. */
export interface Gram {
  /** Stands for the token in its own buckets and in pairs; 0 for what is no feature. */
  readonly hash: number;
  readonly isNegator: boolean;
  readonly isSign: boolean;
}

/**
 * The hash of a token; 0 for what is no feature: Latin words, of which the training data is no sample, and signs that say
 * nothing of a mood. Pure.
 */
export function gramHash(token: string): number {
  if (LATIN.test(token) || (isSign(token) && token !== '!' && token !== '?')) return 0;
  // FNV-1a over UTF-16 units.
  let hash = WORD_SEED;
  const length = Math.min(token.length, LONGEST_WORD);
  for (let at = 0; at < length; at++) hash = Math.imul(hash ^ token.charCodeAt(at), FNV_PRIME);
  return hash;
}

/** The bucket of a word by its hash, as it stands or after a negator. */
export function wordBucket(hash: number, isNegated: boolean): number {
  return bucketOf(isNegated ? hash ^ NEGATED_SEED : hash);
}

/** The bucket of two tokens that stand side by side, by their hashes. */
function pairBucket(before: number, after: number): number {
  return bucketOf(Math.imul(before ^ PAIR_SEED, FNV_PRIME) ^ after);
}

/** Tells the buckets of all pieces of an Arabic word: 2 to 5 letters in a row, word bounds counting as letters. */
export function forEachPiece(token: string, tell: (bucket: number) => void): void {
  if (!ARABIC.test(token)) return;
  const last = Math.min(token.length, LONGEST_WORD);
  for (let start = -1; start < last; start++) {
    let hash = PIECE_SEED;
    for (let length = 1; length <= LONGEST_PIECE; length++) {
      const at = start + length - 1;
      if (at > last) break;
      const unit = at < 0 || at === last ? BOUND : token.charCodeAt(at);
      hash = Math.imul(hash ^ unit, FNV_PRIME);
      if (length >= SHORTEST_PIECE) tell(bucketOf(hash));
    }
  }
}

/**
 * Walks over the tokens of a text and tells each word, negated or not, and the bucket of each pair of neighbours. A sign
 * stands between neighbours and ends a negation; only `!` and `?` are words themselves.
 */
export function walkGrams<G extends Gram>(
  grams: readonly G[],
  onWord: (gram: G, isNegated: boolean) => void,
  onPair: (bucket: number) => void,
): void {
  let before = 0;
  let negated = 0;
  for (const gram of grams) {
    const { hash } = gram;
    if (hash !== 0) {
      onWord(gram, negated > 0);
      if (before !== 0) onPair(pairBucket(before, hash));
    }
    negated = gram.isSign ? 0 : gram.isNegator ? NEGATED_WORDS : Math.max(0, negated - 1);
    before = gram.isSign ? 0 : hash;
  }
}

/** The upper bits after one round of mixing (the finalizer of MurmurHash3); the lower ones of FNV are poor. */
function bucketOf(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35) >>> (32 - BUCKET_BITS);
}
