// E-mail addresses, in Latin and in Arabic, with domains of either script.

import { DIGIT, KIND, LATIN, LETTER, type Range } from './fold.ts';

// RFC 5321 section 4.5.3.1: a local part has at most 64 octets, a domain 255. The bounds also keep the search linear.
const MAX_LOCAL = 64;
const MAX_DOMAIN = 255;
/** Of the signs that RFC 5322 allows, those that people use; = and / rather part an address from the word before it. */
const LOCAL_SIGN = /[.%&'+_-]/;

/** The addresses in a folded text, in order. */
export function findEmails(text: string): readonly Range[] {
  const found: Range[] = [];
  let from = 0;
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const start = localStart(text, at, from);
    const end = start < at ? domainEnd(text, at + 1) : -1;
    if (end < 0) continue;
    found.push({ start, end });
    from = end;
  }
  return found;
}

/** Where the local part begins. It does not run from one script into the other: words are often glued to an address. */
function localStart(text: string, at: number, from: number): number {
  let script = 0;
  let i = at;
  const stop = Math.max(from, at - MAX_LOCAL);
  for (; i > stop; i--) {
    const kind = KIND[text.charCodeAt(i - 1)] ?? 0;
    if (kind === LATIN || kind === LETTER) {
      if (script !== 0 && script !== kind) break;
      script = kind;
    } else if (kind !== DIGIT && !LOCAL_SIGN.test(text.charAt(i - 1))) break;
  }
  // Signs that lead are the sentence's: (me@…, 'me@…, /me@….
  while (i < at && LOCAL_SIGN.test(text.charAt(i))) i++;
  return i;
}

/** Where the domain ends, or -1 where there is none: labels of one script, the last of two letters or more, or an A-label. */
function domainEnd(text: string, start: number): number {
  const stop = Math.min(text.length, start + MAX_DOMAIN);
  let end = -1;
  let script = 0;
  let labels = 0;
  let label = start;
  let lettersOnly = true;
  let i = start;
  for (; i <= stop; i++) {
    const kind = i < stop ? (KIND[text.charCodeAt(i)] ?? 0) : 0;
    if (kind === LETTER || kind === LATIN) {
      if (script !== 0 && script !== kind) {
        // Only a whole label may have another script than the one before it.
        if (i !== label) break;
      }
      script = kind;
    } else if (kind === DIGIT || (i < stop && text.charAt(i) === '-')) {
      lettersOnly = false;
    } else {
      if (i === label) break;
      labels++;
      if (labels > 1 && i - label >= 2 && (lettersOnly || text.startsWith('xn--', label))) end = i;
      if (i >= stop || text.charAt(i) !== '.') return end;
      label = i + 1;
      lettersOnly = true;
    }
  }
  // A label that stopped where the script changes ends there.
  if (i > label && labels > 0 && lettersOnly && i - label >= 2) return i;
  return end;
}
