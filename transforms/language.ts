// Tells the language and script of feedback, and how far its Arabic is from Modern Standard Arabic: enough to route a text, and no more.

import type { Field, Json, Row, Transform } from '../core/types.ts';
import { detectLanguage } from './language/detector.ts';
import { tellDialect } from './language/dialect.ts';
import { ARABIZI, ENGLISH, FRENCH, PERSIAN } from './language/words.ts';
import { basicPlane, fillClass, inMemory } from './text/units.ts';

/** Grows when the same text would be told otherwise. */
const LANGUAGE_VERSION = 'language-3';

/** How much of a text is read; what follows would not change the answer. */
const READ_CHARACTERS = 2_000;

export type Script = 'ar' | 'latin' | 'mixed' | 'arabizi' | 'other';

/**
 * `mixed` is Arabic and another language in Latin script together, `arabizi` Arabic in Latin letters and digits; any other name is the
 * code of ISO 639-1, or `ckb` (ISO 639-3) for Sorani Kurdish. Null means that it cannot be told.
 */
export interface Language {
  readonly language: string | null;
  readonly script: Script | null;
}

const ADDS = {
  language: {
    type: 'string',
    description:
      'ar, en, fr, fa, ur or another code of ISO 639-1, ckb (Sorani), mixed (Arabic and Latin words), arabizi; NULL where it cannot be told.',
  },
  script: {
    type: 'string',
    description: 'ar, latin, mixed, arabizi or other; NULL where there are no letters.',
  },
  dialect_score: {
    type: 'number',
    description:
      'From 0 (Modern Standard Arabic) to 1 (dialect), by a small model; NULL where the language is not Arabic or has fewer than 3 Arabic words.',
  },
  dialect_confidence: {
    type: 'number',
    description:
      'How probable it is that the side of 0.5 on which dialect_score lies is right: from 0.5 to 1.',
  },
} as const satisfies Record<string, Field>;

/**
 * Adds `language`, `script`, `dialect_score` and `dialect_confidence` to feedback rows from the display text, or the original
 * where there is none, and from the title where the text has no letters. Pure; never throws.
 */
export function language(): Transform {
  return { name: 'language', version: LANGUAGE_VERSION, adds: ADDS, apply: (rows) => rows.map(addLanguage) };
}

function addLanguage(row: Row): Row {
  const words = stringOf(row['text_display'] ?? row['text_original']).slice(0, READ_CHARACTERS);
  const ofWords = tellLanguage(words);
  const read = ofWords.script === null ? stringOf(row['title']).slice(0, READ_CHARACTERS) : words;
  const told = ofWords.script === null ? tellLanguage(read) : ofWords;
  const isArabic = told.language === 'ar' || told.language === 'mixed';
  const dialect = isArabic ? tellDialect(read) : null;
  return Object.assign(
    { ...row },
    {
      language: told.language,
      script: told.script,
      dialect_score: dialect?.score ?? null,
      dialect_confidence: dialect?.confidence ?? null,
    },
  );
}

const ARABIC_LETTER =
  /[\u0620-\u064a\u066e-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc]/;
const LATIN_LETTER = /[a-z\u00c0-\u024f]/i;
const ANY_LETTER = /\p{L}/u;
const LETTER_OF_TWO_UNITS = /[\u{10000}-\u{10ffff}](?<=\p{L})/gu;

const FOREIGN_LETTER = /[ٹڈڑںےھہگپچژکیێڵڕەۆ]/;
/** Letters that Urdu has and Arabic and Persian have not. Those that are missing from the second list also decorate Arabic. */
const URDU_LETTER = /[ٹڈڑںےھہ]/;
const UNDECORATIVE_URDU_LETTER = /[ٹڈڑں]/;
/** Letters that Persian keyboards write, and that Arabic borrows: alone they prove nothing. */
const PERSIAN_LETTER = /[گپچژکی]/;
/** Letters that neither Persian nor Urdu keyboards write. */
const ARABIC_ONLY_LETTER = /[ةيكىإأٱڪ]/;
/** Letters that Sorani has not, and those of the other alphabets that write ە and ۆ. */
const NO_SORANI_LETTER = /[ةأإضظذثۇۈۋېڭ]/;

