// Folds spelling away, so that what readers take as the same words has the same key. For comparing and searching, never for showing.

import { displayText, isLetterByLetter, isRewritten } from './display.ts';
import { ASCII_OF_SIGN, TASHKEEL, TATWEEL } from './signs.ts';
import { basicPlane, fillClass, inMemory, unitsOf } from './units.ts';

/** What a key writes for each of these. */
const FOLDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ا: 'أإآٱٲٳ',
    و: 'ؤ',
    ي: 'ئىیېے',
    ه: 'ةۃہھە',
    ك: 'کڪگ',
    ب: 'پ',
    ج: 'چ',
    ف: 'ڤ',
    ز: 'ژ',
    σ: 'ς',
    ',': '،',
    ';': '؛',
    '?': '؟',
    '.': '۔',
    '"': '«»“”',
    "'": '’‘',
    ' ': '\n',
  }).flatMap(([to, from]) => [...from].map((one) => [one, to])),
);

/** What a key does not hold: vowel signs, tatweel, free hamza and madda, joiners, variation selectors, skin tones, tags. */
const IGNORED = new RegExp(
  `[${TASHKEEL}${TATWEEL}\\u0653-\\u0655\\u0674\\u200c\\u200d\\ufe0e\\ufe0f\\u{1f3fb}-\\u{1f3ff}\\u{e0000}-\\u{e007f}]`,
  'gu',
);
const FIRST_TONE = 0x1f3fb;
const LAST_TONE = 0x1f3ff;
const HELD_ONCE = ' !?';
const BLANK = 0x20;

/** Not written. */
const DROPPED = 0;
/** What one entry cannot say: a letter that becomes two, a mark that may be composed, a unit of a text to repair. */
const ASK = 0xffff;
/** Stands for the pair of surrogates that was written last; no key holds it. */
const PAIR = 1;

/** How many of a kind may stand in a row. */
const ANY = 0;
const ONCE = 1;
/** Twice is spelling; the third shows that a letter was stretched, and one is left of them all. */
const TWICE = 2;

interface Tables {
  readonly fold: Uint16Array;
  readonly row: Uint8Array;
}
let made: Tables | undefined;

/** What was written for characters that had to be looked at one by one: texts repeat them. */
const folded = new Map<string, string>();
const MOST_REMEMBERED = 10_000;

/**
 * The folded key of a text: hamza seats, alef, ya, ta marbuta and keyboard variants as one letter each, no vowel signs,
 * lower case, ASCII digits and punctuation, one letter where three and more of it stand in a row, one line. Equal for a text
 * and its display text. Idempotent; never throws; linear in the length of the text.
 */
export function keyText(text: string): string {
  const key = folding(text.length)(text);
  if (key !== undefined) return key;
  const display = displayText(text);
  return (display === text ? undefined : folding(display.length)(display)) ?? foldCharacters(display);
}

/** One look at each unit, for texts that hold nothing unusual; undefined for others. */
const folding = inMemory((memory) => {
  const { source, draft, read, written } = memory;
  const { fold, row } = tables();
  return (text: string): string | undefined => {
    read(text);
    const { length } = text;
    let count = 0;
    let last = BLANK;
    let times = 1;
    let lastPair = 0;
    for (let at = 0; at < length; at++) {
      const unit = fold[source[at] as number] as number;
      if (unit === DROPPED) continue;
      if (unit === ASK) {
        const emoji = emojiAt(text, at);
        if (emoji === 0) return undefined;
        at++;
        if (emoji >= FIRST_TONE && emoji <= LAST_TONE) continue;
        times = last === PAIR && emoji === lastPair ? times + 1 : 1;
        last = PAIR;
        lastPair = emoji;
        if (times > 2 && isEmoji(String.fromCodePoint(emoji))) continue;
        draft[count++] = source[at - 1] as number;
        draft[count++] = source[at] as number;
        continue;
      }
      if (unit === last) {
        times++;
        const most = row[unit];
        if (most === ONCE) continue;
        if (most === TWICE && times > 2) {
          if (times === 3) count--;
          continue;
        }
      } else {
        last = unit;
        times = 1;
      }
      draft[count++] = unit;
    }
    if (count > 0 && draft[count - 1] === BLANK) count--;
    return written(count);
  };
});

