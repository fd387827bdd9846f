// Text as an analyst should see it: the words as written, without markup, baked glyphs, broken encodings and invisible controls.

import { Writer } from './display-writer.ts';
import { htmlText } from './html.ts';
import { holdsEmoji, isPairAt, keepsJoiners, spellsWithJoiners } from './joiners.ts';
import { MOJIBAKE_SIGNS, repairMojibake } from './mojibake.ts';
import { FORM_LETTERS, WORD_SIGNS } from './presentation.ts';
import { type BakedOrder, unbake } from './unbake.ts';
import { basicPlane, inMemory, rangesOf } from './units.ts';

/** What display text is made of, and what was repaired on the way. */
export interface Display {
  readonly text: string;
  /** The original was read as HTML. */
  readonly hadHtml: boolean;
  /** Arabic stood there as glyph forms. */
  readonly hadPresentationForms: boolean;
  /** In which order the glyph forms stood; undefined where there were too few to say. */
  readonly bakedOrder: BakedOrder | undefined;
  /** Direction controls, zero-width characters or control characters stood between the words. */
  readonly hadInvisibleControls: boolean;
  /** Arabic had been decoded with the wrong table. */
  readonly hadMojibake: boolean;
}

// What a unit asks for, as bits, so that one look at every unit tells what a text may need.
const PLAIN = 0;
const SPACE = 1;
const FEED = 2;
const WHITE = SPACE | FEED;
/** Must be dropped, replaced or looked at: a text that holds one is rewritten. */
const SUSPECT = 4;
/** Normalization may compose it with what stands before. */
const PERHAPS_NOT_NFC = 8;
const SURROGATE = 16;
/** May be a sign of a wrong decoding. */
const PERHAPS_MOJIBAKE = 32;
/** A vowel sign or another mark that composes with nothing: only a second one beside it may stand in the wrong order. */
const MARK = 64;
/** A zero-width joiner or non-joiner, which some spellings and emoji need. */
const JOINS = 128;
const ASKS_MORE = JOINS | SURROGATE | PERHAPS_NOT_NFC | PERHAPS_MOJIBAKE;

// What becomes of a suspect unit.
const KEEP = 0;
const AS_SPACE = 1;
const AS_FEED = 2;
const RETURN = 3;
const DROP = 4;
const FORM = 5;
const JOINER = 6;

const LINE_FEED = 0x0a;
const BLANK = 0x20;
const REPLACEMENT = 0xfffd;

/** Bidi controls, zero-width characters, invisible operators, the soft hyphen. The two joiners have rules of their own. */
const INVISIBLE = '\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff';

interface Tables {
  /** What each unit asks for. */
  readonly needs: Uint8Array;
  /** What becomes of each unit. */
  readonly fates: Uint8Array;
}
let made: Tables | undefined;

const ALL_INVISIBLE = new RegExp(`[${INVISIBLE}]`, 'g');

/** Each round of repairs can bring forth what the next one repairs: text that was broken twice. Nothing needs as many as this. */
const MOST_ROUNDS = 20;

/** The display text of an original, and what was repaired in it. Text that needs nothing is returned as it is. */
export function readDisplay(original: string, options: { readonly html: boolean }): Display {
  const words = options.html ? htmlText(original) : original;
  const found: Found = {
    text: words,
    hadHtml: options.html,
    hadPresentationForms: false,
    bakedOrder: undefined,
    hadInvisibleControls: false,
    hadMojibake: false,
  };
  if (!isClean(words)) repairAll(found);
  return found;
}

/**
 * Text as an analyst should see it: well-formed, NFC, no markup where `html` is set, glyph forms as letters in reading order,
 * wrong decodings undone, no controls, single spaces, at most one empty line. Nothing that can be read is lost. Idempotent; a
 * string that needs no change is returned as it is. Never throws; linear in the length of the text.
 */
