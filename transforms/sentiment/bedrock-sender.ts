// Carries requests to Amazon Bedrock: the vendor's SDK shapes and signs them, our own fetch with its limits and guards sends them.

import type { ConverseCommandInput, ConverseCommandOutput } from '@aws-sdk/client-bedrock-runtime';
import type { Context } from '../../core/types.ts';
import { codeOfStatus, type RefusalCode, refusal, type VendorWords } from './refusals.ts';
import { type Received, readJson, sendOnce, strangeAnswer } from './transport.ts';

const BUCKET = 'bedrock/converse';
/** Headers of an answer that the SDK reads. */
const READ = ['content-type', 'x-amzn-errortype', 'x-amzn-requestid', 'date'] as const;

const WORDS: VendorWords = {
  title: 'Bedrock',
  hints: {
    no_money:
      'Give the AWS account a valid way to pay, or raise its quota for the model; then run `pipeline enrich`.',
    unauthorized:
      'Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, that they may call bedrock:InvokeModel, and that the account has access to the model in AWS_REGION.',
    model_gone:
      'Set BEDROCK_MODEL to the id of a model or inference profile that AWS_REGION offers: https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html.',
  },
};

export interface BedrockAccount {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
  readonly endpoint: string | undefined;
}

/** What the API said no to; `said` decides and is never shown, because it may quote the prompt. */
export interface BedrockRefusal {
  readonly status: number;
  /** Such as `ThrottlingException`. */
  readonly type: string;
  readonly said: string;
  readonly retryAfterMs: number | undefined;
}

/**
 * One Converse request through the SDK, sent once by Context.fetch. Refusals of the server are returned, failures on the way are
 * thrown: transient `label.unavailable`, or as they came where no wait can help.
 */
export async function converse(
  account: BedrockAccount,
  input: ConverseCommandInput,
  context: Context,
): Promise<{ readonly output: ConverseCommandOutput } | { readonly refusal: BedrockRefusal }> {
  // It would tell operators which Node its next versions need; this one is pinned, and tested on every Node that we allow.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const { BedrockRuntimeClient, ConverseCommand } = await import('@aws-sdk/client-bedrock-runtime');
  const { accessKeyId, secretAccessKey, sessionToken, endpoint, region } = account;
  let failure: { readonly thrown: unknown } | undefined;
  let received: Received | undefined;
  const client = new BedrockRuntimeClient({
    region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    // A bearer token in the process's environment would otherwise take the place of the key.
    authSchemePreference: ['aws.auth#sigv4'],
    maxAttempts: 1,
    ...(endpoint === undefined ? {} : { endpoint }),
    requestHandler: {
      async handle(request: SignedRequest) {
        try {
          received = await sendOnce(
            { method: 'POST', url: addressOf(request), ...contentOf(request), bucket: BUCKET },
            context,
          );
        } catch (thrown) {
          failure = { thrown };
          throw thrown;
        }
        const { status, headers, text } = received.response;
        const read = READ.map((name) => [name, headers.get(name) ?? ''] as const);
        const response = {
          statusCode: status,
          headers: Object.fromEntries(read.filter(([, value]) => value !== '')),
          body: new TextEncoder().encode(text),
        };
        return { response };
      },
    },
  });
  try {
    return { output: await client.send(new ConverseCommand(input)) };
  } catch (error) {
    if (failure !== undefined) throw failure.thrown;
    if (received === undefined) throw error;
    // Not as the cause: what cannot be read may be quoted in it.
    if (received.response.status < 400) throw strangeAnswer('Bedrock', 'BEDROCK_BASE_URL');
    return { refusal: readRefusal(received) };
  } finally {
    client.destroy();
  }
}

/** A request as the SDK hands it over, signed. */
interface SignedRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

function addressOf({ protocol, hostname, port, path }: SignedRequest): string {
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`;
}

function contentOf({ headers, body }: SignedRequest): {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
} {
  // Both are made again from the address and the body, with the values that were signed.
  const { host: _, 'content-length': __, ...kept } = headers;
  const text = body instanceof Uint8Array ? new TextDecoder().decode(body) : String(body ?? '');
  return { headers: kept, body: text };
}

function readRefusal({ response, retryAfterMs }: Received): BedrockRefusal {
  const body = (readJson(response.text) ?? {}) as { readonly message?: unknown; readonly __type?: unknown };
  const type = response.headers.get('x-amzn-errortype') ?? String(body.__type ?? '');
  return {
    status: response.status,
    type: /[A-Za-z]+(?=:|$)/.exec(type)?.[0] ?? '',
    said: String(body.message ?? ''),
    retryAfterMs,
  };
}

/** The error for a refusal. https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html */
export function bedrockRefusal(refused: BedrockRefusal, model: string): Error {
  const { status, type, retryAfterMs } = refused;
  return refusal(codeOf(refused), WORDS, { model, status, named: type, retryAfterMs });
}

function codeOf({ status, type, said }: BedrockRefusal): RefusalCode {
  // An account that cannot pay is told so by a 403 that looks like a missing permission.
  if (/INVALID_PAYMENT_INSTRUMENT|billing/i.test(said)) return 'no_money';
  switch (type) {
    case 'ThrottlingException':
    case 'ModelNotReadyException':
      return 'rate_limited';
    case 'ModelErrorException':
      return 'unavailable';
    case 'ResourceNotFoundException':
      return 'model_gone';
    case 'ValidationException':
      if (status === 400)
        return /model (?:identifier|id) is invalid|on-demand throughput/i.test(said)
          ? 'model_gone'
          : 'rejected';
      break;
  }
  return codeOfStatus(status);
}
