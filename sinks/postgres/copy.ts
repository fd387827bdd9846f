// Rows into a staging table by COPY in text format: about three times as fast as INSERT, and five times over a distance.

import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { FieldType } from '../../core/types.ts';

/** The backslash first, because it escapes the others. */
const ESCAPES = [
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
] as const;

/**
 * See "Text Format" in https://www.postgresql.org/docs/current/sql-copy.html. Escaping every backslash also keeps a line
 * that reads `\.` from ending the copy early, which would lose the rest without an error.
 */
function escapeText(text: string): string {
  let escaped = text;
  // Searching for one sign after the other takes the engine a fraction of what one expression for all of them does.
  for (const [sign, written] of ESCAPES)
    if (escaped.includes(sign)) escaped = escaped.replaceAll(sign, written);
  return escaped;
}

/** JSON text holds no raw control characters, so that only the backslash is left to escape. */
function escapeJson(text: string): string {
  return text.includes('\\') ? text.replaceAll('\\', '\\\\') : text;
}

type Escape = ((text: string) => string) | undefined;

/** How a column's texts are escaped; digits, dates and truth values need nothing. */
export function escapeOf(type: FieldType): Escape {
  if (type === 'string') return escapeText;
  return type === 'json' ? escapeJson : undefined;
}

/** One line of COPY text; `escapes` by position, undefined cells are NULL. */
export function copyLine(cells: readonly (string | undefined)[], escapes: readonly Escape[]): string {
  let line = '';
  for (let i = 0; i < cells.length; i++) {
    if (i > 0) line += '\t';
    const cell = cells[i];
    const escaped = escapes[i];
    line += cell === undefined ? '\\N' : escaped === undefined ? cell : escaped(cell);
  }
  return `${line}\n`;
}

const ENCODER = new TextEncoder();

/** The bytes of a text, in half the time that the stream itself would take: one pass instead of one for their number and one for them. */
function utf8(text: string): Buffer {
  const bytes = Buffer.allocUnsafeSlow(3 * text.length);
  return bytes.subarray(0, ENCODER.encodeInto(text, bytes).written);
}

/** One COPY under way. The server takes lines while the next ones are made. */
export interface Copy {
  /** Resolves when the lines before these are on their way. Rejects when the server has refused any. */
  write(lines: string): Promise<void>;
  /** Nothing more is written. Resolves when the server has taken everything. */
  end(): Promise<void>;
}

/**
 * Begins a COPY, on a connection that is used for nothing else until it has ended. An error of the server or of the connection
 * rejects the next `write` or `end`, with the driver's own error.
 */
export function openCopy(client: ClientBase, sql: string): Copy {
  const stream = client.query(copyFrom(sql));
  const ended = finished(stream);
  let sent: Promise<unknown> = Promise.resolve();
  // Not lost: it also rejects `sent`, which the next `write` awaits, and `end` returns it. Only nobody may be waiting just now.
  ended.catch(() => undefined);
  return {
    async write(lines) {
      await sent;
      sent = stream.write(utf8(lines)) ? Promise.resolve() : Promise.race([once(stream, 'drain'), ended]);
      // The same: the next `write` awaits it, and what ends it ends `ended` too.
      sent.catch(() => undefined);
    },
    end() {
      if (!stream.writableEnded) stream.end();
      return ended;
    },
  };
}
