// The judge of every crash: compares a warehouse, and the bookmarks that speak of it, with what the stand-in knows to be true.
//
// It shares no line with what it judges: what must be in the tables is derived from the stand-in's own records, by a plain
// reading of Zendesk's rules. It reads whole tables, so that it can judge the warehouse in memory too.
// Above 300 lines because it is one judgement, table by table.

import type { Bookmark, Json, Row, Sink } from '../../core/types.ts';
import type { VendorRecord } from '../../sandbox/change-log.ts';
import type { ZendeskTruth } from '../../sandbox/zendesk.ts';
import { isSuspicious } from '../../transforms/sentiment/suspicious.ts';
import { rowsOf } from '../judge.ts';

type Truth = Pick<ZendeskTruth, 'resources'>;

interface Kept {
  readonly table: string;
  readonly resource: string;
  readonly stream: string;
  /** The newest change, as a second. */
  readonly changedAt: (record: VendorRecord) => number;
  /** The column whose value must be that of the newest record. */
  readonly version: string;
  readonly isDeleted: (record: VendorRecord) => boolean;
}

const never = (): boolean => false;
const updatedAt = (record: VendorRecord): number => seconds(record['updated_at']);
const kept = (resource: string, more: Partial<Kept> = {}): Kept => ({
  table: `zendesk_${resource}`,
  resource,
  stream: resource,
  version: 'updated_at',
  changedAt: updatedAt,
  isDeleted: never,
  ...more,
});

/** Every table that Zendesk fills, with the records that must be in it. */
const TABLES: readonly Kept[] = [
  kept('tickets', {
    version: 'generated_timestamp',
    changedAt: (record) => Number(record['generated_timestamp']),
    isDeleted: (record) => record['status'] === 'deleted',
  }),
  kept('users', { isDeleted: (record) => record['active'] === false }),
  kept('organizations'),
  kept('ticket_events', { version: 'timestamp', changedAt: (record) => Number(record['timestamp']) }),
  kept('comments', {
    table: 'zendesk_ticket_comments',
    stream: 'ticket_events',
    version: 'created_at',
    changedAt: (record) => seconds(record['created_at']),
  }),
  kept('ticket_fields'),
  kept('groups', { isDeleted: (record) => record['deleted'] === true }),
  kept('brands', { isDeleted: (record) => record['is_deleted'] === true }),
  kept('satisfaction_ratings'),
];

function seconds(instant: unknown): number {
  return Math.floor(Date.parse(String(instant)) / 1000);
}

/** What loads write besides: what is not compared, and what is derived. */
const OTHERS = ['zendesk_survey_responses', 'feedback', 'sentiment', 'sentiment_history'];

/** JSON with its keys in order; the vendor's numbers above 2^53 as texts, as every warehouse holds them. */
function canonical(value: unknown): string {
  if (typeof value === 'bigint') return JSON.stringify(String(value));
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([name, entry]) => `${JSON.stringify(name)}:${canonical(entry)}`).join(',')}}`;
  }
  return typeof value === 'string' ? JSON.stringify(storable(value)) : JSON.stringify(value ?? null);
}

const LONELY = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** What every warehouse can hold of a text: no NUL, and no half of a surrogate pair. */
function storable(text: string): string {
  return text.replaceAll('\u0000', '').replace(LONELY, '\ufffd');
}

/** A record as `raw` keeps it: the ticket's custom fields once, and a comment as the event tells it. */
function asKept(resource: string, record: VendorRecord): VendorRecord {
  const { fields, ticket_id, event_type, ...rest } = record;
  if (resource === 'tickets') return { ...rest, event_type, ticket_id };
  if (resource === 'comments') return { ...rest, fields };
  return record;
}

/**
 * All that differs between the tables and the truth: lost, extra and doubled records, old versions, wrong flags, changed
 * contents, feedback that does not follow from its record, rows that no load of the ledger wrote. Empty when a run may say
 * that it succeeded.
 */
export async function differences(truth: Truth, sink: Sink): Promise<readonly string[]> {
  const found: string[] = [];
  for (const kept of TABLES) {
    const records = new Map(Object.entries(truth.resources[kept.resource] ?? {}));
    const seen = new Set<string>();
    for (const row of await rowsOf(sink, kept.table)) {
      const id = String(row['id']);
      if (seen.has(id)) found.push(`${kept.table} ${id}: twice`);
      seen.add(id);
      const record = records.get(id);
      if (record === undefined) {
        found.push(`${kept.table} ${id}: the vendor does not know it`);
        continue;
      }
      const version = versionOf(kept, row);
      if (version !== kept.changedAt(record)) {
        found.push(`${kept.table} ${id}: at version ${version}, the vendor's is ${kept.changedAt(record)}`);
      } else if (
        canonical(asKept(kept.resource, row['raw'] as VendorRecord)) !==
        canonical(asKept(kept.resource, record))
      ) {
        found.push(`${kept.table} ${id}: its contents are not the vendor's`);
      }
      if ((row['_deleted_at'] !== null) !== kept.isDeleted(record)) {
        found.push(
          `${kept.table} ${id}: ${row['_deleted_at'] === null ? 'lives here' : 'is marked deleted'}, and not there`,
        );
      }
    }
    for (const id of records.keys()) if (!seen.has(id)) found.push(`${kept.table} ${id}: lost`);
  }
  found.push(...(await feedbackDifferences(truth, sink)));
  found.push(...(await untraceable(sink)));
  return found;
}

