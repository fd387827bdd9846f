// Reads the words out of HTML mail and chat bodies.

import { Tokenizer, type TokenizerCallbacks } from 'htmlparser2';

/** Elements whose content nobody reads. */
const UNREAD = words('script style title template');

/** Elements that are a paragraph of their own: an empty line before and after. */
const PARAGRAPHS = words('p h1 h2 h3 h4 h5 h6 blockquote ul ol dl pre hr');

/** Elements that start a line of their own. */
const LINES = words(
  'div li table tr dt dd section article header footer main aside address form center body html caption',
);

/** Elements that say where a quote ends: only they are counted while they are open. */
const CONTAINERS = words('div blockquote');

/** Deeper quotes are printed like this one, so that nesting does not make a text longer than its markup. */
const DEEPEST_QUOTE = 3;

/** Attributes that tell what a container of mail is; what follows in a longer value tells nothing. */
const TELLING = words('class id style');
const TELLING_CHARACTERS = 200;

/** Yahoo's container of the mail that is answered. */
const QUOTE_CLASS = /\byahoo_quoted\b/;
/** An indented paragraph of Gmail and Outlook: the writer's own words. */
const INDENTED = /border(?:-left)?(?:-width)?: ?(?:none|0)/;
/** Outlook's header block: for the web and phones by name, for the desktop by the line above it. */
const REPLY_HEADER = /\bdivrplyfwdmsg\b|border:none; ?border-top:solid #(?:e1e1e1|b5c4df)/;
/** Signatures of Gmail, Outlook and Thunderbird. */
const SIGNATURE = /\b(?:gmail_signature|moz-signature|ms-outlook-mobile-signature)\b/;

/** A picture that is a word: mail programs send emoji as images. */
const EMOJI = /^\p{Extended_Pictographic}[\p{Extended_Pictographic}\p{Emoji_Modifier}\u200d\ufe0f]*$/u;

/** What plain mail has above a header block, and above a signature. */
const RULE = '_'.repeat(32);
const DELIMITER = '--';

/** Neighbours in a table row. */
const CELLS = words('td th');

/** What we take as a sign of HTML where nobody flagged it; `[^<>]*` keeps the search linear in hostile text. */
const TAGS =
  /<(\/?)(html|body|div|p|span|a|b|i|u|strong|em|font|table|tr|td|ul|ol|li|h[1-6]|blockquote|pre|style)(?=[\s>])[^<>]*>/gi;

/** Line breaks are no content of their own in HTML. */
const HTML_SPACE = /[ \t\r\n\f]+/g;

/**
 * Whether text that nobody flagged is HTML beyond doubt: some element is opened and closed again. A lone `<br>` or `<3`
 * in a customer's sentence is not enough.
 */
export function isClearlyHtml(text: string): boolean {
  if (!text.includes('</')) return false;
  const opened = new Set<string>();
  for (const [, slash, name = ''] of text.matchAll(TAGS)) {
    const element = name.toLowerCase();
    if (slash === '') opened.add(element);
    else if (opened.has(element)) return true;
  }
  return false;
}

/**
 * The words of an HTML text: scripts and styles dropped, paragraphs, lines, `<br>` and the lines of `<pre>` as line feeds, entities decoded once,
 * the text of links kept and their addresses not, images dropped but for emoji. What mail marks as quoted begins with
 * `> `, as in plain mail, Outlook's header block has a rule above it, and a marked signature the line `--`. `dir` is
 * ignored: text is kept in logical order. Never throws; markup that is cut in the middle gives the words before the cut.
 * The tokenizer is used, not the parser with its stack of open elements, because mail nests without end and that stack
 * makes it quadratic.
 */
