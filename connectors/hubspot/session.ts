// Signs requests in: keeps one token for each account in this process, and renews it once for all who ask.
// https://developers.hubspot.com/docs/api-reference/legacy/authentication/oauth-tokens

import { asPipelineError, PipelineError } from '../../core/errors.ts';
import { stableHash } from '../../core/ids.ts';
import type { Context } from '../../core/types.ts';
import { asRecord } from './mapping.ts';
import { type Credentials, readSettings, type Settings } from './settings.ts';

/** One signed-in account. */
export interface Session {
  readonly root: string;
  readonly version: string;
  /** Who we are, without a secret. */
  readonly identity: string;
  /** The header value for the next request. */
  authorization(context: Context): Promise<string>;
  /**
   * After a 401 to `refused`: a new header value, made at most once however many ask at the same time.
   * Undefined when these credentials cannot be renewed. Throws config `hubspot.unauthorized` when renewal is refused.
   */
  renew(context: Context, refused: string): Promise<string | undefined>;
}

interface Token {
  readonly header: string;
  readonly expiresAtMs: number;
}

/** A token this close to its end is renewed before it is used. */
const RENEW_BEFORE_MS = 30_000;
/** How long an access token lives where the answer does not tell. */
const LIFETIME_SECONDS = 1800;

/** Sessions by account, so that all streams of a process share one token. */
export function createSessions(): (context: Context) => Session {
  const sessions = new Map<string, Session>();
  return (context) => {
    const settings = readSettings(context.env);
    const account = stableHash(settings.root, settings.version, JSON.stringify(settings.credentials));
    const session = sessions.get(account) ?? createSession(settings);
    sessions.set(account, session);
    return session;
  };
}

function createSession({ root, version, credentials }: Settings): Session {
  if (credentials.kind === 'token') {
    return {
      root,
      version,
      identity: 'the token of a private app',
      authorization: () => Promise.resolve(`Bearer ${credentials.token}`),
      renew: () => Promise.resolve(undefined),
    };
  }
  let token: Token | undefined;
  let renewing: Promise<Token> | undefined;
  const obtain = async (context: Context): Promise<string> => {
    while (renewing !== undefined) {
      try {
        return (await renewing).header;
      } catch (thrown) {
        // The stream that asked first was interrupted; that is no reason for the others to stop.
        if (asPipelineError(thrown).code !== 'run.interrupted' || context.signal.aborted) throw thrown;
      }
    }
    renewing = requestToken(context, root, credentials).finally(() => {
      renewing = undefined;
    });
    token = await renewing;
    return token.header;
  };
  return {
    root,
    version,
    identity: `OAuth app ${credentials.clientId}`,
    authorization: (context) =>
      token !== undefined && token.expiresAtMs - RENEW_BEFORE_MS > context.clock.now().getTime()
        ? Promise.resolve(token.header)
        : obtain(context),
    renew: (context, refused) =>
      token !== undefined && token.header !== refused ? Promise.resolve(token.header) : obtain(context),
  };
}

/** HubSpot's refresh token stays the same, so that nothing must be stored. */
async function requestToken(
  context: Context,
  root: string,
  { clientId, clientSecret, refreshToken }: Extract<Credentials, { kind: 'oauth' }>,
): Promise<Token> {
  const form = {
    grant_type: 'refresh_token',
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken,
  };
  const response = await context.fetch({
    method: 'POST',
    url: `${root}/oauth/v1/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams(form).toString(),
    bucket: 'hubspot/oauth',
    idempotent: true,
    accept: [200, 400, 401, 403],
  });
  if (response.status !== 200) {
    throw new PipelineError('config', 'hubspot.unauthorized', 'HubSpot refused to issue a token.', {
      status: response.status,
      hint: 'Check HUBSPOT_CLIENT_ID, HUBSPOT_CLIENT_SECRET and HUBSPOT_REFRESH_TOKEN: the app may have been uninstalled; install it again for a new refresh token.',
    });
  }
  const body = asRecord(response.json());
  const accessToken = body?.['access_token'];
  if (typeof accessToken !== 'string' || accessToken === '') {
    throw new PipelineError(
      'transient',
      'hubspot.unexpected_answer',
      'HubSpot answered a token request without a token.',
    );
  }
  const seconds = body?.['expires_in'];
  const lifetime = typeof seconds === 'number' ? seconds : LIFETIME_SECONDS;
  return {
    header: `Bearer ${accessToken}`,
    expiresAtMs: context.clock.now().getTime() + lifetime * 1000,
  };
}
