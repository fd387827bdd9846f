// Contacts, companies and articles.

import {
  asRecord,
  idOf,
  instantOf,
  type MappedTable,
  recordsIn,
  type VendorRecord,
} from '../../core/mapping.ts';
import type { Context, Page, Stream, Tombstone } from '../../core/types.ts';
import { spanOf, startOf } from './checkpoints.ts';
import { type Client, createClient, recordsOf, stuck } from './client.ts';
import { remap } from './conversations.ts';
import {
  confirmGone,
  createRegister,
  type Known,
  knownIn,
  type Listed,
  listByNumber,
  MOST_KNOWN,
  readSnapshot,
  scrollCompanies,
} from './listings.ts';
import { readSearch, type Search } from './search.ts';
import { ARTICLES, COMPANIES, CONTACTS } from './tables.ts';

const CONTACT_SEARCH: Search = {
  path: '/contacts/search',
  collection: 'data',
  table: CONTACTS.table.name,
  query: { include_merge_history: 'true' },
  granularity: 'day',
  perPage: 150,
  // A new contact takes some minutes to be found: https://developers.intercom.com/docs/references/rest-api/api.intercom.io/contacts/searchcontacts
  lookBackSeconds: 1800,
};

/** Contacts. What is deleted is in no list any more, and a merge shows in the contact that remains. */
export function contacts(): Stream {
  const { name } = CONTACTS.table;
  return {
    name: 'contacts',
    description: 'Users and leads, whenever anything about them changes.',
    deletes: 'tombstones',
    mode: 'incremental',
    tables: () => Promise.resolve([CONTACTS.table]),
    start: startOf,
    async *read(from, context) {
      const client = createClient(context);
      const span = spanOf(from);
      let known: Known = span.until === undefined ? knownIn(from) : null;
      if (known !== null && known.length > 0) {
        const gone = await vanished(known, context, client);
        const lost = new Set(gone?.map(({ key }) => key['id']));
        known = gone === null ? null : known.filter((id) => !lost.has(id));
        yield {
          rows: {},
          deletes: { [name]: gone ?? [] },
          expected: lost.size,
          checkpoint: { ...span, known },
        };
      }
      const register = createRegister(known);
      let at = span.from;
      for await (const found of readSearch(span, context, client, CONTACT_SEARCH)) {
        const { records, from: reached, ...rest } = found;
        const grown = known === null ? null : register.add(records);
        // Where the second to go on from stays, the page is read again, and its contacts need not be known yet.
        if (reached !== at || found.caughtUpTo !== undefined) known = grown;
        at = reached;
        yield {
          ...rest,
          rows: { [name]: records.map(CONTACTS.map) },
          deletes: { [name]: records.flatMap((record) => merged(record, span.from)) },
          checkpoint: { ...span, from: reached, known },
        };
      }
      if (known === null && span.until === undefined) {
        context.log.warn('intercom.too_many_to_compare', { table: name, most: MOST_KNOWN });
      }
    },
    remap: (_table, record) => remap(record, CONTACTS.map),
  };
}

export function companies(): Stream {
  return snapshot('companies', 'Companies that have users.', COMPANIES, (context, client) =>
    scrollCompanies(COMPANIES.table.name, context, client),
  );
}

export function articles(): Stream {
  return snapshot('articles', 'Articles of the help centre.', ARTICLES, (context, client) =>
    listByNumber('/articles', ARTICLES.table.name, context, client),
  );
}

function snapshot(
  name: string,
  description: string,
  mapped: MappedTable,
  list: (context: Context, client: Client) => AsyncIterable<Listed>,
): Stream {
  const table = mapped.table.name;
  return {
    name,
    description,
    deletes: 'tombstones',
    mode: 'snapshot',
    tables: () => Promise.resolve([mapped.table]),
    start: () => ({ known: [] }),
    read(from, context) {
      const client = createClient(context);
      const toRows = (records: readonly VendorRecord[]): Page['rows'] => ({
        [table]: records.map(mapped.map),
      });
      const spec = { table, path: `/${name}`, toRows };
      return readSnapshot(from, context, list(context, client), spec, client);
    },
    remap: (_table, record) => remap(record, mapped.map),
  };
}

/**
 * Of the contacts that we know, those that are in the list no more and that Intercom then says are gone or merged; null where the
 * list is too long to go through with each run.
 */
async function vanished(
  known: readonly string[],
  context: Context,
  client: Client,
): Promise<readonly Tombstone[] | null> {
  const missing = new Set(known);
  const seen = new Set<string>();
  for (let after: string | undefined; ; ) {
    const query = { per_page: 150, ...(after === undefined ? {} : { starting_after: after }) };
    const { body } = await client.ask({ path: '/contacts', query });
    if (Number(body['total_count']) > MOST_KNOWN) return null;
    for (const record of recordsIn(recordsOf(body, 'data', '/contacts')))
      missing.delete(idOf(record['id']) ?? '');
    const next = asRecord(asRecord(body['pages'])?.['next'])?.['starting_after'];
    if (missing.size === 0 || typeof next !== 'string' || next === '') break;
    if (seen.has(next)) throw stuck('/contacts', 'the same cursor again');
    seen.add(next);
    after = next;
  }
  return confirmGone([...missing], '/contacts', context, client);
}

/** The contacts that were merged into this one since; they are in no search and no list. */
function merged(record: VendorRecord, since: number): readonly Tombstone[] {
  return recordsIn(record['merge_history']).flatMap((merge) => {
    const id = idOf(merge['source_contact_id']);
    const second = merge['merged_at'];
    if (id === undefined || typeof second !== 'number' || second < since - CONTACT_SEARCH.lookBackSeconds)
      return [];
    const at = instantOf(second);
    return at === undefined ? [] : [{ key: { id }, version: at, deletedAt: at }];
  });
}
