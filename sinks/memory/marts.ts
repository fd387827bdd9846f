// The views for analysts, computed row by row: the oracle for the SQL of sql/marts.ts.

import type { FieldType, LedgerEntry } from '../../core/types.ts';
import {
  CUSTOMER_COLUMNS,
  customerKey,
  customers,
  IDENTITY_COLUMNS,
  identities,
  ORGANIZATION_COLUMNS,
  organizations,
  pairKey,
} from './customers.ts';
import type { StoredRow, StoredTable } from './tables.ts';

export const MART_NAMES: readonly string[] = [
  'dim_organization',
  'map_customer_identity',
  'dim_customer',
  'voc_feedback',
  'voc_sentiment_daily',
  'voc_text_quality',
  'pipeline_freshness',
];

type Find = (table: string) => StoredTable | undefined;

interface Rows {
  readonly columns: ReadonlyMap<string, { readonly type: FieldType }>;
  readonly rows: ReadonlyMap<string, StoredRow>;
}

function shaped(types: { readonly [column: string]: FieldType }, rows: readonly StoredRow[]): Rows {
  return {
    columns: new Map(Object.entries(types).map(([name, type]) => [name, { type }])),
    rows: new Map(rows.map((row, i) => [String(i), row])),
  };
}

function byId(table: StoredTable | undefined): ReadonlyMap<string | undefined, StoredRow> {
  return new Map([...(table?.rows.values() ?? [])].map((row) => [row['id'], row]));
}

function feedback(find: Find): readonly StoredRow[] {
  const labels = new Map(
    [...(find('sentiment')?.rows.values() ?? [])].map((row) => [row['feedback_id'], row]),
  );
  const contacts = new Map(identities(find).map((row) => [pairKey(row['source'], row['customer_id']), row]));
  const companies = new Map(
    organizations(find).map((row) => [pairKey(row['source'], row['organization_id']), row]),
  );
  const tickets = byId(find('zendesk_tickets'));
  const table = find('feedback');
  const textToLabel = table?.columns.has('text_analysis') ? 'text_analysis' : 'text_original';
  const found: StoredRow[] = [];
  for (const f of table?.rows.values() ?? []) {
    const zendesk = f['source'] === 'zendesk';
    if (f['author_role'] !== 'customer' || f['_deleted_at'] !== undefined) continue;
    if (zendesk && tickets.get(f['thread_id'])?.['_deleted_at'] !== undefined) continue;
    const candidate = labels.get(f['feedback_id']);
    const current =
      candidate?.['_deleted_at'] === undefined && candidate?.['content_hash'] === f['content_hash'];
    const s: StoredRow = current ? (candidate ?? {}) : {};
    const customer = f['customer_id'] ?? f['author_id'];
    const contact = contacts.get(pairKey(f['source'], customer)) ?? {};
    const company = companies.get(pairKey(f['source'], f['organization_id'])) ?? {};
    found.push({
      ...f,
      created_date: f['created_at']?.slice(0, 10),
      text: f['text_display'] ?? f['text_original'],
      label: s['label'],
      score: s['score'],
      confidence: s['confidence'],
      topics: s['topics'],
      aspects: s['aspects'],
      urgency: s['urgency'],
      intent: s['intent'],
      summary: s['summary'],
      label_status: (f[textToLabel] ?? '') === '' ? 'no_text' : (s['status'] ?? 'pending'),
      label_reason: s['reason'],
      labelled_at: s['labelled_at'],
      provider: s['provider'],
      model: s['model'],
      prompt_version: s['prompt_version'],
      fallback: s['fallback'],
      label_cost_usd: s['cost_usd'],
      customer_key: contact['customer_key'] ?? customerKey(f['source'], customer),
      customer_name: contact['name'],
      customer_email: contact['email'],
      customer_domain: contact['domain'] ?? company['domain'],
      organization_name: company['name'] ?? contact['organization_name'],
    });
  }
  return found;
}

