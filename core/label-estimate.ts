// What labelling the queue would cost: read like a run would read it, corrected by what past requests did cost, nothing sent.

import { fromCache } from './label-cache.ts';
import type { Cascade } from './label-cascade.ts';
import { cutText, type Route } from './label-desk.ts';
import { packs, scriptOf, type Text } from './label-packs.ts';
import type { Labeller, LabelProvider, LabelRoutes, PastUsage, State, Unlabelled } from './types.ts';

/** What one provider would be asked. */
export interface ProviderEstimate {
  readonly provider: string;
  readonly model: string;
  readonly records: number;
  readonly texts: number;
  readonly requests: number;
  /** In and out, as expected. */
  readonly tokens: number;
  /** As expected. */
  readonly usd: number;
  /** What would be set aside for it, request by request, and is never passed. */
  readonly atMostUsd: number;
}

export interface Estimate {
  /** Utterances that wait. */
  readonly waiting: number;
  /** Different texts among them. */
  readonly texts: number;
  /** Of the texts: labelled already, for an equal text. */
  readonly cached: number;
  /** Of the texts: left to the small model. */
  readonly offline: number;
  /** Of the texts: in a batch that was handed over. */
  readonly underWay: number;
  readonly tokens: number;
  readonly usd: number;
  readonly atMostUsd: number;
  readonly providers: readonly ProviderEstimate[];
}

/** Requests that the correction looks back on. */
const PAST_REQUESTS = 200;
/** How much less each older request counts: after 34 of them half. */
const FADING = 0.98;
/** The expectation itself counts like so many requests. */
const PRIOR_REQUESTS = 3;

/** Corrects an expectation by script; 1 is no correction. */
export type Correction = (script: string) => { readonly tokens: number; readonly usd: number };

/** Ratios of what was to what was expected, faded with age (an exponentially weighted mean), for each script of a model. */
export function correctionFrom(past: readonly PastUsage[]): Correction {
  const ratios = new Map<string, { readonly tokens: number; readonly usd: number }>();
  const ratioOf = (some: readonly PastUsage[]): { readonly tokens: number; readonly usd: number } => {
    const mean = { tokens: 0, usd: 0 };
    for (const { expected } of some) {
      mean.tokens += expected.tokens / some.length;
      mean.usd += expected.usd / some.length;
    }
    let [tokens, usd] = [PRIOR_REQUESTS * mean.tokens, PRIOR_REQUESTS * mean.usd];
    let [expectedTokens, expectedUsd] = [tokens, usd];
    let weight = 1;
    for (const one of some) {
      tokens += weight * one.tokens;
      usd += weight * one.usd;
      expectedTokens += weight * one.expected.tokens;
      expectedUsd += weight * one.expected.usd;
      weight *= FADING;
    }
    return {
      tokens: expectedTokens > 0 ? tokens / expectedTokens : 1,
      usd: expectedUsd > 0 ? usd / expectedUsd : 1,
    };
  };
  const all = ratioOf(past);
  return (script) => {
    const known = ratios.get(script);
    if (known !== undefined) return known;
    const own = past.filter(({ expected }) => expected.script === script);
    const ratio = own.length === 0 ? all : ratioOf(own);
    ratios.set(script, ratio);
    return ratio;
  };
}

