// The column that each of a vendor's fields was given, for ever.

import { PipelineError } from '../core/errors.ts';
import type { ColumnName, State } from '../core/types.ts';
import { chunks, type Database, storable } from './schema.ts';

export function columnStore(db: Database): Pick<State, 'columnNames' | 'pinColumns'> {
  const all = () =>
    db
      .selectFrom('column_names')
      .select(['table_name as table', 'native_id as nativeId', 'column_name as column', 'label']);
  return {
    async columnNames() {
      return all().orderBy('table_name').orderBy('native_id').execute();
    },

    async pinColumns(names) {
      if (names.length === 0) return [];
      return db.transaction().execute(async (tx) => {
        const sorted = [...names].sort((a, b) => (place(a) < place(b) ? -1 : 1));
        for (const some of chunks(sorted)) {
          await tx
            .insertInto('column_names')
            .values(
              some.map(({ table, nativeId, column, label }) => ({
                table_name: table,
                native_id: storable(nativeId),
                column_name: column,
                label: storable(label),
              })),
            )
            .onConflict((conflict) => conflict.doNothing())
            .execute();
        }
        const pinned = new Map<string, ColumnName>();
        for (const table of new Set(names.map((name) => name.table))) {
          const rows = await tx
            .selectFrom('column_names')
            .select(['table_name as table', 'native_id as nativeId', 'column_name as column', 'label'])
            .where('table_name', '=', table)
            .execute();
          for (const row of rows) pinned.set(place(row), row);
        }
        return names.map((name) => {
          const found = pinned.get(place({ ...name, nativeId: storable(name.nativeId) }));
          if (found !== undefined) return found;
          throw new PipelineError(
            'transient',
            'column.taken',
            `${name.table}.${name.column} was just given to another field by another process.`,
            { hint: 'Nothing was written; the next run finds another name.' },
          );
        });
      });
    },
  };
}

function place({ table, nativeId }: Pick<ColumnName, 'table' | 'nativeId'>): string {
  return JSON.stringify([table, nativeId]);
}
