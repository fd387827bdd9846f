// The labels that were paid for, by text, prompt and model, so that no text is paid for twice.

import { stableHash } from './ids.ts';
import type { Text } from './label-packs.ts';
import { again, type LabelledText } from './labelled-text.ts';
import type {
  CachedLabel,
  LabelAnswer,
  Labeller,
  LabelProvider,
  LabelRequest,
  State,
  Unlabelled,
} from './types.ts';

/** What is known already of these utterances, by content hash. */
export async function fromCache(
  state: State,
  labeller: Labeller,
  provider: LabelProvider,
  batch: readonly Unlabelled[],
): Promise<Map<string, LabelledText>> {
  const keys = new Map(
    batch.map(({ contentHash }) => [labelKey(contentHash, labeller.promptVersion, provider), contentHash]),
  );
  const found = await state.cachedLabels([...keys.keys()]);
  const outcomes = new Map<string, LabelledText>();
  for (const [key, cached] of found) {
    const hash = keys.get(key);
    if (hash === undefined) continue;
    outcomes.set(hash, again(cached));
  }
  return outcomes;
}

/** What an answer adds to the cache. Only labels: a refusal may be another model's answer tomorrow. */
export function toCache(
  labeller: Labeller,
  model: LabelProvider,
  answer: LabelAnswer,
  requests: readonly LabelRequest[],
  pack: readonly Text[],
): ReadonlyMap<string, CachedLabel> {
  const cache = new Map<string, CachedLabel>();
  for (const outcome of answer.outcomes) {
    const text = pack[requests.findIndex(({ id }) => id === outcome.id)];
    if (text === undefined || outcome.status !== 'labelled') continue;
    cache.set(labelKey(text.hash, labeller.promptVersion, model), {
      label: outcome.label,
      provider: model.name,
      model: answer.model,
      priceVersion: model.priceVersion,
    });
  }
  return cache;
}

/** The cache key of one text for one model and prompt. */
function labelKey(contentHash: string, promptVersion: string, provider: LabelProvider): string {
  return stableHash(contentHash, promptVersion, provider.name, provider.model);
}