export function htmlText(html: string): string {
  const lines = new LineWriter();
  const containers = new Containers();
  /** The unread element that we are inside of. */
  let unread = '';
  /** The tag that is open now, the attribute in it, and what its attributes tell. */
  let tag = '';
  let attribute = '';
  let telling = '';
  let alternative = '';
  /** How many `<pre>` are open: in them the line breaks of the source count. */
  let preformatted = 0;
  const text = (words: string): void => {
    if (unread !== '') return;
    if (preformatted === 0) lines.write(words.replace(HTML_SPACE, ' '));
    else lines.writeLines(words);
  };
  const attributeText = (words: string): void => {
    if (attribute === 'alt') {
      if (alternative.length < TELLING_CHARACTERS) alternative += words;
    } else if (attribute !== '' && telling.length < TELLING_CHARACTERS)
      telling += words.slice(0, TELLING_CHARACTERS);
  };
  const tagEnd = (): void => {
    if (unread !== '') return;
    if (tag === 'img' && EMOJI.test(alternative)) lines.write(alternative);
    if (!CONTAINERS.has(tag)) return;
    const what = telling.toLowerCase();
    lines.depth = containers.open(tag, tag === 'blockquote' ? !INDENTED.test(what) : QUOTE_CLASS.test(what));
    if (REPLY_HEADER.test(what)) lines.mark(RULE);
    if (SIGNATURE.test(what)) lines.mark(DELIMITER);
  };
  const tokenizer = new Tokenizer(
    { decodeEntities: true },
    {
      ...NO_CALLBACKS,
      ontext: (start, end) => text(html.slice(start, end)),
      ontextentity: (codePoint) => text(String.fromCodePoint(codePoint)),
      onopentagname(start, end) {
        tag = html.slice(start, end).toLowerCase();
        telling = '';
        alternative = '';
        if (UNREAD.has(tag) && unread === '') unread = tag;
        if (unread !== '') return;
        lines.openTag(tag);
        if (tag === 'pre') preformatted++;
      },
      onattribname(start, end) {
        const name = html.slice(start, end).toLowerCase();
        const isRead = tag === 'img' ? name === 'alt' : CONTAINERS.has(tag) && TELLING.has(name);
        attribute = isRead ? name : '';
        if (isRead) telling += ' ';
      },
      onattribdata: (start, end) =>
        attributeText(html.slice(start, Math.min(end, start + TELLING_CHARACTERS))),
      onattribentity: (codePoint) => attributeText(String.fromCodePoint(codePoint)),
      onopentagend: tagEnd,
      onselfclosingtag: tagEnd,
      onclosetag(start, end) {
        const name = html.slice(start, end).toLowerCase();
        if (unread === '') {
          lines.edge(name);
          if (name === 'pre' && preformatted > 0) preformatted--;
          if (CONTAINERS.has(name)) lines.depth = containers.close(name);
        }
        if (unread === name) unread = '';
      },
    },
  );
  tokenizer.write(html);
  tokenizer.end();
  return lines.text();
}

/** The containers that are open, and how many of them are quotes. Closing one closes those inside it, as browsers do. */
class Containers {
  readonly #open: { readonly name: string; readonly isQuote: boolean }[] = [];
  readonly #count = new Map<string, number>();
  #quotes = 0;

  /** How deep the quote is now. */
  open(name: string, isQuote: boolean): number {
    this.#open.push({ name, isQuote });
    this.#count.set(name, (this.#count.get(name) ?? 0) + 1);
    if (isQuote) this.#quotes++;
    return this.#quotes;
  }

  /** How deep the quote is then. What was not opened is not closed. */
  close(name: string): number {
    if ((this.#count.get(name) ?? 0) === 0) return this.#quotes;
    for (let last = this.#open.pop(); last !== undefined; last = this.#open.pop()) {
      this.#count.set(last.name, (this.#count.get(last.name) ?? 0) - 1);
      if (last.isQuote) this.#quotes--;
      if (last.name === name) break;
    }
    return this.#quotes;
  }
}

/** Collects words, the line feeds that block elements ask for between them, and the `>` before lines that are quoted. */
class LineWriter {
  readonly #parts: string[] = [];
  /** Line feeds at the end of what is written so far. */
  #feeds = 0;
  #isLineStart = true;
  /** The last line that `mark` wrote or that could stand for it. */
  #line = '';
  /** How deep a quote the words that come are in. */
  depth = 0;

  write(words: string): void {
    if (words.trim() !== '') {
      if (this.#isLineStart) {
        this.#isLineStart = false;
        this.#line = '';
        if (this.depth > 0) this.#parts.push('> '.repeat(Math.min(this.depth, DEEPEST_QUOTE)));
      }
      if (this.#line.length < RULE.length) this.#line += words.trim().slice(0, RULE.length);
    }
    this.#parts.push(words);
    if (words !== ' ') this.#feeds = 0;
  }

  /** Writes words whose line breaks count. */
  writeLines(words: string): void {
    for (const [at, line] of words.split(/\r\n?|\n/).entries()) {
      if (at > 0) this.openTag('br');
      if (line !== '') this.write(line);
    }
  }

  /** Writes a line of its own, unless it is what the last line says. */
  mark(line: string): void {
    if (this.#line === line) return;
    this.#feed(1);
    this.write(line);
    this.#feed(1);
  }

  openTag(name: string): void {
    if (name === 'br') this.#feed(this.#feeds + 1);
    else this.edge(name);
  }

  /** Where an element opens or closes. */
  edge(name: string): void {
    if (PARAGRAPHS.has(name)) this.#feed(2);
    else if (LINES.has(name)) this.#feed(1);
    else if (CELLS.has(name)) this.write(' ');
  }

  text(): string {
    return this.#parts.join('');
  }

  #feed(atLeast: number): void {
    if (this.#feeds < atLeast) this.#isLineStart = true;
    for (; this.#feeds < atLeast; this.#feeds++) this.#parts.push('\n');
  }
}

const ignore = (): void => undefined;
const NO_CALLBACKS: TokenizerCallbacks = {
  onattribdata: ignore,
  onattribentity: ignore,
  onattribend: ignore,
  onattribname: ignore,
  oncdata: ignore,
  onclosetag: ignore,
  oncomment: ignore,
  ondeclaration: ignore,
  onend: ignore,
  onopentagend: ignore,
  onopentagname: ignore,
  onprocessinginstruction: ignore,
  onselfclosingtag: ignore,
  ontext: ignore,
  ontextentity: ignore,
};

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(' '));
}
