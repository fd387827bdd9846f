// Texts as UTF-16 units, in memory that is used again: joining pieces of string costs several times as much.

/** Texts up to this many units share one memory, and longer ones get their own. What no text has reached is never made. */
const SHARED_UNITS = 1 << 20;

/** Room for one text that is read and one that is written, as numbers. */
export interface Memory {
  /** The text that was read last, and room for a unit behind it. */
  readonly source: Uint16Array;
  readonly draft: Uint16Array;
  /** Puts a text into `source`, where it is not there already. */
  read(text: string): void;
  /** The text of the first `count` units of the draft. */
  written(count: number): string;
}

function createMemory(units: number): Memory {
  const source = new Uint16Array(units + 1);
  const draft = new Uint16Array(units + 1);
  const sourceBytes = Buffer.from(source.buffer);
  const draftBytes = Buffer.from(draft.buffer);
  let held = '';
  return {
    source,
    draft,
    read(text) {
      if (text === held) return;
      held = text;
      sourceBytes.write(text, 'utf16le');
    },
    written: (count) => draftBytes.toString('utf16le', 0, count * 2),
  };
}

let shared: Memory | undefined;

/**
 * Work over a memory with room for a text of so many units. It is made with the first text, and should take what it needs of the
 * memory, and its tables, as constants of its own: the engine then reads them without looking them up. Of 450 letters that is
 * twice as fast as reading the string, of 80 hardly faster. Bundling makes variables of the constants of a file: those do not do.
 */
export function inMemory<Work>(make: (memory: Memory) => Work): (units: number) => Work {
  let made: Work | undefined;
  return (units) => {
    if (units > SHARED_UNITS) return make(createMemory(units));
    if (made === undefined) {
      shared ??= createMemory(SHARED_UNITS);
      made = make(shared);
    }
    return made;
  };
}

/** Every character of one unit, each once, without surrogates: one search over it is fifty times as fast as a question for each. */
export function basicPlane(): string {
  return charactersOf(0, 0xd800) + charactersOf(0xe000, 0x10000);
}

/** Writes `value` for each character of one unit that the class matches: a match for a whole run of them costs a tenth of one for each. */
export function fillClass(table: Uint8Array, characters: RegExp, value: number): void {
  const runs = new RegExp(`(?:${characters.source})+`, `g${characters.flags}`);
  for (const [run] of basicPlane().matchAll(runs)) {
    const first = run.charCodeAt(0);
    table.fill(value, first, first + run.length);
  }
}

/** The characters of one unit from `first` up to `end`, in order. */
export function charactersOf(first: number, end: number): string {
  return Buffer.from(unitsOf(first, end).buffer).toString('utf16le');
}

/** The units from `first` up to `end`, in order. */
export function unitsOf(first: number, end: number): Uint16Array {
  const units = new Uint16Array(end - first);
  for (let at = 0; at < units.length; at++) units[at] = first + at;
  return units;
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