/** As a second, or as the vendor counts. */
function versionOf({ version }: Kept, row: Row): number {
  const value = row[version];
  return typeof value === 'number' ? value : seconds(value);
}

interface Words {
  readonly text: string;
  readonly rating: number | null;
  readonly role: string;
  readonly at: number;
}

/** What customers and agents said, by kind and record, from the records alone. */
function wordsIn(truth: Truth): ReadonlyMap<string, Words> {
  const { tickets = {}, users = {}, ticket_events = {}, satisfaction_ratings = {} } = truth.resources;
  const words = new Map<string, Words>();
  for (const [id, ticket] of Object.entries(tickets)) {
    if (ticket['status'] === 'deleted') continue;
    words.set(`ticket ${id}`, {
      text: String(ticket['description']),
      rating: null,
      role: 'customer',
      at: Number(ticket['generated_timestamp']),
    });
  }
  for (const event of Object.values(ticket_events)) {
    const children = event['child_events'] as readonly VendorRecord[];
    let isFirst = children.some((child) => child['event_type'] === 'Create');
    for (const child of children) {
      if (child['event_type'] !== 'Comment') continue;
      const repeatsTheTicket = isFirst;
      isFirst = false;
      if (repeatsTheTicket || child['public'] !== true) continue;
      const author = users[String(child['author_id'])];
      words.set(`comment ${child['id']}`, {
        text: String(child['body']),
        rating: null,
        role: author === undefined || author['role'] === 'end-user' ? 'customer' : 'agent',
        at: seconds(child['created_at']),
      });
    }
  }
  for (const [id, rating] of Object.entries(satisfaction_ratings)) {
    if (rating['score'] !== 'good' && rating['score'] !== 'bad') continue;
    words.set(`survey ${id}`, {
      text: String(rating['comment'] ?? ''),
      rating: rating['score'] === 'good' ? 1 : -1,
      role: 'customer',
      at: seconds(rating['updated_at']),
    });
  }
  return words;
}

async function feedbackDifferences(truth: Truth, sink: Sink): Promise<readonly string[]> {
  const expected = wordsIn(truth);
  const found: string[] = [];
  const seen = new Set<string>();
  const ids = new Set<string>();
  for (const row of await rowsOf(sink, 'feedback')) {
    if (row['source'] !== 'zendesk') continue;
    const id = String(row['feedback_id']);
    if (ids.has(id)) found.push(`feedback ${id}: twice`);
    ids.add(id);
    if (row['_deleted_at'] !== null) continue;
    const name = `${row['kind']} ${row['record_id']}`;
    if (seen.has(name)) found.push(`feedback of ${name}: twice`);
    seen.add(name);
    const words = expected.get(name);
    if (words === undefined) found.push(`feedback of ${name}: nobody said it, or its record was deleted`);
    else if (row['text_original'] !== storable(words.text)) found.push(`feedback of ${name}: other words`);
    else if (row['rating'] !== words.rating) found.push(`feedback of ${name}: rated ${row['rating']}`);
    else if (row['author_role'] !== words.role) found.push(`feedback of ${name}: by a ${row['author_role']}`);
    else if (seconds(row['updated_at']) !== words.at) found.push(`feedback of ${name}: an older version`);
  }
  for (const name of expected.keys()) if (!seen.has(name)) found.push(`feedback of ${name}: lost`);
  return found;
}

/** Rows whose load is not in the ledger, and gaps in a lane's numbers. */
async function untraceable(sink: Sink): Promise<readonly string[]> {
  const found: string[] = [];
  const ledger = await rowsOf(sink, '_pipeline_loads');
  const loads = new Set(ledger.map((row) => row['load_id']));
  for (const table of [...TABLES.map((kept) => kept.table), ...OTHERS]) {
    const strangers = (await rowsOf(sink, table)).filter((row) => !loads.has(row['_load_id']));
    if (strangers.length > 0)
      found.push(`${table}: ${strangers.length} rows of loads that the ledger does not know`);
  }
  const lanes = new Map<string, number[]>();
  for (const row of ledger) {
    const lane = String(row['lane']);
    lanes.set(lane, [...(lanes.get(lane) ?? []), Number(row['number'])]);
  }
  for (const [lane, numbers] of lanes) {
    if (numbers.sort((a, b) => a - b).some((number, i) => number !== i + 1))
      found.push(`_pipeline_loads: the loads of ${lane} are not numbered 1 to ${numbers.length}`);
  }
  return found;
}

