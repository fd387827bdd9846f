// Texts are written as UTF-16 units into memory that is used again: joining pieces of string costs several times as much.

/** Texts up to this many units share one buffer, and longer ones get their own. */
const SHARED_UNITS = 1 << 18;

const written = createUnits(SHARED_UNITS);

/** Numbers, and the same memory as bytes. */
interface Units {
  readonly numbers: Uint16Array;
  readonly bytes: Buffer;
}

function createUnits(length: number): Units {
  const memory = new ArrayBuffer(length * 2);
  return { numbers: new Uint16Array(memory), bytes: Buffer.from(memory) };
}

/** Room for at least `length` units of a new text, for `textOf` to read. It holds until the next call. */
export function draftOf(length: number): Uint16Array {
  return (length <= SHARED_UNITS ? written : createUnits(length)).numbers;
}

/** The text of the first `length` units of a draft. */
export function textOf(draft: Uint16Array, length: number): string {
  const bytes = draft === written.numbers ? written.bytes : Buffer.from(draft.buffer);
  return bytes.toString('utf16le', 0, length * 2);
}

/** Every character of one unit, each once, without surrogates: one search over it is fifty times as fast as a question for each. */
export function basicPlane(): string {
  return charactersOf(0, 0xd800) + charactersOf(0xe000, 0x10000);
}

/** The characters of one unit from `first` up to `end`, in order. */
export function charactersOf(first: number, end: number): string {
  const units = new Uint16Array(end - first);
  for (let at = 0; at < units.length; at++) units[at] = first + at;
  return Buffer.from(units.buffer).toString('utf16le');
}

/** Of no letter case, no composition, and no neighbour's: a character behind it is rewritten as if it stood alone. */
const APART = '\ue000';

/** What `rewrite` makes of each character from `first` up to `end`: all in one text, because a call for each costs ten times as much. */
export function rewrittenOf(
  first: number,
  end: number,
  rewrite: (characters: string) => string,
): readonly string[] {
  return rewrite([...charactersOf(first, end)].join(APART)).split(APART);
}

/** The ranges that a character class names: `a-cx` is a to c, and x. */
export function rangesOf(characters: string): readonly (readonly [first: number, last: number])[] {
  return [...characters.matchAll(/([\s\S])-([\s\S])|[\s\S]/g)].map(([one, first = one, last = one]) => [
    first.charCodeAt(0),
    last.charCodeAt(0),
  ]);
}