const FEEDBACK_COLUMNS: { readonly [column: string]: FieldType } = {
  feedback_id: 'string',
  source: 'string',
  kind: 'string',
  record_id: 'string',
  thread_id: 'string',
  channel: 'string',
  created_at: 'timestamp',
  created_date: 'date',
  updated_at: 'timestamp',
  language: 'string',
  dialect_score: 'number',
  title: 'string',
  text: 'string',
  text_key: 'string',
  rating: 'number',
  label: 'string',
  score: 'number',
  confidence: 'number',
  topics: 'json',
  aspects: 'json',
  urgency: 'string',
  intent: 'string',
  summary: 'string',
  label_status: 'string',
  label_reason: 'string',
  labelled_at: 'timestamp',
  provider: 'string',
  model: 'string',
  prompt_version: 'string',
  fallback: 'boolean',
  label_cost_usd: 'number',
  customer_id: 'string',
  customer_key: 'string',
  customer_name: 'string',
  customer_email: 'string',
  customer_domain: 'string',
  organization_id: 'string',
  organization_name: 'string',
};

const DIMENSIONS = ['created_date', 'source', 'kind', 'channel', 'language'] as const;

function sum(
  rows: readonly StoredRow[],
  column: string,
): { readonly total?: string; readonly average?: string } {
  const values = rows.flatMap((row) => row[column] ?? []).map(Number);
  if (values.length === 0) return {};
  const total = values.reduce((a, b) => a + b, 0);
  return { total: String(total), average: String(total / values.length) };
}

function daily(rows: readonly StoredRow[]): readonly StoredRow[] {
  const groups = new Map<string, StoredRow[]>();
  for (const row of rows) {
    const group = JSON.stringify(DIMENSIONS.map((dimension) => row[dimension] ?? null));
    groups.set(group, [...(groups.get(group) ?? []), row]);
  }
  return [...groups.values()].map((group) => {
    const count = (test: (row: StoredRow) => boolean) => String(group.filter(test).length);
    const score = sum(group, 'score');
    return {
      ...Object.fromEntries(DIMENSIONS.map((dimension) => [dimension, group[0]?.[dimension]])),
      n_feedback: String(group.length),
      n_labelled: count((row) => row['label'] !== undefined),
      n_positive: count((row) => row['label'] === 'positive'),
      n_neutral: count((row) => row['label'] === 'neutral'),
      n_negative: count((row) => row['label'] === 'negative'),
      n_mixed: count((row) => row['label'] === 'mixed'),
      n_pending: count((row) => row['label_status'] === 'pending'),
      sum_score: score.total,
      avg_score: score.average,
      avg_rating: sum(group, 'rating').average,
    };
  });
}

const DAILY_COLUMNS: { readonly [column: string]: FieldType } = {
  created_date: 'date',
  source: 'string',
  kind: 'string',
  channel: 'string',
  language: 'string',
  n_feedback: 'integer',
  n_labelled: 'integer',
  n_positive: 'integer',
  n_neutral: 'integer',
  n_negative: 'integer',
  n_mixed: 'integer',
  n_pending: 'integer',
  sum_score: 'number',
  avg_score: 'number',
  avg_rating: 'number',
};

/** What each count of voc_text_quality counts. */
const QUALITY: { readonly [column: string]: (row: StoredRow) => boolean } = {
  n_texts: () => true,
  n_broken: (row) =>
    ['text_had_presentation_forms', 'text_had_invisible_controls', 'text_had_mojibake'].some(
      (column) => row[column] === 'true',
    ),
  n_presentation_forms: (row) => row['text_had_presentation_forms'] === 'true',
  n_visual_order: (row) => row['text_baked_order'] === 'visual',
  n_unsure_order: (row) => row['text_baked_order'] === 'unsure',
  n_invisible_controls: (row) => row['text_had_invisible_controls'] === 'true',
  n_mojibake: (row) => row['text_had_mojibake'] === 'true',
  n_html: (row) => row['text_had_html'] === 'true',
  n_quote: (row) => row['text_had_quote'] === 'true',
  n_signature: (row) => row['text_had_signature'] === 'true',
};

