// One quick look at a text: which kinds could be in it at all, and the copy that is searched where one could. Most texts hold none,
// and this look is all that they cost.

import { inMemory } from '../text/units.ts';
import {
  BARRIER,
  DIGIT,
  FOLD,
  type Folded,
  fold,
  KIND,
  LATIN,
  LETTER,
  placeholderEnd,
  placesInOrder,
} from './fold.ts';
import type { KnownNames } from './known-names.ts';
import {
  ALI,
  CLOSING,
  KUNYA,
  LEXICON,
  NAME,
  placeOf,
  ROLE,
  SERVANT,
  STRONG,
  TITLE,
  WEAK,
} from './lexicon.ts';

/** What a text may hold, as bits. */
export const MAY_MAIL = 1;
export const MAY_LINK = 2;
export const MAY_NUMBER = 4;
export const MAY_NAME = 8;
/** Besides MAY_NUMBER: letters that an account number begins with. */
export const MAY_IBAN = 16;

const MIN_DIGITS = 7;
/** The most signs between two groups of one number. */
const DIGIT_GAP = 3;
/** How many words behind its cue the first word of a name may stand that the lexicon knows: up to three small words, and one of the name. */
const CUE_REACH = 5;
/** How many words behind a title a name in capitals may stand, and behind a closing a signature may begin. */
const TITLE_REACH = 4;
const CLOSING_REACH = 4;
/** So far back that nothing reaches from there. */
const NEVER = -10;

/** Besides the kinds of folded units: signs that may stand between digits, signs that tell something, units that folding drops. */
const BETWEEN = 4;
const SIGN = 5;
const DROPPED = 6;
/** Where no word is being read. */
const NONE = -1;

/** Of each unit, what it is searched as, and above that its kind. Signed, because the engine reads those without a detour. */
function unitTable(): Int32Array {
  const kinds = Uint8Array.from(KIND);
  kinds[0] = DROPPED;
  for (const sign of '@./?#:\n[-~') kinds[sign.charCodeAt(0)] = SIGN;
  for (const sign of ' ()+') kinds[sign.charCodeAt(0)] = BETWEEN;
  const units = new Int32Array(FOLD.length);
  for (let code = 0; code < units.length; code++) {
    const folded = FOLD[code] ?? 0;
    units[code] = ((kinds[folded] ?? 0) << 16) | folded;
  }
  return units;
}

/** Names, and the words that a name may follow. */
const TELLS = NAME | SERVANT | STRONG | WEAK | TITLE | ROLE | CLOSING | KUNYA;

/** Where the hashes of those fall: a zero spares the look-up. Ordinary words, the most frequent ones, are not among them. */
function placesOf(wanted: number): Uint8Array {
  const table = new Uint8Array(0x1_0000);
  for (const [hash, bits] of LEXICON) if (bits & wanted) table[placeOf(hash)] = 1;
  return table;
}

const BARRIER_UNIT = BARRIER.charCodeAt(0);
const NEWLINE = 0x0a;
const SPACE = 0x20;
const HYPHEN = 0x2d;
const DOT = 0x2e;
const SLASH = 0x2f;
const AT = 0x40;
const BRACKET = 0x5b;
const TILDE = 0x7e;
const ALEF_MAQSURA = 0x649;
const CAPITAL_I_WITH_DOT = 0x130;

export interface Scanner {
  /**
   * The kinds that a text may hold; a bit too many costs time, and a bit too few would be a leak: each rule here is a rule of a
   * search with most of its conditions left out. Linear, allocates nothing. It takes a text, or its copy: of a copy, `original`
   * and `at` tell the spelling.
   */
  scan(text: string, known: KnownNames | undefined, original: string, at?: Int32Array): number;
  /** The searchable copy of the text that was scanned last, before another one is. Where nothing is to be searched it is not asked for. */
  copy(): Folded;
}

