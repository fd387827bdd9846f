// A stand-in for the Converse API of Amazon Bedrock: checks signatures, labels feedback from a word list, counts tokens, and bills.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html

import { fail, invalid, noPayment, reply } from './bedrock/replies.ts';
import { type Asked, type BedrockModel, readConverse } from './bedrock/request.ts';
import { type AccessKey, checkSignature } from './bedrock/signature.ts';
import type { MovableClock } from './clock.ts';
import type { Reply } from './delivery.ts';
import { createLimits } from './limits.ts';
import { createCompleter, findModel, toToolInput } from './llm/completion.ts';
import { MISBEHAVIOURS } from './openai/answers.ts';
import { createLedger, type Invoice, type Ledger } from './openai/ledger.ts';
import { type Sandbox, type ServerOptions, startServer, type Vendor, type VendorRequest } from './server.ts';

export type { BedrockModel } from './bedrock/request.ts';

export interface BedrockOptions extends ServerOptions {
  readonly seed?: number | string;
  /** Default `us-east-1`. */
  readonly region?: string;
  /** Default: a pair of the stand-in's own, without a session token. */
  readonly accessKey?: AccessKey;
  /** Default: Claude Haiku 4.5 as a global profile, Nova Lite without response schemas, and a retired one. Prices are examples, not the vendor's. */
  readonly models?: readonly BedrockModel[];
  /** The share of items that get a wrong label. Default 0. */
  readonly noise?: number;
  /** Per minute. Default: so many that nothing meets them. */
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
}

export interface BedrockSandbox extends Sandbox {
  readonly region: string;
  readonly accessKey: AccessKey;
  invoice(): Invoice;
  /** Every text that came, by hash: how often it was sent, and how often it was billed. */
  items(): ReturnType<Ledger['items']>;
}

const MODELS: readonly BedrockModel[] = [
  model('global.anthropic.claude-haiku-4-5-20251001-v1:0', 0.001, 0.005),
  { ...model('amazon.nova-lite-v1:0', 0.00006, 0.00024), structured: false },
  {
    ...model('meta.llama3-8b-instruct-v1:0', 0.0003, 0.0006),
    structured: false,
    tools: false,
    contextTokens: 8192,
  },
  { ...model('anthropic.claude-3-5-haiku-20241022-v1:0', 0.0008, 0.004), shutdownDate: '2026-06-19' },
];

function model(id: string, inputPer1k: number, outputPer1k: number): BedrockModel {
  return {
    id,
    price: { inputPer1k, cachedPer1k: inputPer1k / 10, outputPer1k },
    contextTokens: 200_000,
    maxOutputTokens: 10_000,
    structured: true,
    tools: true,
  };
}

export async function startBedrock(options: BedrockOptions = {}): Promise<BedrockSandbox> {
  const ledger = createLedger();
  const region = options.region ?? 'us-east-1';
  const accessKey = options.accessKey ?? {
    accessKeyId: 'AKIASANDBOXSANDBOX01',
    secretAccessKey: 'sandbox/secret+key',
  };
  const sandbox = await startServer(
    options,
    ({ clock }) => createVendor(options, { ledger, region, accessKey, clock }),
    // `content_filter` is a guardrail that steps in, a refusal is content filtered, `insufficient_quota` an account that cannot
    // pay; the answer names no model, so that `model_changed` does not show.
    MISBEHAVIOURS,
  );
  return { ...sandbox, region, accessKey, invoice: ledger.invoice, items: ledger.items };
}

function createVendor(
  options: BedrockOptions,
  parts: {
    readonly ledger: Ledger;
    readonly region: string;
    readonly accessKey: AccessKey;
    readonly clock: MovableClock;
  },
): Vendor {
  const { ledger, region, accessKey, clock } = parts;
  const models = options.models ?? MODELS;
  const limits = createLimits(() => clock.monotonicMs());
  const completer = createCompleter({
    ledger,
    seed: options.seed ?? 1,
    noise: options.noise ?? 0,
    tokenRatio: 1.2,
  });
  let answered = 0;

  function answer(request: VendorRequest): Reply {
    const match = /^\/model\/([^/]+)\/converse$/.exec(request.path);
    if (match === null || request.method !== 'POST')
      return reply(404, { Output: { __type: 'com.amazon.coral.service#UnknownOperationException' } });
    const refused = checkSignature(request, accessKey, region, clock.now());
    if (refused) return refused;
    const name = decodeURIComponent(match[1] ?? '');
    const known = models.find((one) => one.id === name);
    const model = findModel(models, name, clock.now());
    if (model === undefined)
      return known === undefined ? invalid('The provided model identifier is invalid.') : fail(404);
    const asked = readConverse(request.body, model);
    return 'status' in asked ? asked : converse(request, asked, model);
  }

  function converse(request: VendorRequest, asked: Asked, model: BedrockModel): Reply {
    const what = request.fault?.kind === 'model' ? request.fault.what : undefined;
    const question = { ...asked.question, model, what };
    completer.arrive(question);
    const tokens = completer.count(question);
    const taken = limits.take([
      { name: 'requests', total: options.requestsPerMinute ?? 1_000_000, periodSeconds: 60, cost: 1 },
      { name: 'tokens', total: options.tokensPerMinute ?? 1_000_000_000, periodSeconds: 60, cost: tokens },
    ]);
    if (taken.some((bucket) => !bucket.granted)) return fail(429);
    if (what === 'insufficient_quota') return noPayment();
    if (tokens > model.contextTokens)
      return invalid(
        `The model returned the following errors: prompt is too long: ${tokens} tokens > ${model.contextTokens} maximum`,
      );
    if (what === 'content_filter') {
      const usage = completer.billRefused(question);
      const text = 'Sorry, the model cannot answer this question.';
      return write([{ text }], 'guardrail_intervened', usage.prompt, 0);
    }
    const done = completer.complete(question);
    const text = done.content ?? done.refusal;
    const isStopped = done.refusal !== null || done.finishReason === 'content_filter';
    const stopReason = isStopped
      ? 'content_filtered'
      : done.finishReason === 'length'
        ? 'max_tokens'
        : asked.tool === undefined
          ? 'end_turn'
          : 'tool_use';
    const block =
      asked.tool !== undefined && stopReason === 'tool_use'
        ? {
            toolUse: {
              toolUseId: `tooluse_sandbox_${answered}`,
              name: asked.tool,
              input: toToolInput(done.content),
            },
          }
        : { text };
    return write(text === null ? [] : [block], stopReason, done.usage.prompt, done.usage.completion);
  }

  function write(
    content: readonly object[],
    stopReason: string,
    inputTokens: number,
    outputTokens: number,
  ): Reply {
    answered += 1;
    return reply(200, {
      output: { message: { role: 'assistant', content } },
      stopReason,
      usage: {
        inputTokens,
        outputTokens,
        totalTokens: inputTokens + outputTokens,
        cacheReadInputTokens: 0,
        cacheWriteInputTokens: 0,
      },
      metrics: { latencyMs: 412 },
    });
  }

  return {
    name: 'bedrock',
    answer,
    fail,
    expireTokens: () => undefined,
    truth: () => ledger.items(),
    change: () => ({ changes: 0 }),
    admin: { invoice: ledger.invoice, items: ledger.items },
  };
}