/** The code point of an emoji, a half of a flag or a skin tone of two units, or 0. */
function emojiAt(text: string, at: number): number {
  const codePoint = text.codePointAt(at) ?? 0;
  const isFlag = codePoint >= 0x1f1e6 && codePoint <= 0x1f1ff;
  return isFlag || (codePoint >= 0x1f300 && codePoint <= 0x1faff) ? codePoint : 0;
}

/** Character by character, again while that changes anything: what was dropped can bring together what composes or repeats. */
function foldCharacters(display: string): string {
  let key = display;
  for (;;) {
    const once = foldOnce(key);
    if (once === key) return key;
    key = once;
  }
}

function foldOnce(text: string): string {
  const parts: string[] = [];
  let last = ' ';
  let times = 1;
  for (const character of text) {
    for (const one of foldCharacter(character)) {
      times = one === last ? times + 1 : 1;
      last = one;
      if (times === 3 && isLetter(one)) parts.pop();
      if (times <= mostInARow(one)) parts.push(one);
    }
  }
  return parts.join('').normalize('NFC').trim();
}

function mostInARow(character: string): number {
  if (HELD_ONCE.includes(character)) return 1;
  return isLetter(character) || isEmoji(character) ? 2 : Number.POSITIVE_INFINITY;
}

function isLetter(character: string): boolean {
  if (character.length === 1) return tables().row[character.charCodeAt(0)] === TWICE;
  return /^\p{L}$/u.test(character);
}

function isEmoji(character: string): boolean {
  return /^\p{Extended_Pictographic}$/u.test(character);
}

/** What a key writes for one character of display text: its NFKC form in lower case, folded; perhaps several characters, or none. */
function foldCharacter(character: string): string {
  const known = folded.get(character);
  if (known !== undefined) return known;
  if (folded.size >= MOST_REMEMBERED) folded.clear();
  const key = foldByRule(character);
  folded.set(character, key);
  return key;
}

function foldByRule(character: string): string {
  const plain = character.normalize('NFKC').toLowerCase().normalize('NFKC').replace(IGNORED, '');
  let key = '';
  for (const one of plain) key += FOLDS.get(one) ?? ASCII_OF_SIGN.get(one) ?? one;
  return key;
}

/** Made when first needed, because it takes some ten milliseconds. */
function tables(): Tables {
  made ??= makeTables();
  return made;
}

function makeTables(): Tables {
  const fold = unitsOf(0, 0x1_0000);
  fold.fill(ASK, 0xd800, 0xe000);
  fold[PAIR] = DROPPED;
  const mayChange = new RegExp(
    `[\\p{Changes_When_NFKC_Casefolded}\\p{Changes_When_Lowercased}${[...FOLDS.keys(), ...ASCII_OF_SIGN.keys()].join('')}]|${IGNORED.source}`,
    'gu',
  );
  for (const [character] of basicPlane().matchAll(mayChange)) {
    const key = foldCharacter(character);
    // What it becomes may still compose with the letter before it, as a final of Hangul does.
    const isOne = key.length === 1 && isLetterByLetter(key.charCodeAt(0));
    fold[character.charCodeAt(0)] = key === '' ? DROPPED : isOne ? key.charCodeAt(0) : ASK;
  }
  for (let unit = 0; unit < 0x1_0000; unit++) {
    if (isRewritten(unit)) {
      // What is left of it between two letters: nothing, a space, or the letters that it shows.
      const display = displayText(`x${String.fromCharCode(unit)}x`).slice(1, -1);
      fold[unit] = display === '' ? DROPPED : /^[ \n]$/.test(display) ? BLANK : ASK;
    } else if (!isLetterByLetter(unit) && (fold[unit] !== DROPPED || composes(unit))) fold[unit] = ASK;
  }
  const row = new Uint8Array(0x1_0000).fill(ANY);
  fillClass(row, /\p{L}/u, TWICE);
  for (const sign of HELD_ONCE) row[sign.charCodeAt(0)] = ONCE;
  return { fold, row };
}

/** Madda and hamza become one with the letter before them; the other marks that a key does not hold can be dropped unseen. */
function composes(unit: number): boolean {
  return unit >= 0x0653 && unit <= 0x0655;
}
