// A stand-in for Gemini on Vertex AI: labels feedback from a word list, counts tokens, and bills.
// https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference

import type { MovableClock } from './clock.ts';
import type { Reply } from './delivery.ts';
import { createLimits } from './limits.ts';
import { type Completion, createCompleter, findModel } from './llm/completion.ts';
import { MISBEHAVIOURS } from './openai/answers.ts';
import { createLedger, type Invoice, type Ledger } from './openai/ledger.ts';
import {
  json,
  type Sandbox,
  type ServerOptions,
  startServer,
  type Vendor,
  type VendorRequest,
} from './server.ts';
import { type Auth, createAuth, type ServiceAccountFile } from './vertex/auth.ts';
import { billingDisabled, fail, refuse, unknownModel } from './vertex/replies.ts';
import { type Asked, readContents, type VertexModel } from './vertex/request.ts';

export type { VertexModel } from './vertex/request.ts';

export interface VertexOptions extends ServerOptions {
  readonly seed?: number | string;
  /** Default `sandbox-project` and `global`. */
  readonly project?: string;
  readonly location?: string;
  /** Default: gemini-3.5-flash-lite, gemini-3.8-flash and the retired gemini-2.5-flash. Prices are examples, not the vendor's. */
  readonly models?: readonly VertexModel[];
  /** The share of items that get a wrong label. Default 0. */
  readonly noise?: number;
  /** Per minute. Default: so many that nothing meets them. */
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
}

export interface VertexSandbox extends Sandbox {
  readonly project: string;
  readonly location: string;
  /** What a key file of the service account holds. */
  readonly credentials: ServiceAccountFile;
  invoice(): Invoice;
  /** Every text that came, by hash: how often it was sent, and how often it was billed. */
  items(): ReturnType<Ledger['items']>;
}

/**
 * Beside those of openai/answers.ts, where `content_filter` is a blocked prompt and `insufficient_quota` a project without billing:
 * `recitation`: cut for what it quotes; `empty_candidates`: an answer without any.
 */
const ALL_MISBEHAVIOURS = [...MISBEHAVIOURS, 'recitation', 'empty_candidates'];

const MODELS: readonly VertexModel[] = [
  model('gemini-3.5-flash-lite', 0.0003, 0.0025),
  model('gemini-3.8-flash', 0.0005, 0.003),
  { ...model('gemini-2.5-flash', 0.0003, 0.0025), shutdownDate: '2026-10-20' },
];

function model(id: string, inputPer1k: number, outputPer1k: number): VertexModel {
  return {
    id,
    price: { inputPer1k, cachedPer1k: inputPer1k / 10, outputPer1k },
    contextTokens: 1_048_576,
    thoughtTokens: 180,
  };
}

export async function startVertex(options: VertexOptions = {}): Promise<VertexSandbox> {
  const ledger = createLedger();
  const project = options.project ?? 'sandbox-project';
  const location = options.location ?? 'global';
  let auth: Auth | undefined;
  const sandbox = await startServer(
    options,
    ({ url, clock }) => {
      auth = createAuth({ url, project, now: () => clock.now() });
      return createVendor(options, { auth, ledger, clock, project, location });
    },
    ALL_MISBEHAVIOURS,
  );
  if (auth === undefined) throw new Error('the stand-in listens and has no service account');
  const { credentials } = auth;
  return { ...sandbox, project, location, credentials, invoice: ledger.invoice, items: ledger.items };
}

