// A service account and the token endpoint that trusts it: signed assertions go in, access tokens for an hour come out.
// https://developers.google.com/identity/protocols/oauth2/service-account

import { createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import type { Reply } from '../delivery.ts';
import { json } from '../server.ts';

/** What a key file of Google's console holds. */
export interface ServiceAccountFile {
  readonly type: 'service_account';
  readonly project_id: string;
  readonly private_key_id: string;
  readonly private_key: string;
  readonly client_email: string;
  readonly client_id: string;
  readonly token_uri: string;
}

export interface Auth {
  readonly credentials: ServiceAccountFile;
  /** Answers the token endpoint. */
  exchange(body: string): Reply;
  knows(authorization: string | undefined): boolean;
  expireAll(): void;
}

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const LIFE_SECONDS = 3600;
/** Clocks may differ by this much. */
const SKEW_SECONDS = 300;
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
/** Google's own clients always name this audience. */
const GOOGLE_TOKEN_URL = 'https://oauth2.googleapis.com/token';

let made: { readonly privateKey: string; readonly publicKey: string } | undefined;

/** One pair for all stand-ins of a process: making one takes a second on a slow machine. */
function keyPair(): { readonly privateKey: string; readonly publicKey: string } {
  made ??= generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return made;
}

export function createAuth(options: {
  readonly url: string;
  readonly project: string;
  readonly now: () => Date;
}): Auth {
  const { privateKey, publicKey } = keyPair();
  const tokenUrl = `${options.url}/token`;
  const credentials: ServiceAccountFile = {
    type: 'service_account',
    project_id: options.project,
    private_key_id: 'sandbox-key-1',
    private_key: privateKey,
    client_email: `labels@${options.project}.iam.gserviceaccount.com`,
    client_id: '100000000000000000000',
    token_uri: tokenUrl,
  };
  const key = createPublicKey(publicKey);
  const tokens = new Map<string, number>();
  const nowSeconds = (): number => options.now().getTime() / 1000;

  function check(assertion: string): string | undefined {
    const [head = '', body = '', signature = '', more] = assertion.split('.');
    if (more !== undefined || signature === '') return 'Bad Request';
    const header = readPart(head);
    const claims = readPart(body);
    if (header === undefined || claims === undefined) return 'Bad Request';
    if (header['alg'] !== 'RS256') return 'Invalid JWT Signature.';
    if (claims['iss'] !== credentials.client_email) return 'Invalid grant: account not found';
    if (!verify('RSA-SHA256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url')))
      return 'Invalid JWT Signature.';
    if (claims['aud'] !== tokenUrl && claims['aud'] !== GOOGLE_TOKEN_URL)
      return 'Invalid JWT: Failed audience check.';
    const [issued, expires] = [Number(claims['iat']), Number(claims['exp'])];
    const now = nowSeconds();
    const isShortLived = expires - issued <= LIFE_SECONDS && issued <= now + SKEW_SECONDS;
    if (!isShortLived || !(expires > now - SKEW_SECONDS))
      return 'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.';
    return undefined;
  }

  return {
    credentials,
    exchange(body) {
      const form = new URLSearchParams(body);
      if (form.get('grant_type') !== GRANT)
        return json(400, {
          error: 'unsupported_grant_type',
          error_description: `Invalid grant_type: ${form.get('grant_type') ?? ''}`,
        });
      const assertion = form.get('assertion') ?? '';
      const problem = check(assertion);
      if (problem !== undefined) return json(400, { error: 'invalid_grant', error_description: problem });
      const scopes = String(readPart(assertion.split('.')[1] ?? '')?.['scope'] ?? '').split(' ');
      if (!scopes.includes(SCOPE))
        return json(400, {
          error: 'invalid_scope',
          error_description: 'Invalid OAuth scope or ID token audience provided.',
        });
      const token = `ya29.sandbox-${randomBytes(16).toString('hex')}`;
      tokens.set(token, nowSeconds() + LIFE_SECONDS);
      return json(200, { access_token: token, expires_in: LIFE_SECONDS - 1, token_type: 'Bearer' });
    },
    knows(authorization) {
      const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
      return token !== undefined && (tokens.get(token) ?? 0) > nowSeconds();
    },
    expireAll: () => tokens.clear(),
  };
}

function readPart(part: string): { readonly [claim: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return value !== null && typeof value === 'object' ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
