// Access tokens for Google's APIs: a service account signs a claim, and its token endpoint gives a token for an hour.
// https://developers.google.com/identity/protocols/oauth2/service-account#httprest
// Not by google-auth-library, which asks oauth2.googleapis.com whatever `token_uri` the key file names (10.9.1), by a way of its own.

import { createPrivateKey, sign } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { PipelineError } from '../../core/errors.ts';
import type { Context } from '../../core/types.ts';
import { readJson, sendOnce } from './transport.ts';

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const LIFE_SECONDS = 3600;
/** A token that ends sooner than this is not used any more. */
const SPARE_MS = 60_000;
const LARGEST_FILE = 64 * 1024;

const ServiceAccount = z.object({
  type: z.literal('service_account'),
  client_email: z.string().min(3),
  private_key: z.string().min(1),
  private_key_id: z.string().optional(),
  token_uri: z.url({ protocol: /^https?$/ }).default('https://oauth2.googleapis.com/token'),
});
type ServiceAccount = z.infer<typeof ServiceAccount>;

export interface GoogleToken {
  readonly value: string;
  /** It was given to an earlier request already, so that a 401 says nothing of the account. */
  readonly isUsed: boolean;
}

export interface GoogleTokens {
  /** The token that still lasts, or a new one; many who ask at once share one request. Throws `label.unauthorized` for a bad key file. */
  get(context: Context): Promise<GoogleToken>;
  /** The token was refused before its time: the next one is new. */
  forget(): void;
}

/** `file` is the key file of a service account, as the Google Cloud console makes it. Read with the first token, and again with each. */
export function googleTokens(file: string): GoogleTokens {
  let held: { readonly value: string; readonly untilMs: number } | undefined;
  let underWay: Promise<string> | undefined;

  async function renew(context: Context): Promise<string> {
    const account = await readAccount(file);
    const { token, lifeMs } = await exchange(account, context);
    held = { value: token, untilMs: context.clock.monotonicMs() + lifeMs };
    return token;
  }

  return {
    async get(context) {
      if (held !== undefined && held.untilMs - SPARE_MS > context.clock.monotonicMs())
        return { value: held.value, isUsed: true };
      underWay ??= renew(context).finally(() => {
        underWay = undefined;
      });
      return { value: await underWay, isUsed: false };
    },
    forget() {
      held = undefined;
    },
  };
}

async function readAccount(file: string): Promise<ServiceAccount> {
  const text = await readSmallFile(file);
  const read = ServiceAccount.safeParse(readJson(text));
  if (read.success) return read.data;
  const wrong = [...new Set(read.error.issues.map(({ path }) => path.join('.') || 'the whole'))].join(', ');
  throw badFile(`is no key file of a service account (${wrong})`);
}

async function readSmallFile(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size <= LARGEST_FILE) return await readFile(file, 'utf8');
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    throw badFile(`cannot be read (${code})`);
  }
  throw badFile('is too large for a key file');
}

function badFile(problem: string): PipelineError {
  return new PipelineError(
    'config',
    'label.unauthorized',
    `The file that GOOGLE_APPLICATION_CREDENTIALS names ${problem}.`,
    { hint: 'Make a JSON key of a service account in the Google Cloud console, and name its file.' },
  );
}

async function exchange(
  account: ServiceAccount,
  context: Context,
): Promise<{ readonly token: string; readonly lifeMs: number }> {
  const { response, retryAfterMs } = await sendOnce(
    {
      method: 'POST',
      url: account.token_uri,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ grant_type: GRANT, assertion: signClaim(account, context) }).toString(),
      bucket: 'google/token',
    },
    context,
  );
  const { status } = response;
  const body = (readJson(response.text) ?? {}) as Readonly<Record<string, unknown>>;
  const { access_token: token, expires_in: seconds } = body;
  if (status === 200 && typeof token === 'string')
    return { token, lifeMs: (typeof seconds === 'number' ? seconds : LIFE_SECONDS) * 1000 };
  if (status === 429 || status >= 500 || status === 200)
    throw new PipelineError(
      'transient',
      'label.unavailable',
      `Google gives no token now: status ${status}.`,
      {
        status,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      },
    );
  const named = typeof body['error'] === 'string' ? `, ${body['error'].slice(0, 60)}` : '';
  throw new PipelineError(
    'config',
    'label.unauthorized',
    `Google does not accept the service account: status ${status}${named}.`,
    {
      status,
      hint: 'Check that the key in GOOGLE_APPLICATION_CREDENTIALS was not deleted or disabled, and that the clock of this machine is right.',
    },
  );
}

/** A JSON Web Token, RFC 7519, signed with RS256. */
function signClaim(account: ServiceAccount, context: Context): string {
  const issued = Math.floor(context.clock.now().getTime() / 1000);
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const header = {
    alg: 'RS256',
    typ: 'JWT',
    ...(account.private_key_id ? { kid: account.private_key_id } : {}),
  };
  const claim = {
    iss: account.client_email,
    scope: SCOPE,
    aud: account.token_uri,
    iat: issued,
    exp: issued + LIFE_SECONDS,
  };
  const signed = `${encode(header)}.${encode(claim)}`;
  try {
    const key = createPrivateKey(account.private_key);
    return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key).toString('base64url')}`;
  } catch {
    // What OpenSSL says may quote the key.
    throw badFile('holds a private key that cannot be read');
  }
}