const QUALITY_COLUMNS: { readonly [column: string]: FieldType } = {
  source: 'string',
  kind: 'string',
  channel: 'string',
  ...Object.fromEntries(Object.keys(QUALITY).map((name) => [name, 'integer' as const])),
};

function quality(find: Find): readonly StoredRow[] {
  const groups = new Map<string, StoredRow[]>();
  for (const row of find('feedback')?.rows.values() ?? []) {
    if (row['_deleted_at'] !== undefined) continue;
    const group = JSON.stringify([row['source'] ?? null, row['kind'] ?? null, row['channel'] ?? null]);
    groups.set(group, [...(groups.get(group) ?? []), row]);
  }
  return [...groups.values()].map((group) => ({
    source: group[0]?.['source'],
    kind: group[0]?.['kind'],
    channel: group[0]?.['channel'],
    ...Object.fromEntries(
      Object.entries(QUALITY).map(([name, counts]) => [name, String(group.filter(counts).length)]),
    ),
  }));
}

const FRESHNESS_COLUMNS: { readonly [column: string]: FieldType } = {
  pipeline: 'string',
  stream: 'string',
  lane: 'string',
  status: 'string',
  checked_at: 'timestamp',
  succeeded_at: 'timestamp',
  caught_up_to: 'timestamp',
  minutes_behind: 'number',
  last_load_at: 'timestamp',
  rows_loaded: 'integer',
  rows_rejected: 'integer',
};

function freshness(find: Find, loads: readonly LedgerEntry[]): readonly StoredRow[] {
  const newest = new Map(loads.map((load) => [load.lane, load]));
  const table = find('_pipeline_freshness');
  if (table === undefined) {
    return [...newest.values()].map(({ pipeline, stream, lane, committedAt }) => {
      return { pipeline, stream, lane, last_load_at: committedAt };
    });
  }
  const lanes = new Map<string, StoredRow[]>();
  for (const row of table.rows.values()) {
    if (row['_deleted_at'] !== undefined) continue;
    const lane = row['lane'] ?? '';
    lanes.set(lane, [...(lanes.get(lane) ?? []), row]);
  }
  const newestOf = (rows: readonly StoredRow[], column: string) =>
    rows
      .flatMap((row) => row[column] ?? [])
      .reduce<string | undefined>((a, b) => (a !== undefined && a > b ? a : b), undefined);
  return [...lanes].map(([lane, rows]) => {
    const checkedAt = newestOf(rows, 'checked_at');
    const covered = newestOf(rows, 'caught_up_to');
    return {
      ...rows.find((row) => row['checked_at'] === checkedAt),
      succeeded_at: newestOf(
        rows.filter((row) => row['status'] === 'succeeded'),
        'checked_at',
      ),
      caught_up_to: covered,
      minutes_behind: covered === undefined ? undefined : String((Date.now() - Date.parse(covered)) / 60_000),
      last_load_at: newest.get(lane)?.committedAt,
    };
  });
}

/** The rows of one view over the tables as they are. */
export function martRows(name: string, find: Find, loads: readonly LedgerEntry[]): Rows | undefined {
  if (name === 'pipeline_freshness') return shaped(FRESHNESS_COLUMNS, freshness(find, loads));
  if (name === 'dim_organization') return shaped(ORGANIZATION_COLUMNS, organizations(find));
  if (name === 'map_customer_identity') return shaped(IDENTITY_COLUMNS, identities(find));
  if (name === 'dim_customer') return shaped(CUSTOMER_COLUMNS, customers(find));
  if (find('feedback') === undefined) return undefined;
  if (name === 'voc_text_quality') return shaped(QUALITY_COLUMNS, quality(find));
  if (name === 'voc_feedback') return shaped(FEEDBACK_COLUMNS, feedback(find));
  return shaped(DAILY_COLUMNS, daily(feedback(find)));
}
