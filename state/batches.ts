// Batches of texts that a provider has, or may have: known from before they are handed over until their answers are kept.

import type { BatchText, State } from '../core/types.ts';
import { microUsd, usd } from './money.ts';
import { chunks, type Database } from './schema.ts';

type BatchStore = Pick<
  State,
  'writeBatch' | 'noteBatch' | 'openBatches' | 'batchPacks' | 'endBatch' | 'underWay'
>;

export function batchStore(db: Database): BatchStore {
  return {
    async writeBatch(batch, packs) {
      const texts = [...packs].flatMap(([pack, requests]) =>
        requests.map(({ id, hash, language, text }, position) => ({
          intent: batch.intent,
          pack,
          position,
          request_id: id,
          content_hash: hash,
          language,
          // As JSON: a customer's text may hold U+0000, which the type text refuses.
          text_json: JSON.stringify(text),
        })),
      );
      await db.transaction().execute(async (tx) => {
        await tx
          .insertInto('label_batches')
          .values({
            intent: batch.intent,
            pipeline: batch.pipeline,
            provider: batch.provider,
            model: batch.model,
            prompt_version: batch.promptVersion,
            price_version: batch.priceVersion,
            reservation_id: batch.reservation.id,
            reserved_micro_usd: microUsd(batch.reservation.usd),
          })
          .execute();
        for (const some of chunks(texts))
          await tx
            .insertInto('label_batch_texts')
            .values([...some])
            .execute();
      });
    },

    async noteBatch(intent, batchId) {
      await db.updateTable('label_batches').set({ batch_id: batchId }).where('intent', '=', intent).execute();
    },

    async openBatches(pipeline) {
      const rows = await db
        .selectFrom('label_batches')
        .selectAll()
        .where('pipeline', '=', pipeline)
        .orderBy('created_at')
        .orderBy('intent')
        .execute();
      return rows.map((row) => ({
        intent: row.intent,
        pipeline: row.pipeline,
        provider: row.provider,
        model: row.model,
        promptVersion: row.prompt_version,
        priceVersion: row.price_version,
        reservation: { id: row.reservation_id, usd: usd(row.reserved_micro_usd) },
        batchId: row.batch_id,
        createdAt: row.created_at,
      }));
    },

    async batchPacks(intent) {
      const rows = await db
        .selectFrom('label_batch_texts')
        .select(['pack', 'request_id', 'content_hash', 'language', 'text_json'])
        .where('intent', '=', intent)
        .orderBy('pack')
        .orderBy('position')
        .execute();
      const packs = new Map<string, BatchText[]>();
      for (const row of rows) {
        const text: string = JSON.parse(row.text_json);
        const one = { id: row.request_id, hash: row.content_hash, language: row.language, text };
        const pack = packs.get(row.pack);
        if (pack === undefined) packs.set(row.pack, [one]);
        else pack.push(one);
      }
      return packs;
    },

    async endBatch(intent) {
      await db.deleteFrom('label_batches').where('intent', '=', intent).execute();
    },

    async underWay(hashes, promptVersion) {
      const found = new Set<string>();
      for (const some of chunks(hashes)) {
        const rows = await db
          .selectFrom('label_batch_texts')
          .innerJoin('label_batches', 'label_batches.intent', 'label_batch_texts.intent')
          .select('label_batch_texts.content_hash')
          .where('label_batch_texts.content_hash', 'in', some)
          .where('label_batches.prompt_version', '=', promptVersion)
          .execute();
        for (const row of rows) found.add(row.content_hash);
      }
      return found;
    },
  };
}
