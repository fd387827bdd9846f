// What the stand-ins for language models share: a prompt is read for its items, answered from the word list, counted and billed.

import { type Answer, findItems, type Item, writeAnswer } from '../openai/answers.ts';
import { countTokens, type Ledger, type Price, type Usage } from '../openai/ledger.ts';
import type { Schema } from '../openai/schema-rules.ts';
import { createRandom, type Random } from '../random.ts';

/** A model that a stand-in offers. */
export interface LanguageModel {
  readonly id: string;
  readonly price: Price;
  readonly contextTokens: number;
  /** From this day on the model answers as one that was never there. */
  readonly shutdownDate?: string;
  /** The share of items that this model labels wrong, in place of the stand-in's own. */
  readonly noise?: number;
}

export interface Question {
  readonly model: LanguageModel;
  /** Instructions, in the order in which they were sent. */
  readonly system: readonly string[];
  /** The last message of the user: where the items are. */
  readonly user: string;
  readonly schema: Schema | undefined;
  readonly outputLimit: number | undefined;
  /** The misbehaviour that a fault asks for. */
  readonly what: string | undefined;
}

export interface Completion extends Answer {
  readonly usage: Usage;
}

export interface Completer {
  /** How many input tokens the question has. */
  count(question: Question): number;
  /** Notes that the texts of the question came, whatever becomes of them. */
  arrive(question: Question): void;
  /** The answer, billed at this share of the price; `extraOutput` are tokens that are billed and not seen. */
  complete(question: Question, bill?: { readonly share?: number; readonly extraOutput?: number }): Completion;
  /** Bills a question that was read and not answered. */
  billRefused(question: Question): Usage;
}

export interface CompleterOptions {
  readonly ledger: Ledger;
  readonly seed: number | string;
  /** The share of items that get a wrong label. */
  readonly noise: number;
  /** How many tokens of this vendor's vocabulary make one of o200k. */
  readonly tokenRatio: number;
  /** The least prefix, in tokens, that is cheaper from its second time on; absent where nothing is cached unasked. */
  readonly cachesFrom?: number;
}

export function createCompleter(options: CompleterOptions): Completer {
  const { ledger, tokenRatio } = options;
  const root = createRandom(options.seed);
  const randoms = new Map<string, Random>();
  const seenPrefixes = new Set<string>();
  const countWords = (text: string): number => Math.ceil(countTokens(text) * tokenRatio);

  /** Each model errs in its own way, the same on every machine. */
  function randomOf(id: string): Random {
    const known = randoms.get(id) ?? root.fork(id);
    randoms.set(id, known);
    return known;
  }

  function count({ system, user, schema }: Question): number {
    const said = [...system, user].reduce((sum, text) => sum + countWords(text) + 4, 3);
    return said + (schema === undefined ? 0 : countWords(JSON.stringify(schema)));
  }

  function countCached({ system, schema }: Question): number {
    if (options.cachesFrom === undefined) return 0;
    const prefix = system.join('\n') + JSON.stringify(schema ?? null);
    const tokens = countWords(prefix);
    if (tokens < options.cachesFrom) return 0;
    if (seenPrefixes.has(prefix)) return tokens;
    seenPrefixes.add(prefix);
    return 0;
  }

  function shorten(answer: Answer, limit: number | undefined): Answer {
    if (limit === undefined || answer.content === null) return answer;
    const tokens = countWords(answer.content);
    if (tokens <= limit) return answer;
    const content = answer.content.slice(0, Math.floor((answer.content.length * limit) / tokens));
    return { ...answer, content, finishReason: 'length' };
  }

  return {
    count,
    arrive: (question) => ledger.arrive(findItems(question.user)),
    complete(question, { share = 1, extraOutput = 0 } = {}) {
      const { model, what } = question;
      const items: readonly Item[] = findItems(question.user);
      const random = randomOf(model.id);
      const whole = writeAnswer(items, question.schema, {
        noise: model.noise ?? options.noise,
        random,
        what,
        system: question.system.join('\n'),
      });
      const answer = shorten(whole, question.outputLimit);
      const usage: Usage = {
        prompt: count(question),
        cached: countCached(question),
        completion: countWords(answer.content ?? answer.refusal ?? '') + extraOutput,
      };
      ledger.bill(items, usage, scale(model.price, share));
      return { ...answer, usage };
    },
    billRefused(question) {
      const usage: Usage = { prompt: count(question), cached: 0, completion: 0 };
      ledger.bill(findItems(question.user), usage, question.model.price);
      return usage;
    },
  };
}

function scale(price: Price, share: number): Price {
  return {
    inputPer1k: price.inputPer1k * share,
    cachedPer1k: price.cachedPer1k * share,
    outputPer1k: price.outputPer1k * share,
  };
}

/** The model of this name, unless it was shut down. */
export function findModel<M extends LanguageModel>(
  models: readonly M[],
  id: string,
  now: Date,
): M | undefined {
  const model = models.find((one) => one.id === id);
  return model?.shutdownDate !== undefined && new Date(model.shutdownDate) <= now ? undefined : model;
}

/** The arguments of a call of a tool: what was written, where that is an object. */
export function toToolInput(content: string | null): object {
  try {
    const parsed: unknown = JSON.parse(content ?? '');
    return parsed !== null && typeof parsed === 'object' && !Array.isArray(parsed) ? parsed : {};
  } catch {
    return {};
  }
}
