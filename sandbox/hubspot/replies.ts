// The error bodies of HubSpot. https://developers.hubspot.com/docs/api-reference/error-handling

import type { Reply } from '../delivery.ts';
import type { FaultKind } from '../faults.ts';
import { json } from '../server.ts';

const CORRELATION = 'aeb5f871-7f07-4993-9211-075dc63e7cbf';

export function refuse(status: number, message: string, category: string): Reply {
  return json(status, { status: 'error', message, correlationId: CORRELATION, category });
}

export function invalid(message: string): Reply {
  return refuse(400, message, 'VALIDATION_ERROR');
}

export function unauthenticated(expired: boolean): Reply {
  return expired
    ? refuse(401, 'The OAuth token used to make this call expired.', 'EXPIRED_AUTHENTICATION')
    : refuse(
        401,
        'Authentication credentials not found. This API supports OAuth 2.0 authentication.',
        'INVALID_AUTHENTICATION',
      );
}

export function noSuchPage(): Reply {
  return { status: 404, headers: { 'content-type': 'text/html;charset=utf-8' }, body: '<h1>Not Found</h1>' };
}

export type Policy = 'SECONDLY' | 'TEN_SECONDLY_ROLLING' | 'DAILY';

/** Without Retry-After: HubSpot does not always send one. */
export function tooMany(policyName: Policy): Reply {
  const message = `You have reached your ${policyName.toLowerCase().replaceAll('_', ' ')} limit.`;
  const more = { errorType: 'RATE_LIMIT', correlationId: CORRELATION, policyName };
  return json(429, { status: 'error', message, ...more });
}

/** The shape in which a fault of this status shows. */
export function failAs(status: number, kind: FaultKind): Reply {
  if (status === 429) return tooMany('TEN_SECONDLY_ROLLING');
  if (status === 403) {
    const message = 'This app hasn’t been granted all required scopes to make this call.';
    return refuse(403, message, 'MISSING_SCOPES');
  }
  if (status === 404) return refuse(404, 'resource not found', 'OBJECT_NOT_FOUND');
  if (status >= 502)
    return { status, headers: { 'content-type': 'text/html' }, body: `<html>${status} ${kind}</html>` };
  return refuse(status, 'internal error', status >= 500 ? 'INTERNAL_ERROR' : 'VALIDATION_ERROR');
}
