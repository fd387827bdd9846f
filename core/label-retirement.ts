// Models are retired by their vendors, with notice: once a day each provider's list is read, and the operator is warned in time.

import type { StreamContext } from './context.ts';
import { asPipelineError } from './errors.ts';
import type { LabelProvider, LogFields, State } from './types.ts';

/** Days before the end on which the operator is warned, the last first. */
const WARN_DAYS = [7, 30, 90] as const;

export interface Retirement {
  readonly provider: string;
  readonly model: string;
  /** `2027-01-14` */
  readonly on: string;
  /** Negative once it is over. */
  readonly daysLeft: number;
}

/**
 * Looks at most once a day, whatever the number of runs; each warning is told once, as event `labels.model_retires`. A list that
 * cannot be read holds up nothing: the next day looks again.
 */
export async function checkRetirement(options: {
  readonly providers: readonly LabelProvider[];
  readonly state: State;
  readonly context: StreamContext;
  readonly onEvent?: ((event: string, fields: LogFields) => void) | undefined;
}): Promise<readonly Retirement[]> {
  const { state, context } = options;
  const now = context.clock.now();
  const told: Retirement[] = [];
  for (const provider of options.providers) {
    if (provider.retiresOn === undefined) continue;
    const { name, model } = provider;
    if (!(await state.remember(noteName('looked', provider), now.toISOString().slice(0, 10)))) continue;
    try {
      await state.remember(noteName('on', provider), (await provider.retiresOn(context)) ?? '');
    } catch (thrown) {
      const { kind, code } = asPipelineError(thrown);
      if (kind === 'bug' || context.signal.aborted) throw thrown;
      context.log.info('label.retirement_unknown', { provider: name, model, code });
    }
    const retirement = await retirementOf(state, provider, now);
    const threshold = WARN_DAYS.find((days) => (retirement?.daysLeft ?? Number.POSITIVE_INFINITY) <= days);
    if (retirement === undefined || threshold === undefined) continue;
    if (!(await state.remember(noteName('warned', provider), `${retirement.on} ${threshold}`))) continue;
    const { on, daysLeft } = retirement;
    context.log.warn('label.model_retires', { provider: name, model, on, daysLeft });
    options.onEvent?.('labels.model_retires', { provider: name, model, on, daysLeft });
    told.push(retirement);
  }
  return told;
}

/** What was read of a model at the last look; undefined where no end is known. */
export async function retirementOf(
  state: Pick<State, 'remembered'>,
  provider: Pick<LabelProvider, 'name' | 'model'>,
  now: Date,
): Promise<Retirement | undefined> {
  const on = await state.remembered(noteName('on', provider));
  const endMs = Date.parse(on ?? '');
  if (on === undefined || Number.isNaN(endMs)) return undefined;
  const daysLeft = Math.ceil((endMs - now.getTime()) / 86_400_000);
  return { provider: provider.name, model: provider.model, on, daysLeft };
}

/** One sentence for the operator. */
export function retirementText({ provider, model, on, daysLeft }: Retirement): string {
  const when = daysLeft > 0 ? `ends ${model} on ${on}, in ${daysLeft} days` : `ended ${model} on ${on}`;
  return `${provider} ${when}: choose its successor, and label anew with \`pipeline enrich --stale\`.`;
}

function noteName(what: string, { name, model }: Pick<LabelProvider, 'name' | 'model'>): string {
  return `retirement.${what}/${name}/${model}`;
}
