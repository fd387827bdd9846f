// International bank account numbers: ISO 13616, with the length of each country and check digits modulo 97.

import type { Range } from './fold.ts';

/** Lengths from the SWIFT IBAN registry: the Arab countries, and those from which their customers transfer. */
const LENGTHS: ReadonlyMap<string, number> = new Map(
  'ae23 sa24 eg29 kw30 qa29 bh22 jo30 lb28 om23 iq23 mr27 tn24 ps29 ly25 sd18 dj27 so23 ye30 ma28 dz26 tr26 pk24 ad24 al28 at20 az28 ba20 be16 bg22 br29 by28 ch21 cr22 cy28 cz24 de22 dk18 do28 ee20 es24 fi18 fo18 fr27 gb22 ge22 gi23 gl18 gr27 gt28 hr21 hu28 ie22 il23 is26 it27 kz20 li21 lt20 lu20 lv21 mc27 md24 me22 mk19 mn20 mt31 mu30 nl18 no15 pl28 pt25 ro24 rs22 ru33 se24 si19 sk24 sm27 ua29 va22 xk20'
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);
const OPENING = /(?<![a-z0-9])([a-z]{2})[ -]{0,2}\d[ -]?\d(?=[ -]{0,2}[a-z0-9])/g;

/** The account numbers in a folded text, spaced or not, in order. */
export function findIbans(text: string): readonly Range[] {
  const found: Range[] = [];
  OPENING.lastIndex = 0;
  for (let match = OPENING.exec(text); match !== null; match = OPENING.exec(text)) {
    const length = LENGTHS.get(match[1] ?? '');
    const end = length === undefined ? -1 : ibanEnd(text, match.index, length);
    if (end > 0) {
      found.push({ start: match.index, end });
      OPENING.lastIndex = end;
    } else {
      OPENING.lastIndex = match.index + 2;
    }
  }
  return found;
}

function ibanEnd(text: string, start: number, length: number): number {
  let signs = '';
  let i = start;
  let gap = 0;
  for (; signs.length < length; i++) {
    const sign = text.charAt(i);
    if (/[a-z0-9]/.test(sign)) {
      signs += sign;
      gap = 0;
    } else if ((sign !== ' ' && sign !== '-' && sign !== '\n') || ++gap > 2) return -1;
  }
  return /[a-z0-9]/.test(text.charAt(i)) || !isIban(signs) ? -1 : i;
}

/** ISO 7064 MOD 97-10: the first four signs go to the end, letters count from 10. */
function isIban(signs: string): boolean {
  let rest = 0;
  for (const sign of signs.slice(4) + signs.slice(0, 4)) {
    const value = Number.parseInt(sign, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}
