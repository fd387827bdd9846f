// Carries requests to an OpenAI-compatible server: the vendor's SDK on top, our own fetch with its limits and guards below.

import type { OpenAI } from 'openai';
import { PipelineError } from '../../core/errors.ts';
import { responseOf } from '../../core/http-errors.ts';
import type { Context, Environment, HttpHeaders, HttpResponse, RateLimit } from '../../core/types.ts';
import type { Refusal } from './openai-errors.ts';
import { setting } from './setting.ts';

const BUCKET = 'openai/chat';
const REQUEST_TIMEOUT_MS = 30_000;
const ANSWER_BYTES = 4 * 1024 * 1024;

export type Completion = OpenAI.Chat.Completions.ChatCompletion;
export type CompletionRequest = OpenAI.Chat.Completions.ChatCompletionCreateParamsNonStreaming;
type Sent = { readonly completion: Completion } | { readonly refusal: Refusal };

/**
 * Sends requests through the SDK, each once; tries and waits belong to the engine. Refusals of the server are returned; failures
 * on the way are thrown: transient `label.unavailable`, or as they came where no wait can help.
 */
export async function openSender(options: {
  readonly apiKey: string;
  readonly baseURL: string | undefined;
  readonly env: Environment;
  readonly context: Context;
  /** Of the requests to come, for reading limits that count tokens. */
  readonly inputTokens: number;
}): Promise<(request: CompletionRequest) => Promise<Sent>> {
  const { APIError, OpenAI } = await import('openai');
  const { context, env } = options;
  /** What our own fetch threw: the SDK hides it behind an error of its own. */
  let failure: unknown;
  const client = new OpenAI({
    apiKey: options.apiKey,
    baseURL: options.baseURL ?? null,
    organization: setting(env, 'OPENAI_ORG_ID') ?? null,
    project: setting(env, 'OPENAI_PROJECT_ID') ?? null,
    maxRetries: 0,
    // OPENAI_LOG=debug would print customers' words.
    logLevel: 'off',
    fetch: async (url, init) => {
      try {
        return toResponse(await context.fetch(toRequest(url, init, options.inputTokens)));
      } catch (error) {
        failure = error;
        const answer = responseOf(error);
        if (answer === undefined) throw error;
        return toResponse(answer);
      }
    },
  });
  return async (request) => {
    failure = undefined;
    try {
      return { completion: await client.chat.completions.create(request) };
    } catch (error) {
      if (failure !== undefined && responseOf(failure) === undefined) throw unreachable(failure);
      if (!(error instanceof APIError) || error.status === undefined) throw error;
      const retryAfterMs = failure instanceof PipelineError ? failure.retryAfterMs : undefined;
      return {
        refusal: {
          status: error.status,
          code: error.code ?? '',
          type: error.type ?? '',
          param: error.param ?? '',
          said: error.message,
          retryAfterMs,
        },
      };
    }
  };
}

/** The way there failed: passing trouble gets our own code, the rest (a forbidden address, an interruption) travels on. */
function unreachable(failure: unknown): unknown {
  if (
    !(failure instanceof PipelineError) ||
    failure.kind !== 'transient' ||
    failure.code === 'run.interrupted'
  )
    return failure;
  return new PipelineError(
    'transient',
    'label.unavailable',
    `The label provider cannot be reached: ${failure.message}`,
    {
      cause: failure,
      ...(failure.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs }),
    },
  );
}

// -------------------------------------------------------------------------------- between the SDK's fetch and our own

function toRequest(
  url: string | URL | Request,
  init: RequestInit | undefined,
  inputTokens: number,
): Parameters<Context['fetch']>[0] {
  return {
    method: 'POST',
    url: String(url),
    headers: Object.fromEntries(new Headers(init?.headers)),
    body: String(init?.body ?? ''),
    bucket: BUCKET,
    timeoutMs: REQUEST_TIMEOUT_MS,
    maxBytes: ANSWER_BYTES,
    attempts: 1,
    limits: (headers) => readLimits(headers, inputTokens),
  };
}

function toResponse({ status, headers, text }: HttpResponse): Response {
  const type = headers.get('content-type') ?? 'application/json';
  return new Response(text === '' ? null : text, { status, headers: { 'content-type': type } });
}

/** The tighter of the limits on requests and on tokens, both counted in requests like this one. */
function readLimits(headers: HttpHeaders, tokens: number): readonly RateLimit[] {
  const read = (what: string, unit: number): RateLimit[] => {
    const remaining = Number(headers.get(`x-ratelimit-remaining-${what}`) ?? Number.NaN);
    const resetMs = readDurationMs(headers.get(`x-ratelimit-reset-${what}`) ?? '');
    if (!Number.isFinite(remaining) || resetMs === undefined) return [];
    const limit = Number(headers.get(`x-ratelimit-limit-${what}`) ?? Number.NaN);
    const starts = { remaining: Math.floor(remaining / unit), resetMs, bucket: BUCKET };
    return [Number.isFinite(limit) ? { ...starts, limit: Math.floor(limit / unit) } : starts];
  };
  return [...read('requests', 1), ...read('tokens', tokens)]
    .sort((a, b) => a.remaining - b.remaining)
    .slice(0, 1);
}

/** Durations as the vendor writes them: `20ms`, `1s`, `6m0s`. */
function readDurationMs(duration: string): number | undefined {
  const match = /^(?:(\d+)h)?(?:(\d+)m(?!s))?(?:([\d.]+)s)?(?:([\d.]+)ms)?$/.exec(duration);
  if (match === null || duration === '') return undefined;
  const [hours, minutes, seconds, milliseconds] = match.slice(1).map((part) => Number(part ?? 0));
  return (((hours ?? 0) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1000 + (milliseconds ?? 0);
}
