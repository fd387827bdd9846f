// Structured logs: one JSON object a line, every value scrubbed of secrets before it is written.

import { pino } from 'pino';
import type { Log, LogFields } from './types.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LogOptions {
  readonly level: LogLevel;
  /** Receives whole lines, each with its newline. */
  readonly destination: { write(line: string): void };
  readonly scrub: (text: string) => string;
  /** Fields of every line, such as the run. */
  readonly base?: LogFields;
}

/**
 * A log whose lines hold `level`, `time` (ISO, UTC), `event`, the base fields and the event's own. Values are scrubbed one by
 * one and not the finished line, so that a secret which looks like a number or a key cannot break the JSON.
 */
export function createLog({ level, destination, scrub, base = {} }: LogOptions): Log {
  const ownKeys = new Set(['level', 'time', 'event', ...Object.keys(base)]);
  const logger = pino(
    {
      level,
      base: scrubFields(base, scrub, new Set()),
      messageKey: 'event',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );

  function write(severity: Exclude<LogLevel, 'silent'>, event: string, fields: LogFields = {}): void {
    if (logger.isLevelEnabled(severity)) logger[severity](scrubFields(fields, scrub, ownKeys), scrub(event));
  }
  return {
    debug: (event, fields) => write('debug', event, fields),
    info: (event, fields) => write('info', event, fields),
    warn: (event, fields) => write('warn', event, fields),
    error: (event, fields) => write('error', event, fields),
  };
}

/** A field that is named like one of the line's own gets an underscore: a key twice in one object has no meaning in JSON. */
function scrubFields(
  fields: LogFields,
  scrub: (text: string) => string,
  ownKeys: ReadonlySet<string>,
): LogFields {
  const entries = Object.entries(fields).map(([key, value]) => {
    const name = ownKeys.has(key) ? `${key}_` : scrub(key);
    return [name, scrubValue(value, scrub)] as const;
  });
  return Object.fromEntries(entries);
}

function scrubValue(
  value: unknown,
  scrub: (text: string) => string,
): string | number | boolean | null | undefined {
  if (value === null || value === undefined || typeof value === 'boolean') return value;
  if (typeof value === 'string') return scrub(value);
  if (typeof value === 'number') {
    const text = String(value);
    return scrub(text) === text ? value : scrub(text);
  }
  // The types allow nothing else. An error that gets here all the same is told by its words; anything else may be a row, and is not.
  return value instanceof Error ? scrub(describe(value)) : `[${typeof value}]`;
}

/** Stacks of an error and its causes; never their other properties, in which clients keep headers and bodies. */
function describe(error: Error): string {
  const parts: string[] = [];
  for (let cause: unknown = error; cause instanceof Error && parts.length < 8; cause = cause.cause) {
    parts.push(cause.stack ?? `${cause.name}: ${cause.message}`);
  }
  return parts.join('\ncaused by ');
}
