// Where a reading of objects stands; stored as JSON and read back with suspicion, because operators may edit it.

import { PipelineError } from '../../core/errors.ts';
import type { Json, Window } from '../../core/types.ts';
import { asRecord } from './mapping.ts';

/**
 * A reading has three steps: the list of all that is there (from the beginning only), what changed since, and what was archived.
 * All times are milliseconds of Unix time.
 */
export type ObjectCheckpoint = {
  readonly step: 'list' | 'search' | 'archived';
  /** Everything that changed before it is read. */
  readonly from: number;
  /** The records that changed in `from` itself are read up to this id. */
  readonly tie?: string;
  /** When this step's reading began; absent between two runs. */
  readonly begun?: number;
  /** The page of the list to go on with. */
  readonly after?: string;
  /** Everything that was archived before it is told. */
  readonly archivedFrom: number;
  /** The window: its first millisecond, and the first one after it. */
  readonly since?: number;
  readonly until?: number;
};

/** HubSpot answers a search from the epoch itself with an error of its own. */
export const EARLIEST_MS = 1000;

export function startObjects({ since, until }: Window): ObjectCheckpoint {
  const from = Math.max(EARLIEST_MS, since?.getTime() ?? EARLIEST_MS);
  const bounds = {
    ...(since === undefined ? {} : { since: from }),
    ...(until === undefined ? {} : { until: until.getTime() }),
  };
  return {
    step: since === undefined && until === undefined ? 'list' : 'search',
    from,
    archivedFrom: from,
    ...bounds,
  };
}

/** Throws config `hubspot.bad_checkpoint`. */
export function readObjectCheckpoint(value: Json): ObjectCheckpoint {
  const record = asRecord(value);
  const step = record?.['step'];
  const number = (name: string): number | undefined => {
    const held = record?.[name];
    return typeof held === 'number' && Number.isFinite(held) ? held : undefined;
  };
  const from = number('from');
  if (from === undefined || (step !== 'list' && step !== 'search' && step !== 'archived')) {
    throw new PipelineError(
      'config',
      'hubspot.bad_checkpoint',
      'A HubSpot checkpoint must hold "step" (list, search or archived) and "from" in milliseconds of Unix time.',
      { hint: 'Reset it with `pipeline state reset`, or give it that form with `pipeline state set`.' },
    );
  }
  const [begun, since, until] = [number('begun'), number('since'), number('until')];
  const { tie, after } = record ?? {};
  return {
    step,
    from: Math.max(EARLIEST_MS, from),
    archivedFrom: number('archivedFrom') ?? from,
    ...(typeof tie === 'string' && /^\d+$/.test(tie) ? { tie } : {}),
    ...(typeof after === 'string' ? { after } : {}),
    ...(begun === undefined ? {} : { begun }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  };
}
