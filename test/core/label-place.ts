// Feedback that waits for labels, and models that are scripted: what the tests of the enrichment lane have in common.

import { enrich, estimate } from '../../core/enrich.ts';
import type { PipelineError } from '../../core/errors.ts';
import { stableHash } from '../../core/ids.ts';
import { pipeline } from '../../core/pipeline.ts';
import type {
  Label,
  LabelAnswer,
  LabelBatches,
  Labeller,
  LabelProvider,
  LabelRequest,
  LabelRoutes,
  LogFields,
  Sink,
  State,
  Transform,
} from '../../core/types.ts';
import { memorySink } from '../../sinks/memory.ts';
import { hastyClock, io, owner, runScripted } from './run-scripted.ts';
import { scripted, thing } from './scripted.ts';

export const NEUTRAL: Label = {
  label: 'neutral',
  score: 0,
  confidence: 0.9,
  topics: [],
  urgency: null,
  intent: null,
  summary: null,
};

/** The least that the enrichment lane needs from the text transforms; what begins with a Latin letter is `en`, with `3` arabizi. */
export const texts: Transform = {
  name: 'test-text',
  version: '1',
  adds: { text_analysis: { type: 'string' }, content_hash: { type: 'string' }, language: { type: 'string' } },
  apply: (rows) =>
    rows.map((row) => {
      const text = String(row['text_original']);
      const language = /^[a-z]/i.test(text) ? 'en' : text.startsWith('3') ? 'arabizi' : 'ar';
      return { ...row, text_analysis: text, content_hash: stableHash(text), language };
    }),
};

export interface Model extends LabelProvider {
  readonly asked: string[][];
  fail: ((texts: readonly string[]) => PipelineError | undefined) | undefined;
  /** What it says of a text; neutral of every one by default. */
  say: ((text: string) => Label['label']) | undefined;
}

/** A model that costs a cent a text and remembers what it was asked. Each test has its own name, so that caches stay apart. */
export function model(name: string): Model {
  const asked: string[][] = [];
  const self: Model = {
    name,
    model: 'test-model',
    priceVersion: 'test',
    asked,
    fail: undefined,
    say: undefined,
    estimateUsd: (pack) => 0.01 * pack.length,
    label: async (pack) => {
      const words = pack.map(({ text }) => text);
      const failure = self.fail?.(words);
      if (failure !== undefined) throw failure;
      asked.push(words);
      return answerOf(pack, self.say);
    },
  };
  return self;
}

function answerOf(pack: readonly LabelRequest[], say: Model['say']): LabelAnswer {
  return {
    outcomes: pack.map(({ id, text }) => ({
      id,
      status: 'labelled',
      label: { ...NEUTRAL, label: say?.(text) ?? 'neutral' },
    })),
    model: 'test-model',
    tokensIn: 10 * pack.length,
    tokensOut: 5 * pack.length,
    tokensCached: 0,
    costUsd: 0.01 * pack.length,
  };
}

export interface BatchVendor {
  readonly batches: LabelBatches;
  /** Everything that was submitted, in order. */
  readonly submitted: { readonly id: string; readonly intent: string; readonly texts: readonly string[] }[];
  /** Whether batches have ended. */
  ended: boolean;
  /** What becomes of a pack in place of an answer. */
  fail: ((texts: readonly string[]) => PipelineError | undefined) | undefined;
  /** Called before and after each of its calls. */
  at: ((moment: string) => void) | undefined;
  invoiceUsd(): number;
}

