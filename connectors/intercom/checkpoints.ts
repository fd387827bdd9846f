// Where a reading of Intercom stands; stored as JSON and read back with suspicion, because operators may edit it.

import { PipelineError } from '../../core/errors.ts';
import { asRecord } from '../../core/mapping.ts';
import type { Json, Window } from '../../core/types.ts';

/** Everything that changed before the second `from` is read; the window's ends travel along. */
export type SpanPoint = { readonly from: number; readonly since?: number; readonly until?: number };

/** How far the list of deleted conversations was read: how many it held, and the second of the newest. */
export type DeletionPoint = { readonly count: number; readonly to: number };

/** The checkpoint from which a window is read. */
export function startOf(window: Window): SpanPoint {
  const since = window.since === undefined ? undefined : Math.ceil(window.since.getTime() / 1000);
  const until = window.until === undefined ? undefined : Math.ceil(window.until.getTime() / 1000);
  return {
    from: Math.max(0, since ?? 0),
    ...(since === undefined ? {} : { since: Math.max(0, since) }),
    ...(until === undefined ? {} : { until: Math.max(0, until) }),
  };
}

/** Throws config `intercom.bad_checkpoint`. */
export function spanOf(checkpoint: Json): SpanPoint {
  const record = asRecord(checkpoint);
  const [from, since, until] = ['from', 'since', 'until'].map((name) => secondOf(record?.[name]));
  if (from === undefined) {
    throw new PipelineError(
      'config',
      'intercom.bad_checkpoint',
      'An Intercom checkpoint must hold "from" in Unix seconds.',
      { hint: 'Reset it with `pipeline state reset`, or give it that form with `pipeline state set`.' },
    );
  }
  return { from, ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) };
}

export function deletionPoint(checkpoint: Json): DeletionPoint {
  const record = asRecord(asRecord(checkpoint)?.['deleted']);
  return { count: secondOf(record?.['count']) ?? 0, to: secondOf(record?.['to']) ?? 0 };
}

function secondOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