/** A digit that stands for an Arabic letter: 2 ء, 3 ع, 5 خ, 6 ط, 7 ح, 8 ق, 9 ص, between letters or before them. */
const DIGIT_LETTER = /^[a-z']+[235679][a-z']+$|^[235789][a-z']{2,}$/;
/** English that looks the same. */
const DIGIT_UNIT =
  /^\d(?:st|nd|rd|th|[ap]m|k[gm]|[mgt]b|mins?|minutes?|hours?|hrs?|days?|weeks?|months?|years?|times|stars?|items?|pcs|pieces|people|units|digits?|way|pm)$|^(?:[bcp]2[bcp]|h2o|mp3s?|w3c|o2o|s3cr?et)$/;

/** Language and script of one text, by the first 2,000 characters. */
export function tellLanguage(text: string): Language {
  let spoken = text.slice(0, READ_CHARACTERS);
  let letters = counting(spoken.length).letters(spoken);
  if (letters.mayHoldAddress) {
    spoken = withoutAddresses(spoken);
    letters = counting(spoken.length).letters(spoken);
  }
  const { arabic, latin, all, isForeign } = letters;
  if (all === 0) return { language: null, script: null };
  if ((arabic + latin) * 2 < all) return { language: null, script: 'other' };

  const share = arabic / (arabic + latin);
  if (share >= 0.9) return { language: ofArabicScript(spoken, isForeign), script: 'ar' };
  if (share >= 0.25) return { language: ofBothScripts(spoken, share, isForeign), script: 'mixed' };
  return ofLatinScript(spoken);
}

/** A Latin word without a capital or digit: names of products and companies have one, words of a language seldom. */
const LOWER_CASE_WORD = /(?<![\p{L}\p{N}])[a-z\u00df-\u00f6\u00f8-\u00ff]{2,}(?![\p{L}\p{N}])/u;

const ADDRESS = /@|:\/\/|^www\./i;
const WWW = /[wW]{3}\./;

/** Addresses and links are nobody's language. */
function withoutAddresses(text: string): string {
  if (!text.includes('@') && !text.includes('://') && !WWW.test(text)) return text;
  return text
    .split(/\s+/)
    .filter((word) => !ADDRESS.test(word))
    .join(' ');
}

const ARABIC = 1;
const LATIN = 2;
const LETTER = 4;
/** A letter that Arabic keyboards do not write: most texts hold none, and need no closer look. */
const FOREIGN = 32;
/** Half of a character of two units, which may be a letter as well. */
const HALF = 8;
/** The joiner that Persian spells with. */
const JOINER = 16;
const ZERO_WIDTH_NON_JOINER = 0x200c;
/** A sign without which no address is written: of `@`, `://` and `www.`. */
const ADDRESS_SIGN = 64;
/** What any of these may match, in either case. */
const OF_A_SCRIPT = new RegExp(
  [ARABIC_LETTER, LATIN_LETTER, FOREIGN_LETTER].map(({ source }) => source).join('|'),
  'gi',
);
/** What each UTF-16 unit counts as: a table is ten times as fast as a search for each kind. */
function kindTable(): Uint8Array {
  const kinds = new Uint8Array(0x1_0000);
  fillClass(kinds, ANY_LETTER, LETTER);
  for (const looked of [OF_A_SCRIPT, /\p{Changes_When_Lowercased}/gu]) {
    for (const [character] of basicPlane().matchAll(looked)) {
      const small = character.toLowerCase();
      kinds[character.charCodeAt(0)] =
        (ARABIC_LETTER.test(small) ? ARABIC : 0) |
        (LATIN_LETTER.test(small) ? LATIN : 0) |
        (ANY_LETTER.test(small) ? LETTER : 0) |
        (FOREIGN_LETTER.test(small) ? FOREIGN : 0);
    }
  }
  for (const sign of '@/wW') kinds[sign.charCodeAt(0)] = (kinds[sign.charCodeAt(0)] ?? 0) | ADDRESS_SIGN;
  kinds.fill(HALF, 0xd800, 0xe000);
  kinds[ZERO_WIDTH_NON_JOINER] = JOINER;
  return kinds;
}

const LONGEST_PERSIAN = Math.max(...[...PERSIAN].map((word) => word.length));
/** Where the hashes of PERSIAN words fall, so that other words are not cut out of the text. */
const PERSIAN_PLACES = new Uint8Array(0x1000);
for (const word of PERSIAN) {
  let hash = 0;
  for (let at = 0; at < word.length; at++) hash = nextHash(hash, word.charCodeAt(at));
  PERSIAN_PLACES[hash & 0xfff] = 1;
}

function nextHash(hash: number, unit: number): number {
  return (Math.imul(hash, 31) + unit) | 0;
}

/** Whether a pair of surrogates begins here that is a letter; few are, and most are emoji. */
function isLetterOfTwoUnits(text: string, at: number): boolean {
  const codePoint = text.codePointAt(at) ?? 0;
  return codePoint > 0xffff && ANY_LETTER.test(String.fromCodePoint(codePoint));
}

interface Letters {
  readonly arabic: number;
  readonly latin: number;
  readonly all: number;
  readonly isForeign: boolean;
  readonly mayHoldAddress: boolean;
}

interface Counting {
  letters(text: string): Letters;
  /** How many of the words are PERSIAN ones; a word is letters, and the joiner that Persian spells with. */
  persian(text: string): number;
}

/** Made with the first text. */
const counting = inMemory((memory): Counting => {
  const { source, read } = memory;
  const kinds = kindTable();
  const places = PERSIAN_PLACES;
  return {
    letters(text) {
      read(text);
      const { length } = text;
      let arabic = 0;
      let latin = 0;
      let all = 0;
      let seen = 0;
      for (let at = 0; at < length; at++) {
        const kind = kinds[source[at] as number] as number;
        seen |= kind;
        // Added up without a question, because which comes next cannot be foreseen.
        arabic += kind & 1;
        latin += (kind >> 1) & 1;
        all += (kind >> 2) & 1;
      }
      if ((seen & HALF) !== 0) for (const _ of text.matchAll(LETTER_OF_TWO_UNITS)) all++;
      return {
        arabic,
        latin,
        all,
        isForeign: (seen & FOREIGN) !== 0,
        mayHoldAddress: (seen & ADDRESS_SIGN) !== 0,
      };
    },
    persian(text) {
      read(text);
      const { length } = text;
      let found = 0;
      let start = 0;
      let hash = 0;
      for (let at = 0; at <= length; at++) {
        const unit = at < length ? (source[at] as number) : 0;
        const kind = kinds[unit] as number;
        const isInWord =
          (kind & (LETTER | JOINER)) !== 0 ||
          (kind === HALF && isLetterOfTwoUnits(text, (unit & 0x400) === 0 ? at : at - 1));
        if (isInWord) {
          hash = nextHash(hash, unit);
          continue;
        }
        if (hash !== 0) {
          const isPerhaps = places[hash & 0xfff] !== 0 && at - start <= LONGEST_PERSIAN;
          if (isPerhaps && PERSIAN.has(text.slice(start, at))) found++;
          hash = 0;
        }
        start = at + 1;
      }
      return found;
    },
  };
});

/** Persian, Urdu or Sorani with a word of English stays what it is, and Arabic with names of products only stays Arabic. */
function ofBothScripts(text: string, arabicShare: number, isForeign: boolean): string {
  if (arabicShare < 0.5) return 'mixed';
  const main = ofArabicScript(text, isForeign);
  return main === 'ar' && LOWER_CASE_WORD.test(text) ? 'mixed' : main;
}

function ofArabicScript(text: string, isForeign: boolean): string {
  if (isForeign && isSorani(text)) return 'ckb';
  const couldBeArabic = ARABIC_ONLY_LETTER.test(text);
  if (isForeign && URDU_LETTER.test(text) && (!couldBeArabic || UNDECORATIVE_URDU_LETTER.test(text)))
    return 'ur';
  const persian = counting(text.length).persian(text);
  const hasPersianLetter = isForeign && PERSIAN_LETTER.test(text);
  if (persian >= 2 || (persian === 1 && hasPersianLetter)) return 'fa';
  const isDoubtful = (persian === 1 || hasPersianLetter) && !couldBeArabic;
  if (!isDoubtful || countWords(text) < FEWEST_WORDS) return 'ar';
  return detectLanguage(text, () => LEAD_OVER_ARABIC) === 'fa' ? 'fa' : 'ar';
}

/** Two of the kinds of letters that only Kurdish writes so often, and none that it does not write. */
function isSorani(text: string): boolean {
  const kinds = [/[ێڵڕ]/, /ە/, /ۆ/].filter((kind) => kind.test(text)).length;
  return kinds >= 2 && !NO_SORANI_LETTER.test(text);
}

/** Fewer words than this are not given to the detector: names and greetings look like any language. */
const FEWEST_WORDS = 3;
/** How far the detector's answer must lie before its next one. It is at its worst with Arabizi and with names, so that it must be surer of languages that we have no words of. */
const LEAD_OVER_ARABIC = 0.02;
const leadInLatin = (language: string): number => (language === 'en' || language === 'fr' ? 0.025 : 0.07);
/** Rules settle a text of which this share are small words of one language, two at least. */
const SETTLED_SHARE = 0.3;

function countWords(text: string): number {
  return text.match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}'’\u200c]*/gu)?.length ?? 0;
}

