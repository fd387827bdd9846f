// Parses JSON without losing a digit: numbers that a double cannot hold come as strings, as the vendor spelled them.

import type { Json } from './types.ts';

/**
 * Finds, outside or inside strings, what may be a number that a double cannot hold: 16 digits and more, or an exponent that
 * makes it large or vanishing. A match too many only costs time. The character before it keeps out most text in quotes.
 */
const RISKY_NUMBER = /((?:^|[:,[])\s*)-?\d(?:[\d.]{14,}\d|[\d.]*[eE](?:\+?\d|-\d{3}))/g;

/** A whole number in JSON's own grammar (RFC 8259 section 6), with what may follow a value. */
const WHOLE_NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?=\s*(?:[,\]}]|$))/y;

/**
 * The value of a JSON text. Integers beyond ±(2^53 − 1) and numbers with more digits than a double keeps are strings of the
 * vendor's spelling; every other number is a number. A repeated key has its last value, as in `JSON.parse`; `__proto__` is
 * a key like any other. Throws SyntaxError whose message holds nothing of the text.
 */
export function parseJson(text: string): Json {
  try {
    return JSON.parse(quoteLossyNumbers(text)) as Json;
  } catch {
    // The engine's own message quotes the text, and the text holds customers' words.
    throw new SyntaxError(
      `The text of ${text.length} characters is not JSON: it is malformed or ends early.`,
    );
  }
}

/**
 * The text with quotes around each number that a double cannot hold. Rare as they are, one of them on a page is common, and a
 * parser written in JavaScript takes ten times as long for the page as the engine's own.
 */
function quoteLossyNumbers(text: string): string {
  let quoted = '';
  let copiedTo = 0;
  let string = nextString(text, 0);
  for (const match of text.matchAll(RISKY_NUMBER)) {
    const start = match.index + (match[1]?.length ?? 0);
    while (string.end < start) string = nextString(text, string.end + 1);
    if (string.start < start) continue;
    WHOLE_NUMBER.lastIndex = start;
    const literal = WHOLE_NUMBER.exec(text)?.[0];
    // What is no number stays as it is, and the parser refuses it.
    if (literal === undefined || isKept(literal)) continue;
    quoted += `${text.slice(copiedTo, start)}"${literal}"`;
    copiedTo = start + literal.length;
  }
  return copiedTo === 0 ? text : quoted + text.slice(copiedTo);
}

/** Where the quotes of the next string stand, from a place outside of strings; beyond the text when there are none. */
function nextString(text: string, from: number): { readonly start: number; readonly end: number } {
  const start = indexOf(text, '"', from);
  let end = start;
  do end = indexOf(text, '"', end + 1);
  while (isEscaped(text, end));
  return { start, end };
}

function indexOf(text: string, character: string, from: number): number {
  const at = text.indexOf(character, from);
  return at === -1 ? Number.POSITIVE_INFINITY : at;
}

/** Whether an odd number of backslashes stands before this character. */
function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text[before] === '\\') before -= 1;
  return (at - before) % 2 === 0;
}

/** Whether a double holds this number, digit for digit. */
function isKept(literal: string): boolean {
  const value = Number(literal);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return false;
  const digits = significantDigits(literal);
  if (digits === '') return true;
  // `toPrecision` prints at most 100 digits.
  return digits.length <= 100 && significantDigits(value.toPrecision(digits.length)) === digits;
}

function significantDigits(literal: string): string {
  return literal
    .replace(/[eE].*$/, '')
    .replace(/\D/g, '')
    .replace(/^0+/, '');
}
