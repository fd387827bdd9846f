// The labels that were paid for, by text, prompt and model, so that no text is paid for twice.

import { stableHash } from './ids.ts';
import type { Asking, Text } from './label-packs.ts';
import { again, type LabelledText, wasRepaired } from './labelled-text.ts';
import type { CachedLabel, LabelAnswer, LabelProvider, State } from './types.ts';

/** Whose cache it is: a label counts for the model that was asked for it. */
type CacheOwner = Pick<LabelProvider, 'name' | 'model' | 'priceVersion'>;

/** What any provider of its route said of each text before, by content hash; the first choice's word counts most. */
export async function fromCache(
  state: State,
  promptVersion: string,
  texts: readonly { readonly hash: string; readonly route: readonly LabelProvider[] }[],
): Promise<Map<string, LabelledText>> {
  const keys = new Map<string, { hash: string; provider: LabelProvider; choice: number }>();
  for (const { hash, route } of texts) {
    route.forEach((provider, choice) => {
      keys.set(labelKey(hash, promptVersion, provider), { hash, provider, choice });
    });
  }
  const found = await state.cachedLabels([...keys.keys()]);
  const outcomes = new Map<string, LabelledText>();
  // In the order of the choices, which the keys of one text were put in.
  for (const [key, { hash, provider, choice }] of keys) {
    const cached = found.get(key);
    if (cached !== undefined && !outcomes.has(hash)) outcomes.set(hash, again(cached, provider, choice > 0));
  }
  return outcomes;
}

/** What an answer adds to the cache. Only labels: a refusal may be another model's answer tomorrow. */
export function toCache(
  owner: CacheOwner,
  promptVersion: string,
  texts: Asking['texts'] | ReadonlyMap<string, { readonly text: Pick<Text, 'hash'> }>,
  answer: LabelAnswer,
): ReadonlyMap<string, CachedLabel> {
  const cache = new Map<string, CachedLabel>();
  for (const outcome of answer.outcomes) {
    const hash = texts.get(outcome.id)?.text.hash;
    if (hash === undefined || outcome.status !== 'labelled') continue;
    cache.set(labelKey(hash, promptVersion, owner), {
      label: outcome.label,
      provider: owner.name,
      model: answer.model,
      priceVersion: owner.priceVersion,
      repaired: wasRepaired(outcome, answer),
    });
  }
  return cache;
}

/** The cache key of one text for one model and prompt. */
function labelKey(contentHash: string, promptVersion: string, provider: CacheOwner): string {
  return stableHash(contentHash, promptVersion, provider.name, provider.model);
}
