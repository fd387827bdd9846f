// Where each kind of reading stands; stored as JSON and read back with suspicion, because operators may edit it.

import { PipelineError } from '../../core/errors.ts';
import { asRecord } from '../../core/mapping.ts';
import type { Context, Json, Window } from '../../core/types.ts';
import { secondsOf } from './mapping.ts';

/** The vendor returns nothing of the last minute and refuses a time that lies in it: https://developer.zendesk.com/documentation/ticketing/managing-tickets/using-the-incremental-export-api/ */
export const SETTLE_SECONDS = 61;

/** `until` is the first second that is no longer wanted. */
export type Bounds = { readonly until?: number };

/** A cursor export: the time to begin at, then the vendor's cursor; `startTime` then tells where to begin again should the cursor expire. */
export type CursorCheckpoint = Bounds & { readonly startTime: number; readonly cursor?: string };

/** A time-based export: the second to go on from, which is read again because it may not have been complete. */
export type TimeCheckpoint = Bounds & { readonly startTime: number };

/** A listing: the page to go on with; none means its beginning. */
export type ListCheckpoint = { readonly next?: string };

/**
 * A feed filtered by a span of time: everything before `from` is read. Inside a span, `to` is its end and `next` its next page.
 * `lookBack` means that the feed was caught up, and that older records may have changed since.
 */
export type SpanCheckpoint = Bounds & {
  readonly from: number;
  readonly lookBack?: boolean;
  readonly to?: number;
  readonly next?: string;
};

/** Unix seconds at which a window begins: the second that holds `since`, or the beginning of time. */
export function windowStart(window: Window): number {
  return window.since === undefined ? 0 : Math.max(0, Math.floor(window.since.getTime() / 1000));
}

/** The window's end as it travels in a checkpoint. */
export function windowBounds(window: Window): Bounds {
  return window.until === undefined ? {} : { until: Math.ceil(window.until.getTime() / 1000) };
}

/** The newest second that may be asked for. */
export function newestSecond(context: Context): number {
  return Math.floor(context.clock.now().getTime() / 1000) - SETTLE_SECONDS;
}

export function cursorCheckpoint(from: Json): CursorCheckpoint {
  const { startTime, cursor, bounds } = parts(from, 'startTime');
  return { startTime, ...(cursor === undefined ? {} : { cursor }), ...bounds };
}

export function timeCheckpoint(from: Json): TimeCheckpoint {
  const { startTime, bounds } = parts(from, 'startTime');
  return { startTime, ...bounds };
}

export function spanCheckpoint(from: Json): SpanCheckpoint {
  const { startTime, record, bounds } = parts(from, 'from');
  const { to, next, lookBack } = record;
  return {
    from: startTime,
    ...(lookBack === true ? { lookBack } : {}),
    ...(typeof to === 'number' ? { to } : {}),
    ...(typeof next === 'string' ? { next } : {}),
    ...bounds,
  };
}

export function listCheckpoint(from: Json): ListCheckpoint {
  const next = asRecord(from)?.['next'];
  return typeof next === 'string' ? { next } : {};
}

function parts(from: Json, timeName: string) {
  const record = asRecord(from);
  const startTime = secondsOf(record?.[timeName]);
  if (record === undefined || startTime === undefined) {
    throw new PipelineError(
      'config',
      'zendesk.bad_checkpoint',
      `A Zendesk checkpoint must hold "${timeName}" in Unix seconds.`,
      {
        hint: 'Reset it with `pipeline state reset`, or give it that form with `pipeline state set`.',
      },
    );
  }
  const until = secondsOf(record['until']);
  const bounds: Bounds = until === undefined ? {} : { until };
  const cursor = typeof record['cursor'] === 'string' ? record['cursor'] : undefined;
  return { record, startTime, cursor, bounds };
}
