// Parses JSON without losing a digit: numbers that a double cannot hold come as strings, as the vendor spelled them.

import { parse } from 'lossless-json';
import type { Json } from './types.ts';

/**
 * Finds, outside or inside strings, what may be a number that a double cannot hold: 16 digits and more, or an exponent that
 * makes it large or vanishing. A match too many only costs time. The character before it keeps out most text in quotes.
 */
const RISKY_NUMBER = /(?:^|[:,[])\s*-?\d(?:[\d.]{14,}\d|[\d.]*[eE](?:\+?\d|-\d{3}))/;

/**
 * The value of a JSON text. Integers beyond ±(2^53 − 1) and numbers with more digits than a double keeps are strings of the
 * vendor's spelling; every other number is a number. A repeated key has its last value, as in `JSON.parse`; `__proto__` is
 * a key like any other. Throws SyntaxError whose message holds nothing of the text.
 */
export function parseJson(text: string): Json {
  try {
    const value: unknown = RISKY_NUMBER.test(text) ? parseLosslessly(text) : JSON.parse(text);
    return value as Json;
  } catch (error) {
    // The engine's own message quotes the text, and the text holds customers' words.
    const why = error instanceof RangeError ? 'it is nested too deeply' : 'it is malformed or ends early';
    throw new SyntaxError(`The text of ${text.length} characters is not JSON: ${why}.`);
  }
}

function parseLosslessly(text: string): unknown {
  return parse(text, null, {
    parseNumber,
    onDuplicateKey: ({ newValue }) => newValue,
  });
}

function parseNumber(literal: string): number | string {
  const value = Number(literal);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return literal;
  return keepsDigits(value, literal) ? value : literal;
}

/** Whether the double, printed with as many digits as the literal has, is the literal again. */
function keepsDigits(value: number, literal: string): boolean {
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
