// Signs requests in: keeps one token for each account in this process, and renews it once for all who ask.

import { asPipelineError, PipelineError } from '../../core/errors.ts';
import { failpoint } from '../../core/failpoint.ts';
import { stableHash } from '../../core/ids.ts';
import { asRecord } from '../../core/mapping.ts';
import type { Context, Json } from '../../core/types.ts';
import { type Credentials, readSettings, type Settings } from './settings.ts';

/** One signed-in account. */
export interface Session {
  readonly root: string;
  /** Who we are, without a secret. */
  readonly identity: string;
  /** The header value for the next request. */
  authorization(context: Context): Promise<string>;
  /**
   * After a 401 to `refused`: a new header value, made at most once however many ask at the same time.
   * Undefined when these credentials cannot be renewed. Throws config `zendesk.unauthorized` when renewal is refused.
   */
  renew(context: Context, refused: string): Promise<string | undefined>;
}

interface Token {
  readonly accessToken: string;
  /** Undefined when the vendor did not tell; then only a 401 ends it. */
  readonly expiresAtMs: number | undefined;
}

/** What is kept of a rotating chain: single-use refresh tokens must survive a crash. */
interface StoredToken extends Token {
  /** Hash of the refresh token in the environment that began this chain: another one there begins a new chain. */
  readonly seed: string;
  readonly refreshToken: string;
}

/** A token this close to its end is renewed before it is used. */
const RENEW_BEFORE_MS = 30_000;

/** Sessions by account, so that all streams of a process share one token. */
export function createSessions(): (context: Context) => Session {
  const sessions = new Map<string, Session>();
  return (context) => {
    const settings = readSettings(context.env);
    const account = stableHash(settings.root, JSON.stringify(settings.credentials));
    const known = sessions.get(account);
    if (known !== undefined) return known;
    const session = createSession(settings);
    sessions.set(account, session);
    return session;
  };
}

function createSession({ root, credentials }: Settings): Session {
  if (credentials.kind === 'bearer' || credentials.kind === 'apiToken') {
    const header = fixedHeader(credentials);
    return {
      root,
      identity: identityOf(credentials),
      authorization: () => Promise.resolve(header),
      renew: () => Promise.resolve(undefined),
    };
  }

  let token: Token | undefined;
  let renewing: Promise<Token> | undefined;
  const header = (of: Token): string => `Bearer ${of.accessToken}`;
  const fresh = (context: Context): boolean =>
    token !== undefined &&
    (token.expiresAtMs === undefined || token.expiresAtMs - RENEW_BEFORE_MS > context.clock.now().getTime());
  const begin = async (context: Context, refused: string | undefined): Promise<Token> => {
    try {
      token =
        credentials.kind === 'client'
          ? await requestToken(context, root, credentials, {
              grant_type: 'client_credentials',
              scope: 'read',
            })
          : await rotate(context, root, credentials, refused);
      return token;
    } finally {
      renewing = undefined;
    }
  };
  const obtain = async (context: Context, refused: string | undefined): Promise<Token> => {
    while (renewing !== undefined) {
      try {
        return await renewing;
      } catch (thrown) {
        // The stream that asked first was interrupted; that is no reason for the others to stop.
        if (asPipelineError(thrown).code !== 'run.interrupted' || context.signal.aborted) throw thrown;
      }
    }
    renewing = begin(context, refused);
    return renewing;
  };
  return {
    root,
    identity: identityOf(credentials),
    async authorization(context) {
      if (token !== undefined && fresh(context)) return header(token);
      return header(await obtain(context, token?.accessToken));
    },
    async renew(context, refused) {
      if (token !== undefined && header(token) !== refused) return header(token);
      return header(await obtain(context, refused.replace(/^Bearer /, '')));
    },
  };
}

function fixedHeader(credentials: Extract<Credentials, { kind: 'bearer' | 'apiToken' }>): string {
  if (credentials.kind === 'bearer') return `Bearer ${credentials.accessToken}`;
  return `Basic ${Buffer.from(`${credentials.email}/token:${credentials.apiToken}`).toString('base64')}`;
}

function identityOf(credentials: Credentials): string {
  if (credentials.kind === 'apiToken') return 'an API token';
  return credentials.kind === 'bearer' ? 'an OAuth access token' : `OAuth client ${credentials.clientId}`;
}

