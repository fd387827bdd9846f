// Tells the language and script of feedback by counting letters and small words: enough to route a text, and no more.

import type { Field, Json, Row, Transform } from '../core/types.ts';

/** Grows when the same text would be told otherwise. */
const LANGUAGE_VERSION = 'language-1';

/** How much of a text is read; what follows would not change the answer. */
const READ_CHARACTERS = 2_000;

export type Script = 'ar' | 'latin' | 'mixed' | 'arabizi' | 'other';

/** `mixed` is Arabic and Latin script together, `arabizi` Arabic in Latin letters and digits. */
export type LanguageName = 'ar' | 'fa' | 'ur' | 'en' | 'fr' | 'mixed' | 'arabizi';

/** Null means that it cannot be told: too few words, or a language that we have no rules for. */
export interface Language {
  readonly language: LanguageName | null;
  readonly script: Script | null;
}

const ADDS = {
  language: {
    type: 'string',
    description: 'ar, en, fr, fa, ur, mixed or arabizi; NULL where it cannot be told.',
  },
  script: {
    type: 'string',
    description: 'ar, latin, mixed, arabizi or other; NULL where there are no letters.',
  },
} as const satisfies Record<string, Field>;

/**
 * Adds `language` and `script` to feedback rows from the display text, or the original where there is none, and from the
 * title where the text has no letters. Pure; never throws.
 */
export function language(): Transform {
  return { name: 'language', version: LANGUAGE_VERSION, adds: ADDS, apply: (rows) => rows.map(addLanguage) };
}

function addLanguage(row: Row): Row {
  const ofText = tellLanguage(stringOf(row['text_display'] ?? row['text_original']));
  const told = ofText.script === null ? tellLanguage(stringOf(row['title'])) : ofText;
  return { ...row, language: told.language, script: told.script };
}

const ARABIC_LETTER =
  /[\u0620-\u064a\u066e-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc]/;
const LATIN_LETTER = /[a-z\u00c0-\u024f]/i;
const ANY_LETTER = /\p{L}/u;

/** Letters that Urdu has and Arabic and Persian have not. */
const URDU_LETTERS = /[ٹڈڑںےھہ]/;
/** Letters that Persian keyboards write, and that Arabic borrows: alone they prove nothing. */
const PERSIAN_LETTERS = /[گپچژکی]/;
/** Small Persian words that are no Arabic words. */
const PERSIAN =
  words(`است این برای که را از می نمی خیلی شما نیست چرا کنید کرد کردم شده هست بود ممنون سفارش دارد ندارد
  باید لطفا متشکرم یک های چه محصول خوب بد`);
const ENGLISH =
  words(`the and is are was were you your this that have has had with not for but my they we it of to in
  what when where why how can could would please thanks thank hello hi dear order refund help need want still very good
  bad great service app never always i am do does did don't didn't can't won't it's i'm no yes`);
const FRENCH =
  words(`le la les un une des du et est sont je vous nous il elle pas pour avec que qui dans mon votre
  bonjour merci très c'est j'ai mais sur ne commande service après depuis bien mauvais problème encore toujours au aux`);
const ARABIZI =
  words(`wallah wallahi walla inshallah nshallah mashallah habibi habibti yalla khalas mish mesh msh mosh
  mafi mafish fein feen fen leh leih lesh laish shu shou eh ana enta enti enty inta inti ento kda keda kidaa kan kant
  bs bas awi awy gedan giddan jiddan kteer kter ktir zay zayy law lama lamma el elly elli illi ely w da dih aywa aiwa la2
  tamam helwa helw 7elw kwayes kwayis kowayes kwis barcha yesser zift zbala zebala shukran shokran mumtaz momtaz
  tab tayeb sa7 akid bgd begad mashkoor wayed marra mara wesh wesha ma3 ya akhi ykhrb moshkela mushkila mshkla mabrook`);

