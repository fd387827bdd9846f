// Labels in depth: what a request was expected to cost beside what it did, batches that are under way, and words to remember.

import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  'alter table pipeline_state.label_cache add column repaired boolean not null default false',

  // All four or none: requests before this migration have none.
  `alter table pipeline_state.spend_ledger
    add column model text,
    add column script text,
    add column expected_tokens bigint,
    add column expected_micro_usd bigint`,
  `create index spend_ledger_of_model on pipeline_state.spend_ledger (provider, model, id desc)
    where expected_tokens is not null and actual_micro_usd is not null`,

  // Caps of a day count by provider too: the sums need nothing but the index.
  'drop index pipeline_state.spend_ledger_of_day',
  `create index spend_ledger_of_day on pipeline_state.spend_ledger (day)
    include (provider, reserved_micro_usd, actual_micro_usd)`,

  // One row for each batch from before it is handed over until its answers are kept. batch_id is the provider's.
  `create table pipeline_state.label_batches (
    intent text primary key,
    pipeline text not null,
    provider text not null,
    model text not null,
    prompt_version text not null,
    price_version text not null,
    reservation_id text not null,
    reserved_micro_usd bigint not null,
    batch_id text,
    created_at timestamptz not null default clock_timestamp()
  )`,

  `create table pipeline_state.label_batch_texts (
    intent text not null references pipeline_state.label_batches on delete cascade,
    pack text not null,
    position bigint not null,
    request_id text not null,
    content_hash text not null,
    language text,
    text_json text not null,
    primary key (intent, pack, position)
  )`,
  'create index label_batch_texts_of_hash on pipeline_state.label_batch_texts (content_hash)',

  `create table pipeline_state.notes (
    name text primary key,
    value text not null,
    at timestamptz not null default clock_timestamp()
  )`,
];