/**
 * The next token of a rotating chain. A refresh token works once, so the new pair is stored before it is used, by one process
 * at a time; whoever waited for the lock takes what the other one stored.
 */
async function rotate(
  context: Context,
  root: string,
  credentials: Extract<Credentials, { kind: 'refresh' }>,
  refused: string | undefined,
): Promise<Token> {
  const name = `zendesk.oauth.${stableHash(root, credentials.clientId).slice(0, 16)}`;
  const seed = stableHash(credentials.refreshToken);
  return context.secrets.locked(name, async () => {
    const stored = readStored(await context.secrets.get(name), seed);
    const usable =
      stored?.expiresAtMs === undefined ||
      stored.expiresAtMs - RENEW_BEFORE_MS > context.clock.now().getTime();
    if (stored !== undefined && stored.accessToken !== refused && usable) return stored;
    const refreshToken = stored?.refreshToken ?? credentials.refreshToken;
    const grant = { grant_type: 'refresh_token', refresh_token: refreshToken };
    const next = await requestToken(context, root, credentials, grant);
    failpoint('secret.received');
    const kept: StoredToken = { ...next, seed, refreshToken: next.refreshToken ?? refreshToken };
    await context.secrets.put(name, JSON.stringify(kept));
    failpoint('secret.stored');
    return kept;
  });
}

/** Undefined where there is none, or one that began from another seed: then the environment's token begins a new chain. */
function readStored(text: string | undefined, seed: string): StoredToken | undefined {
  if (text === undefined) return undefined;
  let stored: Partial<StoredToken> | null;
  try {
    stored = JSON.parse(text) as Partial<StoredToken> | null;
  } catch {
    // The parser's message would repeat the secret, so it must not travel.
    throw new PipelineError('config', 'zendesk.stored_token', 'The stored Zendesk token cannot be read.', {
      hint: 'Authorize again and put the new refresh token into ZENDESK_OAUTH_REFRESH_TOKEN, after removing the stored one.',
    });
  }
  const { accessToken, refreshToken, expiresAtMs } = stored ?? {};
  if (stored?.seed !== seed || accessToken === undefined || refreshToken === undefined) return undefined;
  return { seed, accessToken, refreshToken, expiresAtMs };
}

async function requestToken(
  context: Context,
  root: string,
  credentials: Extract<Credentials, { kind: 'client' | 'refresh' }>,
  grant: { readonly [name: string]: string },
): Promise<Token & { readonly refreshToken: string | undefined }> {
  const response = await context.fetch({
    method: 'POST',
    url: `${root}/oauth/tokens`,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({
      ...grant,
      client_id: credentials.clientId,
      ...(credentials.clientSecret === undefined ? {} : { client_secret: credentials.clientSecret }),
    }),
    bucket: 'zendesk/oauth',
    // A lost answer to a refresh may have used the token up; asking again would then be refused for good.
    idempotent: credentials.kind === 'client',
    accept: [200, 201, 400, 401, 403],
  });
  if (response.status >= 400) {
    throw new PipelineError('config', 'zendesk.unauthorized', 'Zendesk refused to issue a token.', {
      status: response.status,
      hint:
        credentials.kind === 'client'
          ? 'Check ZENDESK_OAUTH_CLIENT_ID and ZENDESK_OAUTH_CLIENT_SECRET, and that the client may use client credentials.'
          : 'The refresh token was used up or has expired: authorize again and put the new one into ZENDESK_OAUTH_REFRESH_TOKEN.',
    });
  }
  const body = asRecord(response.json());
  const accessToken = body?.['access_token'];
  if (typeof accessToken !== 'string' || accessToken === '') {
    throw new PipelineError(
      'transient',
      'zendesk.unexpected_answer',
      'Zendesk answered a token request without a token.',
    );
  }
  return {
    accessToken,
    expiresAtMs: expiry(body?.['expires_in'], context),
    refreshToken: typeof body?.['refresh_token'] === 'string' ? body['refresh_token'] : undefined,
  };
}

function expiry(expiresInSeconds: Json | undefined, context: Context): number | undefined {
  return typeof expiresInSeconds === 'number'
    ? context.clock.now().getTime() + expiresInSeconds * 1000
    : undefined;
}
