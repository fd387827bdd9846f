// Folds spelling away, so that what readers take as the same words has the same key. For comparing only, never for showing.

import { foldDigits, TASHKEEL } from './analysis.ts';
import { displayText } from './display.ts';

/** Marks that a key does not hold: tatweel, free hamza and madda, non-joiners, variation selectors, skin tones. */
const IGNORED = /[\u0640\u0653-\u0655\u0674\u200c\u200d\ufe0e\ufe0f]|[\u{1f3fb}-\u{1f3ff}]/gu;

const FOLDS: ReadonlyMap<string, string> = new Map(
  [
    ['ا', 'أإآٱٲٳ'],
    ['و', 'ؤ'],
    ['ي', 'ئىیېے'],
    ['ه', 'ةۃہھە'],
    ['ك', 'کڪگ'],
    ['ب', 'پ'],
    ['ج', 'چ'],
    ['ف', 'ڤ'],
    ['ز', 'ژ'],
    [',', '،'],
    [';', '؛'],
    ['?', '؟'],
    ['.', '۔'],
    ['"', '«»“”'],
    ["'", '’‘'],
  ].flatMap(([to = '', from = '']) => [...from].map((letter) => [letter, to] as const)),
);
const FOLDED = new RegExp(`[${[...FOLDS.keys()].join('')}]`, 'g');

/** Arabic letters are stretched at any length; in Latin script two of a kind are spelling, three are not. */
const ARABIC_RUN = /([\u0620-\u064a])\1+/g;
const LETTER_RUN = /(\p{L})\1{2,}/gu;

/**
 * The folded key of a text: hamza seats, alef, ya, ta marbuta and keyboard variants as one letter each, no vowel signs,
 * lower case, ASCII digits and punctuation, one line. Idempotent; equal for a text and its display text.
 */
export function keyText(text: string): string {
  const compatible = displayText(text).normalize('NFKC').toLowerCase().normalize('NFKC');
  const bare = foldDigits(compatible.replace(TASHKEEL, '').replace(IGNORED, ''));
  return bare
    .replace(FOLDED, (letter) => FOLDS.get(letter) ?? letter)
    .replace(ARABIC_RUN, '$1')
    .replace(LETTER_RUN, '$1$1')
    .replace(/[!?]{2,}/g, (run) => run.charAt(0))
    .replace(/\s+/g, ' ')
    .trim();
}
