// Intercom's errors, and what its answers say of the rate limit.

import type { Reply } from '../delivery.ts';
import type { FaultKind } from '../faults.ts';
import type { BucketState } from '../limits.ts';
import { json } from '../server.ts';

export function errorList(status: number, code: string, message: string): Reply {
  const request_id = 'b68959ea-6328-4f70-83cb-e7913dba1542';
  return json(status, { type: 'error.list', request_id, errors: [{ code, message }] });
}

/** An error in the vendor's shape, for faults. A 429 tells nothing of when to come back but the end of its slice. */
export function failAs(status: number, kind: FaultKind): Reply {
  if (status === 429)
    return errorList(429, 'rate_limit_exceeded', 'Exceeded rate limit of 167 in 10_seconds');
  if (kind === 'forbidden') return errorList(403, 'api_plan_restricted', 'Active subscription needed.');
  if (status === 404) return errorList(404, 'not_found', 'Resource Not Found');
  if (status === 401) return errorList(401, 'unauthorized', 'Access Token Invalid');
  return errorList(status, 'server_error', 'Server Error');
}

/** `X-RateLimit-Reset` is the instant at which the slice of ten seconds ends; without valid credentials nothing is told. */
export function describeLimit({ total, remaining, resetSeconds }: BucketState, now: Date): Reply['headers'] {
  const second = Math.floor(now.getTime() / 1000);
  return {
    date: now.toUTCString(),
    'x-ratelimit-limit': String(total),
    'x-ratelimit-remaining': String(Math.max(0, remaining)),
    'x-ratelimit-reset': String(second + resetSeconds),
  };
}
