// Hides what names a person from text that leaves the house: addresses, links, phones, accounts, cards, identity numbers, names.

import { findEmails } from './redact/email.ts';
import { collapse, endInOriginal, type Folded, KIND, OTHER, PLACEHOLDER, type Range } from './redact/fold.ts';
import { findIbans } from './redact/iban.ts';
import { type KnownNames, knownNames } from './redact/known-names.ts';
import { findNames } from './redact/names.ts';
import { findNumbers } from './redact/numbers.ts';
import {
  MAY_IBAN,
  MAY_LINK,
  MAY_MAIL,
  MAY_NAME,
  MAY_NUMBER,
  type Scanner,
  scannerOf,
} from './redact/scan.ts';
import { findBareLinks, findLinksWithScheme } from './redact/url.ts';
import { REDACTION } from './redact/version.ts';

export type PersonalKind = 'email' | 'url' | 'phone' | 'iban' | 'card' | 'national_id' | 'name';

/** What was found. `start` and `end` count UTF-16 units of the text that was given. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly kind: PersonalKind;
  /** What stands in its place: `[هاتف_1]`. */
  readonly placeholder: string;
}

/** `text` is the given text with each span replaced by its placeholder; spans come in order and never overlap. */
export interface Redaction {
  readonly text: string;
  readonly spans: readonly Span[];
}

/** What the caller knows of the record: names of its author and customer are the best dictionary there is. */
export interface Known {
  readonly names?: readonly string[];
}

export interface Redactor {
  /** Grows when the same text would be redacted in another way. */
  readonly version: string;
  /**
   * Replaces personal data by typed placeholders, numbered by distinct value within the text: the same phone twice is
   * `[هاتف_1]` twice. Takes any string, never throws, takes time linear in its length. Where nothing is found, `text` is the
   * very string that was given. Redacting again changes nothing: placeholders are never found, and they are not numbered anew.
   *
   * It does not find: names without a cue that the caller does not know; addresses of houses; numbers of passports and of
   * accounts other than IBANs; personal data that is spelled out or obfuscated (ahmed at example dot com).
   */
  redact(text: string, known?: Known): Redaction;
}

/** Words for the placeholders; Arabic, because most of the text around them is. */
const WORDS = {
  email: 'بريد',
  url: 'رابط',
  phone: 'هاتف',
  iban: 'آيبان',
  card: 'بطاقة',
  national_id: 'هوية',
  name: 'اسم',
} as const satisfies Record<PersonalKind, string>;

/** A pass sees what the one before it left. One finds nearly everything; a text that needs more than these was made to. */
const MAX_PASSES = 12;

interface Found extends Range {
  readonly kind: PersonalKind;
  /** Equal for two spellings of one value. */
  readonly value: string;
}

/** The redactor. Between two calls it keeps only the known names that it has seen last. */
export function redactor(): Redactor {
  return { ...REDACTION, redact };
}

const NOTHING: readonly Span[] = [];

function redact(text: string, known?: Known): Redaction {
  const names = known?.names === undefined ? undefined : knownNames(known.names);
  const scanner = scannerOf(text.length);
  const may = scanner.scan(text, names, text);
  const found = may === 0 ? [] : findAll(text, names, may, scanner);
  return found.length === 0 ? { text, spans: NOTHING } : replaced(text, found);
}

/**
 * All that is personal in a text, in order, found in passes that go on until one finds nothing; `may` tells what the first one
 * looks for. A pass sees a placeholder that it made as it sees one that was in the text from the start, and looks for what the
 * quick look tells of what it sees: so the redacted text, given again, is the text of the last pass, and redacting twice
 * changes nothing.
 */
function findAll(
  text: string,
  names: KnownNames | undefined,
  may: number,
  scanner: Scanner,
): readonly Found[] {
  const found: Found[] = [];
  let folded = scanner.copy();

  const take = (ranges: readonly (Range & { readonly kind?: PersonalKind })[], kind: PersonalKind): void => {
    if (ranges.length === 0) return;
    for (const range of ranges) found.push(inOriginal(text, folded, range, range.kind ?? kind));
    folded = collapse(folded, ranges);
  };

  let stages = may;
  for (let pass = 0; pass < MAX_PASSES && stages !== 0; pass++) {
    const before = found.length;
    // Addresses go before bare links, whose domains they share, and numbers last, because all others may hold digits.
    if (stages & MAY_LINK) take(findLinksWithScheme(folded.text), 'url');
    if (stages & MAY_MAIL) take(findEmails(folded.text), 'email');
    if (stages & MAY_LINK) take(findBareLinks(folded.text), 'url');
    if (stages & MAY_IBAN) take(findIbans(folded.text), 'iban');
    if (stages & MAY_NAME) take(findNames(folded, text, names), 'name');
    if (stages & MAY_NUMBER) take(findNumbers(folded.text), 'phone');
    if (found.length === before) break;
    stages = scanner.scan(folded.text, names, text, folded.at);
  }
  return found.length > 1 ? found.sort((a, b) => a.start - b.start) : found;
}

function inOriginal(text: string, folded: Folded, { start, end }: Range, kind: PersonalKind): Found {
  const written = folded.text.slice(start, end);
  const value = kind === 'email' || kind === 'url' || isOneWord(written) ? written : withoutSigns(written);
  return { start: folded.at[start] ?? 0, end: endInOriginal(text, folded, end), kind, value };
}

function isOneWord(folded: string): boolean {
  for (let i = 0; i < folded.length; i++) if (KIND[folded.charCodeAt(i)] === OTHER) return false;
  return true;
}

function withoutSigns(folded: string): string {
  return folded.replace(/[^\p{L}\p{N}]+/gu, '');
}

function replaced(text: string, found: readonly Found[]): Redaction {
  const numbers = numbersInUse(text);
  const placeholders = new Map<string, string>();
  const spans: Span[] = [];
  const parts: string[] = [];
  let from = 0;
  for (const { start, end, kind, value } of found) {
    const word = WORDS[kind];
    let placeholder = placeholders.get(word + value);
    if (placeholder === undefined) {
      const number = (numbers.get(word) ?? 0) + 1;
      numbers.set(word, number);
      placeholder = `[${word}_${number}]`;
      placeholders.set(word + value, placeholder);
    }
    spans.push({ start, end, kind, placeholder });
    parts.push(text.slice(from, start), placeholder);
    from = end;
  }
  parts.push(text.slice(from));
  // Joined, because what is added up is a tree of strings, and slow to read.
  return { text: parts.join(''), spans };
}

/** The highest number of each word among placeholders that were in the text already; new ones count on from there. */
function numbersInUse(text: string): Map<string, number> {
  const highest = new Map<string, number>();
  if (!text.includes('_')) return highest;
  for (const [, word = '', number] of text.matchAll(new RegExp(PLACEHOLDER, 'g'))) {
    highest.set(word, Math.max(highest.get(word) ?? 0, Number(number)));
  }
  return highest;
}
