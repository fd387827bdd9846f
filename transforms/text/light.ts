// Takes from a text what costs a model tokens and tells it nothing: vowel signs, tatweel, stretched letters, repeated emoji.

import { isLetterByLetter } from './display.ts';
import { ASCII_OF_SIGN, TASHKEEL, TATWEEL } from './signs.ts';
import { basicPlane, draftOf, textOf } from './units.ts';

/** Letters that keyboards of other languages write in Arabic words. */
const LOOK_ALIKES: ReadonlyMap<string, string> = new Map(
  Object.entries({ ك: 'کڪ', ي: 'یې', ه: 'ہھە' }).flatMap(([to, from]) => [...from].map((one) => [one, to])),
);
/** Written by Arabic keyboards only. */
const ONLY_ARABIC = /[ةأإؤكي]|(?<!\p{L})ال\p{L}/u;
/** Letters of Persian, Urdu, Kurdish and Uyghur that Arabic does not borrow; with one of them, look-alikes are spelling. */
const NEVER_ARABIC = /[ٹڈڑںےۓۀۂۇۆۈۋېۍڕڵێ]/;
const MAY_LOOK_ALIKE = /[کڪیېہھە]/;

/** Tag characters show nothing, and carry instructions to a model that reads them. */
const TAGS = /[\u{e0000}-\u{e007f}]/gu;
/** One emoji, with its skin tone, its variation and up to four others that it is joined to. */
const EMOJI_RUN =
  /(\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]{0,2}(?:\u200d\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]{0,2}){0,4})(?:\1){2,}/gu;
const LONG_LETTER_RUN = /([\u{10000}-\u{10ffff}])(?<=\p{L})\1{2,}/gu;

const LETTER = 1;
/** A pictogram, or the second half of one. */
const EMOJI = 2;
/** The first half of what is no emoji: a letter of a rare script, a tag. */
const RARE = 4;
/** Left out. */
const GONE = 8;
/** What the sign before it may become one with, or stand in another order beside. */
const COMPOSES = 16;
const MOST_LETTER = (LETTER << 16) | 0xffff;

/** Of each unit, what is written for it, and above that what it is. Signed, because the engine reads those without a detour. */
interface Tables {
  readonly plain: Int32Array;
  readonly arabic: Int32Array;
}
let made: Tables | undefined;

/** Light text, and how far it is from what it was made of. */
export interface Light {
  readonly text: string;
  /** Nothing but vowel signs, tatweel, digits and the letters of keyboards differ: to a search that folds these it is the same. */
  readonly differsInSpellingOnly: boolean;
}

/** How often each emoji of the text at hand was met, by the last bits of its unit: what was met twice is in no run. */
const met = new Uint8Array(64);

/**
 * Display text made light: no vowel signs, tatweel and tag characters; letters and emoji that stand three times and more
 * stand twice, so that the emphasis can still be read; digits, decimal signs and percent signs in ASCII; in Arabic text the
 * letters of Persian keyboards as Arabic ones. All other letters stay: folding them helps no model. A string that needs no
 * change is returned as it is.
 */
export function readLight(display: string): Light {
  made ??= makeTables();
  const table = MAY_LOOK_ALIKE.test(display) && isArabic(display) ? made.arabic : made.plain;
  const { length } = display;
  const written = draftOf(length);
  let count = 0;
  let last = 0;
  let times = 0;
  let changed = 0;
  let shortened = false;
  let seen = 0;
  let mostMet = 0;
  for (let at = 0; at < length; at++) {
    const source = display.charCodeAt(at);
    const entry = table[source] as number;
    const unit = entry & 0xffff;
    changed |= unit ^ source;
    if (entry > MOST_LETTER) {
      seen |= entry >> 16;
      if (entry >> 16 === EMOJI) {
        const sofar = (met[unit & 63] ?? 0) + 1;
        met[unit & 63] = sofar;
        if (sofar > mostMet) mostMet = sofar;
      } else if (unit === 0) continue;
    }
    if (unit !== last) {
      last = unit;
      times = 1;
    } else if (++times > 2 && ((entry >> 16) & LETTER) !== 0) {
      shortened = true;
      continue;
    }
    written[count++] = unit;
  }
  if ((seen & EMOJI) !== 0) met.fill(0);
  let light = display;
  if (changed !== 0 || shortened) {
    const draft = textOf(written, count);
    light = (seen & (COMPOSES | RARE)) === 0 ? draft : draft.normalize('NFC');
    // Without the signs between them letters may tell another language, of which the look-alikes are or are not.
    shortened ||= light !== draft || MAY_LOOK_ALIKE.test(light);
  }
  if ((seen & RARE) !== 0 || mostMet > 2) {
    const shorter = light
      .replace(TAGS, '')
      .replace(EMOJI_RUN, '$1$1')
      .replace(LONG_LETTER_RUN, '$1$1')
      .normalize('NFC');
    shortened ||= shorter !== light;
    light = shorter;
  }
  return { text: light, differsInSpellingOnly: !shortened };
}

/** The text of readLight. */
export function lightText(display: string): string {
  return readLight(display).text;
}

function isArabic(text: string): boolean {
  return ONLY_ARABIC.test(text) && !NEVER_ARABIC.test(text);
}

function makeTables(): Tables {
  const kinds = new Uint8Array(0x1_0000);
  for (const [letter] of basicPlane().matchAll(/\p{L}/gu)) kinds[letter.charCodeAt(0)] = LETTER;
  for (const [sign] of basicPlane().matchAll(/\p{Extended_Pictographic}/gu))
    kinds[sign.charCodeAt(0)] = EMOJI;
  kinds.fill(RARE, 0xd800, 0xdc00);
  kinds.fill(0, 0xd83c, 0xd83f);
  kinds.fill(EMOJI, 0xdc00, 0xe000);
  const plain = Int32Array.from(kinds, (kind, unit) => {
    const composes = kind === LETTER || kind === 0 ? !isLetterByLetter(unit) : false;
    return ((composes ? COMPOSES | kind : kind) << 16) | unit;
  });
  const write = (table: Int32Array, from: string, to: string): void => {
    const unit = to.charCodeAt(0);
    table[from.charCodeAt(0)] = ((kinds[unit] ?? 0) << 16) | unit;
  };
  for (const [sign] of basicPlane().matchAll(new RegExp(`[${TASHKEEL}${TATWEEL}]`, 'g')))
    plain[sign.charCodeAt(0)] = GONE << 16;
  for (const [sign, ascii] of ASCII_OF_SIGN) write(plain, sign, ascii);
  const arabic = Int32Array.from(plain);
  for (const [from, to] of LOOK_ALIKES) write(arabic, from, to);
  return { plain, arabic };
}
