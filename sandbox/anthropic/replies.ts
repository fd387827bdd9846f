// Anthropic's error bodies, and the rate-limit headers that every answer carries.
// https://platform.claude.com/docs/en/api/errors  https://platform.claude.com/docs/en/api/rate-limits

import type { Reply } from '../delivery.ts';
import type { BucketState } from '../limits.ts';
import { json } from '../server.ts';

type ErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'billing_error'
  | 'permission_error'
  | 'not_found_error'
  | 'rate_limit_error'
  | 'timeout_error'
  | 'api_error'
  | 'overloaded_error';

export interface ErrorBody {
  readonly type: 'error';
  readonly error: { readonly type: ErrorType; readonly message: string; readonly details?: object };
  readonly request_id: string | null;
}

/** A refusal, with its status. */
export interface Refusal {
  readonly status: number;
  readonly body: ErrorBody;
}

export function refuse(status: number, type: ErrorType, message: string, details?: object): Refusal {
  const error = details === undefined ? { type, message } : { type, message, details };
  return { status, body: { type: 'error', error, request_id: null } };
}

export function badRequest(message: string): Refusal {
  return refuse(400, 'invalid_request_error', message);
}

export function notFound(message: string): Refusal {
  return refuse(404, 'not_found_error', message);
}

/** The spend limit of the account: a 429 that no wait heals, and that names none. */
export function spendLimitReached(): Refusal {
  return refuse(
    429,
    'rate_limit_error',
    "You have reached your organization's spend limit. Contact your administrator to raise it.",
    { error_code: 'enforced_spend_limit_reached' },
  );
}

export function fail(status: number): Refusal {
  switch (status) {
    case 401:
      return refuse(401, 'authentication_error', 'invalid x-api-key');
    case 402:
      return refuse(402, 'billing_error', 'There is an issue with your billing or payment information.');
    case 403:
      return refuse(
        403,
        'permission_error',
        'Your API key does not have permission to use the specified resource.',
      );
    case 404:
      return notFound('The requested resource could not be found.');
    case 429:
      return refuse(
        429,
        'rate_limit_error',
        "This request would exceed your organization's rate limit. Please try again later.",
      );
    case 504:
      return refuse(504, 'timeout_error', 'The request timed out.');
    case 529:
      return refuse(529, 'overloaded_error', 'Overloaded');
    default:
      return status >= 500
        ? refuse(status, 'api_error', 'Internal server error')
        : refuse(status, 'invalid_request_error', 'The request is not valid.');
  }
}

/** The answer as it is sent: request id, limits as they stand after it, and `retry-after` where a bucket refused. */
export function toReply(
  answer: { readonly status: number; readonly body: object },
  n: number,
  now: Date,
  taken: readonly BucketState[],
): Reply {
  const requestId = `req_sandbox_${n}`;
  const headers: { [name: string]: string } = {
    'request-id': requestId,
    'anthropic-organization-id': 'org_sandbox',
  };
  for (const bucket of taken) {
    const reset = new Date(now.getTime() + bucket.resetSeconds * 1000);
    headers[`anthropic-ratelimit-${bucket.name}-limit`] = String(bucket.total);
    headers[`anthropic-ratelimit-${bucket.name}-remaining`] = String(Math.max(0, bucket.remaining));
    headers[`anthropic-ratelimit-${bucket.name}-reset`] = reset.toISOString().replace(/\.\d{3}Z$/, 'Z');
  }
  const refused = taken.find((bucket) => !bucket.granted);
  if (refused) headers['retry-after'] = String(refused.resetSeconds);
  const body = 'request_id' in answer.body ? { ...answer.body, request_id: requestId } : answer.body;
  return json(answer.status, body, headers);
}