/** A digit that stands for an Arabic letter: 2 ء, 3 ع, 5 خ, 6 ط, 7 ح, 8 ق, 9 ص, between letters or before them. */
const DIGIT_LETTER = /^[a-z']+[235679][a-z']+$|^[235789][a-z']{2,}$/;
/** English that looks the same. */
const DIGIT_UNIT =
  /^\d(?:st|nd|rd|th|[ap]m|k[gm]|[mgt]b|mins?|minutes?|hours?|hrs?|days?|weeks?|months?|years?|times|stars?|items?|pcs|pieces|people|units|digits?|way|pm)$|^(?:[bcp]2[bcp]|h2o|mp3s?|w3c|o2o|s3cr?et)$/;

/** Language and script of one text, by the first 2,000 characters. */
export function tellLanguage(text: string): Language {
  const spoken = withoutAddresses(text.slice(0, READ_CHARACTERS));
  const { arabic, latin, all } = countLetters(spoken);
  if (all === 0) return { language: null, script: null };
  if ((arabic + latin) * 2 < all) return { language: null, script: 'other' };

  const share = arabic / (arabic + latin);
  if (share >= 0.9) return { language: ofArabicScript(spoken), script: 'ar' };
  if (share >= 0.3) return { language: 'mixed', script: 'mixed' };
  return ofLatinScript(spoken.toLowerCase());
}

const ADDRESS = /@|:\/\/|^www\./i;
const PERHAPS_ADDRESS = /@|:\/\/|www\./i;

/** Addresses and links are nobody's language. */
function withoutAddresses(text: string): string {
  if (!PERHAPS_ADDRESS.test(text)) return text;
  return text
    .split(/\s+/)
    .filter((word) => !ADDRESS.test(word))
    .join(' ');
}

const ARABIC = 1;
const LATIN = 2;
const LETTER = 4;
/** What each UTF-16 unit counts as: a table is ten times as fast as a search for each kind. */
const KINDS = kindTable();

function kindTable(): Uint8Array {
  const kinds = new Uint8Array(0x1_0000);
  for (let unit = 0; unit < kinds.length; unit++) {
    const character = String.fromCharCode(unit).toLowerCase();
    kinds[unit] =
      (ARABIC_LETTER.test(character) ? ARABIC : 0) |
      (LATIN_LETTER.test(character) ? LATIN : 0) |
      (ANY_LETTER.test(character) ? LETTER : 0);
  }
  return kinds;
}

const ZERO_WIDTH_NON_JOINER = 0x200c;
const LONGEST_PERSIAN = Math.max(...[...PERSIAN].map((word) => word.length));

/** How many of the words are PERSIAN ones; a word is letters, and the joiner that Persian spells with. */
function countPersian(text: string): number {
  let found = 0;
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    const unit = text.charCodeAt(at);
    const isInWord =
      ((KINDS[unit] ?? 0) & LETTER) !== 0 ||
      unit === ZERO_WIDTH_NON_JOINER ||
      ((unit & 0xf800) === 0xd800 && isLetterOfTwoUnits(text, (unit & 0x400) === 0 ? at : at - 1));
    if (isInWord) continue;
    if (at > start && at - start <= LONGEST_PERSIAN && PERSIAN.has(text.slice(start, at))) found++;
    start = at + 1;
  }
  return found;
}

/** Whether a pair of surrogates begins here that is a letter; few are, and most are emoji. */
function isLetterOfTwoUnits(text: string, at: number): boolean {
  const codePoint = text.codePointAt(at) ?? 0;
  return codePoint > 0xffff && ANY_LETTER.test(String.fromCodePoint(codePoint));
}

function countLetters(text: string): {
  readonly arabic: number;
  readonly latin: number;
  readonly all: number;
} {
  let [arabic, latin, all] = [0, 0, 0];
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    const kind = KINDS[unit] ?? 0;
    if ((kind & ARABIC) !== 0) arabic++;
    if ((kind & LATIN) !== 0) latin++;
    if ((kind & LETTER) !== 0) all++;
    else if (unit >= 0xd800 && unit < 0xdc00 && isLetterOfTwoUnits(text, at)) all++;
  }
  return { arabic, latin, all };
}

function ofArabicScript(text: string): LanguageName {
  if (URDU_LETTERS.test(text)) return 'ur';
  const persian = countPersian(text);
  return persian >= 2 || (persian === 1 && PERSIAN_LETTERS.test(text)) ? 'fa' : 'ar';
}

function ofLatinScript(text: string): Language {
  let [english, french, arabizi] = [0, 0, 0];
  for (const word of text.split(/[^\p{L}\p{N}']+/u)) {
    if (ENGLISH.has(word)) english++;
    if (FRENCH.has(word)) french++;
    if (ARABIZI.has(word) || (DIGIT_LETTER.test(word) && !DIGIT_UNIT.test(word))) arabizi++;
  }
  if (arabizi > 0 && arabizi >= english && arabizi >= french)
    return { language: 'arabizi', script: 'arabizi' };
  if (english > french) return { language: 'en', script: 'latin' };
  if (french > english) return { language: 'fr', script: 'latin' };
  return { language: null, script: 'latin' };
}

function stringOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(/\s+/));
}
