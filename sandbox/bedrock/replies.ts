// The error bodies of AWS: a message, with the kind of the error in a header.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_Errors

import { randomUUID } from 'node:crypto';
import type { Reply } from '../delivery.ts';
import { json } from '../server.ts';

/** Every answer carries an id of its own. */
export function reply(status: number, body: unknown, errorType?: string): Reply {
  return json(status, body, {
    'x-amzn-requestid': randomUUID(),
    ...(errorType === undefined
      ? {}
      : { 'x-amzn-errortype': `${errorType}:http://internal.amazon.com/coral/com.amazon.bedrock/` }),
  });
}

export function refuse(status: number, errorType: string, message: string): Reply {
  return reply(status, { message }, errorType);
}

export function invalid(message: string): Reply {
  return refuse(400, 'ValidationException', message);
}

/** An account whose card is not taken: it says 403 and means money. */
export function noPayment(): Reply {
  return refuse(
    403,
    'AccessDeniedException',
    'Model access is denied due to INVALID_PAYMENT_INSTRUMENT:A valid payment instrument must be provided. Your AWS Marketplace subscription for this model cannot be completed at this time.',
  );
}

export function fail(status: number): Reply {
  switch (status) {
    case 401:
    case 403:
      return refuse(
        403,
        'AccessDeniedException',
        "You don't have access to the model with the specified model ID.",
      );
    case 404:
      return refuse(
        404,
        'ResourceNotFoundException',
        'This model version has reached the end of its life. Please refer to the AWS documentation for more details.',
      );
    case 408:
      return refuse(408, 'ModelTimeoutException', 'The model took too long to process the request.');
    case 424:
      return refuse(424, 'ModelErrorException', 'The model failed while it processed the request.');
    case 429:
      return refuse(429, 'ThrottlingException', 'Too many requests, please wait before trying again.');
    case 503:
      return refuse(503, 'ServiceUnavailableException', 'Bedrock is unable to process your request.');
    default:
      return status >= 500
        ? refuse(
            status,
            'InternalServerException',
            'The system encountered an unexpected error during processing. Try your request again.',
          )
        : refuse(status, 'ValidationException', 'The request is not valid.');
  }
}
