// Reads CSV as the Bulk API writes it, strictly by RFC 4180 and row by row: what is broken or cut is an error, never a guess.
// https://www.rfc-editor.org/rfc/rfc4180

/** A text of CSV that is malformed or ends early. Its message holds nothing of the text. */
export class CsvError extends Error {
  override readonly name = 'CsvError';
}

/**
 * The records of a text, the header among them. Every record must have as many fields as the first, a quote may stand only around a
 * whole field, and the last record may lack its line end unless its last field is empty. "NA" and "null" are texts like any other. Linear in the text.
 */
export function* readCsv(text: string): Generator<readonly string[]> {
  let width: number | undefined;
  let fields: string[] = [];
  let at = 0;
  let row = 1;
  while (at < text.length || fields.length > 0) {
    let end: number;
    if (text.charCodeAt(at) === QUOTE) {
      end = closingQuote(text, at + 1, row);
      const held = text.slice(at + 1, end);
      fields.push(held.includes('""') ? held.replaceAll('""', '"') : held);
      end += 1;
    } else {
      end = endOfBare(text, at);
      const held = text.slice(at, end);
      if (held === '' && end === text.length) throw new CsvError(`Record ${row} ends behind a comma.`);
      if (held.includes('"')) throw new CsvError(`Record ${row} has a quote inside a field without quotes.`);
      fields.push(held);
    }
    const next = text.charCodeAt(end);
    if (next === COMMA) {
      at = end + 1;
      continue;
    }
    const lineEnd = next === CR && text.charCodeAt(end + 1) === LF ? 2 : next === LF ? 1 : 0;
    if (lineEnd === 0 && end < text.length) {
      throw new CsvError(`Record ${row} goes on behind a closing quote.`);
    }
    width ??= fields.length;
    if (fields.length !== width) {
      throw new CsvError(`Record ${row} has ${fields.length} fields, and the header has ${width}.`);
    }
    yield fields;
    fields = [];
    row += 1;
    at = end + lineEnd;
  }
}

const QUOTE = 34;
const COMMA = 44;
const LF = 10;
const CR = 13;

/** The quote that ends a field: one that is not doubled. */
function closingQuote(text: string, from: number, row: number): number {
  for (let at = from; ; at += 2) {
    at = text.indexOf('"', at);
    if (at === -1) throw new CsvError(`Record ${row} ends inside a field in quotes.`);
    if (text.charCodeAt(at + 1) !== QUOTE) return at;
  }
}

function endOfBare(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === COMMA || character === LF) return at;
    if (character === CR && text.charCodeAt(at + 1) === LF) return at;
  }
  return text.length;
}
