// The numbers that the reading for dialect turns on. In a file of their own, because the compiler then writes them into the loop.

/** Buckets of the hashed features; a power of two. `scripts/train-dialect.ts` fills one weight for each. */
export const DIALECT_BUCKETS = 32_768;
/** Leaves as many bits of a hash as DIALECT_BUCKETS counts. */
export const SHIFT = 17;

/** What of a longer word is read; nobody writes longer ones. */
export const LONGEST_WORD = 24;
/** Room for some 2,500 letters; what follows is not read. */
export const MOST_FEATURES = 16_384;

/** What a unit counts as, besides an Arabic letter in its folded form: the gap between words, or nothing at all. */
export const GAP = 0;
export const SKIPPED = 1;
/** The sign for the bound of a word. */
export const BOUND = 1;

/** Odd numbers that spread their input over 32 bits; one for each kind of feature, so that equal hashes of two kinds part. */
export const GROW = 0x01000193;
export const TWO = 0x2c1b3c6d;
export const THREE = 0x297a2d39;
export const FOUR = 0x9e3779b1;
export const FIVE = 0x85ebca77;
export const WORD = 0xc2b2ae3d;
export const PAIR = 0x27d4eb2f;
