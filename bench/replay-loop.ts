// The bare loop for any source: sends the requests of a recording again, one after the other, parses each answer, and appends its
// records as one column of JSON to a plain DuckDB table. `node bin/start.js bench/replay-loop.ts <recording> <file>.duckdb`

import { readFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { request } from 'undici';
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

const [recording = '', target = ''] = process.argv.slice(2);
const requests = JSON.parse(readFileSync(recording, 'utf8')) as readonly Recorded[];
const instance = await DuckDBInstance.create(target);
const connection = await instance.connect();
await connection.run('create table bare_records (raw JSON)');
const appender = await connection.createAppender('bare_records');
let rows = 0;
for (const { url, method, headers, body } of requests) {
  const answer = await request(url, { method, headers, ...(body === '' ? {} : { body }) });
  const text = (await answer.body.text()).replace(REFUSED, '');
  if (answer.statusCode >= 400) throw new Error(`${method} ${url} answered ${answer.statusCode}`);
  for (const record of recordsIn(JSON.parse(text))) {
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
