// The batch lane: packs that a provider answers within a day for less. Nobody takes an idempotency key for a batch, so an intent is
// written down before a batch is handed over, and looked for after a crash: nothing is handed over a second time.

import type { StreamContext } from './context.ts';
import { asPipelineError, type Billed } from './errors.ts';
import { failpoint } from './failpoint.ts';
import { newId } from './ids.ts';
import type { CapReached, LabelBudget } from './label-budget.ts';
import { toCache } from './label-cache.ts';
import type { HandOver } from './label-desk.ts';
import { type Asking, type Chance, layOut, packs as packsOf, type Text } from './label-packs.ts';
import { answered, type LabelledText, without } from './labelled-text.ts';
import type {
  BatchIntent,
  BatchText,
  LabelBatches,
  Labeller,
  LabelProvider,
  LabelRoutes,
  LogFields,
  Reservation,
  State,
} from './types.ts';

export interface BatchLane {
  /** Takes texts whose first choice has a batch interface. */
  readonly handOver: HandOver;
  /** What batches of earlier runs have answered meanwhile, by content hash; their money is settled. */
  collect(): Promise<Collected>;
}

export interface Collected {
  readonly labels: ReadonlyMap<string, LabelledText>;
  readonly costUsd: number;
  /** Batches that are still worked on. */
  readonly open: number;
}

type BatchProvider = LabelProvider & { readonly batches: LabelBatches };
type Packs = readonly (readonly Text[])[];

/** What a pack weighs beside its texts: prompt and schema in a vendor's JSON. */
const PACK_BYTES = 16_384;
/** A batch that was submitted may not be listed at once; before so long nobody says that it never arrived. */
const LISTED_AFTER_MS = 15 * 60_000;
/** Vendors end a batch within a day and keep its answers longer; after so long nobody waits for it any more. */
const GIVEN_UP_AFTER_MS = 72 * 3_600_000;

