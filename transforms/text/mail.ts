// Cuts out of a mail what its writer did not write now: quoted mail, forwarded headers, signatures, footers, disclaimers.

import {
  attributionLines,
  disclaimerLines,
  foldedAt,
  headerLines,
  isFooter,
  isQuoted,
  isReplyAbove,
  type Line,
  nextFilled,
  readLines,
} from './mail-lines.ts';
import { signatureLines } from './mail-signature.ts';

/** What a customer wrote in this mail, and what was cut to get there. */
export interface OwnWords {
  readonly text: string;
  /** Whether quoted or forwarded mail, or the header of one, was cut. */
  readonly hadQuote: boolean;
  /** Whether a signature, a footer of a phone or program, or a disclaimer was cut. */
  readonly hadSignature: boolean;
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
    const cut = mayHoldMail(text) ? cutOnce(text) : whole(text);
    if (cut.text === text) return { text, hadQuote, hadSignature };
    text = cut.text;
    hadQuote ||= cut.hadQuote;
    hadSignature ||= cut.hadSignature;
  }
  return whole(display);
}

function whole(text: string): OwnWords {
  return { text, hadQuote: false, hadSignature: false };
}

function mayHoldMail(text: string): boolean {
  return text.includes('\n');
}

function cutOnce(text: string): OwnWords {
  const lines = readLines(text);
  const isCut = new Uint8Array(lines.length);
  let hadQuote = false;
  let hadSignature = false;
  let isAttributed = false;
  let hasWords = false;
  const cut = (from: number, to: number, trace: Trace): void => {
    isCut.fill(1, from, to);
    if (trace === 'signature' || trace === 'footer') hadSignature = true;
    else hadQuote = true;
  };
  for (let at = nextFilled(lines, 0); at < lines.length; ) {
    const found = traceAt(text, lines, at);
    let end = at + Math.max(found.lines, 1);
    const next = nextFilled(lines, end);
    switch (found.trace) {
      case 'quote':
        if (isIntroduced(lines, at, isCut)) hasWords = true;
        else {
          cut(at, end, 'quote');
          isAttributed ||= attributionLines(lines, at) > 0;
        }
        break;
      case 'attribution':
        if (isQuoted(foldedAt(lines, next))) {
          cut(at, end, 'attribution');
          isAttributed = true;
        } else if (hasWords) {
          end = lines.length;
          cut(at, end, 'attribution');
        } else hasWords = true;
        break;
      case 'header':
      case 'reply above':
        if (hasWords && !isQuoted(foldedAt(lines, next))) end = lines.length;
        cut(at, end, found.trace);
        // Some programs quote what they forward.
        if (!hasWords && isQuoted(foldedAt(lines, next))) {
          end = quotedEnd(lines, next);
          hasWords = true;
        }
        break;
      case 'signature':
        if (hasWords) cut(at, end, 'signature');
        else {
          hasWords = true;
          end = at + 1;
        }
        break;
      case 'footer':
        cut(at, end, 'footer');
        break;
      default:
        hasWords = true;
    }
    at = nextFilled(lines, end);
  }
  if (!hadQuote && !hadSignature) return whole(text);
  const rest = keptText(text, lines, isCut);
  return rest === '' && !isAttributed ? whole(text) : { text: rest, hadQuote, hadSignature };
}

interface Found {
  readonly trace: Trace | 'words';
  readonly lines: number;
}

function traceAt(text: string, lines: readonly Line[], at: number): Found {
  return (
    endTraceAt(text, lines, at) ??
    found(
      'signature',
      signatureLines(lines, at, (next) => endTraceAt(text, lines, next) !== undefined),
    ) ?? {
      trace: 'words',
      lines: 1,
    }
  );
}

/** All but signatures: what also ends a signature. */
function endTraceAt(text: string, lines: readonly Line[], at: number): Found | undefined {
  const line = foldedAt(lines, at);
  if (isQuoted(line)) return found('quote', quotedLines(lines, at));
  if (isReplyAbove(line)) return found('reply above', 1);
  return (
    found('header', headerLines(lines, at)) ??
    found('attribution', attributionLines(lines, at)) ??
    found('footer', footerLines(lines, at)) ??
    found('footer', disclaimerLines(text, lines, at))
  );
}

/** A footer stands alone: where a line of words follows, it is a wrapped sentence. */
function footerLines(lines: readonly Line[], at: number): number {
  if (!isFooter(foldedAt(lines, at))) return 0;
  const next = foldedAt(lines, at + 1);
  const isAlone =
    next === '' ||
    isFooter(next) ||
    isQuoted(next) ||
    isReplyAbove(next) ||
    headerLines(lines, at + 1) > 0 ||
    attributionLines(lines, at + 1) > 0;
  return isAlone ? 1 : 0;
}

/** How many lines begin with `>` in a row. */
function quotedLines(lines: readonly Line[], at: number): number {
  let end = at + 1;
  while (foldedAt(lines, end).startsWith('>')) end++;
  return end - at;
}

/** Where a quote ends that has empty lines in it. */
function quotedEnd(lines: readonly Line[], at: number): number {
  let end = at;
  for (let next = at; isQuoted(foldedAt(lines, next)); next = nextFilled(lines, end)) end = next + 1;
  return end;
}

function found(trace: Trace, lines: number): Found | undefined {
  return lines === 0 ? undefined : { trace, lines };
}

/** Whether a line of the customer announces the `>` lines that begin here, as it would a list. */
function isIntroduced(lines: readonly Line[], at: number, isCut: Uint8Array): boolean {
  return at > 0 && isCut[at - 1] === 0 && foldedAt(lines, at - 1).endsWith(':');
}

/** The lines that are not cut, each with its line feed, at most one empty line between two of them. */
function keptText(text: string, lines: readonly Line[], isCut: Uint8Array): string {
  let kept = '';
  let isGap = true;
  for (const [at, line] of lines.entries()) {
    const isEmpty = line.start === line.end;
    if (isCut[at] === 1 || (isEmpty && isGap)) continue;
    kept += text.slice(line.start, line.end + 1);
    isGap = isEmpty;
  }
  return kept.trim();
}
