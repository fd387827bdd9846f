// Reads the words out of HTML mail and chat bodies.

import { Tokenizer, type TokenizerCallbacks } from 'htmlparser2';

/** Elements whose content nobody reads. */
const UNREAD = words('script style title template');

/** Elements that are a paragraph of their own: an empty line before and after. */
const PARAGRAPHS = words('p h1 h2 h3 h4 h5 h6 blockquote ul ol dl table pre hr');

/** Elements that start a line of their own. */
const LINES = words(
  'div li tr dt dd section article header footer main aside address form center body html caption',
);

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
 * The words of an HTML text: scripts and styles dropped, paragraphs, lines and `<br>` as line feeds, entities decoded once,
 * the text of links kept and their addresses not. `dir` is ignored: text is kept in logical order. Never throws; markup
 * that is cut in the middle gives the words before the cut. The tokenizer is used, not the parser with its stack of open
 * elements, because mail nests without end and the stack makes that quadratic.
 */
export function htmlText(html: string): string {
  const lines = new LineWriter();
  /** The unread element that we are inside of. */
  let unread = '';
  const text = (words: string): void => {
    if (unread === '') lines.write(words);
  };
  const tokenizer = new Tokenizer(
    { decodeEntities: true },
    {
      ...NO_CALLBACKS,
      ontext: (start, end) => text(html.slice(start, end).replace(HTML_SPACE, ' ')),
      ontextentity: (codePoint) => text(String.fromCodePoint(codePoint)),
      onopentagname(start, end) {
        const name = html.slice(start, end).toLowerCase();
        if (UNREAD.has(name) && unread === '') unread = name;
        if (unread === '') lines.openTag(name);
      },
      onclosetag(start, end) {
        const name = html.slice(start, end).toLowerCase();
        if (unread === '') lines.edge(name);
        if (unread === name) unread = '';
      },
    },
  );
  tokenizer.write(html);
  tokenizer.end();
  return lines.text();
}

/** Collects words, and the line feeds that block elements ask for between them. */
class LineWriter {
  readonly #parts: string[] = [];
  /** Line feeds at the end of what is written so far. */
  #feeds = 0;

  write(words: string): void {
    this.#parts.push(words);
    if (words !== ' ') this.#feeds = 0;
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
