// The judge of every crash: compares a warehouse, and the bookmarks that speak of it, with what the stand-in knows to be true.
//
// It shares no line with what it judges: what must be in the tables is derived from the stand-in's own records, with
// plain SQL and a plain reading of Zendesk's rules.

import type { Bookmark, Json, Row, Sink } from '../../core/types.ts';
import type { VendorRecord } from '../../sandbox/change-log.ts';
import type { ZendeskTruth } from '../../sandbox/zendesk.ts';

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

const EVERYTHING = { maxRows: 10_000_000, timeoutMs: 120_000 };

function seconds(instant: unknown): number {
  return Math.floor(Date.parse(String(instant)) / 1000);
}

async function rowsOf(sink: Sink, sql: string): Promise<readonly Row[]> {
  return (await sink.query(sql, EVERYTHING)).rows;
}

async function tablesOf(sink: Sink): Promise<ReadonlySet<string>> {
  const rows = await rowsOf(
    sink,
    "select table_name as name from information_schema.tables where table_type = 'BASE TABLE'",
  );
  return new Set(rows.map((row) => String(row['name'])));
}

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
  const tables = await tablesOf(sink);
  const found: string[] = [];
  for (const kept of TABLES) {
    const records = new Map(Object.entries(truth.resources[kept.resource] ?? {}));
    if (!tables.has(kept.table)) {
      if (records.size > 0) found.push(`${kept.table}: the table is missing, with ${records.size} records`);
      continue;
    }
    const rows = await rowsOf(
      sink,
      `select id, ${kept.version} as version, _deleted_at, raw from ${kept.table}`,
    );
    const seen = new Set<string>();
    for (const row of rows) {
      const id = String(row['id']);
      if (seen.has(id)) found.push(`${kept.table} ${id}: twice`);
      seen.add(id);
      const record = records.get(id);
      if (record === undefined) {
        found.push(`${kept.table} ${id}: the vendor does not know it`);
        continue;
      }
      const version = typeof row['version'] === 'number' ? row['version'] : seconds(row['version']);
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
  found.push(...(await feedbackDifferences(truth, sink, tables)));
  found.push(...(await untraceable(sink, tables)));
  return found;
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

async function feedbackDifferences(
  truth: Truth,
  sink: Sink,
  tables: ReadonlySet<string>,
): Promise<readonly string[]> {
  const expected = wordsIn(truth);
  if (!tables.has('feedback')) return expected.size === 0 ? [] : ['feedback: the table is missing'];
  const found: string[] = [];
  const seen = new Set<string>();
  const ids = new Set<string>();
  const rows = await rowsOf(
    sink,
    "select feedback_id, kind, record_id, text_original, rating, author_role, updated_at, _deleted_at from feedback where source = 'zendesk'",
  );
  for (const row of rows) {
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
async function untraceable(sink: Sink, tables: ReadonlySet<string>): Promise<readonly string[]> {
  const found: string[] = [];
  for (const table of tables) {
    if (!table.startsWith('zendesk_') && !['feedback', 'sentiment', 'sentiment_history'].includes(table))
      continue;
    const [row] = await rowsOf(
      sink,
      `select count(*) as n from ${table} where not exists (select 1 from _pipeline_loads l where l.load_id = ${table}._load_id)`,
    );
    if (Number(row?.['n']) > 0)
      found.push(`${table}: ${row?.['n']} rows of loads that the ledger does not know`);
  }
  const lanes = tables.has('_pipeline_loads')
    ? await rowsOf(
        sink,
        'select lane, count(*) as n, count(distinct number) as d, min(number) as low, max(number) as high from _pipeline_loads group by lane',
      )
    : [];
  for (const { lane, n, d, low, high } of lanes) {
    if (Number(low) !== 1 || Number(n) !== Number(high) || Number(d) !== Number(n)) {
      found.push(`_pipeline_loads: the loads of ${lane} are not numbered 1 to ${n}`);
    }
  }
  return found;
}

/** Customers' texts in the warehouse without a label for their present words, and labels that are there twice. */
export async function labelDifferences(sink: Sink): Promise<readonly string[]> {
  const tables = await tablesOf(sink);
  // Some sources hold nobody's words.
  if (!tables.has('feedback')) return [];
  if (!tables.has('sentiment')) return ['sentiment: the table is missing'];
  const [twice] = await rowsOf(sink, 'select count(*) - count(distinct feedback_id) as n from sentiment');
  const waiting = await rowsOf(
    sink,
    `select f.feedback_id, s.status from feedback f left join sentiment s on s.feedback_id = f.feedback_id and s.content_hash = f.content_hash
     where f._deleted_at is null and f.author_role = 'customer' and f.text_analysis <> '' and s.label is null`,
  );
  return [
    ...(Number(twice?.['n']) > 0 ? [`sentiment: ${twice?.['n']} rows are there twice`] : []),
    ...waiting.map((row) => `sentiment of ${row['feedback_id']}: ${row['status'] ?? 'no row'}`),
  ];
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
  const tables = await tablesOf(sink);
  const found = [...(await untraceable(sink, tables))];
  const versions = new Map<string, Map<string, number>>();
  for (const { table, resource, version, changedAt } of TABLES) {
    const here = new Map<string, number>();
    versions.set(table, here);
    if (!tables.has(table)) continue;
    for (const row of await rowsOf(sink, `select id, ${version} as version from ${table}`)) {
      const id = String(row['id']);
      const at = typeof row['version'] === 'number' ? row['version'] : seconds(row['version']);
      const record = truth.resources[resource]?.[id];
      if (here.has(id)) found.push(`${table} ${id}: twice`);
      if (record === undefined) found.push(`${table} ${id}: the vendor does not know it`);
      else if (at > changedAt(record)) found.push(`${table} ${id}: newer than the vendor's own`);
      here.set(id, at);
    }
  }
  const [feedback] = tables.has('feedback')
    ? await rowsOf(sink, 'select count(*) - count(distinct feedback_id) as n from feedback')
    : [];
  if (Number(feedback?.['n'] ?? 0) > 0) found.push(`feedback: ${feedback?.['n']} rows are there twice`);

  const ledger = tables.has('_pipeline_loads')
    ? await rowsOf(sink, 'select load_id, lane from _pipeline_loads')
    : [];
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