function ofLatinScript(spoken: string): Language {
  let [words, english, french, arabizi, digits] = [0, 0, 0, 0, 0];
  for (const word of spoken.toLowerCase().split(/[^\p{L}\p{N}']+/u)) {
    if (word === '') continue;
    words++;
    if (ENGLISH.has(word)) english++;
    if (FRENCH.has(word)) french++;
    const isDigitLetter = DIGIT_LETTER.test(word) && !DIGIT_UNIT.test(word);
    if (isDigitLetter) digits++;
    if (ARABIZI.has(word) || isDigitLetter) arabizi++;
  }
  const most = Math.max(english, french, arabizi);
  const byRules =
    most === 0
      ? null
      : arabizi === most
        ? 'arabizi'
        : english > french
          ? 'en'
          : french > english
            ? 'fr'
            : null;
  const isSettled =
    byRules !== null &&
    ((byRules === 'arabizi' && digits > 0) || (most >= 2 && most >= words * SETTLED_SHARE));
  const isAsked = !isSettled && words >= FEWEST_WORDS && LOWER_CASE_WORD.test(spoken);
  const language = (isAsked ? detectLanguage(spoken, leadInLatin) : null) ?? byRules;
  return { language, script: language === 'arabizi' ? 'arabizi' : 'latin' };
}

function stringOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
