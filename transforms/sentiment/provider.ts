// What all label providers share: the question, how its answer is judged, and what it costs. A vendor's file is only the wire.

import { asPipelineError, type Billed, PipelineError } from '../../core/errors.ts';
import type {
  Context,
  ErrorReport,
  LabelAnswer,
  LabelBatches,
  LabelProvider,
  LabelRequest,
} from '../../core/types.ts';
import { toReport } from '../../core/verdict.ts';
import { expectedCost } from './expected-cost.ts';
import { costUsd, type ModelPrice, mostTokens, type Usage } from './prices.ts';
import { question } from './prompt.ts';
import { TOPICS, type Topic } from './topics.ts';

/** One question to a model, in no vendor's shape. */
export interface ModelRequest {
  readonly system: string;
  /** The same with the shape of the answer in words, for servers that take no schema. */
  readonly plainSystem: string;
  readonly user: string;
  /** JSON Schema of the answer: flat, all required, nothing besides, which every vendor with structured output accepts. */
  readonly schema: object;
  /** Tokens of prompt, schema and texts, at most; for limits that count them. */
  readonly inputTokens: number;
  /** Room that the answer must be given. */
  readonly outputTokens: number;
}

/** What a model answered, in no vendor's shape. */
export interface ModelReply {
  /** The answer as it was written, whole or cut; empty where there is none. */
  readonly text: string;
  /** `truncated`: cut at a limit. `refused`: the model would not. `filtered`: the vendor's content rules cut it off. */
  readonly ended: 'complete' | 'truncated' | 'refused' | 'filtered';
  /** The model that answered, where the vendor says so. */
  readonly model?: string;
  /** Tokens as billed; without it the upper bound is booked. */
  readonly usage?: Usage;
}

/** A model behind a vendor's API: the wire and nothing else. */
export interface Model {
  /** Stands in the column `provider`. */
  readonly name: string;
  readonly model: string;
  readonly price: ModelPrice;
  /**
   * One question, asked once: tries and waits belong to the engine. Throws PipelineError: transient `label.unavailable` or
   * `label.rate_limited` (with `retryAfterMs`), config `label.no_money`, `label.unauthorized` or `label.model_gone`, data
   * `label.refused` where content rules decline the request before it is answered, data `label.rejected` where it is not taken.
   */
  ask(request: ModelRequest, context: Context): Promise<ModelReply>;
  readonly batches?: ModelBatches;
  /** As `LabelProvider` has it. */
  readonly retiresOn?: LabelProvider['retiresOn'];
}

/**
 * A vendor's interface for questions that may be answered later, for less. What it owes for recovery after a crash: a batch carries
 * the intent it was submitted with, `find` sees every batch that the vendor still lists, and `collect` can be called again.
 */
export interface ModelBatches {
  readonly maxRequests: number;
  readonly maxBytes: number;
  /** Share of the live price that is charged, such as 0.5. */
  readonly priceShare: number;
  /**
   * Hands over the questions under names of ours and resolves with the vendor's id. Throws as `ask` does; data
   * `label.batch_too_large` before anything is sent when they are more than one batch may hold.
   */
  submit(intent: string, requests: ReadonlyMap<string, ModelRequest>, context: Context): Promise<string>;
  find(intent: string, context: Context): Promise<string | undefined>;
  /**
   * What is known of each question once the batch has ended: its reply, or why there is none. `names` are those that were
   * submitted, for errors of the batch as a whole; other names may be told, and names of which nothing is known be left out.
   * Undefined while the batch is worked on. Results that are not there (yet) are transient.
   */
  collect(
    batchId: string,
    context: Context,
    names: readonly string[],
  ): Promise<ReadonlyMap<string, ModelReply | ErrorReport> | undefined>;
}

/** Why a pack of a batch has no labels, and what its answer cost all the same. */
export interface BilledReport extends ErrorReport {
  readonly billed?: Billed;
}

/** Room for one label with the longest summary, and for the brackets around all of them. */
const OUTPUT_TOKENS_EACH = 320;
const OUTPUT_TOKENS_AROUND = 40;
/** What the chat format adds to the messages. */
const FORMAT_TOKENS = 50;

/**
 * A label provider over a vendor's wire. Labels are given only where the answer holds exactly the ids that were asked; an answer
 * that was cut, refused or filtered, or that a text steered, gives none: data `label.truncated`, `label.refused`, `label.unreadable`,
 * `label.wrong_ids`, `label.steered`, on which the engine halves the pack. A single text that is refused has that as its outcome.
 */
export function labelProvider(model: Model, topics: readonly Topic[] = TOPICS): LabelProvider {
  const questionFor = asker(topics);
  const { price, version, listed } = model.price;
  let told = listed;
  const tellUnlisted = (context: Context): void => {
    if (!told) context.log.warn('label.price_unlisted', { model: model.model, priceVersion: version });
    told = true;
  };
  return {
    name: model.name,
    model: model.model,
    priceVersion: version,
    estimateUsd: (pack) => costUsd(price, mostUsage(questionFor(pack))),
    expect: (pack) => expectedCost(pack, price),
    async label(pack, context) {
      tellUnlisted(context);
      const question = questionFor(pack);
      const reply = await model.ask(question, context).catch((error: unknown) => {
        const outcome = declined(asPipelineError(error).code, pack);
        if (outcome === undefined) throw error;
        return outcome;
      });
      return await judge(reply, { pack, question, model, topics, priceShare: 1 });
    },
    ...(model.batches === undefined
      ? {}
      : { batches: labelBatches(model, model.batches, { topics, questionFor, tellUnlisted }) }),
    ...(model.retiresOn === undefined ? {} : { retiresOn: model.retiresOn }),
  };
}

