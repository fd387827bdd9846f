// The bare loop for any source: sends the requests of a recording again, one after the other, parses each answer, and appends its
// records as one column of JSON to a plain DuckDB table.
//   node bin/start.js bench/replay-loop.ts <recording> <file>.duckdb [requests a second]
//
// Where the recording signs in, so does the loop: the recorded token is no longer good, or belongs to whoever recorded it.

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { request } from 'undici';
import { readCsv } from '../connectors/salesforce/csv.ts';
import type { Recorded } from './sources.ts';

/** NUL and halves of surrogate pairs, which the engine refuses in JSON. */
const REFUSED = /\\u(?:0000|d[89a-f][0-9a-f]{2})/gi;

/** The longest list of objects in an answer, however deep: a page's records. */
function recordsIn(value: unknown): readonly object[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.filter((one) => typeof one === 'object' && one !== null) as object[];
  return Object.values(value)
    .map(recordsIn)
    .reduce((a, b) => (b.length > a.length ? b : a), []);
}

/** The rows of a CSV answer as objects, as a bulk query sends them. */
function* rowsOf(text: string): Generator<object> {
  let names: readonly string[] | undefined;
  for (const fields of readCsv(text)) {
    if (names === undefined) names = fields;
    else yield Object.fromEntries(names.map((name, place) => [name, fields[place] ?? '']));
  }
}

const [recording = '', target = '', pace = ''] = process.argv.slice(2);
const leastMs = pace === '' ? 0 : 1000 / Number(pace);
const requests = JSON.parse(readFileSync(recording, 'utf8')) as readonly Recorded[];
const instance = await DuckDBInstance.create(target);
const connection = await instance.connect();
await connection.run('create table bare_records (raw JSON)');
const appender = await connection.createAppender('bare_records');
let rows = 0;
let authorization: string | undefined;
let nextMs = performance.now();
for (const { url, method, headers, body, status, signsIn } of requests) {
  const waitMs = nextMs - performance.now();
  if (waitMs > 0) await sleep(waitMs);
  nextMs = Math.max(nextMs, performance.now()) + leastMs;
  const own = authorization === undefined || signsIn ? headers : { ...headers, authorization };
  const answer = await request(url, { method, headers: own, ...(body === '' ? {} : { body }) });
  const text = (await answer.body.text()).replace(REFUSED, '');
  if (answer.statusCode !== status) throw new Error(`${method} ${url} answered ${answer.statusCode}`);
  if (signsIn) {
    const { access_token: token } = JSON.parse(text) as { readonly access_token?: string };
    authorization = `Bearer ${token ?? ''}`;
    continue;
  }
  if (status >= 400) continue;
  const isCsv = String(answer.headers['content-type']).startsWith('text/csv');
  for (const record of isCsv ? rowsOf(text) : recordsIn(JSON.parse(text))) {
    appender.appendVarchar(JSON.stringify(record));
    appender.endRow();
    rows += 1;
  }
  appender.flushSync();
}
appender.closeSync();
await connection.run('checkpoint');
connection.closeSync();
instance.closeSync();
process.stdout.write(`${JSON.stringify({ rows })}\n`);
