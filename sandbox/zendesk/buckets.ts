// Zendesk's rate limits: which requests share a bucket, and the two families of headers in which they show.

import type { BucketPlan, BucketState } from '../limits.ts';

export interface ZendeskLimits {
  readonly account?: number;
  /** Shared by the tickets, organizations and events exports. */
  readonly incremental?: number;
  readonly usersExport?: number;
  readonly periodSeconds?: number;
}

/** As an Enterprise account has them. */
export const VENDOR_LIMITS = { account: 700, incremental: 10, usersExport: 20, periodSeconds: 60 };
/** So large that nothing meets them. */
export const NO_LIMITS = {
  account: 1_000_000,
  incremental: 1_000_000,
  usersExport: 1_000_000,
  periodSeconds: 60,
};

export function bucketsOf(path: string, sizes: Required<ZendeskLimits>): readonly BucketPlan[] {
  const { periodSeconds } = sizes;
  const account = { name: 'account', total: sizes.account, periodSeconds };
  if (path === '/api/v2/incremental/users/cursor')
    return [account, { name: 'incremental-exports-cursor', total: sizes.usersExport, periodSeconds }];
  if (path.startsWith('/api/v2/incremental/'))
    return [account, { name: 'incremental-exports', total: sizes.incremental, periodSeconds }];
  return [account];
}

/** The account's bucket shows in two families of headers, an endpoint's bucket in one of its own. */
export function describeLimits(taken: readonly BucketState[]): {
  readonly [name: string]: string;
} {
  const headers: { [name: string]: string } = {};
  for (const bucket of taken) {
    if (bucket.name === 'account') {
      headers['x-rate-limit'] = headers['ratelimit-limit'] = String(bucket.total);
      headers['x-rate-limit-remaining'] = headers['ratelimit-remaining'] = String(bucket.remaining);
      headers['ratelimit-reset'] = String(bucket.resetSeconds);
    } else
      headers[`zendesk-ratelimit-${bucket.name}`] =
        `total=${bucket.total}; remaining=${bucket.remaining}; resets=${bucket.resetSeconds}`;
  }
  return headers;
}
