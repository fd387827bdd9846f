// Cuts a text into the words, emoji and signs that the offline model reads.

import { keyText } from '../text/key.ts';

const WORD = 1;
const EMOJI = 2;
const SIGN = 3;
const SIGNS = '.,;!?';
/** A mark inside a word: don't, 5/5. */
const JOINS_WORDS = 4;
const OPENS_MASK = 5;
/** Half of a character of two units: what it is, both tell together. */
const PAIR = 6;

/** What each UTF-16 unit is; a table is several times as fast as an expression that knows Unicode. */
let made: Uint8Array | undefined;

/** Longest mask of personal data, such as `[هاتف]`; a bracket that stays open longer hides nothing. */
const LONGEST_MASK = 24;

/** Says what is known of the token that stands from `start` to `end` in a folded text. */
export type FindToken<T> = (key: string, start: number, end: number) => T;

/**
 * The tokens of a text in order, folded by `keyText`: words, emoji one by one, and the signs `. , ; ! ?`, with which a
 * line end counts as a full stop. Masks of personal data are left out, so that masking changes no label. Linear; any string.
 */
export function tokensOf(text: string): readonly string[] {
  return findTokens(text, (key, start, end) => key.slice(start, end));
}

/** What `find` says of each token, in order. To cut a token out costs more than to look at it where it stands. */
export function findTokens<T>(text: string, find: FindToken<T>): readonly T[] {
  const key = keyText(text.includes('\n') ? text.replaceAll('\n', ' . ') : text);
  const { length } = key;
  const found: T[] = [];
  made ??= kindTable();
  const kinds = made;
  let at = 0;
  while (at < length) {
    const start = at;
    let kind = kinds[key.charCodeAt(at)] ?? 0;
    if (kind === PAIR) kind = pairKind(key, at);
    if (kind === WORD) at = endOfWord(key, at, kinds);
    else if (kind === EMOJI) at += kinds[key.charCodeAt(at)] === PAIR ? 2 : 1;
    else if (kind === SIGN) at += 1;
    else {
      at = kind === OPENS_MASK ? afterMask(key, at) : at + 1;
      continue;
    }
    found.push(find(key, start, at));
  }
  return found;
}

/** Whether a token is a sign between words. */
export function isSign(token: string): boolean {
  return token.length === 1 && SIGNS.includes(token);
}

function endOfWord(key: string, start: number, kinds: Uint8Array): number {
  const { length } = key;
  let at = start;
  while (at < length) {
    const kind = kinds[key.charCodeAt(at)] ?? 0;
    if (kind === WORD) at += 1;
    else if (kind === PAIR && pairKind(key, at) === WORD) at += 2;
    else if (kind === JOINS_WORDS && at > start && kinds[key.charCodeAt(at + 1)] === WORD) at += 1;
    else break;
  }
  return at;
}

function afterMask(key: string, open: number): number {
  const close = key.slice(open, open + LONGEST_MASK).indexOf(']');
  return close < 0 ? open + 1 : open + close + 1;
}

/** What a surrogate and its neighbour are together; a lone one is nothing. */
function pairKind(key: string, at: number): number {
  const codePoint = key.codePointAt(at) ?? 0;
  if (codePoint < 0x1_0000) return 0;
  const character = String.fromCodePoint(codePoint);
  return /\p{Extended_Pictographic}/u.test(character) ? EMOJI : /[\p{L}\p{N}]/u.test(character) ? WORD : 0;
}

function kindTable(): Uint8Array {
  const table = new Uint8Array(0x1_0000);
  const units = Array.from({ length: 0x1_0000 }, (_, unit) =>
    unit >= 0xd800 && unit < 0xe000 ? ' ' : String.fromCharCode(unit),
  ).join('');
  for (const { index } of units.matchAll(/\p{Extended_Pictographic}/gu)) table[index] = EMOJI;
  for (const { index } of units.matchAll(/[\p{L}\p{N}]/gu)) table[index] = WORD;
  for (const sign of SIGNS) table[sign.charCodeAt(0)] = SIGN;
  for (const mark of "'/") table[mark.charCodeAt(0)] = JOINS_WORDS;
  table['['.charCodeAt(0)] = OPENS_MASK;
  return table.fill(PAIR, 0xd800, 0xe000);
}
