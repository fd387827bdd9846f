// Words kept under a name, such as the day on which something was last looked at.

import { sql } from 'kysely';
import type { State } from '../core/types.ts';
import type { Database } from './schema.ts';

export function noteStore(db: Database): Pick<State, 'remember' | 'remembered'> {
  return {
    async remember(name, value) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('notes')
        .values({ name, value })
        .onConflict((conflict) =>
          conflict
            .column('name')
            .doUpdateSet({ value, at: sql`clock_timestamp()` })
            .where('notes.value', '<>', value),
        )
        .executeTakeFirst();
      return (numInsertedOrUpdatedRows ?? 0n) > 0n;
    },

    async remembered(name) {
      const row = await db.selectFrom('notes').select('value').where('name', '=', name).executeTakeFirst();
      return row?.value;
    },
  };
}
