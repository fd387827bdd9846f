// Projects and teams: small lists without a filter by change, so that each run reads them whole.
// https://vercel.com/docs/rest-api/projects/retrieve-a-list-of-projects and https://vercel.com/docs/rest-api/teams/list-all-teams

import type { Context, Json, Row, Stream } from '../../core/types.ts';
import type { Client } from './client.ts';
import { type Listing, readList } from './listing.ts';
import {
  asRecord,
  type Columns,
  latestOf,
  mapRow,
  readRecord,
  tableOf,
  type VendorRecord,
} from './mapping.ts';

const PROJECTS: Columns = {
  id: ['id', 'string', 'Id of the project.'],
  name: ['name', 'string', 'Name.'],
  account_id: ['accountId', 'string', 'The team or user that it belongs to.'],
  framework: ['framework', 'string', 'Framework.'],
  node_version: ['nodeVersion', 'string', 'Version of Node.js that it builds with.'],
  repository: ['link.repo', 'string', 'Repository that it is deployed from.'],
  live: ['live', 'boolean', 'Whether it is live.'],
  created_at: ['createdAt', 'timestamp', 'When it was made.'],
  updated_at: ['updatedAt', 'timestamp', 'When it last changed.'],
};
const TEAMS: Columns = {
  id: ['id', 'string', 'Id of the team.'],
  slug: ['slug', 'string', 'Its part of addresses.'],
  name: ['name', 'string', 'Name.'],
  limited: ['limited', 'boolean', 'Whether the token sees only part of it.'],
  created_at: ['createdAt', 'timestamp', 'When it was made.'],
  updated_at: ['updatedAt', 'timestamp', 'When it last changed; when it was made, where that is not told.'],
};

export function listStreams(connect: (context: Context) => Client): readonly Stream[] {
  return [
    listStream(connect, {
      name: 'projects',
      description: 'Projects. Deleted ones vanish without a word.',
      columns: PROJECTS,
      listing: { path: '/v10/projects', collection: 'projects', cursor: 'from', orderedBy: 'updatedAt' },
    }),
    listStream(connect, {
      name: 'teams',
      description: 'Teams that the token sees.',
      columns: TEAMS,
      listing: { path: '/v2/teams', collection: 'teams', cursor: 'until', orderedBy: 'createdAt' },
    }),
  ];
}

function listStream(
  connect: (context: Context) => Client,
  plan: {
    readonly name: string;
    readonly description: string;
    readonly columns: Columns;
    readonly listing: Omit<Listing, 'idName' | 'query'>;
  },
): Stream {
  const { name, description, columns } = plan;
  const table = tableOf(`vercel_${name}`, description, 'updated_at', columns);
  const listing: Listing = { ...plan.listing, idName: 'id', query: {} };
  const toRow = (record: VendorRecord): Row => {
    const row = mapRow(columns, withoutSecrets(record));
    row['updated_at'] = latestOf(row, ['created_at', 'updated_at']);
    return row;
  };
  return {
    name,
    description,
    deletes: 'none',
    mode: 'snapshot',
    tables: () => Promise.resolve([table]),
    start: () => ({}),
    async *read(from, context) {
      const begunAt = context.clock.now().toISOString();
      const held = asRecord(from)?.['next'];
      const first = typeof held === 'string' ? held : undefined;
      for await (const { records, count, next } of readList(connect(context), listing, first, context)) {
        const read = records.map((value) => readRecord(value, 'id', table.name, context));
        yield {
          rows: { [table.name]: read.filter((record) => record !== undefined).map(toRow) },
          checkpoint: next === undefined ? {} : { next },
          ...(count === undefined ? {} : { expected: Math.max(0, count) }),
          ...(next === undefined ? { caughtUpTo: begunAt } : {}),
        };
      }
    },
    remap(_table, value: Json) {
      const record = asRecord(value);
      return typeof record?.['id'] === 'string' && record['id'] !== '' ? toRow(record) : undefined;
    },
  };
}

/** A project holds the values of its environment variables, which belong in no warehouse. */
function withoutSecrets(record: VendorRecord): VendorRecord {
  if (record['env'] === undefined) return record;
  const { env: _secret, ...rest } = record;
  return rest;
}
