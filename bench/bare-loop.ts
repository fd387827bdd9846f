// What a reader writes who needs it once: fetch a page, JSON.parse it, COPY it, and again. No state, no second run, no feedback.
//
// `node bin/start.js bench/bare-loop.ts <postgres URL | file>.duckdb [appender | json]`; the account is in BARE_URL and BARE_TOKEN.
// The table has the columns of the pipeline's own ticket table, custom fields and the whole record included, and no key.

import { once } from 'node:events';
import { appendFileSync, writeFileSync } from 'node:fs';
import { type DuckDBAppender, DuckDBInstance, DuckDBTimestampTZValue } from '@duckdb/node-api';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { request } from 'undici';

type Ticket = { readonly [name: string]: unknown };
type Type = 'text' | 'boolean' | 'bigint' | 'timestamptz' | 'json';

const url = process.env['BARE_URL'] ?? '';
const headers = { authorization: `Bearer ${process.env['BARE_TOKEN'] ?? ''}` };
const [target = '', way = 'appender'] = process.argv.slice(2);

const COLUMNS: readonly (readonly [Type, string])[] = [
  ...typed(
    'text',
    'id url external_id type status custom_status_id priority subject raw_subject description',
  ),
  ...typed('text', 'requester_id submitter_id assignee_id group_id organization_id brand_id ticket_form_id'),
  ...typed('text', 'problem_id forum_topic_id recipient support_type'),
  ...typed('boolean', 'has_incidents is_public allow_channelback allow_attachments from_messaging_channel'),
  ...typed('timestamptz', 'due_at created_at updated_at'),
  ...typed('bigint', 'generated_timestamp'),
  ...typed('json', 'tags via satisfaction_rating collaborator_ids follower_ids email_cc_ids followup_ids'),
  ...typed('json', 'sharing_agreement_ids custom_fields'),
];

function typed(type: Type, names: string): readonly (readonly [Type, string])[] {
  return names.split(' ').map((name) => [type, name]);
}

/** NUL and halves of surrogate pairs, which both engines refuse in JSON; the stand-in sends some, as vendors do. */
const REFUSED = /\\u(?:0000|d[89a-f][0-9a-f]{2})/gi;

