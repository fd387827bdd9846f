// Cuts out of a mail what its writer did not write now: quoted mail, forwarded headers, signatures, footers, disclaimers.

import { Lines, mayHoldMail } from './mail-lines.ts';
import { attributionLines, disclaimerLines, headerLines, isFooter, isReplyAbove } from './mail-phrases.ts';
import { type Ends, type Standing, signatureLines } from './mail-signature.ts';

/** What a customer wrote in this mail, and what was cut to get there. */
export interface OwnWords {
  readonly text: string;
  /** Whether quoted or forwarded mail, or the header of one, was cut. */
  readonly hadQuote: boolean;
  /** Whether a signature, a footer of a phone or program, or a disclaimer was cut. */
  readonly hadSignature: boolean;
  /** Whether no line begins or ends as anything does that is cut. */
  readonly isPlain: boolean;
}

/** Real mail is stable after one or two; what is not after this many is no mail, and stays as it is. */
const MOST_PASSES = 4;

type Trace = 'quote' | 'attribution' | 'header' | 'reply above' | 'signature' | 'footer';

/**
 * The customer's own words in a mail body, given as display text. Lines are cut whole, never rewritten; what is in doubt
 * stays. Pure, never throws, idempotent, linear in the length of the text; where nothing is cut the same string comes back.
 *
 * What is decided: below words of the customer, a forwarded mail is cut like a quoted one; where there is nothing but a
 * forwarded mail, its header goes and its words stay, because they are what the customer shows us. Lines that `>` quotes
 * are cut wherever they stand, answers between and below them stay. A quote without `>` reaches to the end. A mail of
 * nothing but an attributed `>` quote says nothing: its own words are empty. Else, where nothing would be left, nothing
 * is cut. A closing formula without a name below it stays.
 */
export function ownWords(display: string): OwnWords {
  let text = display;
  let hadQuote = false;
  let hadSignature = false;
  // What one pass joins may look like mail to the next; only a text that no pass changes is an answer.
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    if (!mayHoldMail(text)) return { text, hadQuote, hadSignature, isPlain: pass === 0 };
    const cut = cutOnce(text);
    if (cut.text === text) return { text, hadQuote, hadSignature, isPlain: false };
    text = cut.text;
    hadQuote ||= cut.hadQuote;
    hadSignature ||= cut.hadSignature;
  }
  return whole(display);
}

function whole(text: string): OwnWords {
  return { text, hadQuote: false, hadSignature: false, isPlain: false };
}

function cutOnce(text: string): OwnWords {
  const lines = new Lines(text);
  const traces = new Traces(lines);
  const isCut = new Uint8Array(lines.length);
  let hadQuote = false;
  let hadSignature = false;
  let isAttributed = false;
  let hasWords = false;
  for (let at = lines.nextFilled(0); at < lines.length; ) {
    const { trace, lines: count } = traces.at(at);
    let end = at + count;
    const next = lines.nextFilled(end);
    let cutTo = at;
    switch (trace) {
      case 'quote':
        if (isIntroduced(lines, at, isCut)) hasWords = true;
        else {
          cutTo = end;
          isAttributed ||= attributionLines(lines, at) > 0;
        }
        break;
      case 'attribution':
        if (lines.isQuoted(next)) {
          cutTo = end;
          isAttributed = true;
        } else if (hasWords) {
          end = lines.length;
          cutTo = end;
        } else hasWords = true;
        break;
      case 'header':
      case 'reply above':
        if (hasWords && !lines.isQuoted(next)) end = lines.length;
        cutTo = end;
        // Some programs quote what they forward.
        if (!hasWords && lines.isQuoted(next)) {
          end = quotedEnd(lines, next);
          hasWords = true;
        }
        break;
      case 'signature':
        if (hasWords) cutTo = end;
        else {
          hasWords = true;
          end = at + 1;
        }
        break;
      case 'footer':
        cutTo = end;
        break;
      default:
        hasWords = true;
    }
    if (cutTo > at) {
      isCut.fill(1, at, cutTo);
      if (trace === 'signature' || trace === 'footer') hadSignature = true;
      else hadQuote = true;
    }
    at = lines.nextFilled(end);
  }
  if (!hadQuote && !hadSignature) return whole(text);
  const rest = keptText(lines, isCut);
  return rest === '' && !isAttributed ? whole(text) : { text: rest, hadQuote, hadSignature, isPlain: false };
}

