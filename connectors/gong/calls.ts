// Calls, users and workspaces.

import { asRecord, idOf, type MappedTable, recordsIn, type VendorRecord } from '../../core/mapping.ts';
import type { Json, Page, Row, Stream } from '../../core/types.ts';
import { createClient, createProgress, readRecord, stuck } from './client.ts';
import { pointOf, readCalls, startOf } from './spans.ts';
import { CALLS, USERS, WORKSPACES } from './tables.ts';

export function calls(): Stream {
  const { name } = CALLS.table;
  return {
    name: 'calls',
    description:
      'Calls with their participants; those of the last days again with each run, because they change.',
    deletes: 'none',
    mode: 'incremental',
    // A key that may see no call gets the answer of an account that has none.
    neverEmpty: true,
    tables: () => Promise.resolve([CALLS.table]),
    start: startOf,
    async *read(from, context) {
      const found = readCalls(pointOf(from), name, context, createClient(context));
      for await (const { calls: records, point, ...rest } of found) {
        yield { ...rest, rows: { [name]: records.map(mapCall) }, checkpoint: point };
      }
    },
    remap(_table, record) {
      const call = asRecord(record);
      return call === undefined || asRecord(call['metaData'])?.['id'] === undefined
        ? undefined
        : mapCall(call);
    },
  };
}

export function users(): Stream {
  return list(USERS, {
    name: 'users',
    path: '/v2/users',
    description: 'Members of the company, past ones included.',
  });
}

export function workspaces(): Stream {
  return list(WORKSPACES, { name: 'workspaces', path: '/v2/workspaces', description: 'Workspaces.' });
}

/** A whole list, read with each run. Nobody tells of deletions; a user who leaves is only no longer active. */
function list(
  mapped: MappedTable,
  { name, path, description }: { readonly name: string; readonly path: string; readonly description: string },
): Stream {
  const table = mapped.table.name;
  return {
    name,
    description,
    deletes: 'none',
    mode: 'snapshot',
    neverEmpty: true,
    tables: () => Promise.resolve([mapped.table]),
    start: () => ({}),
    async *read(from, context): AsyncGenerator<Page> {
      const client = createClient(context);
      let progress = createProgress(path);
      const begun = context.clock.now().toISOString();
      const held = asRecord(from)?.['next'];
      let cursor = typeof held === 'string' ? held : undefined;
      let whole = cursor === undefined;
      let least = Number.POSITIVE_INFINITY;
      let refused = false;
      for (;;) {
        const answer = await client.ask({ path, collection: name, cursor });
        if (answer.refused) {
          if (refused) throw stuck(path, 'a cursor that it just gave is refused again');
          context.log.warn('gong.cursor_refused', { path });
          refused = true;
          whole = true;
          cursor = undefined;
          progress = createProgress(path);
          continue;
        }
        const records = answer.records
          .map((value) => readRecord(value, table, 'id', context))
          .filter((record) => record !== undefined);
        least = Math.min(least, answer.total ?? Number.POSITIVE_INFINITY);
        cursor = answer.cursor;
        const rows = { [table]: records.map(mapped.map) };
        if (cursor === undefined) {
          const expected = whole && Number.isFinite(least) ? { expected: least } : {};
          yield { rows, checkpoint: {}, caughtUpTo: begun, ...expected };
          return;
        }
        progress.check(
          cursor,
          records.map((record) => idOf(record['id']) ?? ''),
        );
        yield { rows, checkpoint: { next: cursor } };
      }
    },
    remap(_table, record: Json) {
      const one = asRecord(record);
      return one === undefined || idOf(one['id']) === undefined ? undefined : mapped.map(one);
    },
  };
}

function mapCall(call: VendorRecord): Row {
  const row = CALLS.map(asRecord(call['metaData']) ?? {});
  row['parties'] = call['parties'] ?? null;
  row['context'] = call['context'] ?? null;
  row['account_id'] = accountOf(call);
  row['raw'] = call;
  return row;
}

/** The account of the CRM that the call is linked to. */
export function accountOf(call: VendorRecord): string | null {
  for (const system of recordsIn(call['context'])) {
    for (const linked of recordsIn(system['objects'])) {
      if (linked['objectType'] === 'Account') return idOf(linked['objectId']) ?? null;
    }
  }
  return null;
}
