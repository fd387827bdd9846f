// How far each lane is known to be durable in the warehouse.

import { sql } from 'kysely';
import { PipelineError } from '../core/errors.ts';
import type { Bookmark, Json, State } from '../core/types.ts';
import { addAudit } from './audit.ts';
import { requireLease, seizeLane } from './leases.ts';
import type { Database, Tables, Tx } from './schema.ts';

export function bookmarkStore(
  db: Database,
): Pick<State, 'bookmark' | 'bookmarks' | 'advance' | 'setBookmark'> {
  return {
    async bookmark(lane) {
      const row = await db.selectFrom('bookmarks').selectAll().where('lane', '=', lane).executeTakeFirst();
      return row && read(row);
    },

    async bookmarks() {
      return (await db.selectFrom('bookmarks').selectAll().orderBy('lane').execute()).map(read);
    },

    async advance({ lease, from, checkpoint, loadId, done }) {
      return db.transaction().execute(async (tx) => {
        await requireLease(tx, lease);
        const moved = { checkpoint: JSON.stringify(checkpoint), load_id: loadId, done };
        const row =
          from === 0
            ? await tx
                .insertInto('bookmarks')
                .values({ lane: lease.lane, revision: 1, ...moved })
                .onConflict((conflict) => conflict.column('lane').doNothing())
                .returningAll()
                .executeTakeFirst()
            : await tx
                .updateTable('bookmarks')
                .set({ revision: from + 1, updated_at: sql`clock_timestamp()`, ...moved })
                .where('lane', '=', lease.lane)
                .where('revision', '=', from)
                .returningAll()
                .executeTakeFirst();
        if (row === undefined) {
          throw new PipelineError(
            'transient',
            'bookmark.moved',
            `The bookmark of ${lease.lane} is no longer at revision ${from}; something else moved it.`,
            { hint: 'Nothing was lost: the next run reads on from where the bookmark is now.' },
          );
        }
        return read(row);
      });
    },

    async setBookmark(lane, checkpoint, by) {
      await db.transaction().execute(async (tx) => {
        await seizeLane(tx, lane);
        const before = await tx
          .selectFrom('bookmarks')
          .selectAll()
          .where('lane', '=', lane)
          .executeTakeFirst();
        await put(tx, lane, checkpoint);
        await addAudit(tx, {
          by,
          action: 'bookmark.set',
          subject: lane,
          // With the old place in the record, a mistake can be undone.
          detail: {
            previousRevision: before?.revision ?? null,
            previousCheckpoint: before?.checkpoint ?? null,
          },
        });
      });
    },
  };
}

async function put(tx: Tx, lane: string, checkpoint: Json): Promise<void> {
  const placed = { checkpoint: JSON.stringify(checkpoint), load_id: null, done: false };
  await tx
    .insertInto('bookmarks')
    .values({ lane, revision: 1, ...placed })
    .onConflict((conflict) =>
      conflict.column('lane').doUpdateSet({
        revision: sql`bookmarks.revision + 1`,
        updated_at: sql`clock_timestamp()`,
        ...placed,
      }),
    )
    .execute();
}

function read(row: Omit<Tables['bookmarks'], 'updated_at'> & { readonly updated_at: string }): Bookmark {
  const checkpoint: Json = JSON.parse(row.checkpoint);
  return {
    lane: row.lane,
    checkpoint,
    revision: row.revision,
    loadId: row.load_id,
    done: row.done,
    updatedAt: row.updated_at,
  };
}