export function displayText(original: string, options: { readonly html: boolean } = NO_HTML): string {
  const words = options.html ? htmlText(original) : original;
  return isClean(words) ? words : readDisplay(words, NO_HTML).text;
}

const NO_HTML = { html: false };

/** Rounds of repairs, until one changes nothing. */
function repairAll(found: Found): void {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const decoded = repairMojibake(found.text);
    if (decoded !== found.text) found.hadMojibake = true;
    const repaired = repair(decoded, found);
    if (repaired === found.text) return;
    found.text = repaired;
    if (isClean(repaired)) return;
  }
}

function isClean(text: string): boolean {
  return text === '' || cleanliness(text.length)(text);
}

/**
 * Whether no rule has anything to do. Most texts are clean, so this one look should be all that they cost: it collects what
 * the units ask for and decides afterwards, because a branch at every space costs twice what it spares.
 */
const cleanliness = inMemory((memory) => {
  const { source, read } = memory;
  const { needs: table } = tables();
  return (text: string): boolean => {
    read(text);
    const { length } = text;
    let needs = 0;
    // As if a space stood before the first: none may stand at either end.
    let before = SPACE;
    let beside = 0;
    for (let at = 0; at < length; at++) {
      const need = table[source[at] as number] as number;
      needs |= need;
      beside |= need & before;
      before = need;
    }
    if (((needs & SUSPECT) | (beside & SPACE) | (before & WHITE)) !== 0) return false;
    if ((needs & FEED) !== 0 && hasLooseFeed(text)) return false;
    if ((beside & MARK) !== 0) needs |= PERHAPS_NOT_NFC;
    return (needs & ASKS_MORE) === 0 || isCleanAsWhole(text, needs);
  };
});

/** What one unit and the one before it do not tell. */
function isCleanAsWhole(text: string, needs: number): boolean {
  if ((needs & SURROGATE) !== 0 && !text.isWellFormed()) return false;
  if ((needs & JOINS) !== 0 && !keepsJoiners(text)) return false;
  if ((needs & PERHAPS_NOT_NFC) !== 0 && text.normalize('NFC') !== text) return false;
  return (needs & PERHAPS_MOJIBAKE) === 0 || repairMojibake(text) === text;
}

/** Whether a line feed opens the text, has a space beside it, or is the third in a row. */
function hasLooseFeed(text: string): boolean {
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    const [before, after] = [text.charCodeAt(at - 1), text.charCodeAt(at + 1)];
    if (at === 0 || before === BLANK || after === BLANK) return true;
    if (before === LINE_FEED && after === LINE_FEED) return true;
  }
  return false;
}

/** Whether display text never holds this unit as it is, or not everywhere. */
export function isRewritten(unit: number): boolean {
  return tables().needs[unit] === SUSPECT;
}

/** Whether this unit needs nothing of display text, whatever stands beside it; white space does not count. */
export function isLetterByLetter(unit: number): boolean {
  return ((tables().needs[unit] ?? SUSPECT) & ~WHITE) === PLAIN;
}

type Found = { -readonly [key in keyof Display]: Display[key] };

/** One round over all units. */
function repair(original: string, found: Found): string {
  let text = original;
  if (holdsForms(text)) {
    const visible = text.replace(ALL_INVISIBLE, '');
    if (visible !== text) found.hadInvisibleControls = true;
    const baked = unbake(visible);
    found.bakedOrder ??= baked.order;
    text = baked.text;
  }
  const { fates } = tables();
  const writer = new Writer(text.length);
  const spelled = spellsWithJoiners(text);
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    switch (fates[unit]) {
      case KEEP:
        if ((unit & 0xf800) !== 0xd800) writer.unit(unit);
        else if (isPairAt(text, at)) {
          writer.unit(unit);
          writer.unit(text.charCodeAt(++at));
        } else writer.unit(REPLACEMENT);
        break;
      case AS_SPACE:
        writer.space();
        break;
      case RETURN:
        if (text.charCodeAt(at + 1) === LINE_FEED) at++;
        writer.feed();
        break;
      case AS_FEED:
        writer.feed();
        break;
      case FORM:
        found.hadPresentationForms = true;
        if (WORD_SIGNS.includes(text.charAt(at))) writer.word(FORM_LETTERS.get(unit) ?? '');
        else writer.letters(FORM_LETTERS.get(unit) ?? '');
        break;
      case JOINER:
        if (spelled || holdsEmoji(text, at)) writer.unit(unit);
        else found.hadInvisibleControls = true;
        break;
      default:
        found.hadInvisibleControls = true;
    }
  }
  return writer.text().normalize('NFC');
}

