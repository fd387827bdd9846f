// Text as an analyst should see it: the words as written, without markup, baked glyphs and invisible controls.

import { htmlText } from './html.ts';
import { repairPresentationForms } from './presentation.ts';

/** What display text is made of, and what was found on the way. */
export interface Display {
  readonly text: string;
  readonly hadPresentationForms: boolean;
  readonly hadBidiControls: boolean;
  readonly hadHtml: boolean;
}

// The fast check: most rows need nothing, and reading them should be all that they cost. Four small searches are twice as
// fast as one with alternatives.
const SUSPECT =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u00a0\u00ad\u061c\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufb50-\ufdff\ufe70-\ufeff]/;
const LOOSE_SPACE = / {2}| \n|\n |\n\n\n/;
const SURROGATE = /[\ud800-\udfff]/;

/** Holds a character that normalization could touch: anything but letters, digits, signs and emoji that are NFC by themselves. */
const PERHAPS_NOT_NFC =
  /[^\u0000-\u02ff\u0600-\u060f\u061b-\u064a\u0660-\u066f\u0671-\u06d5\u06ee-\u06ff\u2010-\u2027\u2030-\u205e\ud83c-\ud83e\udc00-\udfff\ufe0f]/;

const LONE_SURROGATE = /\p{Surrogate}/gu;
const LINE_END = /\r\n?|[\u0085\u2028\u2029]/g;
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
const BIDI_CONTROL = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
/** Bidi controls, zero-width characters, invisible operators, the soft hyphen. The joiners have rules of their own. */
const INVISIBLE = /[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g;
const JOINER = /[\u200c\u200d]/;
/** Letters of Persian, Urdu and Kurdish keyboards, and Indic scripts: there the joiners are spelling. */
const SPELLS_WITH_JOINERS = /[\u06a9\u06cc\u06d2\u06c1\u06be\u06d5\u06c6\u06ce\u0900-\u0dff]/;
/** Zero-width joiners that do not hold an emoji together, and all non-joiners. */
const STRAY_JOINER =
  /\u200c|(?<![\p{Extended_Pictographic}\ufe0f\u{1f3fb}-\u{1f3ff}])\u200d|\u200d(?!\p{Extended_Pictographic})/gu;
const SPACES = /[\t \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+/g;

/**
 * The display text of an original, and what was found in it. Text that needs nothing is returned as it is. In visual
 * order (right-to-left text stored back to front, as some PDF exports do) letters are repaired and their order is not.
 */
export function readDisplay(original: string, options: { readonly html: boolean }): Display {
  const words = options.html ? htmlText(original) : original;
  if (isClean(words)) {
    return { text: words, hadPresentationForms: false, hadBidiControls: false, hadHtml: options.html };
  }
  const legible = words.replace(LONE_SURROGATE, '\ufffd').replace(LINE_END, '\n').replace(CONTROL, '');
  const letters = repairPresentationForms(legible);
  return {
    text: foldSpaces(dropInvisible(letters).normalize('NFC')),
    hadPresentationForms: letters !== legible,
    hadBidiControls: BIDI_CONTROL.test(legible),
    hadHtml: options.html,
  };
}

/**
 * Text as an analyst should see it: well-formed, NFC, no markup where `html` is set, glyph forms as letters, no controls,
 * single spaces, at most one empty line. Idempotent; a string that needs no change is returned as it is.
 */
export function displayText(original: string, options: { readonly html: boolean } = { html: false }): string {
  return readDisplay(original, options).text;
}

function isClean(text: string): boolean {
  if (SUSPECT.test(text) || LOOSE_SPACE.test(text) || isSpace(text.at(0)) || isSpace(text.at(-1)))
    return false;
  if (SURROGATE.test(text) && text.search(LONE_SURROGATE) >= 0) return false;
  return !PERHAPS_NOT_NFC.test(text) || text.normalize('NFC') === text;
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\n';
}

function dropInvisible(text: string): string {
  const visible = text.replace(INVISIBLE, '');
  if (!JOINER.test(visible) || SPELLS_WITH_JOINERS.test(visible)) return visible;
  return visible.replace(STRAY_JOINER, '');
}

function foldSpaces(text: string): string {
  return text
    .replace(SPACES, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^[ \n]+|[ \n]+$/g, '');
}