interface Found {
  readonly trace: Trace | 'words';
  readonly lines: number;
}

/** What begins at each line. Signatures look ahead, so what they have seen is remembered: hostile text stays linear. */
class Traces implements Ends {
  readonly standings: (Standing | undefined)[];
  readonly #lines: Lines;
  readonly #ends: (Found | undefined)[];

  constructor(lines: Lines) {
    this.#lines = lines;
    this.#ends = new Array(lines.length);
    this.standings = new Array(lines.length);
  }

  at(line: number): Found {
    if (!this.#lines.mayBeAny(line)) return WORDS;
    const end = this.#endAt(line);
    if (end !== WORDS) return end;
    return found('signature', signatureLines(this.#lines, line, this)) ?? WORDS;
  }

  isEnd(line: number): boolean {
    return this.#lines.mayBeAny(line) && this.#endAt(line) !== WORDS;
  }

  #endAt(line: number): Found {
    const known = this.#ends[line];
    if (known !== undefined) return known;
    const trace = endTraceAt(this.#lines, line) ?? WORDS;
    this.#ends[line] = trace;
    return trace;
  }
}

const WORDS: Found = { trace: 'words', lines: 1 };

/** All but signatures: what also ends a signature. */
function endTraceAt(lines: Lines, at: number): Found | undefined {
  if (lines.isQuoted(at)) return found('quote', quotedLines(lines, at));
  if (isReplyAbove(lines, at)) return found('reply above', 1);
  return (
    found('header', headerLines(lines, at)) ??
    found('attribution', attributionLines(lines, at)) ??
    found('footer', footerLines(lines, at)) ??
    found('footer', disclaimerLines(lines, at))
  );
}

/** A footer stands alone: where a line of words follows, it is a wrapped sentence. */
function footerLines(lines: Lines, at: number): number {
  if (!isFooter(lines, at)) return 0;
  const next = at + 1;
  const isAlone =
    lines.isEmpty(next) ||
    isFooter(lines, next) ||
    lines.isQuoted(next) ||
    isReplyAbove(lines, next) ||
    headerLines(lines, next) > 0 ||
    attributionLines(lines, next) > 0;
  return isAlone ? 1 : 0;
}

/** How many lines begin with `>` in a row. */
function quotedLines(lines: Lines, at: number): number {
  let end = at + 1;
  while (lines.may('quote', end)) end++;
  return end - at;
}

/** Where a quote ends that has empty lines in it. */
function quotedEnd(lines: Lines, at: number): number {
  let end = at;
  for (let next = at; lines.isQuoted(next); next = lines.nextFilled(end)) end = next + 1;
  return end;
}

function found(trace: Trace, lines: number): Found | undefined {
  return lines === 0 ? undefined : { trace, lines };
}

/** Whether a line of the customer announces the `>` lines that begin here, as it would a list. */
function isIntroduced(lines: Lines, at: number, isCut: Uint8Array): boolean {
  return at > 0 && isCut[at - 1] === 0 && lines.folded(at - 1).endsWith(':');
}

/** The lines that are not cut, each with its line feed, at most one empty line between two of them. */
function keptText(lines: Lines, isCut: Uint8Array): string {
  const kept: string[] = [];
  let isGap = true;
  for (let at = 0; at < lines.length; at++) {
    const isEmpty = lines.isEmpty(at);
    if (isCut[at] === 1 || (isEmpty && isGap)) continue;
    kept.push(lines.text.slice(lines.start(at), lines.end(at) + 1));
    isGap = isEmpty;
  }
  return kept.join('').trim();
}
