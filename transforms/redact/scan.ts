// One quick look at a text: which kinds could be in it at all. Most texts hold none, and this look is all that they cost.

import { DIGIT, FOLD, KIND, LATIN, OTHER } from './fold.ts';
import type { KnownNames } from './known-names.ts';
import {
  CLOSING, hashStep, KUNYA, LEXICON, NAME, PLACES, placeOf, ROLE, SERVANT, STRONG, TITLE, WEAK,
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
/** Of each unit, what it is searched as, and above that its kind. */
const UNITS: Uint32Array = Uint32Array.from({ length: 0x10000 }, (_, code) => {
  const folded = FOLD[code] ?? 0;
  const kind = folded === 0 ? DROPPED : '@./?#:\n'.includes(String.fromCharCode(folded)) ? SIGN : (KIND[folded] ?? 0);
  return (kind << 16) | folded;
});

/** The kinds that a text may hold; a bit too many costs time, and a bit too few would be a leak. Linear, allocates nothing. */
export function scan(text: string, known: KnownNames | undefined): number {
  let may = 0;
  let digits = 0;
  let word = OTHER;
  let hash = 0;
  let reach = 0;
  let lineWords = 0;
  let lineName = false;
  let dotAt = -MAX_TLD;
  for (let i = 0; i <= text.length; i++) {
    const unit = i < text.length ? (UNITS[text.charCodeAt(i)] ?? 0) : (SIGN << 16) | 0x0a;
    const kind = unit >>> 16;
    if (kind === DROPPED) continue;
    const code = unit & 0xffff;
    if (kind !== word && word !== OTHER && !(word === LATIN && kind === DIGIT)) {
      // A word ends here.
      reach--;
      lineWords++;
      const place = placeOf(hash);
      if (PLACES[place] !== 0) {
        const bits = LEXICON.get(hash) ?? 0;
        if (bits & (NAME | SERVANT)) {
          lineName = true;
          if (reach > 0) may |= MAY_NAME;
        }
        if (bits & STRONG || (word === LATIN && bits & (TITLE | CLOSING))) may |= MAY_NAME;
        if (bits & (WEAK | TITLE | ROLE | CLOSING | KUNYA)) reach = CUE_REACH;
      }
      if (known?.mayHold(hash)) may |= MAY_NAME;
      word = OTHER;
    }
    if (kind === DIGIT) {
      if (++digits >= MIN_DIGITS) may |= MAY_NUMBER;
      if (word === LATIN) hash = hashStep(hash, code);
    } else if (kind === SIGN) {
      if (code === 0x40) may |= MAY_MAIL;
      else if (code === 0x2e) {
        dotAt = i;
        if (text.charCodeAt(i - 1) > 0x40) may |= endsWithWww(text, i) ? MAY_LINK : 0;
      } else if (code === 0x0a) {
        if (lineName && lineWords <= SIGNATURE_WORDS) may |= MAY_NAME;
        lineWords = 0;
        lineName = false;
      } else if (i - dotAt < MAX_TLD || code === 0x2f) {
        if (code !== 0x2f || i - dotAt < MAX_TLD || text.charCodeAt(i - 1) === 0x2f) may |= MAY_LINK;
      }
    } else if (kind !== OTHER) {
      digits = 0;
      if (word === OTHER) {
        word = kind;
        hash = 0;
      }
      hash = hashStep(hash, code);
    }
  }
  return may;
}

function endsWithWww(text: string, dot: number): boolean {
  return dot >= 3 && /w/i.test(text.charAt(dot - 2)) && /w/i.test(text.charAt(dot - 3));
}
