// Names of persons: those the caller knows, and those that a cue introduces or that sign a message.
// Above 300 lines because the three ways to a name share one reading of it, word by word, over one set of small questions.

import { DIGIT, type Folded, KIND, LATIN, LETTER, OTHER, type Range } from './fold.ts';
import type { KnownNames } from './known-names.ts';
import {
  ALI,
  AMBIGUOUS,
  CLOSING,
  hashOf,
  hashStep,
  KNOWN,
  KUNYA,
  LEXICON,
  LINK,
  NAME,
  ORDINARY,
  PARTICLE,
  PLACES,
  placeOf,
  ROLE,
  SERVANT,
  STRONG,
  TITLE,
  WEAK,
} from './lexicon.ts';

/** The words of a folded text. */
interface Words {
  readonly folded: Folded;
  readonly original: string;
  readonly starts: number[];
  readonly ends: number[];
  readonly bits: number[];
  readonly hashes: number[];
  /** Letters of a glued prefix before a known name. */
  readonly prefixes: number[];
}

/** How much what comes before says that a name follows. */
type Trust = 'weak' | 'title' | 'strong';

const CUES = STRONG | WEAK | TITLE | ROLE;
const MAX_NAME_WORDS = 6;
const SIGNATURE_LINES = 4;
/** What may stand between a cue and its name, and between two words of one name. */
const AFTER_CUE = /^[ :،,\-./'"«“(*_=\n]{1,5}$/;
/** Behind a title nothing else begins: no comma, no new line. */
const AFTER_TITLE = /^[ .:/]{1,4}$/;
/** Between what closes a message and its signature. */
const AFTER_CLOSING = /^[ ,،.:;؛!\-/*_~—\n]{1,8}$/;
const WITHIN = /^(?: ?[-'.]? ?|\. )$/;
/** Verbs of these need their pronoun: this is, I am. */
const NEEDS_BEFORE: ReadonlyMap<number, readonly number[]> = new Map(
  (
    [
      ['is', 'this name here it'],
      ['am', 'i'],
      ['m', 'i'],
      ['suis', 'je'],
      ['name', 'my full customer client his her first last your'],
      ['nom', 'mon son votre'],
    ] as const
  ).map(([word, before]) => [hashOf(word), before.split(' ').map(hashOf)]),
);
const NAME_WORDS = new Set(['name', 'nom', 'اسم', 'الاسم', 'والاسم'].map(hashOf));
const OR = hashOf('ام');
const HOUSE_OF = hashOf('ال');

/** The names in a folded text, in order and apart. `original` tells capitals, which the folded copy has lost. */
export function findNames(folded: Folded, original: string, known: KnownNames | undefined): readonly Range[] {
  const words = wordsOf(folded, original, known);
  const found: Range[] = [];
  for (let i = 0; i < words.starts.length; i++) {
    const bits = words.bits[i] ?? 0;
    if (bits === 0) continue;
    if (bits & KNOWN) addKnown(words, i, found);
    if (bits & KUNYA) addKunya(words, i, found);
    if (bits & CUES) addAfterCue(words, i, found);
  }
  addSignatures(words, found);
  return apart(found);
}

function wordsOf(folded: Folded, original: string, known: KnownNames | undefined): Words {
  const words: Words = { folded, original, starts: [], ends: [], bits: [], hashes: [], prefixes: [] };
  const { text } = folded;
  let word = OTHER;
  let hash = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : 0;
    const kind = KIND[code] ?? 0;
    if (word !== OTHER && kind !== word && !(word === LATIN && kind === DIGIT)) {
      const place = PLACES[placeOf(hash)] ?? 0;
      let bits = place === 0 ? 0 : (LEXICON.get(hash) ?? 0);
      const prefix = known?.mayHold(hash) ? known.prefixOf(hash) : undefined;
      if (prefix !== undefined) bits |= KNOWN;
      // The preposition على and the name علي are one word once ya is folded.
      if (hash === ALI && original.charCodeAt(folded.at[i - 1] ?? 0) === 0x0649) bits = ORDINARY;
      words.ends.push(i);
      words.bits.push(bits);
      words.hashes.push(hash);
      words.prefixes.push(prefix ?? 0);
      word = OTHER;
    }
    if (word === OTHER && (kind === LATIN || kind === LETTER)) {
      words.starts.push(i);
      word = kind;
      hash = 0;
    }
    if (word !== OTHER) hash = hashStep(hash, code);
  }
  return words;
}

// ------------------------------------------------------------------------------------------------------ the three ways

/** A known name: alone where it is no ordinary word, otherwise beside another name or behind a cue. */
function addKnown(words: Words, i: number, found: Range[]): void {
  const bits = words.bits[i] ?? 0;
  if (bits & (AMBIGUOUS | ORDINARY) && !isBesideName(words, i) && !isBehindCue(words, i)) return;
  found.push({ start: (words.starts[i] ?? 0) + (words.prefixes[i] ?? 0), end: words.ends[i] ?? 0 });
}

function isBesideName(words: Words, i: number): boolean {
  const names = NAME | KNOWN | SERVANT;
  return (
    (joined(words, i, WITHIN) &&
      ((words.bits[i - 1] ?? 0) & names) !== 0 &&
      !isOnlyOrdinary(words.bits[i - 1])) ||
    (joined(words, i + 1, WITHIN) && ((words.bits[i + 1] ?? 0) & names) !== 0)
  );
}

function isOnlyOrdinary(bits = 0): boolean {
  return (bits & ORDINARY) !== 0 && (bits & (NAME | KNOWN)) === 0;
}

function isBehindCue(words: Words, i: number): boolean {
  // I am Saeed, and I am happy, are one sentence in Arabic: only where it ends there does أنا say which.
  const isBounded = !joined(words, i + 1, WITHIN);
  const cues = STRONG | TITLE | ROLE | KUNYA | CLOSING | (isBounded ? WEAK : 0);
  return (
    (joined(words, i, AFTER_CUE) && ((words.bits[i - 1] ?? 0) & cues) !== 0) ||
    (joined(words, i, AFTER_CUE) &&
      joined(words, i - 1, AFTER_CUE) &&
      ((words.bits[i - 1] ?? 0) & LINK) !== 0 &&
      ((words.bits[i - 2] ?? 0) & cues) !== 0)
  );
}

/** أبو محمد. Of أم, which is also the word for or, only with a name that is nothing else. */
function addKunya(words: Words, i: number, found: Range[]): void {
  if (!joined(words, i + 1, /^[ -]$/)) return;
  const next = words.bits[i + 1] ?? 0;
  const isName =
    (next & SERVANT) !== 0 || ((next & NAME) !== 0 && (words.hashes[i] !== OR || !(next & AMBIGUOUS)));
  if (!isName) return;
  const end = readName(words, i, 'title');
  if (end > i) found.push(rangeOf(words, i, end));
}

function addAfterCue(words: Words, cue: number, found: Range[]): void {
  const bits = words.bits[cue] ?? 0;
  const gap = gapBefore(words, cue + 1);
  const hash = words.hashes[cue] ?? 0;
  const before = NEEDS_BEFORE.get(hash);
  const isNamed = NAME_WORDS.has(hash);
  // One letter is a title only with its stop: د. م. أ/
  const isLetter = (words.ends[cue] ?? 0) - (words.starts[cue] ?? 0) === 1;
  const isInitial = isLetter && (bits & TITLE) !== 0 && /^ ?[./]/.test(gap);
  if (isLetter && bits & TITLE && !(bits & WEAK) && !isInitial) return;
  if (
    before !== undefined &&
    !before.includes(words.hashes[cue - 1] ?? 0) &&
    !(isNamed && /[:=]/.test(gap)) &&
    !isInitial
  )
    return;
  let first = cue + 1;
  for (let skipped = 0; skipped < 3 && joined(words, first, AFTER_CUE); skipped++) {
    const next = words.bits[first] ?? 0;
    if (next & (NAME | SERVANT | KUNYA | KNOWN) || !(next & (LINK | TITLE | ROLE))) break;
    first++;
  }
  if (first >= words.starts.length || !joined(words, first, AFTER_CUE)) return;
  const isStrong =
    (bits & STRONG) !== 0 && (!isNamed || before !== undefined || /[:=/]/.test(gapBefore(words, first)));
  const trust: Trust = isStrong ? 'strong' : bits & (TITLE | STRONG) ? 'title' : 'weak';
  if (trust === 'title' && bits & TITLE && !AFTER_TITLE.test(gapBefore(words, first))) return;
  const end = readName(words, first, trust);
  if (end > first) found.push(rangeOf(words, first, end));
}

/** A name that ends a line: behind a word that closes a message, or as a line of its own among the last. */
function addSignatures(words: Words, found: Range[]): void {
  const lines = linesOf(words);
  for (const [index, line] of lines.entries()) {
    // Most lines end with no name at all, and cost no more than this.
    if (!mayEndWithName(words, line)) continue;
    const isLast = index >= lines.length - SIGNATURE_LINES;
    for (let first = Math.max(line.start, line.end - MAX_NAME_WORDS); first < line.end; first++) {
      const previous = first > line.start ? first - 1 : (lines[index - 1]?.end ?? 0) - 1;
      const gap = gapBefore(words, first);
      const isClosed =
        previous >= 0 &&
        (index > 0 || first > line.start) &&
        AFTER_CLOSING.test(gap) &&
        closes(words, previous);
      const opens = first === line.start && index > 0;
      const isOwn = isLast && (opens || /[-—~]\s*$/.test(gap));
      if (!isClosed && !isOwn) continue;
      const hasName = ((words.bits[first] ?? 0) & (NAME | SERVANT | KUNYA | KNOWN)) !== 0;
      const trust: Trust = isClosed && (opens || /[،,.\-—:؛!\n]/.test(gap)) ? 'title' : 'weak';
      if (!hasName && !(isClosed && trust === 'title' && isLatin(words, first))) continue;
      if (readName(words, first, trust) !== line.end) continue;
      found.push(rangeOf(words, first, line.end));
      break;
    }
  }
}

function mayEndWithName(words: Words, line: Line): boolean {
  let bits = 0;
  for (let i = Math.max(line.start, line.end - MAX_NAME_WORDS); i < line.end; i++) bits |= words.bits[i] ?? 0;
  return (bits & (NAME | SERVANT | KNOWN | CLOSING)) !== 0 || (line.start > 0 && isLatin(words, line.start));
}

/** Whether this word closes a message, or a closing stands up to three small words before it: شكرا جزيلا لكم. */
function closes(words: Words, i: number): boolean {
  for (let back = i; back > i - 4 && back >= 0; back--) {
    const bits = words.bits[back] ?? 0;
    if (bits & CLOSING) return true;
    if (!(bits & ORDINARY) && back !== i) return false;
  }
  return false;
}

interface Line {
  readonly start: number;
  readonly end: number;
}

/** The first and last word of each line that has words. */
function linesOf(words: Words): readonly Line[] {
  const lines: Line[] = [];
  let start = 0;
  for (let i = 1; i <= words.starts.length; i++) {
    if (i < words.starts.length && !gapHasNewline(words, i)) continue;
    lines.push({ start, end: i });
    start = i;
  }
  return lines;
}

function gapHasNewline(words: Words, i: number): boolean {
  // Not a search from here on: in a text without lines it would run to the end for every word.
  return words.folded.text.slice(words.ends[i - 1], words.starts[i]).includes('\n');
}

// ------------------------------------------------------------------------------------------------------ reading a name

/** The index behind the name that begins with word `first`; `first` itself where there is none. */
function readName(words: Words, first: number, trust: Trust): number {
  let end = firstPart(words, first, trust);
  if (end === first) return first;
  while (end - first < MAX_NAME_WORDS) {
    const next = nextPart(words, end, trust);
    if (next === end) break;
    end = next;
  }
  return end;
}

function firstPart(words: Words, i: number, trust: Trust): number {
  const bits = words.bits[i] ?? 0;
  const after = joined(words, i + 1, WITHIN) ? (words.bits[i + 1] ?? 0) : 0;
  if (bits & (KUNYA | PARTICLE) && after & (NAME | SERVANT)) {
    return after & SERVANT ? Math.max(servantEnd(words, i + 1), i + 2) : i + 2;
  }
  if (bits & SERVANT) return servantEnd(words, i);
  if (bits & NAME) {
    const isPlain = (bits & (AMBIGUOUS | ORDINARY)) === 0;
    if (isPlain || trust === 'strong' || (trust === 'title' && !(bits & ORDINARY))) return i + 1;
    const isFull = isLatin(words, i) && isCapital(words, i) && (after & PARTICLE) !== 0;
    if (isFull && nextPart(words, i + 1, trust) > i + 1) return i + 1;
    return (after & NAME && !(after & ORDINARY)) || isNisba(words, i + 1) ? i + 1 : i;
  }
  if (bits & KNOWN) return i + 1;
  if (bits & (ORDINARY | CUES | CLOSING | LINK | PARTICLE | KUNYA)) return i;
  const length = (words.ends[i] ?? 0) - (words.starts[i] ?? 0);
  if (trust === 'strong') return length >= 3 ? i + 1 : i;
  if (trust === 'title' && isLatin(words, i)) return isCapital(words, i) && length >= 2 ? i + 1 : i;
  // An unknown given name is believed where a known family name follows: السيد بوشناق العتيبي.
  const isPlainName = (after & NAME) !== 0 && (after & (AMBIGUOUS | ORDINARY)) === 0;
  return trust === 'title' && length >= 3 && isPlainName && startsWithArticle(words, i + 1) ? i + 1 : i;
}

function nextPart(words: Words, i: number, trust: Trust): number {
  if (!joined(words, i, WITHIN)) return i;
  const bits = words.bits[i] ?? 0;
  const isBounded = !joined(words, i + 1, WITHIN);
  const after = isBounded ? 0 : (words.bits[i + 1] ?? 0);
  if (bits & (PARTICLE | KUNYA) && after & (NAME | SERVANT) && !(after & ORDINARY)) {
    return after & SERVANT ? Math.max(servantEnd(words, i + 1), i + 2) : i + 2;
  }
  if (words.hashes[i] === HOUSE_OF && !isBounded && !(after & ORDINARY)) return i + 2;
  if (bits & PARTICLE && !isBounded && isLatin(words, i) && isCapital(words, i + 1) && !(after & ORDINARY))
    return i + 2;
  if (bits & SERVANT) return servantEnd(words, i);
  if (bits & KNOWN) return i + 1;
  if (bits & NAME) {
    if (!(bits & (AMBIGUOUS | ORDINARY))) return i + 1;
    const goesOn = (after & (NAME | SERVANT)) !== 0 && !(after & ORDINARY);
    // A given name, then one with the article: the family's.
    if (startsWithArticle(words, i) && !(bits & ORDINARY)) return i + 1;
    return isBounded || goesOn || isNisba(words, i + 1) || (isLatin(words, i) && isCapital(words, i))
      ? i + 1
      : i;
  }
  if (bits & (ORDINARY | CUES | CLOSING | LINK | KUNYA)) return i;
  if (isNisba(words, i)) return i + 1;
  if (isLatin(words, i) && isCapital(words, i)) return isCapital(words, i - 1) ? i + 1 : i;
  const length = (words.ends[i] ?? 0) - (words.starts[i] ?? 0);
  return trust === 'strong' && isBounded && length >= 3 ? i + 1 : i;
}

/** عبد الله, Abdel Rahman: both words, where the second can be the name of a Lord. */
function servantEnd(words: Words, i: number): number {
  if (!joined(words, i + 1, WITHIN)) return i;
  const bits = words.bits[i + 1] ?? 0;
  if (startsWithArticle(words, i + 1)) return i + 2;
  if (!isLatin(words, i + 1) || isOnlyOrdinary(bits)) return i;
  // abd al rahman
  if (bits & PARTICLE) return joined(words, i + 2, WITHIN) ? i + 3 : i;
  return (words.ends[i + 1] ?? 0) - (words.starts[i + 1] ?? 0) >= 4 ? i + 2 : i;
}

/** Has the form of a family name: the article, and the ending of origin. */
function isNisba(words: Words, i: number): boolean {
  const start = words.starts[i];
  const end = words.ends[i];
  if (start === undefined || end === undefined || end - start < 5 || !joined(words, i, WITHIN)) return false;
  const isOrdinary = isOnlyOrdinary(words.bits[i]);
  return !isOrdinary && startsWithArticle(words, i) && words.folded.text.charAt(end - 1) === 'ي';
}

function startsWithArticle(words: Words, i: number): boolean {
  const start = words.starts[i];
  return start !== undefined && words.folded.text.startsWith('ال', start);
}

function isLatin(words: Words, i: number): boolean {
  return KIND[words.folded.text.charCodeAt(words.starts[i] ?? -1)] === LATIN;
}

function isCapital(words: Words, i: number): boolean {
  const start = words.starts[i];
  if (start === undefined || !isLatin(words, i)) return false;
  return /\p{Lu}/u.test(words.original.charAt(words.folded.at[start] ?? 0));
}

function gapBefore(words: Words, i: number): string {
  if (i >= words.starts.length) return '';
  const from = i > 0 ? (words.ends[i - 1] ?? 0) : 0;
  // Only what is close matters; a gap of a million spaces is not cut out.
  return words.folded.text.slice(Math.max(from, (words.starts[i] ?? 0) - 8), words.starts[i]);
}

/** Whether word i exists and stands behind the word before it with such a gap. */
function joined(words: Words, i: number, gap: RegExp): boolean {
  return i > 0 && i < words.starts.length && gap.test(gapBefore(words, i));
}

function rangeOf(words: Words, first: number, end: number): Range {
  return { start: (words.starts[first] ?? 0) + (words.prefixes[first] ?? 0), end: words.ends[end - 1] ?? 0 };
}

/** In order; overlapping ones, and two that only a space parts, become one. */
function apart(ranges: readonly Range[]): readonly Range[] {
  const sorted = [...ranges].sort((a, b) => a.start - b.start || b.end - a.end);
  const merged: Range[] = [];
  for (const range of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && range.start <= last.end + 1) {
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
    } else merged.push(range);
  }
  return merged;
}
