// Labels texts: the small model where it is sure, the cache, then packs for the providers of each text's route, within the budget.

import pLimit from 'p-limit';
import type { StreamContext } from './context.ts';
import type { PipelineError } from './errors.ts';
import { createAsker, reportOf } from './label-asker.ts';
import { type Breaker, createBreaker } from './label-breaker.ts';
import type { CapReached, LabelBudget } from './label-budget.ts';
import { fromCache } from './label-cache.ts';
import type { Cascade } from './label-cascade.ts';
import { type Chance, packs, type Text } from './label-packs.ts';
import { answered, type LabelledText, offline, without } from './labelled-text.ts';
import type {
  ErrorReport,
  Labeller,
  LabelProvider,
  LabelRoutes,
  LogFields,
  State,
  Unlabelled,
} from './types.ts';

export type Route = readonly LabelProvider[];

export interface LabelDesk {
  /** One outcome for each utterance, in order. Never throws for what a model does. */
  label(batch: readonly Unlabelled[]): Promise<readonly LabelledText[]>;
  /** Why some texts wait that could have been labelled; null while all is well. */
  readonly stopped: ErrorReport | null;
  /** Nobody is left to be asked in this run. */
  readonly exhausted: boolean;
}

/** Hands texts over to be answered later: what it takes has an outcome, and is not asked live. */
export type HandOver = (
  texts: readonly { readonly text: Text; readonly route: Route }[],
  failed: (provider: LabelProvider, why: CapReached | PipelineError) => void,
) => Promise<ReadonlyMap<string, LabelledText>>;

export interface LabelDeskOptions {
  readonly labeller: Labeller;
  /** Undefined without a key: then the small model labels everything. */
  readonly routes: LabelRoutes | undefined;
  readonly context: StreamContext;
  readonly state: State;
  readonly budget: LabelBudget;
  /** Which texts go on from the small model; all of them without. */
  readonly cascade?: Cascade | undefined;
  /** Known already, by content hash: answers of a batch that were just collected. */
  readonly collected?: ReadonlyMap<string, LabelledText>;
  readonly handOver?: HandOver | undefined;
  readonly onEvent?: ((event: string, fields: LogFields) => void) | undefined;
  readonly chance?: Chance | undefined;
}

/** Requests under way at once. */
const CONCURRENCY = 4;