/** Makes the question of a pack, with what it may take at most. */
function asker(topics: readonly Topic[]): (pack: readonly LabelRequest[]) => ModelRequest {
  const { plainSystem, schema } = question([], topics);
  const promptTokens = mostTokens(plainSystem) + mostTokens(JSON.stringify(schema)) + FORMAT_TOKENS;
  return (pack) => {
    const asked = question(pack, topics);
    return {
      ...asked,
      inputTokens: promptTokens + mostTokens(asked.user),
      outputTokens: OUTPUT_TOKENS_AROUND + OUTPUT_TOKENS_EACH * pack.length,
    };
  };
}

/** Packs of a batch are judged like packs that were asked live, and cost their share of it. */
function labelBatches(
  model: Model,
  batches: ModelBatches,
  {
    topics,
    questionFor,
    tellUnlisted,
  }: {
    readonly topics: readonly Topic[];
    readonly questionFor: (pack: readonly LabelRequest[]) => ModelRequest;
    readonly tellUnlisted: (context: Context) => void;
  },
): LabelBatches {
  const { maxRequests, maxBytes } = batches;
  const priceShare = model.price.price.batchShare ?? batches.priceShare;
  const judgeLate = async (
    pack: readonly LabelRequest[],
    told: ModelReply | ErrorReport | undefined,
  ): Promise<LabelAnswer | BilledReport> => {
    if (told === undefined) return LOST;
    const reply = 'ended' in told ? told : (declined(told.code, pack) ?? told);
    if (!('ended' in reply)) return reply;
    try {
      return await judge(reply, { pack, question: questionFor(pack), model, topics, priceShare });
    } catch (error) {
      if (error instanceof PipelineError) return reportOf(error);
      throw error;
    }
  };
  return {
    maxRequests,
    maxBytes,
    priceShare,
    async submit(intent, packs, context) {
      tellUnlisted(context);
      const questions = new Map([...packs].map(([name, pack]) => [name, questionFor(pack)]));
      return await batches.submit(intent, questions, context);
    },
    find: (intent, context) => batches.find(intent, context),
    async collect(batchId, packs, context) {
      const replies = await batches.collect(batchId, context, [...packs.keys()]);
      if (replies === undefined) return undefined;
      const answers = new Map<string, LabelAnswer | ErrorReport>();
      for (const [name, pack] of packs) answers.set(name, await judgeLate(pack, replies.get(name)));
      return answers;
    },
  };
}

/** The report of an answer that cannot be used says what it cost, as its error does. */
function reportOf(error: PipelineError): BilledReport {
  const { billed } = error;
  return billed === undefined ? toReport(error) : { ...toReport(error), billed };
}

/** What a pack gets of which the vendor's results say nothing. */
const LOST: ErrorReport = {
  kind: 'transient',
  code: 'label.lost',
  message: 'The batch ended without a word about this pack.',
  hint: 'The texts wait; `pipeline enrich` asks again.',
};

interface Judged {
  readonly pack: readonly LabelRequest[];
  readonly question: ModelRequest;
  readonly model: Model;
  readonly topics: readonly Topic[];
  /** Of the live price. */
  readonly priceShare: number;
}

/**
 * Reads a reply: labels for exactly the texts of the pack, or the error that says why there are none, with what it cost all the
 * same where the vendor told.
 */
async function judge(reply: ModelReply, asked: Judged): Promise<LabelAnswer> {
  const { model, question, priceShare } = asked;
  const usage = reply.usage ?? mostUsage(question);
  const cost = {
    tokensIn: usage.input,
    tokensOut: usage.output,
    usd: costUsd(model.price.price, usage) * priceShare,
  };
  try {
    return {
      outcomes: await outcomesOf(reply, asked),
      model: reply.model || model.model,
      tokensIn: cost.tokensIn,
      tokensOut: cost.tokensOut,
      tokensCached: usage.cached,
      costUsd: cost.usd,
    };
  } catch (error) {
    if (!(error instanceof PipelineError) || reply.usage === undefined) throw error;
    const { kind, code, message } = error;
    throw new PipelineError(kind, code, message, { cause: error, billed: cost });
  }
}

async function outcomesOf(reply: ModelReply, { pack, topics }: Judged): Promise<LabelAnswer['outcomes']> {
  const texts = `${pack.length} ${pack.length === 1 ? 'text' : 'texts'}`;
  if (reply.ended === 'refused' || reply.ended === 'filtered') {
    const reason = reply.ended === 'filtered' ? 'content_filter' : 'refusal';
    const [only] = pack;
    if (pack.length === 1 && only !== undefined) return [{ id: only.id, status: 'refused', reason }];
    throw new PipelineError('data', 'label.refused', `The model refused a pack of ${texts} (${reason}).`);
  }
  if (reply.ended === 'truncated')
    throw new PipelineError('data', 'label.truncated', `The model's answer to ${texts} was cut off.`);
  // Loaded with the first answer: what reads it is half of what this file would cost a command that labels nothing.
  const { readLabels } = await import('./answer.ts');
  const { labels, repaired } = readLabels(reply.text, pack, topics);
  return pack.flatMap(({ id }): LabelAnswer['outcomes'] => {
    const label = labels.get(id);
    return label === undefined ? [] : [{ id, status: 'labelled', label, repaired: repaired.has(id) }];
  });
}

/** That content rules declined a single text before it was answered is its outcome, and costs nothing; undefined for all else. */
function declined(code: string, pack: readonly LabelRequest[]): ModelReply | undefined {
  if (code !== 'label.refused' || pack.length > 1) return undefined;
  return { text: '', ended: 'filtered', usage: { input: 0, output: 0, cached: 0 } };
}

function mostUsage({ inputTokens, outputTokens }: ModelRequest): Usage {
  return { input: inputTokens, output: outputTokens, cached: 0 };
}