async function fetchJson(path: string): Promise<{ readonly [name: string]: unknown }> {
  const { body, statusCode } = await request(`${url}/api/v2/${path}`, { headers });
  if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}`);
  return JSON.parse((await body.text()).replace(REFUSED, '')) as { readonly [name: string]: unknown };
}

/** The cells of a ticket: its columns, its custom fields in the order of their definitions, the whole record. */
async function createCells(): Promise<{
  readonly columns: readonly (readonly [Type, string])[];
  readonly cellsOf: (ticket: Ticket) => readonly (string | undefined)[];
}> {
  const { ticket_fields } = (await fetchJson('ticket_fields.json')) as {
    ticket_fields: readonly { readonly id: number }[];
  };
  const places = new Map(ticket_fields.map(({ id }, i) => [id, COLUMNS.length + i]));
  const columns = [
    ...COLUMNS,
    ...typed('text', ticket_fields.map(({ id }) => `custom_${id}`).join(' ')),
    ...typed('json', 'raw'),
  ];
  return {
    columns,
    cellsOf(ticket) {
      const cells = new Array<string | undefined>(columns.length).fill(undefined);
      for (const [i, [type, name]] of COLUMNS.entries()) {
        const value = ticket[name];
        if (value === null || value === undefined) continue;
        cells[i] = type === 'json' ? JSON.stringify(value) : String(value);
      }
      for (const { id, value } of ticket['custom_fields'] as readonly { id: number; value: unknown }[]) {
        const place = places.get(id);
        if (place !== undefined && value !== null) cells[place] = String(value);
      }
      cells[columns.length - 1] = JSON.stringify(ticket);
      return cells;
    },
  };
}

interface Target {
  write(tickets: readonly Ticket[]): Promise<void>;
  close(): Promise<void>;
}

/** Into a plain table, one COPY a page. */
async function openPostgres(): Promise<Target> {
  const { columns, cellsOf } = await createCells();
  const client = new pg.Client(target);
  await client.connect();
  const list = columns.map(([type, name]) => `"${name}" ${type === 'json' ? 'jsonb' : type}`);
  await client.query(`create table bare_tickets (${list.join(', ')})`);
  const escapes: { readonly [character: string]: string } = {
    '\\': '\\\\',
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
  };
  const encode = (cell: string | undefined): string =>
    cell === undefined ? '\\N' : cell.replace(/[\\\n\r\t]/g, (character) => escapes[character] ?? '');
  return {
    async write(tickets) {
      const stream = client.query(copyFrom('copy bare_tickets from stdin'));
      stream.end(tickets.map((ticket) => `${cellsOf(ticket).map(encode).join('\t')}\n`).join(''));
      await once(stream, 'finish');
    },
    close: () => client.end(),
  };
}

function append(appender: DuckDBAppender, type: Type, cell: string | undefined): void {
  if (cell === undefined) appender.appendNull();
  else if (type === 'boolean') appender.appendBoolean(cell === 'true');
  else if (type === 'bigint') appender.appendBigInt(BigInt(cell));
  else if (type === 'timestamptz')
    appender.appendTimestampTZ(new DuckDBTimestampTZValue(BigInt(Date.parse(cell)) * 1000n));
  else appender.appendVarchar(cell);
}

/** Into a plain table: by the appender, or through a file of JSON lines that the engine reads. */
async function openDuckdb(): Promise<Target> {
  const { columns, cellsOf } = await createCells();
  const instance = await DuckDBInstance.create(target, { memory_limit: '512MB' });
  const connection = await instance.connect();
  const types = {
    text: 'VARCHAR',
    boolean: 'BOOLEAN',
    bigint: 'BIGINT',
    timestamptz: 'TIMESTAMPTZ',
    json: 'JSON',
  };
  await connection.run(
    `create table bare_tickets (${columns.map(([type, name]) => `"${name}" ${types[type]}`).join(', ')})`,
  );
  const close = async (): Promise<void> => {
    await connection.run('checkpoint');
    connection.closeSync();
    instance.closeSync();
  };
  if (way === 'appender') {
    const appender = await connection.createAppender('bare_tickets');
    return {
      async write(tickets) {
        for (const ticket of tickets) {
          const cells = cellsOf(ticket);
          for (const [i, [type]] of columns.entries()) append(appender, type, cells[i]);
          appender.endRow();
        }
        appender.flushSync();
      },
      async close() {
        appender.closeSync();
        await close();
      },
    };
  }
  const file = `${target}.ndjson`;
  const described = columns.map(([type, name]) => `"${name}": '${types[type]}'`).join(', ');
  let waiting = 0;
  const load = async (): Promise<void> => {
    await connection.run(
      `insert into bare_tickets select * from read_json('${file}', format = 'newline_delimited', columns = {${described}})`,
    );
    writeFileSync(file, '');
    waiting = 0;
  };
  return {
    async write(tickets) {
      const lines = tickets.map((ticket) => {
        const cells = cellsOf(ticket);
        return `${JSON.stringify(Object.fromEntries(columns.map(([, name], i) => [name, cells[i]])))}\n`;
      });
      appendFileSync(file, lines.join(''));
      waiting += tickets.length;
      if (waiting >= 20_000) await load();
    },
    async close() {
      if (waiting > 0) await load();
      await close();
    },
  };
}

const startedMs = performance.now();
const into = await (target.startsWith('postgres') ? openPostgres() : openDuckdb());
let rows = 0;
for (let position = 'start_time=0'; ; ) {
  const page = await fetchJson(`incremental/tickets/cursor.json?per_page=1000&${position}`);
  const tickets = page['tickets'] as readonly Ticket[];
  if (tickets.length > 0) await into.write(tickets);
  rows += tickets.length;
  if (page['end_of_stream'] === true) break;
  position = `cursor=${encodeURIComponent(String(page['after_cursor']))}`;
}
await into.close();
process.stdout.write(`${JSON.stringify({ rows, seconds: (performance.now() - startedMs) / 1000 })}\n`);
