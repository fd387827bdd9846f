// Text as a model should read it: title and words together, light, and without personal data.

import { MASKS, maskPersonalData } from './mask.ts';

/** Longest analysis text, in UTF-16 code units; what follows is cut. */
export const MAX_ANALYSIS_CHARACTERS = 20_000;

/** Vowel signs and Qur'anic marks. U+0653–0655 are not among them: NFC has made letters of those. */
export const TASHKEEL =
  /[\u0610-\u061a\u064b-\u0652\u0656-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u08ca-\u08e1\u08e3-\u08ff]/g;
const TATWEEL = /\u0640/g;
/** Tag characters show nothing, and carry instructions to a model that reads them. */
const TAGS = /[\u{e0000}-\u{e007f}]/gu;
const LETTER_RUN = /(\p{L})\1{2,}/gu;
/** What LETTER_RUN may find, ten times as fast: a unit three times in a row, or a letter of two units. Emoji are no letters. */
const MAY_RUN = /([^\0-@])\1\1|[\ud800-\ud83b\ud83f-\udbff]/;
const EASTERN_NUMBER = /[\u0660-\u066c\u06f0-\u06f9]/;
const EASTERN_NUMBERS = /[\u0660-\u066c\u06f0-\u06f9]/g;
const MASKED = new RegExp(
  Object.values(MASKS)
    .map((mask) => mask.replace(/[[\]]/g, '\\$&'))
    .join('|'),
  'g',
);
const SAYS_SOMETHING = /[\p{L}\p{N}\p{Extended_Pictographic}]/u;

/**
 * Title and display text as one text for a model: vowel signs and tatweel stripped (they cost two to four times the
 * tokens), letters repeated three times and more cut to two, digits in ASCII, personal data masked, at most
 * MAX_ANALYSIS_CHARACTERS. A title that the text begins with is not repeated. Letters are not folded: that does not help
 * a model. Both arguments are display text.
 */
export function analysisText(title: string, display: string): string {
  const whole = title === '' || display.startsWith(title) ? display : `${title}\n${display}`;
  const light = whole.replace(TASHKEEL, '').replace(TATWEEL, '').replace(TAGS, '').normalize('NFC');
  const masked = maskPersonalData(foldDigits(shortenRuns(light)));
  return cutAtCodePoint(masked.trim(), MAX_ANALYSIS_CHARACTERS);
}

/** Whether there is anything to label: a letter, a digit or an emoji besides the masks. */
export function saysSomething(analysis: string): boolean {
  return SAYS_SOMETHING.test(analysis.replace(MASKED, ''));
}

/** Letters repeated three times and more, cut to two. */
function shortenRuns(text: string): string {
  return MAY_RUN.test(text) ? text.replace(LETTER_RUN, '$1$1') : text;
}

/** Arabic-Indic and Persian digits, decimal and thousands separators and the percent sign, each as its ASCII counterpart. */
export function foldDigits(text: string): string {
  if (!EASTERN_NUMBER.test(text)) return text;
  return text.replace(EASTERN_NUMBERS, (sign) => {
    const code = sign.charCodeAt(0);
    if (code >= 0x06f0) return String.fromCharCode(code - 0x06f0 + 0x30);
    if (code <= 0x0669) return String.fromCharCode(code - 0x0660 + 0x30);
    return code === 0x066a ? '%' : code === 0x066b ? '.' : ',';
  });
}

/** At most `characters` code units, never half of a surrogate pair. */
export function cutAtCodePoint(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const last = text.charCodeAt(characters - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? characters - 1 : characters);
}