/** Sums up a queue, part by part, as a run would label it: the parts must be those that a run takes. */
export function createEstimator(options: {
  readonly labeller: Labeller;
  readonly routes: LabelRoutes | undefined;
  readonly state: State;
  readonly cascade: Cascade | undefined;
  /** Whether what can wait goes to the batch interfaces. */
  readonly batch: boolean;
}): { add(part: readonly Unlabelled[]): Promise<void>; total(): Estimate } {
  const { labeller, routes, state, cascade } = options;
  const corrections = new Map<LabelProvider, Correction>();
  /** Whom each text went to, so that its further records count there. */
  const seen = new Map<string, LabelProvider | undefined>();
  const byProvider = new Map<
    LabelProvider,
    { -readonly [name in keyof ProviderEstimate]: ProviderEstimate[name] }
  >();
  const counts = { waiting: 0, texts: 0, cached: 0, offline: 0, underWay: 0 };

  const correctionOf = async (provider: LabelProvider): Promise<Correction> => {
    const known = corrections.get(provider);
    if (known !== undefined) return known;
    const { name, model } = provider;
    const past = await state.pastUsage({ provider: name, model, limit: PAST_REQUESTS });
    const correction = correctionFrom(past);
    corrections.set(provider, correction);
    return correction;
  };

  const sumOf = (provider: LabelProvider) => {
    const known = byProvider.get(provider);
    if (known !== undefined) return known;
    const { name, model } = provider;
    const sum = { provider: name, model, records: 0, texts: 0, requests: 0, tokens: 0, usd: 0, atMostUsd: 0 };
    byProvider.set(provider, sum);
    return sum;
  };

  const addPacks = async (provider: LabelProvider, texts: readonly Text[]): Promise<void> => {
    const sum = sumOf(provider);
    const correction = await correctionOf(provider);
    const share = options.batch ? (provider.batches?.priceShare ?? 1) : 1;
    for (const pack of packs(texts, labeller)) {
      const requests = pack.map(({ hash, text, language }) => ({ id: hash.slice(0, 12), text, language }));
      const mostUsd = provider.estimateUsd(requests) * share;
      const expected = provider.expect?.(requests);
      const ratio = correction(scriptOf(requests));
      sum.requests += 1;
      sum.texts += pack.length;
      sum.tokens += Math.round((expected?.tokens ?? 0) * ratio.tokens);
      sum.usd += expected === undefined ? mostUsd : Math.min(mostUsd, expected.usd * ratio.usd * share);
      sum.atMostUsd += mostUsd;
    }
  };

  return {
    async add(part) {
      counts.waiting += part.length;
      const fresh: { hash: string; text: Text; route: Route; utterance: Unlabelled }[] = [];
      for (const utterance of part) {
        const { contentHash: hash, language } = utterance;
        if (seen.has(hash)) continue;
        seen.set(hash, undefined);
        const text = { hash, text: cutText(utterance.text, labeller.maxCharacters), language };
        fresh.push({ hash, text, route: routes?.of(language) ?? [], utterance });
      }
      counts.texts += fresh.length;
      const cached = await fromCache(state, labeller.promptVersion, fresh);
      const underWay = await state.underWay(
        fresh.map(({ hash }) => hash),
        labeller.promptVersion,
      );
      const byRoute = new Map<Route, Text[]>();
      for (const { hash, text, route, utterance } of fresh) {
        const [first] = route;
        if (cached.has(hash)) counts.cached += 1;
        else if (first === undefined || !goesOn(utterance)) counts.offline += 1;
        else if (underWay.has(hash)) counts.underWay += 1;
        else {
          seen.set(hash, first);
          const texts = byRoute.get(route);
          if (texts === undefined) byRoute.set(route, [text]);
          else texts.push(text);
        }
      }
      for (const [[first], texts] of byRoute) if (first !== undefined) await addPacks(first, texts);
      for (const { contentHash } of part) {
        const provider = seen.get(contentHash);
        if (provider !== undefined) sumOf(provider).records += 1;
      }
    },
    total() {
      const providers = [...byProvider.values()];
      const sum = (name: 'tokens' | 'usd' | 'atMostUsd') =>
        providers.reduce((total, one) => total + one[name], 0);
      return {
        ...counts,
        tokens: sum('tokens'),
        usd: sum('usd'),
        atMostUsd: sum('atMostUsd'),
        providers,
      };
    },
  };

  function goesOn(utterance: Unlabelled): boolean {
    if (cascade === undefined) return true;
    return cascade.takes(utterance, labeller.offline(utterance.text, utterance.language));
  }
}
