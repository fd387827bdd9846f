// The sink's own books: the fence of each lane and the ledger of loads.

import { PipelineError } from '../../core/errors.ts';
import type { Json, LedgerEntry, LoadStart, Receipt } from '../../core/types.ts';

/** The newest load of each lane; `number` counts the loads of a lane under its fence, so that no clock decides. */
export const NEWEST_LOADS = `SELECT "load_id", "run_id", "pipeline", "stream", "lane", "epoch", "checkpoint", "committed_at"
FROM (
  SELECT *, row_number() OVER (PARTITION BY "lane" ORDER BY "number" DESC) AS "_rank" FROM "_pipeline_loads"
) AS newest
WHERE "_rank" = 1
ORDER BY "lane"`;

export const FIND_LOAD = `SELECT "tables", "committed_at" FROM "_pipeline_loads" WHERE "load_id" = $1`;

/** $1 load, $2 run, $3 pipeline, $4 stream, $5 lane, $6 epoch, $7 checkpoint, $8 tables, $9 started at, $10 committed at. */
export function insertLoad(types: {
  readonly integer: string;
  readonly json: string;
  readonly timestamp: string;
}): string {
  return `INSERT INTO "_pipeline_loads" ("load_id", "run_id", "pipeline", "stream", "lane", "epoch", "number", "checkpoint", "tables", "started_at", "committed_at")
SELECT $1, $2, $3, $4, $5, CAST($6 AS ${types.integer}), (SELECT coalesce(max("number"), 0) + 1 FROM "_pipeline_loads" WHERE "lane" = $5),
  $7, CAST($8 AS ${types.json}), CAST($9 AS ${types.timestamp}), CAST($10 AS ${types.timestamp})`;
}

export type Counts = { readonly [table: string]: { readonly rows: number; readonly tombstones: number } };

export function loadParameters(
  start: LoadStart,
  checkpoint: Json,
  counts: Counts,
  startedAt: string,
  committedAt: string,
): string[] {
  return [
    start.loadId,
    start.runId,
    start.pipeline,
    start.stream,
    start.lane,
    String(start.epoch),
    JSON.stringify(checkpoint),
    JSON.stringify(counts),
    startedAt,
    committedAt,
  ];
}

export function receipt(loadId: string, committedAt: string, tables: Counts, repeated: boolean): Receipt {
  return { loadId, committedAt, tables, repeated };
}

/** What stands in the ledger's columns, as texts. */
export interface LedgerLine extends Omit<LedgerEntry, 'checkpoint' | 'epoch'> {
  readonly epoch: string;
  readonly checkpoint: string;
}

export function ledgerEntry(line: LedgerLine): LedgerEntry {
  return { ...line, epoch: Number(line.epoch), checkpoint: JSON.parse(line.checkpoint) as Json };
}

/** Transient: the newer owner does the work, and this runner has only to stop. */
export function fenced(lane: string, epoch: number, newer: number): PipelineError {
  return new PipelineError(
    'transient',
    'lane.fenced',
    `Lane ${lane} was taken over: the warehouse knows epoch ${newer}, and this run holds the older epoch ${epoch}.`,
    { hint: 'Another run continues from the bookmark; nothing of this load became visible.' },
  );
}

/** A load that was committed, aborted or failed cannot be used again. */
export function closedLoad(loadId: string): PipelineError {
  return new PipelineError('bug', 'load.closed', `Load ${loadId} has ended already and takes nothing more.`);
}

export function undeclaredTable(loadId: string, table: string): PipelineError {
  return new PipelineError(
    'bug',
    'load.undeclared-table',
    `Load ${loadId} did not declare the table ${table}.`,
  );
}
