// Who may read: OAuth tokens of the three flows that machines use. https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_flows.htm

import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import type { Reply } from '../delivery.ts';
import { json, type VendorRequest } from '../server.ts';
import { refuseToken } from './replies.ts';

export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
  /** The first refresh token; where they rotate, each use replaces it. */
  readonly refreshToken: string;
  readonly username: string;
  /** An access token that ends only when told. */
  readonly accessToken: string;
}

export const CREDENTIALS: Credentials = {
  clientId: 'sandbox-client',
  clientSecret: 'sandbox-secret',
  refreshToken: 'sandbox-refresh-0',
  username: 'integration@example.com',
  accessToken: 'sandbox-access-0',
};

export interface Gate {
  admits(request: VendorRequest): boolean;
  /** POST /services/oauth2/token. */
  issue(request: VendorRequest): Reply;
  expireAll(): void;
  /** The one refresh token that still works. */
  refreshToken(): string;
  /** The key whose certificate the app has; made when it is first asked for. */
  privateKey(): string;
}

/** No assertion may be good for longer. */
const LONGEST_ASSERTION_SECONDS = 300;

export function createGate(place: {
  readonly url: string;
  readonly nowMs: () => number;
  /** How long a session lives without a request. */
  readonly sessionSeconds: number;
  readonly rotates: boolean;
}): Gate {
  const sessions = new Map<string, number>([[CREDENTIALS.accessToken, Number.POSITIVE_INFINITY]]);
  let refresh = CREDENTIALS.refreshToken;
  let issued = 0;
  let key: string | undefined;

  const privateKey = (): string => {
    key ??= generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    }).privateKey;
    return key;
  };

  function grant(more: { readonly [field: string]: string } = {}): Reply {
    issued += 1;
    const token = `00D000000000001!sandbox-access-${issued}`;
    sessions.set(token, place.nowMs() + place.sessionSeconds * 1000);
    return json(200, {
      access_token: token,
      signature: 'c2FuZGJveA==',
      scope: 'api refresh_token',
      instance_url: place.url,
      id: `${place.url}/id/00D000000000001AAA/005000000000001AAA`,
      token_type: 'Bearer',
      issued_at: String(place.nowMs()),
      ...more,
    });
  }

  function byAssertion(assertion: string): Reply {
    const [head = '', claims = '', signature = ''] = assertion.split('.');
    const refused = (why: string): Reply => refuseToken('invalid_grant', why);
    const told = readPart(claims);
    const signed = verify(
      'sha256',
      Buffer.from(`${head}.${claims}`),
      createPublicKey(privateKey()),
      Buffer.from(signature, 'base64url'),
    );
    if (readPart(head)['alg'] !== 'RS256' || !signed) return refused('invalid assertion');
    if (told['iss'] !== CREDENTIALS.clientId)
      return refuseToken('invalid_client_id', 'client identifier invalid');
    if (told['sub'] !== CREDENTIALS.username) return refused("user hasn't approved this consumer");
    if (told['aud'] !== place.url) return refused('audience is invalid');
    const leftSeconds = Number(told['exp']) - place.nowMs() / 1000;
    if (!(leftSeconds > 0 && leftSeconds <= LONGEST_ASSERTION_SECONDS))
      return refused('expired authorization code');
    return grant();
  }

  return {
    admits(request) {
      const [scheme, token = ''] = (request.headers.authorization ?? '').split(' ');
      const ends = sessions.get(token) ?? 0;
      if (!/^(?:bearer|oauth)$/i.test(scheme ?? '') || ends <= place.nowMs()) return false;
      // Each request keeps its session alive.
      if (ends !== Number.POSITIVE_INFINITY) sessions.set(token, place.nowMs() + place.sessionSeconds * 1000);
      return true;
    },
    issue(request) {
      const sent = Object.fromEntries(new URLSearchParams(request.body));
      if (sent['grant_type'] === 'urn:ietf:params:oauth:grant-type:jwt-bearer')
        return byAssertion(sent['assertion'] ?? '');
      const basic = Buffer.from(`${CREDENTIALS.clientId}:${CREDENTIALS.clientSecret}`).toString('base64');
      const known = sent['client_id'] === CREDENTIALS.clientId;
      const proven =
        request.headers.authorization === `Basic ${basic}` ||
        (known && sent['client_secret'] === CREDENTIALS.clientSecret);
      if (!proven && !known) return refuseToken('invalid_client_id', 'client identifier invalid');
      if (!proven) return refuseToken('invalid_client', 'invalid client credentials');
      switch (sent['grant_type']) {
        case 'client_credentials':
          return grant();
        case 'refresh_token':
          if (sent['refresh_token'] !== refresh)
            return refuseToken('invalid_grant', 'expired access/refresh token');
          if (!place.rotates) return grant();
          refresh = `sandbox-refresh-${issued + 1}`;
          return grant({ refresh_token: refresh });
        default:
          return refuseToken('unsupported_grant_type', 'grant type not supported');
      }
    },
    expireAll() {
      sessions.clear();
    },
    refreshToken: () => refresh,
    privateKey,
  };
}

function readPart(part: string): { readonly [claim: string]: unknown } {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString()) as { readonly [claim: string]: unknown };
  } catch {
    return {};
  }
}
