// Salesforce's answers: errors are a list of one, and the token endpoint has a shape of its own.

import type { Reply } from '../delivery.ts';
import type { FaultKind } from '../faults.ts';
import { json } from '../server.ts';

export function refuse(status: number, errorCode: string, message: string): Reply {
  return json(status, [{ message, errorCode }]);
}

export function refuseToken(error: string, description: string): Reply {
  return json(400, { error, error_description: description });
}

export function noSession(): Reply {
  return refuse(401, 'INVALID_SESSION_ID', 'Session expired or invalid');
}

export function notFound(): Reply {
  return refuse(404, 'NOT_FOUND', 'The requested resource does not exist');
}

export function quotaSpent(): Reply {
  return refuse(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.');
}

/** What the vendor itself can do wrong, by the `what` of a fault of kind `model`. */
export const MISBEHAVIOURS: { readonly [what: string]: () => Reply } = {
  quota_spent: quotaSpent,
  crowded: () =>
    refuse(403, 'REQUEST_LIMIT_EXCEEDED', 'ConcurrentRequests (Concurrent API Requests) Limit exceeded.'),
  query_timeout: () => refuse(400, 'QUERY_TIMEOUT', 'Your query request was running for too long.'),
  invalid_locator: () => refuse(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator'),
  unknown_field: () =>
    refuse(
      400,
      'INVALID_FIELD',
      "No such column 'Contact.Name' on entity 'Case'. If you are attempting to …",
    ),
  no_bulk: () => refuse(400, 'INVALIDENTITY', "Entity 'Case' is not supported by the Bulk API."),
  too_many_jobs: () =>
    refuse(400, 'LIMIT_EXCEEDED', 'Max bulk v2 query jobs (10000) per 24 hrs has been reached'),
  lost_job: notFound,
  too_many_deleted: () => refuse(400, 'EXCEEDED_ID_LIMIT', 'id limit reached'),
  deletes_purged: () =>
    refuse(400, 'INVALID_REPLICATION_DATE', 'startDate before org replication enabled date'),
  maintenance: () =>
    refuse(503, 'SERVER_UNAVAILABLE', 'The server is temporarily unavailable for maintenance'),
  locked: () => refuse(400, 'UNABLE_TO_LOCK_ROW', 'unable to obtain exclusive access to this record'),
  api_disabled: () =>
    refuse(403, 'API_DISABLED_FOR_ORG', 'API is not enabled for this Organization or Partner'),
};

/** The shape in which a fault of this status shows. */
export function failAs(status: number, kind: FaultKind): Reply {
  switch (status) {
    case 401:
      return noSession();
    case 403:
      return refuse(403, 'INSUFFICIENT_ACCESS', 'insufficient access rights on this entity');
    case 404:
      return notFound();
    case 429:
      return refuse(429, 'REQUEST_LIMIT_EXCEEDED', 'too many requests');
    case 503:
      return {
        status,
        headers: { 'content-type': 'text/html; charset=utf-8' },
        body: '<html><head><title>Salesforce - Maintenance</title></head><body>We are down for maintenance.</body></html>',
      };
    default:
      return refuse(status, 'UNKNOWN_EXCEPTION', `An unexpected error occurred (${kind})`);
  }
}
