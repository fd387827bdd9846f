// A stand-in for Anthropic's Messages API and its batches: labels feedback from a word list, counts tokens, and bills.
// https://platform.claude.com/docs/en/api/messages

import { BATCH_MISBEHAVIOURS, BATCH_SHARE, type BatchResult, createBatches } from './anthropic/batches.ts';
import { listModels, MODELS } from './anthropic/models.ts';
import {
  badRequest,
  fail,
  notFound,
  type Refusal,
  refuse,
  spendLimitReached,
  toReply,
} from './anthropic/replies.ts';
import { type AnthropicModel, type Asked, readMessages, VERSIONS } from './anthropic/request.ts';
import type { MovableClock } from './clock.ts';
import type { Reply } from './delivery.ts';
import { type BucketState, createLimits } from './limits.ts';
import { createCompleter, toToolInput } from './llm/completion.ts';
import { MISBEHAVIOURS } from './openai/answers.ts';
import { createLedger, type Invoice, type Ledger } from './openai/ledger.ts';
import { createRandom } from './random.ts';
import { type Sandbox, type ServerOptions, startServer, type Vendor, type VendorRequest } from './server.ts';

export type { AnthropicModel } from './anthropic/request.ts';

export interface AnthropicOptions extends ServerOptions {
  readonly seed?: number | string;
  /** Default `sandbox-anthropic-key`. */
  readonly apiKey?: string;
  /** Default: five that still answer, of which claude-fable-5-2 always thinks, and a retired one. Prices are examples, not the vendor's. */
  readonly models?: readonly AnthropicModel[];
  /** The share of items that get a wrong label. Default 0. */
  readonly noise?: number;
  /** Per minute. Default: so many that nothing meets them. */
  readonly requestsPerMinute?: number;
  readonly inputTokensPerMinute?: number;
  readonly outputTokensPerMinute?: number;
  /** Once the bill has reached it, requests are refused. Default: none. */
  readonly spendLimitUsd?: number;
  /** How long a batch is worked on; more than a day lets it expire. Default 0. */
  readonly batchMs?: number;
}

export interface AnthropicSandbox extends Sandbox {
  readonly apiKey: string;
  invoice(): Invoice;
  /** Every text that came, by hash: how often it was sent, and how often it was billed. */
  items(): ReturnType<Ledger['items']>;
}

export async function startAnthropic(options: AnthropicOptions = {}): Promise<AnthropicSandbox> {
  const ledger = createLedger();
  const apiKey = options.apiKey ?? 'sandbox-anthropic-key';
  const sandbox = await startServer(
    options,
    ({ url, clock }) => createVendor(options, apiKey, ledger, url, clock),
    // Of those of a model, `content_filter` is a blocked output and `insufficient_quota` the spend limit.
    [...MISBEHAVIOURS, ...BATCH_MISBEHAVIOURS],
  );
  return { ...sandbox, apiKey, invoice: ledger.invoice, items: ledger.items };
}

