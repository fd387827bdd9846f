// Deployments: the list shows them by when they were made, and nothing tells when one changed, so that each run reads the last day
// again, and back to the oldest that was still on its way. https://vercel.com/docs/rest-api/deployments/list-deployments

import { PipelineError } from '../../core/errors.ts';
import type { Context, Json, Page, Row, Stream, Tombstone, Window } from '../../core/types.ts';
import type { Client } from './client.ts';
import { readList } from './listing.ts';
import {
  asRecord,
  type Columns,
  instantOf,
  latestOf,
  mapRow,
  millisecondsOf,
  readRecord,
  tableOf,
  textOf,
  type VendorRecord,
} from './mapping.ts';

const COLUMNS: Columns = {
  id: ['uid', 'string', 'Id of the deployment.'],
  name: ['name', 'string', 'Name of the project when it was made.'],
  project_id: ['projectId', 'string', 'The project.'],
  url: ['url', 'string', 'Its address; empty while it is on its way.'],
  state: ['state', 'string', 'QUEUED, INITIALIZING, BUILDING, READY, ERROR, CANCELED or DELETED.'],
  ready_substate: ['readySubstate', 'string', 'STAGED, ROLLING or PROMOTED, once it is ready.'],
  target: ['target', 'string', 'production, staging, or empty for a preview.'],
  source: ['source', 'string', 'What made it: git, cli, api-trigger, …'],
  creator_id: ['creator.uid', 'string', 'The user who made it.'],
  error_code: ['errorCode', 'string', 'Why it failed.'],
  git_ref: ['meta.githubCommitRef', 'string', 'Branch, where it came from GitHub.'],
  git_sha: ['meta.githubCommitSha', 'string', 'Commit, where it came from GitHub.'],
  created_at: ['created', 'timestamp', 'When it was made.'],
  building_at: ['buildingAt', 'timestamp', 'When its build began.'],
  ready_at: ['ready', 'timestamp', 'When it was ready.'],
  deleted_at: ['deleted', 'timestamp', 'When it was deleted.'],
  undeleted_at: ['undeleted', 'timestamp', 'When it was taken back out of the bin.'],
  updated_at: ['', 'timestamp', 'The latest of its times; orders versions.'],
};
const TABLE = tableOf('vercel_deployments', 'Deployments with their present state.', 'updated_at', COLUMNS);
const TIMES = ['created_at', 'building_at', 'ready_at', 'deleted_at', 'undeleted_at'];

/** How long a deployment may change after it was made, as far as each run looks. */
const LOOK_BACK_MS = 86_400_000;
/** A deployment that is still on its way after so long is waited for no more. */
const LONGEST_WAY_MS = 7 * LOOK_BACK_MS;
const ON_ITS_WAY: ReadonlySet<Json | undefined> = new Set(['QUEUED', 'INITIALIZING', 'BUILDING']);

/**
 * Everything made before `from` is read for good. Inside one walk from the newest back to `from`: when it began, the cursor of its
 * next page, and when the oldest was made that is still on its way. Milliseconds.
 */
type Checkpoint = {
  readonly from: number;
  readonly begun?: number;
  readonly next?: string;
  readonly open?: number;
  readonly since?: number;
  readonly until?: number;
};

export function deployments(connect: (context: Context) => Client): Stream {
  return {
    name: 'deployments',
    description:
      'Deployments; states that change later are read again for a day, and until a deployment has arrived.',
    deletes: 'tombstones',
    mode: 'incremental',
    tables: () => Promise.resolve([TABLE]),
    start,
    read: (from, context) => walk(readCheckpoint(from), context, connect(context)),
    remap(_table, value) {
      const record = asRecord(value);
      return typeof record?.['uid'] === 'string' && record['uid'] !== '' ? toRow(record) : undefined;
    },
  };
}

function start({ since, until }: Window): Checkpoint {
  return {
    from: since?.getTime() ?? 0,
    ...(since === undefined ? {} : { since: since.getTime() }),
    ...(until === undefined ? {} : { until: until.getTime() }),
  };
}

