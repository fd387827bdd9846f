// One quick look at a text: which kinds could be in it at all. Most texts hold none, and this look is all that they cost.

import { DIGIT, FOLD, KIND, LATIN, LETTER, placeholderEnd } from './fold.ts';
import type { KnownNames } from './known-names.ts';
import {
  ALI,
  AMBIGUOUS,
  CLOSING,
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

/** What a text may hold, as bits. */
export const MAY_MAIL = 1;
export const MAY_LINK = 2;
export const MAY_NUMBER = 4;
export const MAY_NAME = 8;

const MIN_DIGITS = 7;
/** The most signs between two groups of one number. */
const DIGIT_GAP = 3;
/** The most signs between a cue and its name, and between two words of one name. */
const CUE_GAP = 5;
const NAME_GAP = 3;
/** How many words behind a closing a signature may begin. */
const CLOSING_REACH = 4;

/** Besides the kinds of folded units: signs that may stand between digits, signs that tell something, units that folding drops. */
const BETWEEN = 4;
const SIGN = 5;
const DROPPED = 6;
/** Of each unit, what it is searched as, and above that its kind. Signed, because the engine reads those without a detour. */
const UNITS: Int32Array = unitTable();

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

const NEWLINE = 0x0a;
const HYPHEN = 0x2d;
const DOT = 0x2e;
const SLASH = 0x2f;
const AT = 0x40;
const BRACKET = 0x5b;
const TILDE = 0x7e;
const ALEF = 0x627;
const ALEF_MAQSURA = 0x649;
const CAPITAL_I_WITH_DOT = 0x130;

/** Bits of the words that begin something; others only count where something has begun. */
const BEGINS = NAME | SERVANT | STRONG | WEAK | TITLE | ROLE | CLOSING | KUNYA;
/** What a signature may begin with. */
const SIGNS = NAME | SERVANT | KUNYA;
const JOINS = PARTICLE | KUNYA | SERVANT;
const NEVER_IN_NAME = ORDINARY | STRONG | WEAK | TITLE | ROLE | CLOSING | LINK;

/** What would be a name next: behind a weak cue, behind a title, or as the second word. */
const AFTER_WEAK = 1;
const AFTER_TITLE = 2;
const AFTER_FIRST = 4;

/**
 * The kinds that a text may hold; a bit too many costs time, and a bit too few would be a leak: each rule here is a rule of a
 * search with some of its conditions left out. Linear, allocates nothing. It sees what folding leaves, so that a text and its
 * folded copy look the same; of a copy, `original` and `at` tell the spelling.
 */
export function scan(
  text: string,
  known: KnownNames | undefined,
  original: string = text,
  at?: Int32Array,
): number {
  // The engine reads a local faster than what a module shares, and these are read for every unit.
  const units = UNITS;
  const places = PLACES;
  const latin = LATIN;
  const letter = LETTER;
  const digit = DIGIT;
  const between = BETWEEN;
  const dropped = DROPPED;
  const begins = BEGINS;
  const { length } = text;
  let may = 0;
  let digits = 0;
  /** Signs since the last word, and since the last digit; more than enough of them behind a digit that no word follows. */
  let gap = 0;
  let digitGap = 0;
  let hasDash = false;
  /** The sign right before, and the dot right before the word that is right before. */
  let sign = 0;
  let isDotted = false;
  /** What would be a name next. */
  let expected = 0;
  /** Words that are left for a closing to be near. */
  let closing = 0;
  let opensLine = false;
  let hasWords = false;
  /** Whether the line could have been a signature from some word on, and whether its next word is a name whatever it is. */
  let isSigned = false;
  let isJoined = false;
  for (let i = 0; i < length; ) {
    const unit = units[text.charCodeAt(i)] as number;
    const kind = unit >> 16;
    if (kind === latin || kind === letter) {
      const start = i;
      let hash = unit & 0xffff;
      let endsInDigit = false;
      for (i++; i < length; i++) {
        const next = units[text.charCodeAt(i)] as number;
        const nextKind = next >> 16;
        if (nextKind === kind) {
          endsInDigit = false;
        } else if (nextKind === digit && kind === latin) {
          // 7abibi, ma3ak: digits behind Latin letters belong to the word.
          endsInDigit = true;
          if (++digits >= MIN_DIGITS) may |= MAY_NUMBER;
        } else if (nextKind === dropped) continue;
        else break;
        hash = (Math.imul(hash, 31) + (next & 0xffff)) | 0;
      }
      if (!endsInDigit) digits = 0;
      digitGap = 0;
      isDotted = sign === DOT;
      sign = 0;
      const place = places[placeOf(hash)] as number;
      if ((place & begins) !== 0 || expected !== 0 || closing !== 0 || isSigned) {
        let bits = place === 0 ? 0 : (LEXICON.get(hash) ?? 0);
        if (hash === ALI && endsInAlefMaqsura(original, at?.[i - 1] ?? i - 1)) bits = ORDINARY;
        const isCapital = kind === latin && isPerhapsCapital(original.charCodeAt(at?.[start] ?? start));
        const hasArticle = kind === letter && (unit & 0xffff) === ALEF;
        let next = 0;
        if (expected !== 0 && gap <= CUE_GAP) {
          if (expected & AFTER_FIRST && (bits & (NAME | SERVANT | PARTICLE) || hasArticle)) may |= MAY_NAME;
          if (expected & (AFTER_WEAK | AFTER_TITLE)) {
            if (bits & (NAME | SERVANT)) {
              // أنا سعيد: a name that is also a word is one only with another behind it.
              if (expected & AFTER_TITLE || bits & SERVANT || !(bits & (AMBIGUOUS | ORDINARY)))
                may |= MAY_NAME;
              next |= AFTER_FIRST;
            }
            if (bits & (PARTICLE | KUNYA)) next |= AFTER_FIRST;
            if (bits & (LINK | TITLE | ROLE)) next |= expected & (AFTER_WEAK | AFTER_TITLE);
          }
          if (expected & AFTER_TITLE) {
            if (isCapital) may |= MAY_NAME;
            next |= AFTER_FIRST;
          }
        }
        if (bits & STRONG) may |= MAY_NAME;
        if (bits & TITLE) next |= AFTER_TITLE;
        if (bits & (WEAK | ROLE)) next |= AFTER_WEAK;
        if (bits & KUNYA) next |= AFTER_FIRST;
        expected = next;

        isSigned &&=
          gap <= NAME_GAP &&
          (isJoined ||
            (bits & (NAME | JOINS)) !== 0 ||
            ((hasArticle || isCapital) && (bits & NEVER_IN_NAME) === 0));
        if (bits & SIGNS) isSigned ||= closing > 0 || hasDash || (opensLine && hasWords);
        else if (closing > 0 && kind === latin && (isCapital || bits & PARTICLE)) isSigned = true;
        isJoined = (bits & JOINS) !== 0;
        closing = bits & CLOSING ? CLOSING_REACH : closing > 0 ? closing - 1 : 0;
      }
      if (known?.mayHold(hash) && known.prefixOf(hash) !== undefined) may |= MAY_NAME;
      gap = 0;
      hasDash = false;
      opensLine = false;
      hasWords = true;
      continue;
    }
    i++;
    if (kind === between) {
      gap++;
      if (++digitGap > DIGIT_GAP) digits = 0;
      sign = 0;
      isDotted = false;
    } else if (kind === digit) {
      if (++digits >= MIN_DIGITS) may |= MAY_NUMBER;
      digitGap = 0;
      // A number between two words parts them.
      gap = CUE_GAP + 1;
      sign = 0;
      isDotted = false;
    } else if (kind === SIGN) {
      const code = unit & 0xffff;
      gap++;
      if (code === BRACKET) {
        const end = placeholderEnd(text, i - 1);
        if (end > 0) i = end;
      }
      if (++digitGap > DIGIT_GAP || (code !== DOT && code !== SLASH && code !== HYPHEN && code !== NEWLINE))
        digits = 0;
      if (code === AT) may |= MAY_MAIL;
      else if (code === DOT) {
        if (endsInWww(text, i - 2)) may |= MAY_LINK;
      } else if (code === HYPHEN || code === TILDE) hasDash = true;
      else if (code === NEWLINE) {
        if (isSigned) may |= MAY_NAME;
        isSigned = false;
        opensLine = true;
      } else if (isDotted || (code === SLASH && sign === SLASH)) may |= MAY_LINK;
      isDotted = false;
      sign = code;
    } else if (kind !== dropped) {
      gap++;
      digits = 0;
      sign = 0;
      isDotted = false;
    }
  }
  return isSigned ? may | MAY_NAME : may;
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