/** For texts of up to so many units. */
export const scannerOf: (units: number) => Scanner = inMemory((memory) => {
  const { source, draft, read, written } = memory;
  const units = unitTable();
  const places = placesOf(TELLS);
  let scanned = '';
  /** Whether its copy has a unit for each of its own. */
  let isCopyEven = false;
  const scan = (text: string, known: KnownNames | undefined, original: string, at?: Int32Array): number => {
    read(text);
    const { length } = text;
    let may = 0;
    /** The kind of the word that is being read. */
    let word = NONE;
    let hash = 0;
    let start = 0;
    let endsInDigit = false;
    /** Words so far, and which of them was the last of its kind. */
    let count = 0;
    let cue = NEVER;
    let title = NEVER;
    let closing = NEVER;
    /** Whether a new line, or a dash, stands before the word. */
    let opensLine = false;
    let hasDash = false;
    /** Digits of the number that is being read, and the signs since its last one. */
    let digits = 0;
    let digitGap = 0;
    /** The sign right before, and whether a dot stands right before the word that is being read. */
    let sign = 0;
    let isDotted = false;
    // The end of the text, which ends a word as well.
    source[length] = BARRIER_UNIT;
    let isEven = true;
    for (let i = 0; i <= length; i++) {
      const unit = units[source[i] as number] as number;
      draft[i] = unit;
      const kind = unit >> 16;
      if (kind === word) {
        hash = (Math.imul(hash, 31) + (unit & 0xffff)) | 0;
        endsInDigit = false;
        continue;
      }
      if (kind === DROPPED) {
        isEven = false;
        continue;
      }
      if (word !== NONE) {
        if (kind === DIGIT && word === LATIN) {
          // 7abibi, ma3ak: digits behind Latin letters belong to the word.
          hash = (Math.imul(hash, 31) + (unit & 0xffff)) | 0;
          endsInDigit = true;
          if (++digits >= MIN_DIGITS) may |= MAY_NUMBER;
          continue;
        }
        if (places[placeOf(hash)] !== 0) {
          const bits = LEXICON.get(hash) ?? 0;
          if (
            bits & (NAME | SERVANT) &&
            !(hash === ALI && endsInAlefMaqsura(original, at?.[i - 1] ?? i - 1))
          ) {
            // Behind a cue, behind a closing, as the first word of a line, or behind a dash.
            const isNear = count - cue <= CUE_REACH || count - closing <= CLOSING_REACH;
            if (isNear || hasDash || (opensLine && count > 0)) may |= MAY_NAME;
          }
          if (bits & STRONG) may |= MAY_NAME;
          if (bits & (WEAK | ROLE | TITLE | KUNYA)) cue = count;
          if (bits & TITLE) title = count;
          if (bits & CLOSING) closing = count;
        }
        if (word === LATIN && (count - title <= TITLE_REACH || count - closing <= CLOSING_REACH)) {
          const isItself = count === title || count === closing;
          if (!isItself && isPerhapsCapital(original.charCodeAt(at?.[start] ?? start))) may |= MAY_NAME;
        }
        if (known?.mayHold(hash) && known.prefixOf(hash) !== undefined) may |= MAY_NAME;
        word = NONE;
        count++;
        if (!endsInDigit) digits = 0;
        digitGap = 0;
        opensLine = false;
        hasDash = false;
      }
      if (kind === LATIN || kind === LETTER) {
        if (kind === LATIN) may |= MAY_IBAN;
        word = kind;
        hash = unit & 0xffff;
        start = i;
        endsInDigit = false;
        isDotted = sign === DOT;
        sign = 0;
      } else if (kind === BETWEEN) {
        if (++digitGap > DIGIT_GAP) digits = 0;
        sign = 0;
        isDotted = false;
      } else if (kind === DIGIT) {
        if (++digits >= MIN_DIGITS) may |= MAY_NUMBER;
        digitGap = 0;
        sign = 0;
        isDotted = false;
      } else if (kind === SIGN) {
        const code = unit & 0xffff;
        if (code === BRACKET) {
          const end = placeholderEnd(text, i);
          if (end > 0) {
            isEven = false;
            i = end - 1;
          }
        }
        if (++digitGap > DIGIT_GAP || (code !== DOT && code !== SLASH && code !== HYPHEN && code !== NEWLINE))
          digits = 0;
        if (code === AT) {
          if (!isPartedBefore(text, i)) may |= MAY_MAIL;
        } else if (code === DOT) {
          if (endsInWww(text, i - 1)) may |= MAY_LINK;
        } else if (code === HYPHEN || code === TILDE) hasDash = true;
        else if (code === NEWLINE) opensLine = true;
        else if (isDotted || (code === SLASH && sign === SLASH)) may |= MAY_LINK;
        isDotted = false;
        sign = code;
      } else {
        digits = 0;
        sign = 0;
        isDotted = false;
      }
    }
    scanned = text;
    isCopyEven = isEven;
    // Letters alone are nothing to look for.
    return (may & MAY_NUMBER) === 0 ? may & ~MAY_IBAN : may;
  };
  const copy = (): Folded =>
    isCopyEven ? { text: written(scanned.length), at: placesInOrder(scanned.length) } : fold(scanned);
  return { scan, copy };
});

/** Whether nothing that could be the local part of an address stands right before. */
function isPartedBefore(text: string, at: number): boolean {
  if (at === 0) return true;
  const before = FOLD[text.charCodeAt(at - 1)];
  return before === SPACE || before === NEWLINE;
}

/** Whether the letters that end at `at`, without what folding drops, are two w. */
function endsInWww(text: string, at: number): boolean {
  let count = 0;
  for (let i = at; i >= 0 && count < 2; i--) {
    const folded = FOLD[text.charCodeAt(i)];
    if (folded === 0) continue;
    if (folded !== 0x77) return false;
    count++;
  }
  return count === 2;
}

function isPerhapsCapital(code: number): boolean {
  return FOLD[code] !== code || code === CAPITAL_I_WITH_DOT;
}

/** Whether the word whose last unit is at `last` ends in ى, which folding makes a ya. */
function endsInAlefMaqsura(text: string, last: number): boolean {
  let i = last;
  while (i > 0 && FOLD[text.charCodeAt(i)] === 0) i--;
  return text.charCodeAt(i) === ALEF_MAQSURA;
}