function createVendor(
  options: AnthropicOptions,
  apiKey: string,
  ledger: Ledger,
  url: string,
  clock: MovableClock,
): Vendor {
  const models = options.models ?? MODELS;
  const seed = options.seed ?? 1;
  const limits = createLimits(() => clock.monotonicMs());
  const completer = createCompleter({ ledger, seed, noise: options.noise ?? 0, tokenRatio: 1.2 });
  const batches = createBatches({
    url,
    now: () => clock.now(),
    workMs: options.batchMs ?? 0,
    random: createRandom(seed).fork('batches'),
    answer: answerInBatch,
  });
  let answered = 0;

  function take(requests: number, input: number, output: number): readonly BucketState[] {
    const bucket = (name: string, total: number, cost: number) => ({ name, total, periodSeconds: 60, cost });
    return limits.take([
      bucket('requests', options.requestsPerMinute ?? 1_000_000, requests),
      bucket('input-tokens', options.inputTokensPerMinute ?? 1_000_000_000, input),
      bucket('output-tokens', options.outputTokensPerMinute ?? 1_000_000_000, output),
    ]);
  }

  function reply(answer: { readonly status: number; readonly body: object }, taken = take(0, 0, 0)): Reply {
    answered += 1;
    return toReply(answer, answered, clock.now(), taken);
  }

  function answer(request: VendorRequest): Reply {
    const refused = checkHeaders(request, apiKey);
    if (refused) return reply(refused);
    const sent = request.method === 'POST' && request.body !== '' ? parse(request.body) : undefined;
    const [, version, family, ...rest] = request.path.split('/');
    if (version === 'v1' && family === 'models' && request.method === 'GET') {
      const listed = listModels(models, rest[0], clock.now());
      return reply('status' in listed ? listed : { status: 200, body: listed });
    }
    if (version !== 'v1' || family !== 'messages') return reply(notFound('Not found'));
    if (rest[0] === 'batches') return answerBatches(request, rest.slice(1), sent);
    if (request.method !== 'POST') return reply(refuse(405, 'invalid_request_error', 'Method Not Allowed'));
    if (rest.length === 0) return message(request, sent);
    if (rest[0] === 'count_tokens' && rest.length === 1) {
      const asked = read(sent, versionOf(request), true);
      if ('status' in asked) return reply(asked, take(1, 0, 0));
      const tokens = completer.count({ ...asked.question, what: undefined });
      return reply({ status: 200, body: { input_tokens: tokens } }, take(1, 0, 0));
    }
    return reply(notFound('Not found'));
  }

  function read(sent: unknown, version: string, counting = false): Asked | Refusal {
    return readMessages(sent, { models, now: clock.now(), version, counting });
  }

  function message(request: VendorRequest, sent: unknown): Reply {
    const what = request.fault?.kind === 'model' ? request.fault.what : undefined;
    const asked = read(sent, versionOf(request));
    if ('status' in asked) return reply(asked, take(1, 0, 0));
    const question = { ...asked.question, what };
    completer.arrive(question);
    const tokens = completer.count(question);
    const taken = take(1, tokens, 0);
    // How long an answer gets is not known before, so that output is refused from an empty bucket only.
    const after = taken.map((one) => ({
      ...one,
      granted: one.granted && !(one.name === 'output-tokens' && one.remaining === 0),
    }));
    if (after.some((bucket) => !bucket.granted)) return reply(fail(429), after);
    const refused = refuseQuestion(asked, what, tokens);
    if (refused) return reply(refused, taken);
    const body = write(asked, what, 1);
    const output = Math.min(Number(body.usage.output_tokens), taken.at(-1)?.remaining ?? 0);
    return reply({ status: 200, body }, take(0, 0, output));
  }

  function refuseQuestion(asked: Asked, what: string | undefined, tokens: number): Refusal | undefined {
    if (what === 'content_filter') return badRequest('Output blocked by content filtering policy');
    if (what === 'insufficient_quota') return spendLimitReached();
    if (options.spendLimitUsd !== undefined && ledger.invoice().usd >= options.spendLimitUsd)
      return spendLimitReached();
    const { contextTokens } = asked.question.model;
    return tokens > contextTokens
      ? badRequest(`prompt is too long: ${tokens} tokens > ${contextTokens} maximum`)
      : undefined;
  }

  function write(asked: Asked, what: string | undefined, share: number) {
    const { question, tool } = asked;
    const thoughts = question.model.thoughtTokens;
    const done = completer.complete({ ...question, what }, { share, extraOutput: thoughts });
    answered += 1;
    const refused = done.refusal !== null || done.finishReason === 'content_filter';
    const text = done.content ?? done.refusal;
    const stopReason = refused
      ? 'refusal'
      : done.finishReason === 'length'
        ? 'max_tokens'
        : tool !== undefined
          ? 'tool_use'
          : 'end_turn';
    const block =
      tool !== undefined && stopReason === 'tool_use'
        ? { type: 'tool_use', id: `toolu_sandbox_${answered}`, name: tool, input: toToolInput(done.content) }
        : { type: 'text', text, citations: null };
    return {
      id: `msg_sandbox_${answered}`,
      type: 'message',
      role: 'assistant',
      model: what === 'model_changed' ? `${question.model.id}-20990101` : question.model.id,
      content: text === null ? [] : [block],
      stop_reason: stopReason,
      stop_sequence: null,
      stop_details: refused ? { type: 'refusal', category: null, explanation: null } : null,
      container: null,
      usage: {
        input_tokens: done.usage.prompt,
        output_tokens: done.usage.completion,
        output_tokens_details: { thinking_tokens: thoughts },
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 0,
        cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
        server_tool_use: null,
        service_tier: share === 1 ? 'standard' : 'batch',
      },
    };
  }

  /** What a live request would be refused with is what a request of a batch ends as. */
  function answerInBatch(params: unknown, version: string, what: string | undefined): BatchResult {
    const asked = read(params, version);
    if ('status' in asked) return { type: 'errored', error: asked.body };
    const question = { ...asked.question, what };
    completer.arrive(question);
    const refused = refuseQuestion(asked, what, completer.count(question));
    if (refused) return { type: 'errored', error: refused.body };
    return { type: 'succeeded', message: write(asked, what, BATCH_SHARE) };
  }

  function answerBatches(request: VendorRequest, [id, action]: readonly string[], sent: unknown): Reply {
    const taken = take(1, 0, 0);
    const full = taken.find((bucket) => !bucket.granted);
    if (full !== undefined) return reply(fail(429), taken);
    const { fault } = request;
    const what = fault?.kind === 'model' ? fault.what : undefined;
    if (what === 'insufficient_quota') return reply(spendLimitReached(), taken);
    if (action === 'results' && id !== undefined && request.method === 'GET') {
      const lines = batches.results(id);
      if (typeof lines !== 'string') return reply(lines, taken);
      const { headers } = reply({ status: 200, body: {} }, taken);
      return { status: 200, headers: { ...headers, 'content-type': 'application/x-jsonl' }, body: lines };
    }
    const done = ((): object | Refusal => {
      switch (`${request.method} ${id === undefined ? '' : 'id'} ${action ?? ''}`) {
        case 'POST  ':
          return batches.create(sent, { version: versionOf(request), what, contains: fault?.contains });
        case 'GET  ':
          return batches.list(request.query);
        case 'GET id ':
          return batches.retrieve(id ?? '');
        case 'DELETE id ':
          return batches.remove(id ?? '');
        case 'POST id cancel':
          return batches.cancel(id ?? '');
        default:
          return notFound('Not found');
      }
    })();
    return reply('status' in done ? (done as Refusal) : { status: 200, body: done }, taken);
  }

  return {
    name: 'anthropic',
    answer,
    fail: (status) => reply(fail(status)),
    expireTokens: () => undefined,
    truth: () => ledger.items(),
    change: () => ({ changes: 0 }),
    admin: { invoice: ledger.invoice, items: ledger.items },
  };
}

function checkHeaders(request: VendorRequest, apiKey: string): Refusal | undefined {
  // Both headers are taken; where both come, the older one counts.
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const key = request.headers['x-api-key'] ?? bearer;
  if (key === undefined) return refuse(401, 'authentication_error', 'x-api-key header is required');
  if (key !== apiKey) return fail(401);
  const version = versionOf(request);
  if (version === '') return badRequest('anthropic-version: header is required');
  return VERSIONS.includes(version)
    ? undefined
    : badRequest(`anthropic-version: "${version}" is not a valid version`);
}

function versionOf(request: VendorRequest): string {
  return String(request.headers['anthropic-version'] ?? '');
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
