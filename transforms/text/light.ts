// Takes from a text what costs a model tokens and tells it nothing: vowel signs, tatweel, stretched letters, repeated emoji.

import { isLetterByLetter } from './display.ts';
import { ASCII_OF_SIGN, TASHKEEL, TATWEEL } from './signs.ts';
import { basicPlane, fillClass, inMemory } from './units.ts';

/** Letters that keyboards of other languages write in Arabic words. */
const LOOK_ALIKES: ReadonlyMap<string, string> = new Map(
  Object.entries({ ك: 'کڪ', ي: 'یې', ه: 'ہھە' }).flatMap(([to, from]) => [...from].map((one) => [one, to])),
);
/** Written by Arabic keyboards only. */
const ONLY_ARABIC = /[ةأإؤكي]|(?<!\p{L})ال\p{L}/u;
/** Letters of Persian, Urdu, Kurdish and Uyghur that Arabic does not borrow; with one of them, look-alikes are spelling. */
const NEVER_ARABIC = /[ٹڈڑںےۓۀۂۇۆۈۋېۍڕڵێ]/;
const LOOKS_ALIKE = /[کڪیېہھە]/g;

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
/** A letter of LOOK_ALIKES. */
const ALIKE = 32;
/** A sign that becomes another one, between words or at their end. */
const SIGN = 64;
const MOST_LETTER = (LETTER << 16) | 0xffff;

/** Behind a sign that is to be drawn as an emoji; it becomes one with nothing, whatever stands beside it. */
const VARIATION = 0xfe0f;

/** Light text, and how far it is from what it was made of. */
export interface Light {
  readonly text: string;
  /** Nothing but vowel signs, tatweel, digits and the letters of keyboards differ: to a search that folds these it is the same. */
  readonly differsInSpellingOnly: boolean;
  /**
   * Nothing but vowel signs and tatweel behind letters, and digits differ: so it is display text as well, and its lines begin
   * and end with the same words and signs.
   */
  readonly isNearlySame: boolean;
}

/**
 * Display text made light: no vowel signs, tatweel and tag characters; letters and emoji that stand three times and more
 * stand twice, so that the emphasis can still be read; digits, decimal signs and percent signs in ASCII; in Arabic text the
 * letters of Persian keyboards as Arabic ones. All other letters stay: folding them helps no model. A string that needs no
 * change is returned as it is.
 */
export function readLight(display: string): Light {
  return lightening(display.length)(display);
}

const lightening = inMemory((memory) => {
  const { source, draft, read, written } = memory;
  /** Of each unit, what is written for it, and above that what it is. Signed, because the engine reads those without a detour. */
  const table = makeTable();
  /** How often each emoji of the text at hand was met, by the last bits of its unit: what was met twice is in no run. */
  const met = new Uint8Array(64);
  return (display: string): Light => {
    read(display);
    const { length } = display;
    let count = 0;
    let last = 0;
    let times = 0;
    let changed = 0;
    let shortened = false;
    let seen = 0;
    let mostMet = 0;
    /** Whether something was left out that stood behind no letter. */
    let isLoose = false;
    for (let at = 0; at < length; at++) {
      const unitRead = source[at] as number;
      const entry = table[unitRead] as number;
      const unit = entry & 0xffff;
      changed |= unit ^ unitRead;
      if (entry > MOST_LETTER) {
        seen |= entry >> 16;
        if (entry >> 16 === EMOJI) {
          const sofar = (met[unit & 63] as number) + 1;
          met[unit & 63] = sofar;
          if (sofar > mostMet) mostMet = sofar;
        } else if (unit === 0) {
          isLoose ||= (((table[last] as number) >> 16) & LETTER) === 0;
          continue;
        }
      }
      if (unit !== last) {
        last = unit;
        times = 1;
      } else if (++times > 2 && ((entry >> 16) & LETTER) !== 0) {
        shortened = true;
        continue;
      }
      draft[count++] = unit;
    }
    if ((seen & EMOJI) !== 0) met.fill(0);
    if ((seen & ALIKE) !== 0 && isArabic(display))
      return {
        ...readLight(display.replace(LOOKS_ALIKE, (letter) => LOOK_ALIKES.get(letter) ?? letter)),
        isNearlySame: false,
      };
    let light = display;
    if (changed !== 0 || shortened) {
      const spelled = written(count);
      light = (seen & (COMPOSES | RARE)) === 0 ? spelled : spelled.normalize('NFC');
      // Without the signs between them letters may tell another language, of which the look-alikes are or are not.
      shortened ||= light !== spelled || (seen & ALIKE) !== 0;
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
    return {
      text: light,
      differsInSpellingOnly: !shortened,
      isNearlySame: !shortened && !isLoose && (seen & (COMPOSES | RARE | ALIKE | SIGN)) === 0,
    };
  };
});

/** The text of readLight. */
export function lightText(display: string): string {
  return readLight(display).text;
}

function isArabic(text: string): boolean {
  return ONLY_ARABIC.test(text) && !NEVER_ARABIC.test(text);
}

function makeTable(): Int32Array {
  const kinds = new Uint8Array(0x1_0000);
  fillClass(kinds, /\p{L}/u, LETTER);
  fillClass(kinds, /\p{Extended_Pictographic}/u, EMOJI);
  kinds.fill(RARE, 0xd800, 0xdc00);
  kinds.fill(0, 0xd83c, 0xd83f);
  kinds.fill(EMOJI, 0xdc00, 0xe000);
  const table = new Int32Array(kinds).map((kind, unit) => {
    const isOfEmoji = (unit >= 0xd83c && unit < 0xd83f) || unit === VARIATION;
    const composes = (kind === LETTER || kind === 0) && !isOfEmoji && !isLetterByLetter(unit);
    return ((composes ? COMPOSES | kind : kind) << 16) | unit;
  });
  for (const [sign] of basicPlane().matchAll(new RegExp(`[${TASHKEEL}${TATWEEL}]`, 'g')))
    table[sign.charCodeAt(0)] = GONE << 16;
  for (const [sign, ascii] of ASCII_OF_SIGN)
    table[sign.charCodeAt(0)] = ((/\d/.test(ascii) ? 0 : SIGN) << 16) | ascii.charCodeAt(0);
  for (const letter of LOOK_ALIKES.keys())
    table[letter.charCodeAt(0)] = (table[letter.charCodeAt(0)] ?? 0) | (ALIKE << 16);
  return table;
}
