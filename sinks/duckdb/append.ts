// Rows into a temporary table through DuckDB's appender: as fast as reading a file, without a file of customers' words.

import type { DuckDBAppender } from '@duckdb/node-api';
import type { FieldType } from '../../core/types.ts';
import { microsOf } from '../sql/fit.ts';

/** The engine's module, which is imported only when a warehouse of its kind is opened. */
export type Engine = typeof import('@duckdb/node-api');

// The appender gathers rows outside the engine's memory limit until it is flushed.
const FLUSH_ROWS = 2048;
const FLUSH_CHARACTERS = 4 * 1024 * 1024;
const DECIMAL_DIGITS = 9;

function appendText(engine: Engine, appender: DuckDBAppender, type: FieldType, text: string): void {
  if (type === 'string' || type === 'json') appender.appendVarchar(text);
  else if (type === 'timestamp') {
    appender.appendTimestampTZ(new engine.DuckDBTimestampTZValue(microsOf(text)));
  } else if (type === 'boolean') appender.appendBoolean(text === 'true');
  else if (type === 'integer') appender.appendBigInt(BigInt(text));
  else if (type === 'number') appender.appendDouble(Number(text));
  else if (type === 'date') {
    appender.appendDate(new engine.DuckDBDateValue(Date.parse(text) / 86_400_000));
  } else {
    const [whole = '', fraction = ''] = text.split('.');
    const scaled = BigInt(whole + fraction.padEnd(DECIMAL_DIGITS, '0'));
    appender.appendDecimal(new engine.DuckDBDecimalValue(scaled, 38, DECIMAL_DIGITS));
  }
}

/** Appends rows of texts, as `fitText` wrote them, to a table of the connection's own. */
export interface Appending {
  append(cells: readonly (string | undefined)[]): void;
  /** Everything that was appended is in the table. */
  finish(): void;
}

export function appending(engine: Engine, appender: DuckDBAppender, types: readonly FieldType[]): Appending {
  let rows = 0;
  let characters = 0;
  return {
    append: (cells) => {
      for (let i = 0; i < types.length; i++) {
        const cell = cells[i];
        if (cell === undefined) appender.appendNull();
        else {
          characters += cell.length;
          appendText(engine, appender, types[i] ?? 'string', cell);
        }
      }
      appender.endRow();
      rows += 1;
      if (rows >= FLUSH_ROWS || characters >= FLUSH_CHARACTERS) {
        appender.flushSync();
        rows = 0;
        characters = 0;
      }
    },
    finish: () => appender.closeSync(),
  };
}