export function createBatchLane(options: {
  readonly labeller: Labeller;
  readonly routes: LabelRoutes;
  readonly pipeline: string;
  readonly state: State;
  readonly budget: LabelBudget;
  readonly context: StreamContext;
  readonly chance?: Chance | undefined;
  readonly onEvent?: ((event: string, fields: LogFields) => void) | undefined;
}): BatchLane {
  const { labeller, state, budget, context, chance = Math.random } = options;
  /** Texts whose pack had an answer that cannot be used: they are asked live, where the pack is halved. */
  const unusable = new Set<string>();

  /** Hands over as many packs as the money reaches, as one batch; the packs that it took, or why it took none. */
  const submit = async (
    provider: BatchProvider,
    packs: Packs,
  ): Promise<{ readonly taken: Packs } | CapReached> => {
    const asked = packs.map((pack) => layOut(pack, [], chance));
    const usd = asked.reduce((sum, { requests }) => sum + provider.estimateUsd(requests), 0);
    const reservation = await budget.reserve(provider.name, usd * provider.batches.priceShare);
    if ('cap' in reservation) {
      return packs.length === 1 ? reservation : submit(provider, packs.slice(0, Math.ceil(packs.length / 2)));
    }
    failpoint('batch.reserved');
    const intent = newId('batch', context.clock.now());
    const texts = new Map(asked.map((asking, nth) => [`${intent}-${nth}`, batchTexts(asking)]));
    await state.writeBatch(
      {
        intent,
        pipeline: options.pipeline,
        provider: provider.name,
        model: provider.model,
        promptVersion: labeller.promptVersion,
        priceVersion: provider.priceVersion,
        reservation,
      },
      texts,
    );
    failpoint('batch.written');
    try {
      const batchId = await provider.batches.submit(intent, texts, context);
      failpoint('batch.submitted');
      await state.noteBatch(intent, batchId);
      failpoint('batch.noted');
    } catch (thrown) {
      const { status, kind } = asPipelineError(thrown);
      const refused = kind === 'data' || (status !== undefined && status >= 400 && status < 500);
      // Otherwise it may have arrived: the next run looks for it.
      if (refused) await forget(intent, reservation);
      throw thrown;
    }
    options.onEvent?.('labels.batch_submitted', {
      provider: provider.name,
      batch: intent,
      packs: packs.length,
      texts: packs.reduce((sum, pack) => sum + pack.length, 0),
      reservedUsd: reservation.usd,
    });
    return { taken: packs };
  };

  const forget = async (intent: string, reservation: Reservation): Promise<void> => {
    await state.settle(reservation, { usd: 0, tokensIn: 0, tokensOut: 0 });
    await state.endBatch(intent);
  };

  /** The provider's id of a batch; undefined where it must be waited for, or is known never to have arrived. */
  const find = async (batch: BatchIntent, batches: LabelBatches): Promise<string | undefined> => {
    if (batch.batchId !== null) return batch.batchId;
    const found = await batches.find(batch.intent, context);
    if (found !== undefined) {
      await state.noteBatch(batch.intent, found);
      failpoint('batch.noted');
      options.onEvent?.('labels.batch_adopted', { provider: batch.provider, batch: batch.intent });
      return found;
    }
    if (ageMs(batch) > LISTED_AFTER_MS) {
      await forget(batch.intent, batch.reservation);
      options.onEvent?.('labels.batch_never_arrived', { provider: batch.provider, batch: batch.intent });
    }
    return undefined;
  };

  const ageMs = ({ createdAt }: BatchIntent): number => context.clock.now().getTime() - Date.parse(createdAt);

  /** Keeps the answers of one batch, settles it, and forgets it; undefined while it is worked on. */
  const collectOne = async (
    batch: BatchIntent,
    batches: LabelBatches,
  ): Promise<{ readonly labels: ReadonlyMap<string, LabelledText>; readonly usd: number } | undefined> => {
    const batchId = await find(batch, batches);
    if (batchId === undefined) return undefined;
    const packs = await state.batchPacks(batch.intent);
    const answers = await batches.collect(batchId, packs, context);
    if (answers === undefined) return undefined;
    failpoint('batch.collected');
    const owner = { name: batch.provider, model: batch.model, priceVersion: batch.priceVersion };
    const labels = new Map<string, LabelledText>();
    const failures: { [code: string]: number } = {};
    const total = { usd: 0, tokensIn: 0, tokensOut: 0 };
    const book = (billed: Billed | undefined): void => {
      total.usd += billed?.usd ?? 0;
      total.tokensIn += billed?.tokensIn ?? 0;
      total.tokensOut += billed?.tokensOut ?? 0;
    };
    for (const [name, requests] of packs) {
      const answer = answers.get(name);
      if (answer === undefined || 'code' in answer) {
        const code = answer?.code ?? 'label.lost';
        failures[code] = (failures[code] ?? 0) + 1;
        book(answer?.billed);
        if (answer?.kind !== 'data') continue;
        for (const { hash } of requests) unusable.add(hash);
        continue;
      }
      const texts = new Map(requests.map((text, position) => [text.id, { text, position }]));
      await state.cacheLabels(toCache(owner, batch.promptVersion, texts, answer));
      if (batch.promptVersion === labeller.promptVersion) {
        for (const [hash, label] of answered(owner, { batchId: name, texts }, answer, false))
          labels.set(hash, label);
      }
      book({ usd: answer.costUsd, tokensIn: answer.tokensIn, tokensOut: answer.tokensOut });
    }
    failpoint('batch.cached');
    const failed = Object.values(failures).reduce((sum, n) => sum + n, 0);
    await state.settle(batch.reservation, total);
    failpoint('batch.settled');
    await state.endBatch(batch.intent);
    failpoint('batch.ended');
    options.onEvent?.('labels.batch_ended', {
      provider: batch.provider,
      batch: batch.intent,
      packs: packs.size,
      failed,
      codes: Object.keys(failures).sort().join(' '),
      usd: total.usd,
    });
    return { labels, usd: total.usd };
  };

  return {
    async handOver(texts, failed) {
      const outcomes = new Map<string, LabelledText>();
      const byProvider = new Map<BatchProvider, Text[]>();
      for (const { text, route } of texts) {
        const [first] = route;
        if (first === undefined || !hasBatches(first) || unusable.has(text.hash)) continue;
        const group = byProvider.get(first);
        if (group === undefined) byProvider.set(first, [text]);
        else group.push(text);
      }
      for (const [provider, group] of byProvider) {
        const queue: Packs[] = [...batchesOf(packsOf(group, labeller), provider.batches)];
        for (
          let packs = queue.shift();
          packs !== undefined && !context.signal.aborted;
          packs = queue.shift()
        ) {
          try {
            const result = await submit(provider, packs);
            if ('cap' in result) {
              failed(provider, result);
              break;
            }
            for (const { hash } of result.taken.flat())
              outcomes.set(hash, without('pending', 'label.in_batch', provider));
            if (result.taken.length < packs.length) queue.unshift(packs.slice(result.taken.length));
          } catch (thrown) {
            const error = asPipelineError(thrown);
            if (error.kind === 'bug') throw thrown;
            if (error.kind === 'data' && packs.length > 1) {
              const half = Math.ceil(packs.length / 2);
              queue.unshift(packs.slice(0, half), packs.slice(half));
              continue;
            }
            failed(provider, error);
            break;
          }
        }
      }
      // What may have arrived all the same must not be asked live.
      const underWay = await state.underWay(
        texts.map(({ text }) => text.hash),
        labeller.promptVersion,
      );
      for (const hash of underWay)
        if (!outcomes.has(hash)) outcomes.set(hash, without('pending', 'label.in_batch', undefined));
      return outcomes;
    },

    async collect() {
      const labels = new Map<string, LabelledText>();
      let costUsd = 0;
      for (const batch of await state.openBatches(options.pipeline)) {
        const provider = options.routes.providers.find(({ name }) => name === batch.provider);
        try {
          const collected =
            provider?.batches === undefined ? undefined : await collectOne(batch, provider.batches);
          if (collected === undefined) await giveUpOld(batch);
          for (const [hash, label] of collected?.labels ?? []) labels.set(hash, label);
          costUsd += collected?.usd ?? 0;
        } catch (thrown) {
          // A provider that cannot be asked holds up nothing else; its batch waits.
          const { kind, code } = asPipelineError(thrown);
          if (kind === 'bug' || context.signal.aborted) throw thrown;
          context.log.warn('label.batch_waits', { provider: batch.provider, batch: batch.intent, code });
          await giveUpOld(batch);
        }
      }
      return { labels, costUsd, open: (await state.openBatches(options.pipeline)).length };
    },
  };

  /** Its texts wait again, and its reservation stays: it may have been billed. */
  async function giveUpOld(batch: BatchIntent): Promise<void> {
    if (ageMs(batch) <= GIVEN_UP_AFTER_MS) return;
    await state.endBatch(batch.intent);
    context.log.warn('label.batch_given_up', { provider: batch.provider, batch: batch.intent });
    options.onEvent?.('labels.batch_given_up', { provider: batch.provider, batch: batch.intent });
  }
}

function hasBatches(provider: LabelProvider): provider is BatchProvider {
  return provider.batches !== undefined;
}

function batchTexts({ requests, texts }: Asking): readonly BatchText[] {
  return requests.flatMap((request) => {
    const hash = texts.get(request.id)?.text.hash;
    return hash === undefined ? [] : [{ ...request, hash }];
  });
}

/** Packs in groups that one batch may hold. */
function* batchesOf(packs: Packs, { maxRequests, maxBytes }: LabelBatches): Generator<Packs> {
  let group: (readonly Text[])[] = [];
  let bytes = 0;
  for (const pack of packs) {
    // A letter takes at most three bytes of UTF-8 a unit, and as escaped JSON six.
    const weight = PACK_BYTES + pack.reduce((sum, { text }) => sum + 6 * text.length, 0);
    if (group.length > 0 && (group.length >= maxRequests || bytes + weight > maxBytes)) {
      yield group;
      group = [];
      bytes = 0;
    }
    group.push(pack);
    bytes += weight;
  }
  if (group.length > 0) yield group;
}
