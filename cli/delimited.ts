// Reads delimited text strictly as RFC 4180 has it, with another delimiter where asked: https://www.rfc-editor.org/rfc/rfc4180.

/** One record with the line on which it begins, counted from 1. */
export interface DelimitedRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

/** Where a text is not RFC 4180: the line, and what is wrong there. */
export class DelimitedError extends Error {
  override readonly name = 'DelimitedError';
  readonly line: number;

  constructor(line: number, problem: string) {
    super(problem);
    this.line = line;
  }
}

/**
 * The records of a text. Lines end with LF or CRLF, a quoted field may hold both, and a quote inside one is doubled; an empty
 * line is no record. Throws `DelimitedError` for a quote inside an unquoted field, for text behind a closing quote, and for a
 * quote that is never closed. Linear.
 */
export function* readDelimited(text: string, delimiter: string): Generator<DelimitedRecord> {
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const record: { line: number; fields: string[] } = { line, fields: [] };
    for (;;) {
      const field = text[at] === '"' ? quotedField(text, at, line) : plainField(text, at, delimiter, line);
      record.fields.push(field.value);
      line += field.lines;
      at = field.end;
      if (text[at] !== delimiter) break;
      at += 1;
    }
    if (text.startsWith('\r\n', at)) at += 2;
    else if (text[at] === '\n') at += 1;
    else if (at < text.length) throw new DelimitedError(line, 'text stands behind a closing quote');
    line += 1;
    if (record.fields.length > 1 || record.fields[0] !== '') yield record;
  }
}

interface Field {
  readonly value: string;
  readonly end: number;
  /** Line ends inside it. */
  readonly lines: number;
}

function plainField(text: string, start: number, delimiter: string, line: number): Field {
  let end = start;
  for (; end < text.length; end++) {
    const unit = text[end];
    if (unit === delimiter || unit === '\n' || (unit === '\r' && text[end + 1] === '\n')) break;
    if (unit === '"') throw new DelimitedError(line, 'a quote stands inside a field that is not quoted');
  }
  return { value: text.slice(start, end), end, lines: 0 };
}

function quotedField(text: string, open: number, line: number): Field {
  let from = open + 1;
  for (;;) {
    const close = text.indexOf('"', from);
    if (close < 0) throw new DelimitedError(line, 'a quote is opened and never closed');
    if (text[close + 1] !== '"') {
      const inside = text.slice(open + 1, close);
      return { value: inside.replaceAll('""', '"'), end: close + 1, lines: inside.split('\n').length - 1 };
    }
    from = close + 2;
  }
}
