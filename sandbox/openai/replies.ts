// The vendor's error bodies, and the rate-limit headers that every answer carries.

import type { Reply } from '../delivery.ts';
import type { BucketState } from '../limits.ts';
import { json } from '../server.ts';

export function refuse(
  status: number,
  message: string,
  code: string | null = null,
  param: string | null = null,
  type = 'invalid_request_error',
): Reply {
  return json(status, { error: { message, type, param, code } });
}

export function unknownModel(name: string): Reply {
  return refuse(
    404,
    `The model \`${name}\` does not exist or you do not have access to it.`,
    'model_not_found',
  );
}

export function quotaExceeded(): Reply {
  return refuse(
    429,
    'You exceeded your current quota, please check your plan and billing details.',
    'insufficient_quota',
    null,
    'insufficient_quota',
  );
}

export function fail(status: number): Reply {
  switch (status) {
    case 401:
      return refuse(
        401,
        'Incorrect API key provided. You can find your API key in your account settings.',
        'invalid_api_key',
      );
    case 403:
      return refuse(403, 'Project does not have access to this model.', 'model_not_found');
    case 404:
      return refuse(404, 'Not found');
    case 410:
      return refuse(410, 'The model has been retired.', 'model_not_found');
    case 429:
      return refuse(
        429,
        'Rate limit reached. Please try again later.',
        'rate_limit_exceeded',
        null,
        'requests',
      );
    case 503:
      return refuse(
        503,
        'The engine is currently overloaded, please try again later.',
        null,
        null,
        'server_error',
      );
    default:
      return refuse(
        status,
        'The server had an error while processing your request. Sorry about that!',
        null,
        null,
        'server_error',
      );
  }
}

export function withLimits(reply: Reply, taken: readonly BucketState[]): Reply {
  const headers: { [name: string]: string } = {
    'x-request-id': `req_sandbox_${Math.abs(hash(String(reply.body)))}`,
    'openai-version': '2020-10-01',
    'openai-processing-ms': '12',
  };
  for (const bucket of taken) {
    headers[`x-ratelimit-limit-${bucket.name}`] = String(bucket.total);
    headers[`x-ratelimit-remaining-${bucket.name}`] = String(Math.max(0, bucket.remaining));
    headers[`x-ratelimit-reset-${bucket.name}`] = `${bucket.resetSeconds}s`;
  }
  return { ...reply, headers: { ...headers, ...reply.headers } };
}

function hash(text: string): number {
  let value = 0;
  for (let i = 0; i < text.length; i++) value = (Math.imul(value, 31) + text.charCodeAt(i)) | 0;
  return value;
}
