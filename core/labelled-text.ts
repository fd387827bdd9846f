// What becomes of one text on its way to a label: labelled by a model, offline, from the cache, or not, with the reason.

import type { CachedLabel, Label, Labeller, LabelProvider, LabelStatus, Unlabelled } from './types.ts';

/** What became of one text. */
export interface LabelledText {
  readonly status: LabelStatus;
  readonly reason: string | null;
  readonly label: Label | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly priceVersion: string | null;
  readonly cached: boolean;
  readonly tokensIn: number | null;
  readonly tokensOut: number | null;
  readonly tokensCached: number | null;
  readonly costUsd: number | null;
}

/** A label that the small model gave. Pure. */
export function offline(labeller: Labeller, { text, language }: Unlabelled): LabelledText {
  return {
    status: 'offline',
    reason: null,
    label: labeller.offline(text, language),
    provider: 'offline',
    model: labeller.offlineModel,
    priceVersion: null,
    cached: false,
    tokensIn: 0,
    tokensOut: 0,
    tokensCached: 0,
    costUsd: 0,
  };
}

/** The label of an equal text, given earlier; it costs nothing. */
export function again(cached: CachedLabel): LabelledText {
  return {
    status: 'labelled',
    reason: null,
    label: cached.label,
    provider: cached.provider,
    model: cached.model,
    priceVersion: cached.priceVersion,
    cached: true,
    tokensIn: 0,
    tokensOut: 0,
    tokensCached: 0,
    costUsd: 0,
  };
}

/** No label, and why. */
export function without(
  status: LabelStatus,
  reason: string,
  provider: LabelProvider | undefined,
): LabelledText {
  return {
    status,
    reason,
    label: null,
    provider: provider?.name ?? null,
    model: provider?.model ?? null,
    priceVersion: null,
    cached: false,
    tokensIn: null,
    tokensOut: null,
    tokensCached: null,
    costUsd: null,
  };
}
