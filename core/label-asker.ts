// Asks one provider about one pack, in as many tries as make sense, and books what that costs.

import type { StreamContext } from './context.ts';
import { asPipelineError, type PipelineError } from './errors.ts';
import { failpoint } from './failpoint.ts';
import type { Breaker } from './label-breaker.ts';
import type { CapReached, LabelBudget } from './label-budget.ts';
import { toCache } from './label-cache.ts';
import { type Asking, type Chance, layOut, scriptOf, type Text } from './label-packs.ts';
import type {
  ErrorReport,
  LabelAnswer,
  Labeller,
  LabelProvider,
  LogFields,
  Reservation,
  State,
} from './types.ts';
import { toReport } from './verdict.ts';

/**
 * The answer, or why there is none: a data error asks for halves, `unavailable` for the next choice; `closed` says that this run
 * asks nobody any more. Never throws for what a model does.
 */
export type Ask = (
  provider: LabelProvider,
  breaker: Breaker,
  pack: readonly Text[],
) => Promise<
  { readonly asking: Asking; readonly answer: LabelAnswer } | PipelineError | 'unavailable' | 'closed'
>;

/** A wait longer than this is left to the next run. */
const LONGEST_WAIT_MS = 60_000;
/** Tries of one pack, for passing failures. */
const TRIES = 3;

export function createAsker(options: {
  readonly labeller: Labeller;
  readonly context: StreamContext;
  readonly state: State;
  readonly budget: LabelBudget;
  readonly chance: Chance;
  /** No more of this provider, or of any where a cap of all is reached, in this run. */
  readonly endFor: (provider: LabelProvider, why: CapReached | PipelineError) => void;
  readonly tell: (provider: string, report: ErrorReport) => void;
  readonly onEvent?: ((event: string, fields: LogFields) => void) | undefined;
}): Ask {
  const { labeller, context, state, budget, chance, endFor, tell } = options;

  /** One provider, in as many tries as make sense: its answer, or why there is none; a data error asks for halves. */
  const ask: Ask = async (
    provider: LabelProvider,
    breaker: Breaker,
    pack: readonly Text[],
  ): Promise<
    { readonly asking: Asking; readonly answer: LabelAnswer } | PipelineError | 'unavailable' | 'closed'
  > => {
    let canaries = labeller.canaries ?? [];
    for (let attempt = 1; ; attempt++) {
      const asking = layOut(pack, canaries, chance);
      try {
        const paid = await pay(provider, asking);
        if ('cap' in paid) {
          endFor(provider, paid);
          return paid.cap === 'provider' ? 'unavailable' : 'closed';
        }
        breaker.succeeded();
        if (!canaryIsWrong(asking, paid.answer)) return { asking, answer: paid.answer };
        context.log.warn('label.canary_wrong', { provider: provider.name, model: paid.answer.model });
        options.onEvent?.('labels.canary_wrong', { provider: provider.name, model: paid.answer.model });
        // Asked again once; what comes then counts.
        canaries = [];
        attempt -= 1;
      } catch (thrown) {
        const error = asPipelineError(thrown);
        if (context.signal.aborted) return 'closed';
        if (error.kind === 'data') {
          breaker.succeeded();
          return error;
        }
        const waitMs = Math.max(error.retryAfterMs ?? 0, 500 * 2 ** attempt);
        const report = reportOf(error);
        if (error.kind !== 'transient') {
          endFor(provider, error);
          return 'unavailable';
        }
        if (breaker.failed(report) || attempt >= TRIES || waitMs > LONGEST_WAIT_MS) {
          if (breaker.open === null) breaker.trip(report, 'a while');
          tell(provider.name, report);
          return 'unavailable';
        }
        await context.clock.sleep(waitMs, context.signal);
      }
    }
  };

  /** Reserves, asks, caches, settles, in this order: a crash in between costs at most this pack a second time. */
  const pay = async (
    provider: LabelProvider,
    asking: Asking,
  ): Promise<{ readonly answer: LabelAnswer } | CapReached> => {
    const expected = provider.expect?.(asking.requests);
    const reservation = await budget.reserve(
      provider.name,
      provider.estimateUsd(asking.requests),
      expected === undefined
        ? undefined
        : { model: provider.model, script: scriptOf(asking.requests), ...expected },
    );
    if ('cap' in reservation) return reservation;
    failpoint('label.reserved');
    return { answer: await askReserved(provider, asking, reservation) };
  };

  const askReserved = async (
    provider: LabelProvider,
    asking: Asking,
    reservation: Reservation,
  ): Promise<LabelAnswer> => {
    try {
      const answer = await provider.label(asking.requests, context);
      failpoint('label.answered');
      if (!canaryIsWrong(asking, answer))
        await state.cacheLabels(toCache(provider, labeller.promptVersion, asking.texts, answer));
      failpoint('label.cached');
      const { costUsd: usd, tokensIn, tokensOut } = answer;
      await budget.settle(reservation, { usd, tokensIn, tokensOut });
      failpoint('label.settled');
      return answer;
    } catch (thrown) {
      // A request that was refused outright was not billed; any other may have been, so its reservation stays and counts as spent.
      const { status, billed } = asPipelineError(thrown);
      if (billed !== undefined) await budget.settle(reservation, billed);
      else if (status !== undefined && status >= 400 && status < 500)
        await budget.settle(reservation, { usd: 0, tokensIn: 0, tokensOut: 0 });
      throw thrown;
    }
  };

  return ask;
}

function canaryIsWrong({ canary }: Asking, answer: LabelAnswer): boolean {
  if (canary === undefined) return false;
  const said = answer.outcomes.find(({ id }) => id === canary.id);
  return said === undefined || said.status !== 'labelled' || said.label.label !== canary.label;
}

/** For the operator: what waits is completed later, what is wrong must be set right. */
export function reportOf(error: PipelineError): ErrorReport {
  const hint =
    error.kind === 'transient'
      ? 'The texts wait; `pipeline enrich` or the next run completes them.'
      : (error.hint ?? 'Set it right, then run `pipeline enrich`.');
  return { ...toReport(error), hint };
}
