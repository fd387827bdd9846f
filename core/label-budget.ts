// The money that labels may cost: set aside before a request, settled after it, within the caps of the day, of a provider and of a run.

import type { StreamContext } from './context.ts';
import type { Billed } from './errors.ts';
import type { Expected, LogFields, Reservation, State } from './types.ts';

/** Why nothing more may be spent; a provider's own cap leaves the others free. */
export interface CapReached {
  readonly cap: 'run' | 'day' | 'provider';
  /** `the daily budget of 5 USD`, for a sentence to the operator. */
  readonly what: string;
}

export interface LabelBudget {
  reserve(provider: string, usd: number, expected?: Expected): Promise<Reservation | CapReached>;
  /** What it did cost. A reservation that is never settled counts as spent: the request may have been billed. */
  settle(reservation: Reservation, actual: Billed): Promise<void>;
  /** What this run settled so far, in US dollars. */
  readonly costUsd: number;
  /** Sentences for the operator: each cap of which most is used, once. */
  readonly warnings: readonly string[];
}

/** Share of a cap from which on the operator is warned. */
const WARN_FROM = 0.8;
/** US dollars a UTC day where nothing is set, so that a forgotten setting cannot run up a bill. */
const DEFAULT_DAILY_USD = 5;
/** Below what the ledger counts in, and above what floating point adds. */
const TOLERANCE_USD = 1e-9;

/** The budget of one run. */
export function createLabelBudget(options: {
  readonly state: State;
  readonly context: StreamContext;
  readonly runId: string;
  readonly budgetUsd?: number;
  readonly onEvent?: (event: string, fields: LogFields) => void;
}): LabelBudget {
  const { state, context, budgetUsd } = options;
  const capUsd = usdOf(context.env['LLM_DAILY_BUDGET_USD']) ?? DEFAULT_DAILY_USD;
  const warnings: string[] = [];
  const warned = new Set<string>();
  let costUsd = 0;
  let reservedUsd = 0;

  const warn = async (name: string, what: string, takenUsd: number, ofUsd: number): Promise<void> => {
    if (takenUsd < ofUsd * WARN_FROM - TOLERANCE_USD || warned.has(name)) return;
    warned.add(name);
    // Caps of a day are shared by all runs of it: the first of them warns.
    if (name !== 'run' && !(await state.remember(`budget.warned/${name}`, dayOf(context)))) return;
    const percent = Math.floor((100 * takenUsd) / ofUsd + TOLERANCE_USD);
    warnings.push(`Labels used or reserved ${percent} % of ${what}.`);
    context.log.warn('label.budget_nearly_used', { cap: name, usd: ofUsd, percent });
    options.onEvent?.('labels.budget_warned', { cap: name, usd: ofUsd, percent });
  };

  return {
    get costUsd() {
      return costUsd;
    },
    warnings,
    async reserve(provider, usd, expected) {
      // Counted before anything is awaited, so that packs side by side cannot pass this run's budget together.
      if (budgetUsd !== undefined && costUsd + reservedUsd + usd > budgetUsd + TOLERANCE_USD)
        return { cap: 'run', what: `this run's budget of ${budgetUsd} USD` };
      reservedUsd += usd;
      const providerCapUsd = usdOf(context.env[providerBudgetName(provider)]);
      const { reservation, takenUsd, providerTakenUsd } = await state.reserve({
        day: dayOf(context),
        provider,
        usd,
        capUsd,
        ...(providerCapUsd === undefined ? {} : { providerCapUsd }),
        runId: options.runId,
        ...(expected === undefined ? {} : { expected }),
      });
      const ofDay = `the daily budget of ${capUsd} USD`;
      const ofProvider = `the daily budget of ${providerCapUsd} USD for ${provider}`;
      if (reservation === undefined) {
        reservedUsd -= usd;
        return takenUsd + usd > capUsd + TOLERANCE_USD || providerCapUsd === undefined
          ? { cap: 'day', what: ofDay }
          : { cap: 'provider', what: ofProvider };
      }
      reservedUsd += reservation.usd - usd;
      if (budgetUsd !== undefined)
        await warn('run', `this run's budget of ${budgetUsd} USD`, costUsd + reservedUsd, budgetUsd);
      await warn('day', ofDay, takenUsd + reservation.usd, capUsd);
      if (providerCapUsd !== undefined)
        await warn(provider, ofProvider, providerTakenUsd + reservation.usd, providerCapUsd);
      return reservation;
    },
    async settle(reservation, actual) {
      await state.settle(reservation, actual);
      reservedUsd -= reservation.usd;
      costUsd += actual.usd;
    },
  };
}

/** The variable that caps one provider: `LLM_DAILY_BUDGET_USD_OPENAI`. */
export function providerBudgetName(provider: string): string {
  return `LLM_DAILY_BUDGET_USD_${provider.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`;
}

/** A day's money counts in UTC, wherever the run is. */
function dayOf(context: StreamContext): string {
  return context.clock.now().toISOString().slice(0, 10);
}

function usdOf(setting: string | undefined): number | undefined {
  const usd = Number(setting ?? '');
  return setting === undefined || setting.trim() === '' || !Number.isFinite(usd) || usd < 0 ? undefined : usd;
}
