// The features of the linear model: words, negated words, pairs of words and pieces of words, hashed into numbered buckets.
// Feature hashing: Weinberger et al. 2009, https://arxiv.org/abs/0902.2206. A bucket number cannot be turned back into text.

/** How many buckets there are, as a power of two. */
export const BUCKET_BITS = 17;
export const BUCKETS = 2 ** BUCKET_BITS;

const SHORTEST_PIECE = 2;
const LONGEST_PIECE = 5;
/** What follows in a longer word is not read: no word is that long, and links are. */
const LONGEST_WORD = 32;
/** How many words after a negator are hashed as negated. */
export const NEGATED_WORDS = 2;

const ARABIC = /[\u0620-\u064a\u0671-\u06d3]/;
const LATIN = /[a-z]/;
const [WORD_SEED, NEGATED_SEED, PAIR_SEED, PIECE_SEED] = [0x811c9dc5, 0x1b873593, 0x2545f491, 0x6b43a9b5];
const BOUND = 0x20;

/** The features of one token, whatever stands beside it. */
export interface Features {
  /** Stands for the token in pairs. */
  readonly hash: number;
  readonly plain: number;
  readonly negated: number;
  /** Buckets of its pieces of 2 to 5 letters, word bounds counting as letters. */
  readonly pieces: readonly number[];
}

/**
 * The features of a token; undefined for Latin words, of which the training data is no sample. Pure.
 */
export function featuresOf(token: string): Features | undefined {
  if (LATIN.test(token)) return undefined;
  const word = token.slice(0, LONGEST_WORD);
  const hash = hashOf(word, WORD_SEED);
  return {
    hash,
    plain: bucketOf(hash),
    negated: bucketOf(hash ^ NEGATED_SEED),
    pieces: ARABIC.test(word) ? piecesOf(word) : [],
  };
}

/** The bucket of two tokens that stand side by side. */
export function pairBucket(before: Features, after: Features): number {
  return bucketOf(Math.imul(before.hash ^ PAIR_SEED, 0x01000193) ^ after.hash);
}

function piecesOf(word: string): readonly number[] {
  const pieces: number[] = [];
  const last = word.length;
  for (let start = -1; start < last; start++) {
    let hash = PIECE_SEED;
    for (let length = 1; length <= LONGEST_PIECE; length++) {
      const at = start + length - 1;
      if (at > last) break;
      const unit = at < 0 || at === last ? BOUND : word.charCodeAt(at);
      hash = Math.imul(hash ^ unit, 0x01000193);
      if (length >= SHORTEST_PIECE) pieces.push(bucketOf(hash));
    }
  }
  return pieces;
}

/** FNV-1a over UTF-16 units. */
function hashOf(word: string, seed: number): number {
  let hash = seed;
  for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
  return hash;
}

/** The upper bits after one round of mixing (the finalizer of MurmurHash3); the lower ones of FNV are poor. */
function bucketOf(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35) >>> (32 - BUCKET_BITS);
}

/** A token as the walk over n-grams sees it. */
export interface Gram {
  readonly features: Features | undefined;
  readonly isNegator: boolean;
  readonly isSign: boolean;
}

/**
 * Walks over the tokens of a text and tells each word, negated or not, and each pair of neighbours. A sign stands between
 * neighbours and ends a negation; only `!` and `?` are words themselves.
 */
export function walkGrams<G extends Gram>(
  grams: readonly G[],
  onWord: (gram: G, features: Features, negated: boolean) => void,
  onPair: (bucket: number) => void,
): void {
  let before: Features | undefined;
  let negated = 0;
  for (const gram of grams) {
    const { features } = gram;
    if (features !== undefined) {
      onWord(gram, features, negated > 0);
      if (before !== undefined) onPair(pairBucket(before, features));
    }
    negated = gram.isSign ? 0 : gram.isNegator ? NEGATED_WORDS : Math.max(0, negated - 1);
    before = gram.isSign ? undefined : features;
  }
}

/** All buckets of a text, each as often as it occurs: what training counts. */
export function bucketsOf(grams: readonly Gram[]): readonly number[] {
  const buckets: number[] = [];
  walkGrams(
    grams,
    (_, { plain, negated, pieces }, isNegated) => buckets.push(isNegated ? negated : plain, ...pieces),
    (bucket) => buckets.push(bucket),
  );
  return buckets;
}
