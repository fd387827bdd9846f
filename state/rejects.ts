// Rows that were set aside with a reason, kept whole so that they can be replayed.

import { sql } from 'kysely';
import { stableHash } from '../core/ids.ts';
import type { Json, Reject, State, StoredReject } from '../core/types.ts';
import { chunks, type Database, storable } from './schema.ts';

export function rejectStore(db: Database): Pick<State, 'addRejects' | 'rejects' | 'reject' | 'markReplayed'> {
  const stored = () => db.selectFrom('rejects').selectAll();
  return {
    // Once each: the id is made of what was rejected, so a load that is repeated after a crash adds nothing. A row that was
    // replayed and is rejected again waits again.
    async addRejects(runId, rejects) {
      const byId = new Map(rejects.map((reject) => [rejectId(reject), reject]));
      for (const some of chunks([...byId])) {
        await db
          .insertInto('rejects')
          .values(
            some.map(([id, { lane, table, row, code, reason }]) => ({
              reject_id: id,
              run_id: runId,
              lane,
              table_name: storable(table),
              row_json: JSON.stringify(row),
              code: storable(code),
              reason: storable(reason),
            })),
          )
          .onConflict((conflict) =>
            conflict
              .column('reject_id')
              .doUpdateSet((eb) => ({
                run_id: eb.ref('excluded.run_id'),
                code: eb.ref('excluded.code'),
                reason: eb.ref('excluded.reason'),
                at: sql`clock_timestamp()`,
                replayed_at: null,
              }))
              .where('rejects.replayed_at', 'is not', null),
          )
          .execute();
      }
    },

    async rejects({ lane, table, pending, limit } = {}) {
      let query = stored().orderBy('seq', 'desc');
      if (limit !== undefined) query = query.limit(limit);
      if (lane !== undefined) query = query.where('lane', '=', lane);
      if (table !== undefined) query = query.where('table_name', '=', table);
      if (pending !== undefined) query = query.where('replayed_at', pending ? 'is' : 'is not', null);
      return (await query.execute()).map(read);
    },

    async reject(id) {
      const row = await stored().where('reject_id', '=', id).executeTakeFirst();
      return row && read(row);
    },

    async markReplayed(ids) {
      for (const some of chunks(ids)) {
        await db
          .updateTable('rejects')
          .set({ replayed_at: sql`clock_timestamp()` })
          .where('reject_id', 'in', some)
          .where('replayed_at', 'is', null)
          .execute();
      }
    },
  };
}

function rejectId({ lane, table, row }: Reject): string {
  return stableHash(lane, table, canonical(row)).slice(0, 32);
}

/** One text for one value, however its keys were ordered. */
function canonical(value: Json): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function read(row: {
  readonly reject_id: string;
  readonly run_id: string;
  readonly lane: string;
  readonly table_name: string;
  readonly row_json: string;
  readonly code: string;
  readonly reason: string;
  readonly at: string;
  readonly replayed_at: string | null;
}): StoredReject {
  const kept: Json = JSON.parse(row.row_json);
  return {
    rejectId: row.reject_id,
    runId: row.run_id,
    lane: row.lane,
    table: row.table_name,
    row: kept,
    code: row.code,
    reason: row.reason,
    at: row.at,
    replayedAt: row.replayed_at,
  };
}
