// Remembers what was found out about words, and finds it again without cutting a word out of its text.

/** Words that are remembered at one time; few words make most of any text. */
const MOST_WORDS = 50_000;
/** A power of two above twice as many, so that most words are found at the first look. */
const SLOTS = 2 ** 17;
/** Words whose hashes were made to meet are not remembered any further than this: a look stays short whatever texts hold. */
const MOST_LOOKS = 8;
/** Longer words do not come again. */
const LONGEST_WORD = 40;

const HASH_SEED = 0x811c9dc5;
const HASH_PRIME = 0x01000193;

interface Remembered {
  readonly token: string;
}

/** Finds the word from `start` to `end` in a text. `make` is asked for words that are not remembered; it must be pure. */
export function vocabularyOf<W extends Remembered>(
  make: (token: string) => W,
): (text: string, start: number, end: number) => W {
  const slots: (W | undefined)[] = new Array<W | undefined>(SLOTS).fill(undefined);
  const hashes = new Int32Array(SLOTS);
  let count = 0;

  return (text, start, end) => {
    const length = end - start;
    if (length > LONGEST_WORD) return make(text.slice(start, end));
    // FNV-1a over UTF-16 units, mixed once.
    let hash = HASH_SEED;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ text.charCodeAt(at), HASH_PRIME);
    hash ^= hash >>> 15;
    for (let look = 0; look < MOST_LOOKS; look++) {
      const slot = (hash + look) & (SLOTS - 1);
      const word = slots[slot];
      if (word === undefined) return remember(text, start, end, hash);
      if (hashes[slot] === hash && word.token.length === length && text.startsWith(word.token, start))
        return word;
    }
    return make(text.slice(start, end));
  };

  function remember(text: string, start: number, end: number, hash: number): W {
    // A slice would keep the whole text in memory.
    const word = make(Buffer.from(text.slice(start, end), 'utf16le').toString('utf16le'));
    if (count >= MOST_WORDS) {
      slots.fill(undefined);
      count = 0;
    }
    for (let look = 0; look < MOST_LOOKS; look++) {
      const slot = (hash + look) & (SLOTS - 1);
      if (slots[slot] !== undefined) continue;
      slots[slot] = word;
      hashes[slot] = hash;
      count += 1;
      break;
    }
    return word;
  }
}
