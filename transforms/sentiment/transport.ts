// The way from a vendor's client to Context.fetch: each request once, refusals as answers, trouble on the way in our own words.

import { PipelineError } from '../../core/errors.ts';
import { responseOf } from '../../core/http-errors.ts';
import type { Context, HttpHeaders, HttpRequest, HttpResponse, RateLimit } from '../../core/types.ts';

/** A label must not take longer than this; a model that needs it is stuck. */
const REQUEST_TIMEOUT_MS = 30_000;
const ANSWER_BYTES = 4 * 1024 * 1024;

export interface Received {
  readonly response: HttpResponse;
  /** Where the server asked for a wait. */
  readonly retryAfterMs: number | undefined;
}

/**
 * Sends a request once, by default with the limits of a live answer. Every status is an answer. Throws transient
 * `label.unavailable` where the way failed or the body is broken; what no wait can help (a forbidden address, an interruption)
 * travels on as it came.
 */
export async function sendOnce(request: Omit<HttpRequest, 'attempts'>, context: Context): Promise<Received> {
  try {
    const response = await context.fetch({
      timeoutMs: REQUEST_TIMEOUT_MS,
      maxBytes: ANSWER_BYTES,
      ...request,
      attempts: 1,
    });
    return { response, retryAfterMs: undefined };
  } catch (error) {
    const response = responseOf(error);
    if (response === undefined) throw unreachable(error);
    return { response, retryAfterMs: error instanceof PipelineError ? error.retryAfterMs : undefined };
  }
}

/** The way there failed: passing trouble gets our own code, the rest (a forbidden address, an interruption) travels on. */
export function unreachable(failure: unknown): unknown {
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

/** A 200 whose body is not what the vendor describes. */
export function strangeAnswer(vendor: string, setting: string): PipelineError {
  return new PipelineError(
    'transient',
    'label.unavailable',
    `${vendor} answered with something that is no completion.`,
    { hint: `If it stays so, check ${setting}.` },
  );
}

/** A body as JSON, and undefined where it is none: refusals of proxies are pages. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What one header family says of a limit, counted in requests that each take `unit` of it; none where it says nothing. */
export function readLimit(
  headers: HttpHeaders,
  names: { readonly limit: string; readonly remaining: string; readonly reset: string },
  as: {
    readonly bucket: string;
    readonly unit: number;
    readonly resetMs: (value: string) => number | undefined;
  },
): readonly RateLimit[] {
  const remaining = Number(headers.get(names.remaining) ?? Number.NaN);
  const resetMs = as.resetMs(headers.get(names.reset) ?? '');
  if (!Number.isFinite(remaining) || resetMs === undefined) return [];
  const limit = Number(headers.get(names.limit) ?? Number.NaN);
  const told = { bucket: as.bucket, remaining: Math.floor(remaining / as.unit), resetMs };
  return [Number.isFinite(limit) ? { ...told, limit: Math.floor(limit / as.unit) } : told];
}