function holdsForms(text: string): boolean {
  return /[\ufb50-\ufdff\ufe70-\ufefc]/.test(text);
}

/** Made when the first text is read, because a command that reads none should not wait for them. */
function tables(): Tables {
  if (made === undefined) {
    const fates = fatesTable();
    made = { needs: needsTable(fates), fates };
  }
  return made;
}

function fatesTable(): Uint8Array {
  const fates = new Uint8Array(0x1_0000);
  for (let unit = 0; unit <= 0x20; unit++) fates[unit] = DROP;
  fates.fill(DROP, 0x7f, 0xa0);
  for (const [first, last] of rangesOf(INVISIBLE)) fates.fill(DROP, first, last + 1);
  for (const [first, last] of rangesOf('\t \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000'))
    fates.fill(AS_SPACE, first, last + 1);
  for (const unit of [LINE_FEED, 0x85, 0x2028, 0x2029]) fates[unit] = AS_FEED;
  fates[0x0d] = RETURN;
  for (const unit of [0x200c, 0x200d]) fates[unit] = JOINER;
  for (const unit of FORM_LETTERS.keys()) fates[unit] = FORM;
  return fates;
}

function needsTable(fates: Uint8Array): Uint8Array {
  const needs = fates.map((fate) => (fate === KEEP ? PLAIN : SUSPECT));
  for (const unit of [0x200c, 0x200d]) needs[unit] = JOINS;
  needs[BLANK] = SPACE;
  needs[LINE_FEED] = FEED;
  const composing = unitsThatCompose();
  for (const [mark] of basicPlane().matchAll(/\p{M}/gu))
    if (needs[mark.charCodeAt(0)] === PLAIN) needs[mark.charCodeAt(0)] = MARK;
  for (const unit of composing)
    if (needs[unit] === PLAIN || needs[unit] === MARK) needs[unit] = PERHAPS_NOT_NFC;
  needs.fill(SURROGATE | PERHAPS_NOT_NFC, 0xd800, 0xe000);
  // Emoji, most of what is written in two units, are NFC by themselves.
  needs.fill(SURROGATE, 0xd83c, 0xd83f);
  needs.fill(SURROGATE, 0xdc00, 0xe000);
  for (const sign of MOJIBAKE_SIGNS) needs[sign.charCodeAt(0)] = PERHAPS_MOJIBAKE;
  return needs;
}

/**
 * Marks that a composed letter holds, the vowels and finals of Hangul, and what is written otherwise in NFC. A mark that all
 * decomposed letters together hold only once, as itself, is in none of them.
 */
function unitsThatCompose(): readonly number[] {
  const times = new Map<string, number>();
  for (const [mark] of basicPlane().normalize('NFD').matchAll(/\p{M}/gu))
    times.set(mark, (times.get(mark) ?? 0) + 1);
  const found = [...times].flatMap(([mark, count]) => (count > 1 ? [mark.charCodeAt(0)] : []));
  for (const [character] of basicPlane().matchAll(/[\u1161-\u1175\u11a8-\u11c2]/g))
    found.push(character.charCodeAt(0));
  for (const [character] of basicPlane().matchAll(/\p{Changes_When_NFKC_Casefolded}/gu))
    if (character.normalize('NFC') !== character) found.push(character.charCodeAt(0));
  return found;
}
