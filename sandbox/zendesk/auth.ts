// Who may read: OAuth tokens with an end, refresh tokens that work once, and the API tokens that Zendesk is retiring.
// https://developer.zendesk.com/documentation/api-basics/authentication/oauth-migration

import type { Reply } from '../delivery.ts';
import { json, type VendorRequest } from '../server.ts';

export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
  /** The first refresh token; each use replaces it. */
  readonly refreshToken: string;
  /** An access token that ends only when told. */
  readonly accessToken: string;
  readonly email: string;
  readonly apiToken: string;
}

export const CREDENTIALS: Credentials = {
  clientId: 'sandbox-client',
  clientSecret: 'sandbox-secret',
  refreshToken: 'sandbox-refresh-0',
  accessToken: 'sandbox-access-0',
  email: 'admin@example.com',
  apiToken: 'sandbox-api-token',
};

/** `anonymous`: no credentials or wrong ones. `unscoped`: a real token whose scopes allow nothing. */
export type Caller = 'admin' | 'unscoped' | 'anonymous';

export interface Gate {
  identify(request: VendorRequest): Caller;
  /** POST /oauth/tokens. */
  issue(request: VendorRequest): Reply;
  expireAll(): void;
  /** The one refresh token that still works. */
  refreshToken(): string;
}

const KNOWN_SCOPES: ReadonlySet<string> = new Set([
  'read',
  'write',
  'impersonate',
  'tickets:read',
  'tickets:write',
  'users:read',
  'organizations:read',
  'satisfaction_ratings:read',
]);

export function createGate(nowMs: () => number, ttlSeconds: number): Gate {
  const tokens = new Map<string, { readonly endsMs: number; readonly scoped: boolean }>();
  tokens.set(CREDENTIALS.accessToken, { endsMs: Number.POSITIVE_INFINITY, scoped: true });
  let refresh = CREDENTIALS.refreshToken;
  let issued = 0;

  function grant(scope: string): { readonly [field: string]: unknown } {
    issued += 1;
    const token = `sandbox-access-${issued}`;
    const scoped = scope.split(/\s+/).some((name) => KNOWN_SCOPES.has(name));
    tokens.set(token, { endsMs: nowMs() + ttlSeconds * 1000, scoped });
    return { access_token: token, token_type: 'bearer', scope, expires_in: ttlSeconds };
  }

  return {
    identify(request) {
      const [scheme, value] = (request.headers.authorization ?? '').split(' ');
      if (scheme === 'Bearer') {
        const token = tokens.get(value ?? '');
        if (!token || token.endsMs <= nowMs()) return 'anonymous';
        return token.scoped ? 'admin' : 'unscoped';
      }
      const expected = Buffer.from(`${CREDENTIALS.email}/token:${CREDENTIALS.apiToken}`).toString('base64');
      return scheme === 'Basic' && value === expected ? 'admin' : 'anonymous';
    },
    issue(request) {
      const sent = readForm(request);
      if (sent['client_id'] !== CREDENTIALS.clientId || sent['client_secret'] !== CREDENTIALS.clientSecret) {
        return refuse(
          401,
          'invalid_client',
          'Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.',
        );
      }
      switch (sent['grant_type']) {
        case 'client_credentials':
          return json(200, grant(sent['scope'] ?? 'read'));
        case 'refresh_token': {
          if (sent['refresh_token'] !== refresh)
            return refuse(
              400,
              'invalid_grant',
              'The provided authorization grant or refresh token is invalid, expired or revoked.',
            );
          const granted = grant(sent['scope'] ?? 'read');
          refresh = `sandbox-refresh-${issued}`;
          return json(200, { ...granted, refresh_token: refresh, refresh_token_expires_in: 30 * 86_400 });
        }
        default:
          return refuse(
            400,
            'unsupported_grant_type',
            'The authorization grant type is not supported by the authorization server.',
          );
      }
    },
    expireAll() {
      tokens.clear();
    },
    refreshToken: () => refresh,
  };
}

function refuse(status: number, name: string, description: string): Reply {
  return json(status, { error: name, error_description: description });
}

/** The vendor takes a JSON body and a form alike. */
function readForm(request: VendorRequest): { readonly [name: string]: string | undefined } {
  const type = request.headers['content-type'] ?? '';
  if (!type.includes('json')) return Object.fromEntries(new URLSearchParams(request.body));
  try {
    return JSON.parse(request.body) as { readonly [name: string]: string };
  } catch {
    return {};
  }
}