/** A vendor of batches at half the price, which answers when it is told to. */
export function batchVendor(): BatchVendor {
  const packsOf = new Map<string, ReadonlyMap<string, readonly LabelRequest[]>>();
  const billed = new Map<string, number>();
  const self: BatchVendor = {
    submitted: [],
    ended: false,
    fail: undefined,
    at: undefined,
    invoiceUsd: () => [...billed.values()].reduce((sum, usd) => sum + usd, 0),
    batches: {
      maxRequests: 1000,
      maxBytes: 100_000_000,
      priceShare: 0.5,
      async submit(intent, packs) {
        self.at?.('before submit');
        const id = `vendor-${self.submitted.length + 1}`;
        packsOf.set(id, packs);
        self.submitted.push({ id, intent, texts: [...packs.values()].flat().map(({ text }) => text) });
        self.at?.('after submit');
        return id;
      },
      async find(intent) {
        self.at?.('before find');
        return self.submitted.find((one) => one.intent === intent)?.id;
      },
      async collect(id, packs) {
        self.at?.('before collect');
        if (!self.ended) return undefined;
        const answers = new Map<string, LabelAnswer | ReturnType<typeof report>>();
        for (const [name, pack] of packs) {
          const failure = self.fail?.(pack.map(({ text }) => text));
          const answer = answerOf(packsOf.get(id)?.get(name) ?? [], undefined);
          answers.set(
            name,
            failure === undefined ? { ...answer, costUsd: answer.costUsd / 2 } : report(failure),
          );
        }
        billed.set(
          id,
          [...answers.values()].reduce((sum, one) => sum + ('costUsd' in one ? one.costUsd : 0), 0),
        );
        self.at?.('after collect');
        return answers;
      },
    },
  };
  return self;
}

function report({ kind, code, message }: PipelineError) {
  return { kind, code, message, hint: null };
}

/** Everyone is asked about everything, in this order. */
export function routesTo(...providers: readonly LabelProvider[]): LabelRoutes {
  return { providers, of: () => providers };
}

export function labeller(routes: LabelRoutes | undefined, more: Partial<Labeller> = {}): Labeller {
  return {
    promptVersion: 'p1',
    packSize: 4,
    packTokens: 1000,
    maxCharacters: 1000,
    tokens: (text) => text.length,
    problems: () => [],
    offline: () => ({ ...NEUTRAL, label: 'positive', score: 1 }),
    offlineModel: 'test-lexicon',
    routes: () => routes,
    ...more,
  };
}

let nth = 0;

/** Loads these words as feedback into a fresh memory sink, unlabelled, and returns ways to enrich them. */
export async function loaded(state: State, words: readonly string[], labels: Labeller) {
  const sink = memorySink();
  const name = `t${++nth}`;
  const streams = {
    [name]: {
      feedback: true,
      pages: [{ rows: words.map((text, i) => thing(String(i).padStart(4, '0'), 1, text)) }],
    },
  };
  await runScripted({ state, sink, streams, transforms: [texts], labels: false, labeller: labels });
  const events: { readonly event: string; readonly fields: LogFields }[] = [];
  const optionsFor = (labels: Labeller) => ({
    pipeline: {
      ...pipeline({ name: 'scripted', source: scripted(streams), transforms: [texts], labels }),
      name,
    },
    io: io(hastyClock, { LLM_DAILY_BUDGET_USD: '100000' }),
    state,
    sink,
    owner: owner(),
    signal: new AbortController().signal,
    leaseTtlMs: 30_000,
    onEvent: (event: string, fields: LogFields) => events.push({ event, fields }),
  });
  return {
    sink,
    /** The name of its pipeline. */
    name,
    events,
    enrich: (more: object = {}) => enrich({ ...optionsFor(labels), ...more }),
    enrichBy: (other: Labeller, more: object = {}) => enrich({ ...optionsFor(other), ...more }),
    estimate: (more: object = {}) => estimate({ ...optionsFor(labels), ...more }),
    rows: () => rowsOf(sink),
  };
}

export async function rowsOf(sink: Sink, table = 'sentiment') {
  return (await sink.query(`select * from ${table}`)).rows;
}

/** How many rows are in each status. */
export async function statuses(sink: Sink): Promise<{ readonly [status: string]: number }> {
  const counts: { [status: string]: number } = {};
  for (const row of await rowsOf(sink))
    counts[String(row['status'])] = (counts[String(row['status'])] ?? 0) + 1;
  return counts;
}

export const different = (n: number, what = 'كلام'): readonly string[] =>
  Array.from({ length: n }, (_, i) => `${what} رقم ${i} ${'x'.repeat(i % 7)}`);

/** Numbers that only look random: the same each time. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    // Park and Miller's generator.
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