function createVendor(
  options: VertexOptions,
  parts: {
    readonly auth: Auth;
    readonly ledger: Ledger;
    readonly clock: MovableClock;
    readonly project: string;
    readonly location: string;
  },
): Vendor {
  const { auth, ledger, clock, project, location } = parts;
  const models = options.models ?? MODELS;
  const limits = createLimits(() => clock.monotonicMs());
  const completer = createCompleter({
    ledger,
    seed: options.seed ?? 1,
    noise: options.noise ?? 0,
    tokenRatio: 1.1,
    cachesFrom: 1024,
  });
  let answered = 0;

  function answer(request: VendorRequest): Reply {
    if (request.path === '/token') return request.method === 'POST' ? auth.exchange(request.body) : fail(404);
    const match =
      /^\/v1(?:beta1)?\/(projects\/([^/]+)\/locations\/([^/]+)\/publishers\/google\/models\/([^/:]+)):(\w+)$/.exec(
        request.path,
      );
    if (match === null || request.method !== 'POST') return fail(404);
    const [, path = '', inProject, inLocation, name = '', method] = match;
    if (!auth.knows(request.headers.authorization)) return fail(401);
    if (inProject !== project) return fail(403);
    const model = inLocation === location ? findModel(models, name, clock.now()) : undefined;
    if (model === undefined) return unknownModel(path);
    const asked = readContents(request.body);
    if ('status' in asked) return asked;
    if (method === 'countTokens') return json(200, { totalTokens: count(asked, model) });
    return method === 'generateContent' ? generate(request, asked, model) : fail(404);
  }

  function count({ question }: Asked, model: VertexModel): number {
    return completer.count({ ...question, model, what: undefined });
  }

  function generate(request: VendorRequest, asked: Asked, model: VertexModel): Reply {
    const what = request.fault?.kind === 'model' ? request.fault.what : undefined;
    const question = { ...asked.question, model, what };
    completer.arrive(question);
    const tokens = completer.count(question);
    const taken = limits.take([
      { name: 'requests', total: options.requestsPerMinute ?? 1_000_000, periodSeconds: 60, cost: 1 },
      { name: 'tokens', total: options.tokensPerMinute ?? 1_000_000_000, periodSeconds: 60, cost: tokens },
    ]);
    if (taken.some((bucket) => !bucket.granted)) return fail(429);
    if (what === 'insufficient_quota') return billingDisabled(project);
    if (tokens > model.contextTokens)
      return refuse(
        400,
        `The input token count (${tokens}) exceeds the maximum number of tokens allowed (${model.contextTokens}).`,
      );
    if (what === 'content_filter') {
      const usage = completer.billRefused(question);
      return reply(model, what, {
        promptFeedback: {
          blockReason: 'PROHIBITED_CONTENT',
          blockReasonMessage: 'The prompt is blocked due to prohibited contents.',
        },
        usageMetadata: { promptTokenCount: usage.prompt, totalTokenCount: usage.prompt },
      });
    }
    const thoughts = asked.thinks ? model.thoughtTokens : 0;
    const done = completer.complete(question, { extraOutput: thoughts });
    return reply(model, what, {
      ...(what === 'empty_candidates' ? {} : { candidates: [candidateOf(done, what)] }),
      usageMetadata: {
        promptTokenCount: done.usage.prompt,
        ...(done.usage.cached > 0 ? { cachedContentTokenCount: done.usage.cached } : {}),
        candidatesTokenCount: done.usage.completion - thoughts,
        ...(thoughts > 0 ? { thoughtsTokenCount: thoughts } : {}),
        totalTokenCount: done.usage.prompt + done.usage.completion,
        trafficType: 'ON_DEMAND',
      },
    });
  }

  function reply(model: VertexModel, what: string | undefined, body: object): Reply {
    answered += 1;
    return json(200, {
      ...body,
      modelVersion: what === 'model_changed' ? `${model.id}-preview-2099` : model.id,
      createTime: clock.now().toISOString(),
      responseId: `sandbox-${answered}`,
    });
  }

  return {
    name: 'vertex',
    answer,
    fail,
    expireTokens: () => auth.expireAll(),
    truth: () => ledger.items(),
    change: () => ({ changes: 0 }),
    admin: { invoice: ledger.invoice, items: ledger.items },
  };
}

function candidateOf(done: Completion, what: string | undefined): object {
  const text = done.content;
  const blocked = done.refusal !== null || done.finishReason === 'content_filter';
  const finishReason =
    what === 'recitation'
      ? 'RECITATION'
      : blocked
        ? 'SAFETY'
        : done.finishReason === 'length'
          ? 'MAX_TOKENS'
          : 'STOP';
  // What is stopped for its content comes without it.
  const parts = finishReason === 'RECITATION' || finishReason === 'SAFETY' || text === null ? [] : [{ text }];
  return {
    index: 0,
    ...(parts.length > 0 ? { content: { role: 'model', parts } } : { content: { role: 'model' } }),
    finishReason,
    ...(finishReason === 'SAFETY'
      ? { safetyRatings: [{ category: 'HARM_CATEGORY_HARASSMENT', probability: 'HIGH', blocked: true }] }
      : {}),
    avgLogprobs: -0.02,
  };
}
