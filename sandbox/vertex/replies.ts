// Google's error bodies. Vertex tells no limits in headers: its quota is shared and moves (dynamic shared quota).
// https://cloud.google.com/apis/design/errors  https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/api-errors

import type { Reply } from '../delivery.ts';
import { json } from '../server.ts';

const STATUS: { readonly [code: number]: string } = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

export function refuse(code: number, message: string, details: readonly object[] = []): Reply {
  const status = STATUS[code] ?? (code >= 500 ? 'INTERNAL' : 'FAILED_PRECONDITION');
  return json(code, { error: { code, message, status, ...(details.length > 0 ? { details } : {}) } });
}

function reason(name: string, metadata: object): object {
  return {
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason: name,
    domain: 'googleapis.com',
    metadata,
  };
}

export function billingDisabled(project: string): Reply {
  return refuse(
    403,
    `This API method requires billing to be enabled. Please enable billing on project #${project}.`,
    [reason('BILLING_DISABLED', { service: 'aiplatform.googleapis.com', consumer: `projects/${project}` })],
  );
}

export function unknownModel(path: string): Reply {
  return refuse(
    404,
    `Publisher Model \`${path}\` was not found or your project does not have access to it. Please ensure you are using a valid model version.`,
  );
}

export function fail(code: number): Reply {
  switch (code) {
    case 401:
      return refuse(
        401,
        'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
        [reason('ACCESS_TOKEN_EXPIRED', { service: 'aiplatform.googleapis.com' })],
      );
    case 403:
      return refuse(
        403,
        "Permission 'aiplatform.endpoints.predict' denied on resource (or it may not exist).",
        [reason('IAM_PERMISSION_DENIED', { permission: 'aiplatform.endpoints.predict' })],
      );
    case 404:
      return refuse(404, 'Requested entity was not found.');
    case 429:
      return refuse(429, 'Resource exhausted. Please try again later.');
    case 503:
      return refuse(503, 'The service is currently unavailable.');
    case 504:
      return refuse(504, 'Deadline expired before operation could complete.');
    default:
      return refuse(
        code,
        code >= 500 ? 'Internal error encountered.' : 'Request contains an invalid argument.',
      );
  }
}
