// The copy that is searched: no invisible characters, one spelling of letters and digits, and the way back to the original.

import { basicPlane, fillClass, inMemory, rewrittenOf } from '../text/units.ts';

/** Stands for a placeholder, one found now or one that was in the text already: to every search they look the same. */
export const BARRIER = '\ufffc';

/** What a placeholder looks like, where a search stands on its bracket. At most six digits: a longer number between the brackets may be a phone that hides there. */
export const PLACEHOLDER = /\[(بريد|رابط|هاتف|آيبان|بطاقة|هوية|اسم)_(\d{1,6})\]/y;

/**
 * A text made for searching. Unit `i` of `text` came from unit `at[i]` of the original; `at[text.length]` is the original's
 * length. What stands behind it in `at` is of no use. It holds until the next text is folded: most texts share one memory.
 */
export interface Folded {
  readonly text: string;
  readonly at: Int32Array;
}

/** A stretch of the folded copy. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Kinds of characters of the folded copy; LATIN and DIGIT together make words such as 7abibi. */
export const OTHER = 0;
export const DIGIT = 1;
export const LATIN = 2;
export const LETTER = 3;

const DROPPED =
  /[\0\u00ad\u0610-\u061a\u061c\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u08ca-\u08e1\u08e3-\u08ff\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]/g;

/** Pairs of a spelling and what it is searched as: alef, hamza seats, ya, ta marbuta, letters of other keyboards, signs. */
const SPELLINGS =
  "أا إا آا ٱا ٲا ٳا ؤو ئي ىي یي ېي ةه ۃه ہه ھه ەه کك ڪك گك ٫. ٬, ٪% ‐- ‑- ‒- –- —- −- ﹣- ﹫@ ﹒. ’' ‘' ۔.".split(
    ' ',
  );

/** What each UTF-16 unit is searched as; 0 where it is left out. */
export const FOLD: Uint16Array = foldTable();
/** The kind of each folded unit. */
export const KIND: Uint8Array = kindTable();

function foldTable(): Uint16Array {
  const table = new Uint16Array(0x10000);
  for (let code = 0; code < table.length; code++) table[code] = code;
  // Beyond these blocks nothing has a case, a width or a glyph form of its own.
  for (const [first, end, form] of [
    [0, 0x530, 'NFC'],
    [0x1e00, 0x2000, 'NFC'],
    [0xfb50, 0x10000, 'NFKC'],
  ] as const) {
    const plain = rewrittenOf(first, end, (characters) => characters.normalize(form).toLowerCase());
    for (const [at, one] of plain.entries()) if (one.length === 1) table[first + at] = one.charCodeAt(0);
  }
  for (let digit = 0; digit <= 9; digit++) {
    for (const zero of [0x0660, 0x06f0]) table[zero + digit] = 0x30 + digit;
  }
  for (const [from = '', to = ''] of SPELLINGS) table[from.charCodeAt(0)] = to.charCodeAt(0);
  for (const space of '\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t')
    table[space.charCodeAt(0)] = 0x20;
  for (const end of '\r\u0085\u2028\u2029') table[end.charCodeAt(0)] = 0x0a;
  // A glyph form first becomes its letter, and the letter then its spelling.
  const folded = new Uint16Array(table.length);
  for (let code = 0; code < table.length; code++) folded[code] = table[table[code] ?? 0] ?? 0;
  for (const [sign] of basicPlane().matchAll(DROPPED)) folded[sign.charCodeAt(0)] = 0;
  return folded;
}

function kindTable(): Uint8Array {
  const table = new Uint8Array(0x10000);
  fillClass(table, /\p{L}/u, LETTER);
  for (let code = 0; code < 0x250; code++) if (table[code] === LETTER) table[code] = LATIN;
  table.fill(DIGIT, 0x30, 0x3a);
  // Ideographs and syllables by their block.
  return table.fill(LETTER, 0x3400, 0xd7a4);
}

/** The searchable copy of a text. Linear; placeholders become one BARRIER each. */
export function fold(text: string): Folded {
  return folding(text.length)(text);
}

const folding = inMemory((memory) => {
  const { source, draft, read, written } = memory;
  const places = new Int32Array(source.length + 1);
  const table = FOLD;
  return (text: string): Folded => {
    read(text);
    const { length } = text;
    let count = 0;
    for (let at = 0; at < length; at++) {
      const unit = source[at] as number;
      const end = unit === BRACKET ? placeholderEnd(text, at) : -1;
      const folded = end < 0 ? (table[unit] as number) : BARRIER_UNIT;
      if (folded === 0) continue;
      places[count] = at;
      draft[count++] = folded;
      if (end >= 0) at = end - 1;
    }
    places[count] = length;
    return { text: written(count), at: places };
  };
});

const BRACKET = 0x5b;
const BARRIER_UNIT = 0xfffc;

/** Where the placeholder ends that begins with the bracket at `at`, or -1 where none does. */
export function placeholderEnd(text: string, at: number): number {
  PLACEHOLDER.lastIndex = at;
  return PLACEHOLDER.test(text) ? PLACEHOLDER.lastIndex : -1;
}

/** Texts up to this many units share the memory for their places: an array of its own would cost a short text as much as its search. */
const SHARED_PLACES = 1 << 16;
let ordered: Int32Array | undefined;
let moved: Int32Array | undefined;

/** The places of a copy that nothing was left out of: 0, 1, 2 … */
export function placesInOrder(units: number): Int32Array {
  if (units < SHARED_PLACES) {
    ordered ??= upTo(SHARED_PLACES);
    return ordered;
  }
  return upTo(units + 1);
}

function upTo(end: number): Int32Array {
  const places = new Int32Array(end);
  for (let at = 0; at < end; at++) places[at] = at;
  return places;
}

/** The copy with each range replaced by a BARRIER. The ranges are in order and apart. A copy that was collapsed before is used up. */
export function collapse({ text, at }: Folded, ranges: readonly Range[]): Folded {
  moved ??= new Int32Array(SHARED_PLACES);
  const places = text.length < SHARED_PLACES ? moved : new Int32Array(text.length + 1);
  const parts: string[] = [];
  let count = 0;
  let from = 0;
  for (const { start, end } of ranges) {
    parts.push(text.slice(from, start), BARRIER);
    for (let i = from; i <= start; i++) places[count++] = at[i] as number;
    from = end;
  }
  parts.push(text.slice(from));
  for (let i = from; i <= text.length; i++) places[count++] = at[i] as number;
  return { text: parts.join(''), at: places };
}

/** Where a range ends in the original: behind its last unit, and behind the marks and tatweel that belong to it. */
export function endInOriginal(original: string, folded: Folded, end: number): number {
  let i = (folded.at[end - 1] ?? 0) + 1;
  while (i < original.length && MARK.test(original.charAt(i))) i++;
  return i;
}

const MARK = /[\u0640\u064b-\u065f\u0670]/;
