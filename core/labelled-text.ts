// What becomes of one text on its way to a label: labelled by a model, offline, from the cache, or not, with the reason; and its row.

import type { Asking } from './label-packs.ts';
import type {
  CachedLabel,
  Label,
  LabelAnswer,
  Labeller,
  LabelOutcome,
  LabelProvider,
  LabelStatus,
  Row,
  Unlabelled,
} from './types.ts';

/** What became of one text. */
export interface LabelledText {
  readonly status: LabelStatus;
  readonly reason: string | null;
  readonly label: Label | null;
  readonly provider: string | null;
  /** The model that was asked for. */
  readonly modelAsked: string | null;
  /** The model that answered. */
  readonly model: string | null;
  readonly priceVersion: string | null;
  readonly cached: boolean;
  readonly tokensIn: number | null;
  readonly tokensOut: number | null;
  readonly tokensCached: number | null;
  readonly costUsd: number | null;
  readonly repaired: boolean | null;
  /** Whether another than the first choice of its route answered. */
  readonly fallback: boolean | null;
  readonly batchId: string | null;
  readonly batchPosition: number | null;
  /** Whether a cascade sent it on from the offline model; null where there was no cascade. */
  readonly escalated: boolean | null;
}

const FREE = { tokensIn: 0, tokensOut: 0, tokensCached: 0, costUsd: 0 } as const;
const ALONE = {
  repaired: null,
  fallback: null,
  batchId: null,
  batchPosition: null,
  escalated: null,
} as const;

/** A label that the small model gave. Pure. */
export function offline(labeller: Labeller, { text, language }: Unlabelled): LabelledText {
  return {
    ...ALONE,
    ...FREE,
    status: 'offline',
    reason: null,
    label: labeller.offline(text, language),
    provider: 'offline',
    modelAsked: labeller.offlineModel,
    model: labeller.offlineModel,
    priceVersion: null,
    cached: false,
  };
}

/** The label of an equal text, given earlier; it costs nothing. */
export function again(cached: CachedLabel, provider: LabelProvider, fallback: boolean): LabelledText {
  return {
    ...ALONE,
    ...FREE,
    status: 'labelled',
    reason: null,
    label: cached.label,
    provider: cached.provider,
    modelAsked: provider.model,
    model: cached.model,
    priceVersion: cached.priceVersion,
    cached: true,
    repaired: cached.repaired,
    fallback,
  };
}

/** What a provider said of each text of one request, by content hash; each carries its share of what the request cost. */
export function answered(
  provider: Pick<LabelProvider, 'name' | 'model' | 'priceVersion'>,
  asking: Pick<Asking, 'batchId' | 'texts'>,
  answer: LabelAnswer,
  fallback: boolean,
): ReadonlyMap<string, LabelledText> {
  const share = (total: number): number => total / asking.texts.size;
  const outcomes = new Map<string, LabelledText>();
  for (const outcome of answer.outcomes) {
    const asked = asking.texts.get(outcome.id);
    if (asked === undefined) continue;
    outcomes.set(asked.text.hash, {
      ...told(outcome),
      provider: provider.name,
      modelAsked: provider.model,
      model: answer.model,
      priceVersion: provider.priceVersion,
      cached: false,
      tokensIn: Math.round(share(answer.tokensIn)),
      tokensOut: Math.round(share(answer.tokensOut)),
      tokensCached: Math.round(share(answer.tokensCached)),
      costUsd: share(answer.costUsd),
      repaired: wasRepaired(outcome, answer),
      fallback,
      batchId: asking.batchId,
      batchPosition: asked.position,
      escalated: null,
    });
  }
  return outcomes;
}

/** What is told of the text itself counts more than what is told of its whole pack. */
export function wasRepaired(outcome: LabelOutcome, answer: LabelAnswer): boolean {
  const own = outcome.status === 'labelled' ? outcome.repaired : undefined;
  return own ?? answer.repaired ?? false;
}

function told(outcome: LabelOutcome): Pick<LabelledText, 'status' | 'reason' | 'label'> {
  return outcome.status === 'labelled'
    ? { status: 'labelled', reason: null, label: outcome.label }
    : { status: outcome.status, reason: outcome.reason, label: null };
}

/** No label, and why. */
export function without(
  status: LabelStatus,
  reason: string,
  provider: LabelProvider | undefined,
): LabelledText {
  return {
    ...ALONE,
    status,
    reason,
    label: null,
    provider: provider?.name ?? null,
    modelAsked: provider?.model ?? null,
    model: provider?.model ?? null,
    priceVersion: null,
    cached: false,
    tokensIn: null,
    tokensOut: null,
    tokensCached: null,
    costUsd: null,
  };
}

/** The row of the table `sentiment`. */
export function sentimentRow(
  utterance: Unlabelled,
  labelled: LabelledText,
  promptVersion: string,
  now: Date,
): Row {
  const { label } = labelled;
  return {
    feedback_id: utterance.feedbackId,
    label: label?.label ?? null,
    score: label?.score ?? null,
    confidence: label?.confidence ?? null,
    topics: label?.topics ?? null,
    aspects: label?.aspects?.map(({ topic, label }) => ({ topic, label })) ?? null,
    urgency: label?.urgency ?? null,
    intent: label?.intent ?? null,
    summary: label?.summary ?? null,
    status: labelled.status,
    reason: labelled.reason,
    provider: labelled.provider,
    model_asked: labelled.modelAsked,
    model: labelled.model,
    prompt_version: promptVersion,
    content_hash: utterance.contentHash,
    cached: labelled.cached,
    tokens_in: labelled.tokensIn,
    tokens_out: labelled.tokensOut,
    tokens_cached: labelled.tokensCached,
    cost_usd: labelled.costUsd,
    price_version: labelled.priceVersion,
    repaired: labelled.repaired,
    fallback: labelled.fallback,
    escalated: labelled.escalated,
    batch_id: labelled.batchId,
    batch_position: labelled.batchPosition,
    labelled_at: now.toISOString(),
  };
}