/** Customers' texts in the warehouse without a label for their present words, and labels that are there twice. */
export async function labelDifferences(sink: Sink): Promise<readonly string[]> {
  const said = await rowsOf(sink, 'feedback');
  const told = await rowsOf(sink, 'sentiment');
  const labels = new Map(told.map((row) => [row['feedback_id'], row]));
  const waiting = said.filter((row) => {
    const label = labels.get(row['feedback_id']);
    const isDue =
      row['_deleted_at'] === null && row['author_role'] === 'customer' && (row['text_analysis'] ?? '') !== '';
    if (!isDue || label?.['content_hash'] !== row['content_hash']) return isDue;
    return label?.['label'] === null && !isSteered(label, String(row['text_analysis']));
  });
  return [
    ...(told.length > labels.size ? [`sentiment: ${told.length - labels.size} rows are there twice`] : []),
    ...waiting.map((row) => {
      const status = labels.get(row['feedback_id'])?.['status'];
      return `sentiment of ${String(row['feedback_id'])}: ${String(status ?? 'no row')}`;
    }),
  ];
}

/** The model of the stand-in obeys one in fifty of the texts that instruct it; that such a text gets no label is right. */
function isSteered(label: Row, text: string): boolean {
  return label['status'] === 'failed' && label['reason'] === 'label.steered' && isSuspicious(text);
}

/**
 * What must hold at any instant, also right after a kill: no key twice, no row that the vendor never had or had later, every
 * row of a load in the ledger, and no bookmark ahead of the data.
 */
export async function brokenPromises(
  truth: Truth,
  sink: Sink,
  bookmarks: readonly Bookmark[],
): Promise<readonly string[]> {
  const found = [...(await untraceable(sink))];
  const versions = new Map<string, Map<string, number>>();
  for (const kept of TABLES) {
    const { table, resource, changedAt } = kept;
    const here = new Map<string, number>();
    versions.set(table, here);
    for (const row of await rowsOf(sink, table)) {
      const id = String(row['id']);
      const at = versionOf(kept, row);
      const record = truth.resources[resource]?.[id];
      if (here.has(id)) found.push(`${table} ${id}: twice`);
      if (record === undefined) found.push(`${table} ${id}: the vendor does not know it`);
      else if (at > changedAt(record)) found.push(`${table} ${id}: newer than the vendor's own`);
      here.set(id, at);
    }
  }
  const words = await rowsOf(sink, 'feedback');
  const doubled = words.length - new Set(words.map((row) => row['feedback_id'])).size;
  if (doubled > 0) found.push(`feedback: ${doubled} rows are there twice`);

  const ledger = await rowsOf(sink, '_pipeline_loads');
  const laneOf = new Map(ledger.map((row) => [String(row['load_id']), row['lane']]));
  for (const bookmark of bookmarks) {
    if (bookmark.loadId !== null && laneOf.get(bookmark.loadId) !== bookmark.lane) {
      found.push(`the bookmark of ${bookmark.lane} names a load that the warehouse does not have`);
    }
    for (const { table, resource, stream, changedAt } of TABLES) {
      if (bookmark.lane !== `zendesk/${stream}`) continue;
      const covers = coverage(stream, bookmark.checkpoint);
      for (const [id, record] of Object.entries(truth.resources[resource] ?? {})) {
        if (!covers(changedAt(record), Number(id))) continue;
        if (versions.get(table)?.get(id) !== changedAt(record)) {
          found.push(`the bookmark of ${bookmark.lane} is ahead of ${table} ${id}`);
        }
      }
    }
  }
  return found;
}

/** Which changes a checkpoint says to be in the warehouse already. */
function coverage(stream: string, checkpoint: Json): (second: number, id: number) => boolean {
  const { startTime, cursor } = (checkpoint ?? {}) as { startTime?: number; cursor?: string };
  if (stream === 'tickets' || stream === 'users') {
    const place = /^(\d+)\.0\|\|(-?\d+)\|$/.exec(Buffer.from(cursor ?? '', 'base64').toString('latin1'));
    if (place === null) return (second) => second < (startTime ?? 0);
    const [at, last] = [Number(place[1]), Number(place[2])];
    return (second, id) => second < at || (second === at && id <= last);
  }
  if (stream === 'ticket_events' || stream === 'organizations') return (second) => second < (startTime ?? 0);
  // Lists are read whole each time, and ratings are read back thirty days: their checkpoints cover nothing by themselves.
  return never;
}
