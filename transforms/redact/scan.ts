// One quick look at a text: which kinds could be in it at all. Most texts hold none, and this look is all that they cost.

import { DIGIT, FOLD, KIND, LATIN, LETTER } from './fold.ts';
import type { KnownNames } from './known-names.ts';
import {
  CLOSING,
  KUNYA,
  LEXICON,
  NAME,
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
export const MAY_ALL = 15;

const MIN_DIGITS = 7;
/** How many words after a cue a name may begin. */
const CUE_REACH = 4;
/** How many words a line may have that is nothing but a name. */
const SIGNATURE_WORDS = 6;
const MAX_TLD = 22;

const SIGN = 4;
const DROPPED = 5;
/** Of each unit, what it is searched as, and above that its kind. Signed, because the engine reads those without a detour. */
const UNITS: Int32Array = Int32Array.from({ length: 0x10000 }, (_, code) => {
  const folded = FOLD[code] ?? 0;
  const kind =
    folded === 0 ? DROPPED : '@./?#:\n'.includes(String.fromCharCode(folded)) ? SIGN : (KIND[folded] ?? 0);
  return (kind << 16) | folded;
});
const NEWLINE = 0x0a;
/** Bits of the words that this look is after. */
const TELLS = NAME | SERVANT | STRONG | WEAK | TITLE | ROLE | CLOSING | KUNYA;

/** The kinds that a text may hold; a bit too many costs time, and a bit too few would be a leak. Linear, allocates nothing. */
export function scan(text: string, known: KnownNames | undefined): number {
  const { length } = text;
  let may = 0;
  let digits = 0;
  let reach = 0;
  let lineWords = 0;
  let lineName = false;
  let dotAt = -MAX_TLD;
  for (let i = 0; i < length; ) {
    const unit = UNITS[text.charCodeAt(i)] as number;
    const kind = unit >> 16;
    if (kind === LATIN || kind === LETTER) {
      let hash = unit & 0xffff;
      for (i++; i < length; i++) {
        const next = UNITS[text.charCodeAt(i)] as number;
        const nextKind = next >> 16;
        // 7abibi, ma3ak: digits behind Latin letters belong to the word.
        if (nextKind === kind || (nextKind === DIGIT && kind === LATIN)) {
          if (nextKind === DIGIT && ++digits >= MIN_DIGITS) may |= MAY_NUMBER;
          hash = (Math.imul(hash, 31) + (next & 0xffff)) | 0;
        } else if (nextKind !== DROPPED) break;
      }
      if (KIND[FOLD[text.charCodeAt(i - 1)] as number] !== DIGIT) digits = 0;
      reach--;
      lineWords++;
      if (((PLACES[placeOf(hash)] as number) & TELLS) !== 0) {
        const bits = LEXICON.get(hash) ?? 0;
        if (bits & (NAME | SERVANT)) {
          lineName = true;
          if (reach > 0) may |= MAY_NAME;
        }
        if (bits & STRONG || (kind === LATIN && bits & (TITLE | CLOSING))) may |= MAY_NAME;
        if (bits & (WEAK | TITLE | ROLE | CLOSING | KUNYA)) reach = CUE_REACH;
      }
      if (known?.mayHold(hash) && known.prefixOf(hash) !== undefined) may |= MAY_NAME;
      continue;
    }
    if (kind === DIGIT) {
      if (++digits >= MIN_DIGITS) may |= MAY_NUMBER;
    } else if (kind === SIGN) {
      const code = unit & 0xffff;
      if (code === 0x40) may |= MAY_MAIL;
      else if (code === 0x2e) {
        dotAt = i;
        if (endsWithWww(text, i)) may |= MAY_LINK;
      } else if (code === NEWLINE) {
        if (lineName && lineWords <= SIGNATURE_WORDS) may |= MAY_NAME;
        lineWords = 0;
        lineName = false;
      } else if (i - dotAt < MAX_TLD || (code === 0x2f && text.charCodeAt(i - 1) === 0x2f)) may |= MAY_LINK;
    }
    i++;
  }
  return lineName && lineWords <= SIGNATURE_WORDS ? may | MAY_NAME : may;
}

function endsWithWww(text: string, dot: number): boolean {
  return dot >= 3 && /w/i.test(text.charAt(dot - 2)) && /w/i.test(text.charAt(dot - 3));
}