/** A desk for one enrichment run. */
export function createLabelDesk(options: LabelDeskOptions): LabelDesk {
  const { labeller, routes, context, state, chance = Math.random } = options;
  const collected = new Map(options.collected);
  const breakers = new Map<LabelProvider, Breaker>(
    routes?.providers.map((provider) => [provider, createBreaker(context.clock)]),
  );
  /** Why nobody at all is asked any more: a cap of the run or of the day. */
  let closed: ErrorReport | null = null;
  let firstTrouble: ErrorReport | null = null;

  const outOfMoney = ({ what }: CapReached): ErrorReport => ({
    kind: 'config',
    code: 'label.budget',
    message: `Labelling stopped at ${what}.`,
    hint: 'The texts wait for tomorrow; raise LLM_DAILY_BUDGET_USD to go on today.',
  });

  const tell = (provider: string, report: ErrorReport): void => {
    if (firstTrouble === null) options.onEvent?.('labels.stopping', { provider, code: report.code });
    firstTrouble ??= report;
  };

  /** No more of it in this run: a provider's own cap leaves the others free, every other cap ends the run. */
  const endFor = (provider: LabelProvider, why: CapReached | PipelineError): void => {
    const report = 'cap' in why ? outOfMoney(why) : reportOf(why);
    if ('cap' in why && why.cap !== 'provider') closed ??= report;
    else breakers.get(provider)?.trip(report, 'this run');
    tell(provider.name, report);
  };

  const ask = createAsker({ ...options, chance, endFor, tell });

  /** Why a text of this route got no answer. */
  const trouble = (route: Route): ErrorReport | null => {
    const reasons = route.flatMap((provider) => breakers.get(provider)?.open ?? []);
    return closed ?? reasons[0] ?? firstTrouble;
  };

  /** Asks the choices of a route in turn, in halves where an answer cannot be used; fills `outcomes` by content hash. */
  const send = async (
    route: Route,
    choice: number,
    pack: readonly Text[],
    outcomes: Map<string, LabelledText>,
  ): Promise<void> => {
    const provider = route[choice];
    const breaker = provider === undefined ? undefined : breakers.get(provider);
    if (provider === undefined || breaker === undefined || closed !== null || context.signal.aborted) return;
    const next = (): Promise<void> => send(route, choice + 1, pack, outcomes);
    if (breaker.open !== null) return next();
    const result = await ask(provider, breaker, pack);
    if (result === 'closed') return;
    if (result === 'unavailable') return next();
    if (!('code' in result)) {
      const told = answered(provider, result.asking, result.answer, choice > 0);
      for (const [hash, outcome] of told) outcomes.set(hash, outcome);
      const refused = pack.filter(({ hash }) => outcomes.get(hash)?.label === null);
      // What one model will not label another may.
      for (const one of refused) await send(route, choice + 1, [one], outcomes);
      return;
    }
    const [only] = pack;
    if (pack.length === 1 && only !== undefined) {
      outcomes.set(only.hash, without('failed', result.code, provider));
      return next();
    }
    const half = Math.ceil(pack.length / 2);
    await send(route, choice, pack.slice(0, half), outcomes);
    await send(route, choice, pack.slice(half), outcomes);
  };

  /** What is still to be asked, by route; equal texts once. */
  const sendAll = async (
    waiting: ReadonlyMap<string, { readonly text: Text; readonly route: Route }>,
    outcomes: Map<string, LabelledText>,
  ): Promise<void> => {
    const byRoute = new Map<Route, Text[]>();
    for (const { text, route } of waiting.values()) {
      const texts = byRoute.get(route);
      if (texts === undefined) byRoute.set(route, [text]);
      else texts.push(text);
    }
    const limit = pLimit(CONCURRENCY);
    await Promise.all(
      [...byRoute].flatMap(([route, texts]) =>
        packs(texts, labeller).map((pack) => limit(() => send(route, 0, pack, outcomes))),
      ),
    );
  };

  return {
    get stopped() {
      return firstTrouble;
    },
    get exhausted() {
      return closed !== null || (routes !== undefined && [...breakers.values()].every(({ open }) => open));
    },
    async label(batch) {
      if (routes === undefined) return batch.map((utterance) => offline(labeller, utterance));
      const outcomes = new Map<string, LabelledText>();
      const texts = distinct(batch, labeller, routes);
      for (const [hash, known] of await fromCache(state, labeller.promptVersion, texts))
        outcomes.set(hash, known);
      for (const { hash } of texts) {
        const answer = collected.get(hash);
        if (answer === undefined) continue;
        outcomes.set(hash, answer);
        // Its cost is told once: an equal text further on takes the label from the cache.
        collected.delete(hash);
      }
      const unknown = texts.filter(({ hash }) => !outcomes.has(hash));
      const underWay = await state.underWay(
        unknown.map(({ hash }) => hash),
        labeller.promptVersion,
      );
      /** The label that a text of a cascade has anyway. */
      const own = new Map<string, LabelledText>();
      const waiting = new Map<string, { text: Text; route: Route }>();
      for (const { hash, text, route, utterance } of unknown) {
        if (options.cascade !== undefined || route.length === 0) own.set(hash, offline(labeller, utterance));
        const label = own.get(hash)?.label;
        if (route.length === 0 || (label && options.cascade?.takes(utterance, label) === false)) continue;
        if (underWay.has(hash)) outcomes.set(hash, without('pending', 'label.in_batch', undefined));
        else waiting.set(hash, { text, route });
      }
      for (const [hash, taken] of (await options.handOver?.([...waiting.values()], endFor)) ?? []) {
        outcomes.set(hash, taken);
        waiting.delete(hash);
      }
      await sendAll(waiting, outcomes);
      const routeOf = new Map(texts.map(({ hash, route }) => [hash, route]));
      return inOrder(batch, (utterance) => {
        const { contentHash } = utterance;
        const outcome = outcomes.get(contentHash);
        const offlineLabel = own.get(contentHash);
        const asked = outcome !== undefined || waiting.has(contentHash);
        const escalated = options.cascade === undefined ? null : asked;
        if (!asked && offlineLabel !== undefined) return { ...offlineLabel, escalated };
        if (outcome === undefined) {
          const reason = trouble(routeOf.get(contentHash) ?? [])?.code ?? 'label.interrupted';
          const status = reason === 'label.budget' ? 'skipped_budget' : 'pending';
          return { ...without(status, reason, undefined), escalated };
        }
        // In a cascade a text that no provider labels keeps the label that it had.
        const keeps = outcome.label === null && outcome.status !== 'pending' && options.cascade !== undefined;
        if (keeps && offlineLabel !== undefined)
          return { ...offlineLabel, reason: outcome.reason, escalated };
        return { ...outcome, escalated };
      });
    },
  };
}

/** The texts of a batch, equal ones once, cut to what a model takes, with whom to ask. */
function distinct(
  batch: readonly Unlabelled[],
  labeller: Labeller,
  routes: LabelRoutes,
): readonly { hash: string; text: Text; route: Route; utterance: Unlabelled }[] {
  const texts = new Map<string, { hash: string; text: Text; route: Route; utterance: Unlabelled }>();
  for (const utterance of batch) {
    const { contentHash: hash, language } = utterance;
    if (texts.has(hash)) continue;
    const text = { hash, text: cutText(utterance.text, labeller.maxCharacters), language };
    texts.set(hash, { hash, text, route: routes.of(language), utterance });
  }
  return [...texts.values()];
}

/** As much of a text as a model takes, with no half of a character at its end. */
export function cutText(text: string, maxCharacters: number): string {
  return text.slice(0, maxCharacters).toWellFormed();
}

/** Equal texts of one batch are asked once; only the first of them carries the cost. */
function inOrder(
  batch: readonly Unlabelled[],
  outcomeOf: (utterance: Unlabelled) => LabelledText,
): readonly LabelledText[] {
  const carried = new Set<string>();
  return batch.map((utterance) => {
    const outcome = outcomeOf(utterance);
    if (outcome.cached || outcome.status === 'offline' || !carried.has(utterance.contentHash)) {
      carried.add(utterance.contentHash);
      return outcome;
    }
    const free = { tokensIn: 0, tokensOut: 0, tokensCached: 0, costUsd: 0 };
    return outcome.costUsd === null ? outcome : { ...outcome, ...free, cached: outcome.label !== null };
  });
}
