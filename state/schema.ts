// The state database as Kysely sees it; the tables themselves are in migrations/.

import type { ColumnType, Generated, Kysely, Transaction } from 'kysely';

/** Read as ISO-8601 in UTC; the database fills it in where we do not. */
type Instant = ColumnType<string, string | undefined, string | null>;

export interface Tables {
  leases: {
    lane: string;
    epoch: number;
    run_id: string | null;
    host: string | null;
    pid: number | null;
    process_started_at: string | null;
    expires_at: ColumnType<string | null, string | null, string | null>;
  };
  bookmarks: {
    lane: string;
    checkpoint: string;
    revision: number;
    load_id: string | null;
    done: boolean;
    updated_at: Instant;
  };
  runs: {
    run_id: string;
    pipeline: string;
    lane: string;
    status: string;
    sink: string;
    started_at: ColumnType<string, string, string>;
    ended_at: ColumnType<string | null, string | null | undefined, string | null>;
    host: string;
    pid: number;
    process_started_at: string;
    labels: Generated<string>;
    cost_micro_usd: Generated<number>;
    error: string | null;
  };
  run_streams: { run_id: string; lane: string; seq: Generated<number>; report: string };
  run_events: {
    seq: Generated<number>;
    run_id: string;
    at: ColumnType<string, string, string>;
    event: string;
    fields: string;
  };
  rejects: {
    reject_id: string;
    seq: Generated<number>;
    run_id: string;
    lane: string;
    table_name: string;
    row_json: string;
    code: string;
    reason: string;
    at: Instant;
    replayed_at: ColumnType<string | null, string | null | undefined, string | null>;
  };
  label_cache: {
    key: string;
    label: string;
    provider: string;
    model: string;
    price_version: string;
    repaired: boolean;
    at: Instant;
  };
  label_batches: {
    intent: string;
    pipeline: string;
    provider: string;
    model: string;
    prompt_version: string;
    price_version: string;
    reservation_id: string;
    reserved_micro_usd: number;
    batch_id: ColumnType<string | null, string | null | undefined, string | null>;
    created_at: Instant;
  };
  label_batch_texts: {
    intent: string;
    pack: string;
    position: number;
    request_id: string;
    content_hash: string;
    language: string | null;
    text_json: string;
  };
  notes: { name: string; value: string; at: Instant };
  spend_ledger: {
    id: string;
    day: string;
    provider: string;
    run_id: string;
    reserved_micro_usd: number;
    actual_micro_usd: number | null;
    tokens_in: number | null;
    tokens_out: number | null;
    model: string | null;
    script: string | null;
    expected_tokens: number | null;
    expected_micro_usd: number | null;
    at: Instant;
    settled_at: ColumnType<string | null, string | null | undefined, string | null>;
  };
  secrets: { name: string; sealed: string; updated_at: Instant };
  column_names: { table_name: string; native_id: string; column_name: string; label: string; at: Instant };
  audit_log: {
    seq: Generated<number>;
    at: Instant;
    by_whom: string;
    action: string;
    subject: string;
    detail: string;
  };
}

export type Database = Kysely<Tables>;
export type Tx = Transaction<Tables>;

/** PostgreSQL sends at most 65,535 values with one statement; no table here has more than 13 columns. */
export const ROWS_PER_STATEMENT = 1000;

/** The items in groups of at most `size`. */
export function* chunks<T>(items: readonly T[], size: number = ROWS_PER_STATEMENT): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}

/** PostgreSQL's text cannot hold U+0000. Only for words about data, never for data: that is kept as JSON, where it can stand. */
export function storable(text: string): string {
  return text.replaceAll('\u0000', '\uFFFD');
}
