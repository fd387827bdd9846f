// Who may read: the token of a private app, and OAuth tokens that live for half an hour.
// https://developers.hubspot.com/docs/api-reference/legacy/authentication/oauth-tokens

import type { Reply } from '../delivery.ts';
import { json, type VendorRequest } from '../server.ts';
import { unauthenticated } from './replies.ts';

export interface Credentials {
  /** The token of the private app; ends only when told. */
  readonly token: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Stays the same however often it is used. */
  readonly refreshToken: string;
}

export interface Gate {
  /** Undefined where the caller may read; else the refusal. */
  refuse(request: VendorRequest): Reply | undefined;
  /** POST /oauth/v1/token. */
  issue(request: VendorRequest): Reply;
  /** All access tokens end now, and the private app's is rotated. */
  expireAll(): void;
  /** The private app's token that is good now. */
  token(): string;
}

export function createGate(nowMs: () => number, ttlSeconds: number, fixed: Omit<Credentials, 'token'>): Gate {
  const tokens = new Map<string, number>();
  let issued = 0;
  let rotations = 0;
  const token = (): string => `pat-sandbox-${rotations}`;
  return {
    token,
    refuse({ headers }) {
      const [scheme, value = ''] = (headers.authorization ?? '').split(' ');
      if (scheme === 'Bearer' && value === token()) return undefined;
      const endsMs = tokens.get(value);
      if (scheme === 'Bearer' && endsMs !== undefined && endsMs > nowMs()) return undefined;
      return unauthenticated(endsMs !== undefined);
    },
    issue({ body }) {
      const sent = new URLSearchParams(body);
      const wrong = (status: number, message: string): Reply =>
        json(status, { status: 'BAD_CLIENT', message, error: message });
      if (sent.get('client_id') !== fixed.clientId || sent.get('client_secret') !== fixed.clientSecret)
        return wrong(400, 'missing or invalid client secret');
      if (sent.get('grant_type') !== 'refresh_token') return wrong(400, 'unsupported grant type');
      if (sent.get('refresh_token') !== fixed.refreshToken)
        return wrong(400, 'missing or invalid refresh token');
      issued += 1;
      const access = `sandbox-access-${issued}`;
      tokens.set(access, nowMs() + ttlSeconds * 1000);
      return json(200, {
        token_type: 'bearer',
        refresh_token: fixed.refreshToken,
        access_token: access,
        expires_in: ttlSeconds,
      });
    },
    expireAll() {
      rotations += 1;
      for (const one of tokens.keys()) tokens.set(one, 0);
    },
  };
}
