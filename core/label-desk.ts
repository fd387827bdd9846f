// Labels one batch of texts: the cache first, then the budget, then packs for the model, bisected where an answer cannot be used.

import { randomBytes } from 'node:crypto';
import pLimit from 'p-limit';
import type { StreamContext } from './context.ts';
import { asPipelineError, type PipelineError } from './errors.ts';
import { failpoint } from './failpoint.ts';
import { fromCache, toCache } from './label-cache.ts';
import { packs, type Text } from './label-packs.ts';
import { type LabelledText, offline, without } from './labelled-text.ts';
import type {
  ErrorReport,
  LabelAnswer,
  Labeller,
  LabelProvider,
  LabelRequest,
  LogFields,
  Owner,
  Reservation,
  State,
  Unlabelled,
} from './types.ts';

export interface LabelDesk {
  /** One outcome for each utterance, in order. Never throws for what the model does. */
  label(batch: readonly Unlabelled[]): Promise<readonly LabelledText[]>;
  /** Why no more requests are sent; null while all is well. */
  readonly stopped: ErrorReport | null;
  /** What was settled so far. */
  readonly costUsd: number;
}

/** Requests under way at once. */
const CONCURRENCY = 4;
/** Passing failures in a row, over all packs, after which the endpoint counts as down. */
const BREAKER = 3;
/** A wait longer than this is left to the next run. */
const LONGEST_WAIT_MS = 60_000;
/** Tries of one pack, for passing failures. */
const TRIES = 3;

