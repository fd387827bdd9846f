// Labels that were paid for, and the money that labels may cost.

import { sql } from 'kysely';
import { PipelineError } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import type { CachedLabel, Label, State } from '../core/types.ts';
import { microUsd, usd } from './money.ts';
import { chunks, type Database } from './schema.ts';

type LabelStore = Pick<State, 'cachedLabels' | 'cacheLabels' | 'reserve' | 'settle' | 'spend'>;

export function labelStore(db: Database): LabelStore {
  return {
    async cachedLabels(keys) {
      const found = new Map<string, CachedLabel>();
      for (const some of chunks(keys)) {
        const rows = await db.selectFrom('label_cache').selectAll().where('key', 'in', some).execute();
        for (const row of rows) {
          const label: Label = JSON.parse(row.label);
          found.set(row.key, {
            label,
            provider: row.provider,
            model: row.model,
            priceVersion: row.price_version,
          });
        }
      }
      return found;
    },

    async cacheLabels(labels) {
      // In one order for everyone, so that two workers with the same texts do not block each other.
      const sorted = [...labels].sort(([a], [b]) => (a < b ? -1 : 1));
      for (const some of chunks(sorted)) {
        await db
          .insertInto('label_cache')
          .values(
            some.map(([key, { label, provider, model, priceVersion }]) => ({
              key,
              label: JSON.stringify(label),
              provider,
              model,
              price_version: priceVersion,
            })),
          )
          .onConflict((conflict) => conflict.column('key').doNothing())
          .execute();
      }
    },

    async reserve({ day, provider, usd: wantedUsd, capUsd, runId }) {
      const wanted = microUsd(wantedUsd);
      const cap =
        capUsd === Number.POSITIVE_INFINITY ? Number.MAX_SAFE_INTEGER : Math.floor(capUsd * 1e6 + 1e-3);
      return db.transaction().execute(async (tx) => {
        // One reservation of a day at a time: whoever comes next counts this one too.
        await sql`select pg_advisory_xact_lock(hashtextextended(${`pipeline_state.spend/${day}`}, 0))`.execute(
          tx,
        );
        const { taken } = await tx
          .selectFrom('spend_ledger')
          .select(
            sql<number>`coalesce(sum(coalesce(actual_micro_usd, reserved_micro_usd)), 0)::bigint`.as('taken'),
          )
          .where('day', '=', day)
          .executeTakeFirstOrThrow();
        // Written so that a cap which is no number lets nothing through.
        if (!(taken + wanted <= cap)) return undefined;
        const id = newId('spend', new Date());
        await tx
          .insertInto('spend_ledger')
          .values({
            id,
            day,
            provider,
            run_id: runId,
            reserved_micro_usd: wanted,
            actual_micro_usd: null,
            tokens_in: null,
            tokens_out: null,
          })
          .execute();
        return { id, usd: usd(wanted) };
      });
    },

    async settle({ id }, { usd: actualUsd, tokensIn, tokensOut }) {
      const { numUpdatedRows } = await db
        .updateTable('spend_ledger')
        .set({
          actual_micro_usd: microUsd(actualUsd),
          tokens_in: tokensIn,
          tokens_out: tokensOut,
          settled_at: sql`clock_timestamp()`,
        })
        .where('id', '=', id)
        .executeTakeFirst();
      if (numUpdatedRows === 0n)
        throw new PipelineError('bug', 'spend.unknown', `There is no reservation ${id} to settle.`);
    },

    async spend(day) {
      const { spent, reserved } = await db
        .selectFrom('spend_ledger')
        .select([
          sql<number>`coalesce(sum(actual_micro_usd), 0)::bigint`.as('spent'),
          sql<number>`coalesce(sum(reserved_micro_usd) filter (where actual_micro_usd is null), 0)::bigint`.as(
            'reserved',
          ),
        ])
        .where('day', '=', day)
        .executeTakeFirstOrThrow();
      return { spentUsd: usd(spent), reservedUsd: usd(reserved) };
    },
  };
}