async function* walk(at: Checkpoint, context: Context, client: Client): AsyncGenerator<Page> {
  const { begun = context.clock.now().getTime(), next: first, open: _open, ...kept } = at;
  const until = at.until ?? Number.POSITIVE_INFINITY;
  let { open } = at;
  // Both ends go one millisecond beyond: whether Vercel includes them is not said, and what lies outside is left out here.
  const query = { since: String(Math.max(0, at.from - 1)) };
  const beginning = first ?? (at.until === undefined ? undefined : String(at.until + 1));
  const listing = {
    path: '/v6/deployments',
    collection: 'deployments',
    cursor: 'until',
    idName: 'uid',
    orderedBy: 'created',
    query,
  };
  for await (const { records, count, next } of readList(client, listing, beginning, context)) {
    const rows: Row[] = [];
    const gone: Tombstone[] = [];
    let outside = 0;
    for (const value of records) {
      const record = readRecord(value, 'uid', TABLE.name, context);
      if (record === undefined) continue;
      const created = createdOf(record);
      if (created < at.from || created >= until) {
        outside += 1;
        continue;
      }
      const row = toRow(record);
      rows.push(row);
      if (ON_ITS_WAY.has(row['state']) && begun - created < LONGEST_WAY_MS)
        open = Math.min(open ?? created, created);
      if (isGone(row)) {
        const deletedAt = textOf(row['deleted_at']) ?? textOf(row['updated_at']) ?? instantOf(begun);
        gone.push({ key: { id: row['id'] }, version: row['updated_at'] ?? null, deletedAt });
      }
    }
    const ended = next === undefined;
    // What is newer than a day may still change, and so may what is on its way.
    const from = Math.max(at.since ?? 0, Math.min(open ?? begun, begun - LOOK_BACK_MS, until));
    const checkpoint: Checkpoint = ended
      ? { ...kept, from }
      : { ...kept, begun, next, ...(open === undefined ? {} : { open }) };
    yield {
      rows: { [TABLE.name]: rows },
      deletes: { [TABLE.name]: gone },
      checkpoint,
      ...(count === undefined ? {} : { expected: Math.max(0, count - outside) }),
      ...(ended ? { caughtUpTo: instantOf(Math.min(begun, until)) } : {}),
    };
  }
}

function createdOf(record: VendorRecord): number {
  return millisecondsOf(record['created']) ?? millisecondsOf(record['createdAt']) ?? 0;
}

function toRow(record: VendorRecord): Row {
  const row = mapRow(COLUMNS, record);
  row['state'] ??= record['readyState'] ?? null;
  row['created_at'] = instantOf(createdOf(record));
  row['updated_at'] = latestOf(row, TIMES);
  return row;
}

function isGone(row: Row): boolean {
  const { deleted_at: deleted, undeleted_at: back } = row;
  if (deleted === null) return row['state'] === 'DELETED';
  return typeof back !== 'string' || typeof deleted !== 'string' || back < deleted;
}

/** Throws config `vercel.bad_checkpoint`. */
function readCheckpoint(value: Json): Checkpoint {
  const record = asRecord(value);
  const from = millisecondsOf(record?.['from']);
  if (record === undefined || from === undefined) {
    throw new PipelineError(
      'config',
      'vercel.bad_checkpoint',
      'A checkpoint of deployments must hold "from" in milliseconds of Unix time.',
      { hint: 'Reset it with `pipeline state reset`, or give it that form with `pipeline state set`.' },
    );
  }
  const number = (name: 'begun' | 'open' | 'since' | 'until') => {
    const held = millisecondsOf(record[name]);
    return held === undefined ? {} : { [name]: held };
  };
  const { next } = record;
  return {
    from,
    ...number('begun'),
    ...number('open'),
    ...number('since'),
    ...number('until'),
    ...(typeof next === 'string' ? { next } : {}),
  };
}