/** A desk for one enrichment run. */
export function createLabelDesk(options: {
  readonly labeller: Labeller;
  readonly provider: LabelProvider | undefined;
  readonly context: StreamContext;
  readonly state: State;
  readonly owner: Owner;
  readonly budgetUsd?: number;
  readonly onEvent?: (event: string, fields: LogFields) => void;
}): LabelDesk {
  const { labeller, provider, context, state } = options;
  const capUsd = dailyCap(context.env['LLM_DAILY_BUDGET_USD']);
  let stopped: ErrorReport | null = null;
  let costUsd = 0;
  let reservedUsd = 0;
  let failuresInARow = 0;

  const stop = (code: string, kind: string, message: string, hint: string): void => {
    if (stopped !== null) return;
    stopped = { kind, code, message, hint };
    options.onEvent?.('labels.stopping', { code });
  };

  /** Sends one pack, in halves where its answer cannot be used; fills `outcomes` by content hash. */
  const send = async (
    model: LabelProvider,
    pack: readonly Text[],
    outcomes: Map<string, LabelledText>,
  ): Promise<void> => {
    if (stopped !== null || context.signal.aborted) return;
    const requests = pack.map(
      ({ text, language }): LabelRequest => ({ id: randomBytes(6).toString('hex'), text, language }),
    );
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await paid(model, requests, pack);
        if (answer === undefined) return;
        failuresInARow = 0;
        keep(answer, requests, pack, outcomes);
        return;
      } catch (thrown) {
        const error = asPipelineError(thrown);
        if (context.signal.aborted) return;
        if (error.kind === 'data') {
          failuresInARow = 0;
          return bisect(model, pack, error, outcomes);
        }
        if (error.kind !== 'transient') {
          stop(
            error.code,
            error.kind,
            error.message,
            error.hint ?? 'Set it right, then run `pipeline enrich`.',
          );
          return;
        }
        failuresInARow += 1;
        const waitMs = Math.max(error.retryAfterMs ?? 0, 500 * 2 ** attempt);
        if (failuresInARow >= BREAKER || attempt >= TRIES || waitMs > LONGEST_WAIT_MS) {
          stop(
            error.code,
            error.kind,
            error.message,
            'The texts wait; `pipeline enrich` or the next run completes them.',
          );
          return;
        }
        await context.clock.sleep(waitMs, context.signal);
      }
    }
  };

  /** Reserves, asks, caches, settles, in this order: a crash in between costs at most this pack a second time. */
  const paid = async (
    model: LabelProvider,
    requests: readonly LabelRequest[],
    pack: readonly Text[],
  ): Promise<LabelAnswer | undefined> => {
    const usd = model.estimateUsd(requests);
    const day = context.clock.now().toISOString().slice(0, 10);
    // Counted before anything is awaited, so that packs side by side cannot pass this run's budget together.
    const overRunBudget = options.budgetUsd !== undefined && costUsd + reservedUsd + usd > options.budgetUsd;
    if (overRunBudget) return outOfMoney(`this run's budget of ${options.budgetUsd} USD`);
    reservedUsd += usd;
    try {
      const reservation = await state.reserve({
        day,
        provider: model.name,
        usd,
        capUsd,
        runId: options.owner.runId,
      });
      if (reservation === undefined) return outOfMoney(`the daily budget of ${capUsd} USD`);
      failpoint('label.reserved');
      return await askReserved(model, requests, pack, reservation);
    } finally {
      reservedUsd -= usd;
    }
  };

  const outOfMoney = (cap: string): undefined => {
    stop(
      'label.budget',
      'config',
      `Labelling stopped at ${cap}.`,
      'The texts wait for tomorrow; raise LLM_DAILY_BUDGET_USD to go on today.',
    );
    return undefined;
  };

  const askReserved = async (
    model: LabelProvider,
    requests: readonly LabelRequest[],
    pack: readonly Text[],
    reservation: Reservation,
  ): Promise<LabelAnswer> => {
    try {
      const answer = await model.label(requests, context);
      failpoint('label.answered');
      await state.cacheLabels(toCache(labeller, model, answer, requests, pack));
      failpoint('label.cached');
      await state.settle(reservation, {
        usd: answer.costUsd,
        tokensIn: answer.tokensIn,
        tokensOut: answer.tokensOut,
      });
      failpoint('label.settled');
      costUsd += answer.costUsd;
      return answer;
    } catch (thrown) {
      // A request that was refused outright was not billed; any other may have been, so its reservation stays and counts as spent.
      const { status } = asPipelineError(thrown);
      if (status !== undefined && status >= 400 && status < 500) {
        await state.settle(reservation, { usd: 0, tokensIn: 0, tokensOut: 0 });
      }
      throw thrown;
    }
  };

  const keep = (
    answer: LabelAnswer,
    requests: readonly LabelRequest[],
    pack: readonly Text[],
    outcomes: Map<string, LabelledText>,
  ): void => {
    const share = (total: number): number => total / pack.length;
    for (const outcome of answer.outcomes) {
      const text = pack[requests.findIndex(({ id }) => id === outcome.id)];
      if (text === undefined) continue;
      outcomes.set(text.hash, {
        status: outcome.status,
        reason: outcome.status === 'labelled' ? null : outcome.reason,
        label: outcome.status === 'labelled' ? outcome.label : null,
        provider: provider?.name ?? null,
        model: answer.model,
        priceVersion: provider?.priceVersion ?? null,
        cached: false,
        tokensIn: Math.round(share(answer.tokensIn)),
        tokensOut: Math.round(share(answer.tokensOut)),
        tokensCached: Math.round(share(answer.tokensCached)),
        costUsd: share(answer.costUsd),
      });
    }
  };

  const bisect = async (
    model: LabelProvider,
    pack: readonly Text[],
    error: PipelineError,
    outcomes: Map<string, LabelledText>,
  ): Promise<void> => {
    const [only] = pack;
    if (pack.length === 1 && only !== undefined) {
      outcomes.set(only.hash, without('failed', error.code, model));
      return;
    }
    const half = Math.ceil(pack.length / 2);
    await send(model, pack.slice(0, half), outcomes);
    await send(model, pack.slice(half), outcomes);
  };

  return {
    get stopped() {
      return stopped;
    },
    get costUsd() {
      return costUsd;
    },
    async label(batch) {
      if (provider === undefined) return batch.map((utterance) => offline(labeller, utterance));
      const outcomes = await fromCache(state, labeller, provider, batch);
      const texts = new Map<string, Text>();
      for (const { contentHash, text, language } of batch) {
        if (!outcomes.has(contentHash))
          texts.set(contentHash, {
            hash: contentHash,
            text: text.slice(0, labeller.maxCharacters).toWellFormed(),
            language,
          });
      }
      const limit = pLimit(CONCURRENCY);
      await Promise.all(
        packs([...texts.values()], labeller).map((pack) => limit(() => send(provider, pack, outcomes))),
      );
      const first = new Set<string>();
      return batch.map(({ contentHash }): LabelledText => {
        const outcome = outcomes.get(contentHash);
        if (outcome === undefined) {
          const status = stopped?.code === 'label.budget' ? 'skipped_budget' : 'pending';
          return without(status, stopped?.code ?? 'label.interrupted', undefined);
        }
        // Equal texts of one batch are asked once; only the first of them carries the cost.
        if (outcome.cached || !first.has(contentHash)) {
          first.add(contentHash);
          return outcome;
        }
        return {
          ...outcome,
          cached: outcome.label !== null,
          tokensIn: 0,
          tokensOut: 0,
          tokensCached: 0,
          costUsd: 0,
        };
      });
    },
  };
}

/** US dollars a UTC day; 5 where nothing is set, so that a forgotten setting cannot run up a bill. */
function dailyCap(setting: string | undefined): number {
  const usd = Number(setting ?? '');
  return setting === undefined || setting.trim() === '' || !Number.isFinite(usd) || usd < 0 ? 5 : usd;
}
