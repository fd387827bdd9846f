// The ledger of the warehouse in memory, in the shape of the other sinks' table `_pipeline_loads`.

import type { FieldType, LedgerEntry } from '../../core/types.ts';
import type { Counts } from '../sql/ledger.ts';
import type { StoredRow } from './tables.ts';

/** One load that was committed. */
export interface LedgerLine extends LedgerEntry {
  /** Counts the loads of a lane, from 1. */
  readonly number: number;
  readonly tables: Counts;
  readonly startedAt: string;
}

/** As `sql/schema.ts` declares it. */
const COLUMNS: { readonly [column: string]: FieldType } = {
  load_id: 'string',
  run_id: 'string',
  pipeline: 'string',
  stream: 'string',
  lane: 'string',
  epoch: 'integer',
  number: 'integer',
  checkpoint: 'string',
  tables: 'json',
  started_at: 'timestamp',
  committed_at: 'timestamp',
};

/** The table that a query of `_pipeline_loads` reads. */
export function ledgerTable(lines: ReadonlyMap<string, LedgerLine>): {
  readonly columns: ReadonlyMap<string, { readonly type: FieldType }>;
  readonly rows: ReadonlyMap<string, StoredRow>;
} {
  const row = (line: LedgerLine): StoredRow => ({
    load_id: line.loadId,
    run_id: line.runId,
    pipeline: line.pipeline,
    stream: line.stream,
    lane: line.lane,
    epoch: String(line.epoch),
    number: String(line.number),
    checkpoint: JSON.stringify(line.checkpoint),
    tables: JSON.stringify(line.tables),
    started_at: line.startedAt,
    committed_at: line.committedAt,
  });
  return {
    columns: new Map(Object.entries(COLUMNS).map(([name, type]) => [name, { type }])),
    rows: new Map([...lines].map(([id, line]) => [id, row(line)])),
  };
}
