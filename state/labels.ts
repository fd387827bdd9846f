// Labels that were paid for, and the money that labels may cost.

import { sql } from 'kysely';
import { PipelineError } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import type { CachedLabel, Label, State } from '../core/types.ts';
import { microUsd, usd } from './money.ts';
import { chunks, type Database } from './schema.ts';

type LabelStore = Pick<State, 'cachedLabels' | 'cacheLabels' | 'reserve' | 'settle' | 'spend' | 'pastUsage'>;

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
            repaired: row.repaired,
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
            some.map(([key, { label, provider, model, priceVersion, repaired }]) => ({
              key,
              label: JSON.stringify(label),
              provider,
              model,
              price_version: priceVersion,
              repaired,
            })),
          )
          .onConflict((conflict) => conflict.column('key').doNothing())
          .execute();
      }
    },

    async reserve({ day, provider, usd: wantedUsd, capUsd, providerCapUsd, runId, expected }) {
      const wanted = microUsd(wantedUsd);
      const cap = capOf(capUsd);
      const providerCap = capOf(providerCapUsd ?? Number.POSITIVE_INFINITY);
      return db.transaction().execute(async (tx) => {
        // One reservation of a day at a time: whoever comes next counts this one too.
        await sql`select pg_advisory_xact_lock(hashtextextended(${`pipeline_state.spend/${day}`}, 0))`.execute(
          tx,
        );
        const taken = sql`coalesce(sum(coalesce(actual_micro_usd, reserved_micro_usd))`;
        const { all, own } = await tx
          .selectFrom('spend_ledger')
          .select([
            sql<number>`${taken}, 0)::bigint`.as('all'),
            sql<number>`${taken} filter (where provider = ${provider}), 0)::bigint`.as('own'),
          ])
          .where('day', '=', day)
          .executeTakeFirstOrThrow();
        const found = { takenUsd: usd(all), providerTakenUsd: usd(own) };
        // Written so that a cap which is no number lets nothing through.
        if (!(all + wanted <= cap && own + wanted <= providerCap))
          return { reservation: undefined, ...found };
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
            model: expected?.model ?? null,
            script: expected?.script ?? null,
            expected_tokens: expected === undefined ? null : Math.round(expected.tokens),
            expected_micro_usd: expected === undefined ? null : microUsd(expected.usd),
          })
          .execute();
        return { reservation: { id, usd: usd(wanted) }, ...found };
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

    async pastUsage({ provider, model, limit }) {
      const rows = await db
        .selectFrom('spend_ledger')
        .select(['script', 'expected_tokens', 'expected_micro_usd', 'actual_micro_usd'])
        .select(sql<number>`coalesce(tokens_in, 0) + coalesce(tokens_out, 0)`.as('tokens'))
        .where('provider', '=', provider)
        .where('model', '=', model)
        .where('expected_tokens', 'is not', null)
        // A refusal costs nothing and teaches nothing.
        .where('actual_micro_usd', '>', 0)
        .orderBy('id', 'desc')
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        expected: {
          model,
          script: row.script ?? '',
          tokens: row.expected_tokens ?? 0,
          usd: usd(row.expected_micro_usd ?? 0),
        },
        tokens: row.tokens,
        usd: usd(row.actual_micro_usd ?? 0),
      }));
    },
  };
}

/** In micro-dollars; without an end it is more than there is. */
function capOf(capUsd: number): number {
  return capUsd === Number.POSITIVE_INFINITY ? Number.MAX_SAFE_INTEGER : Math.floor(capUsd * 1e6 + 1e-3);
}
