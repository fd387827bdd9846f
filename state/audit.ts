// What people did by hand.

import type { State } from '../core/types.ts';
import { type Database, storable, type Tx } from './schema.ts';

type Entry = Parameters<State['audit']>[0];

export async function addAudit(db: Database | Tx, { by, action, subject, detail }: Entry): Promise<void> {
  await db
    .insertInto('audit_log')
    .values({ by_whom: storable(by), action, subject: storable(subject), detail: JSON.stringify(detail) })
    .execute();
}
