// Zendesk's answers: pages, and the several shapes in which it reports an error.

import type { Reply } from '../delivery.ts';
import type { FaultKind } from '../faults.ts';
import { json } from '../server.ts';

/** `{error, description}`: the most common shape. */
export function error(status: number, name: string, description: string, headers?: Reply['headers']): Reply {
  return json(status, { error: name, description }, headers);
}

export function notFound(): Reply {
  return error(404, 'RecordNotFound', 'Not found');
}

/** The plan or the settings of the account lack this feature. */
export function noSuchEndpoint(): Reply {
  return error(404, 'InvalidEndpoint', 'Not found');
}

export function unauthenticated(): Reply {
  return json(
    401,
    { error: "Couldn't authenticate you" },
    { 'www-authenticate': 'Basic realm="Web Password"' },
  );
}

export function forbidden(): Reply {
  return json(403, {
    error: {
      title: 'Forbidden',
      message:
        'You do not have access to this page. Please contact the account owner of this help desk for further help.',
    },
  });
}

export function invalidParameter(name: string, detail: string): Reply {
  return json(400, { errors: [{ code: 'InvalidParameter', title: `Invalid parameter: ${name}`, detail }] });
}

/** The shape in which a fault of this status shows. */
export function failAs(status: number, kind: FaultKind): Reply {
  switch (status) {
    case 401:
      return unauthenticated();
    case 403:
      return forbidden();
    case 404:
      return kind === 'not-available' ? noSuchEndpoint() : notFound();
    case 409:
      return error(
        409,
        'UpdateConflict',
        'Safe Update prevented the update due to outdated ticket data. Please fetch the latest ticket data and try again.',
      );
    case 422:
      return json(422, {
        error: 'RecordInvalid',
        description: 'Record validation errors',
        details: { base: [{ description: 'Requester: is not valid', error: 'InvalidValue' }] },
      });
    case 429:
      return {
        status,
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        body: 'Number of allowed API requests per minute exceeded',
      };
    case 503:
      return {
        status,
        headers: { 'content-type': 'text/html; charset=utf-8' },
        body: '<html><body><h1>Zendesk is being upgraded</h1></body></html>',
      };
    case 504:
      return { status, headers: { 'content-type': 'text/plain' }, body: 'upstream request timeout' };
    default:
      return error(status, 'InternalError', 'Something went wrong on our side');
  }
}
