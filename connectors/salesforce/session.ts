// Signs requests in: keeps one token for each account in this process, and renews it once for all who ask.

import { sign } from 'node:crypto';
import { asPipelineError, PipelineError } from '../../core/errors.ts';
import { failpoint } from '../../core/failpoint.ts';
import { stableHash } from '../../core/ids.ts';
import type { Context, Json } from '../../core/types.ts';
import { asRecord } from './records.ts';
import { type Credentials, readSettings, rootOf, type Settings } from './settings.ts';

/** A token and the address of the org that it opens, which moves when the org is moved. */
export interface Token {
  readonly accessToken: string;
  readonly instanceUrl: string;
}

/** What the vendor last said of the org's daily allowance. */
export interface Usage {
  readonly used: number;
  readonly allowed: number;
  readonly readAtMs: number;
}

/** One signed-in account. */
export interface Session {
  readonly apiVersion: string;
  /** Who we are, without a secret. */
  readonly identity: string;
  /** For all streams of this process: see client.ts. */
  usage: Usage | undefined;
  token(context: Context): Promise<Token>;
  /**
   * After a refusal of `refused`: a new token, made at most once however many ask at the same time.
   * Throws config `salesforce.unauthorized` when it is refused.
   */
  renew(context: Context, refused: Token): Promise<Token>;
}

/** What is kept of a refreshed token: an org may rotate refresh tokens, which then work once and must survive a crash. */
interface StoredToken extends Token {
  /** Hash of the refresh token in the environment that began this chain: another one there begins a new chain. */
  readonly seed: string;
  readonly refreshToken: string;
}

/** An assertion must end within five minutes of the server's time: https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_jwt_flow.htm */
const ASSERTION_SECONDS = 180;

/** Sessions by account, so that all streams of a process share one token. */
export function createSessions(): (context: Context) => Session {
  const sessions = new Map<string, Session>();
  return (context) => {
    const settings = readSettings(context.env);
    const { credentials, loginUrl, instanceUrl, apiVersion } = settings;
    const secret =
      credentials.kind === 'jwt'
        ? credentials.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
        : JSON.stringify(credentials);
    const account = stableHash(loginUrl, instanceUrl ?? '', apiVersion, credentials.clientId, secret);
    const known = sessions.get(account);
    if (known !== undefined) return known;
    const session = createSession(settings);
    sessions.set(account, session);
    return session;
  };
}

function createSession(settings: Settings): Session {
  let token: Token | undefined;
  let renewing: Promise<Token> | undefined;
  const begin = async (context: Context, refused: Token | undefined): Promise<Token> => {
    try {
      const { credentials } = settings;
      token =
        credentials.kind === 'refresh'
          ? await rotate(context, settings, credentials, refused)
          : await requestToken(context, settings, grantOf(settings, credentials, context));
      return token;
    } finally {
      renewing = undefined;
    }
  };
  const obtain = async (context: Context, refused: Token | undefined): Promise<Token> => {
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
    apiVersion: settings.apiVersion,
    identity: identityOf(settings.credentials),
    usage: undefined,
    token: (context) => (token === undefined ? obtain(context, undefined) : Promise.resolve(token)),
    renew: (context, refused) =>
      token !== undefined && token.accessToken !== refused.accessToken
        ? Promise.resolve(token)
        : obtain(context, refused),
  };
}

function identityOf(credentials: Credentials): string {
  return credentials.kind === 'jwt' ? `user ${credentials.username}` : `client ${credentials.clientId}`;
}

type Grant = { readonly [name: string]: string };

function grantOf(
  { loginUrl }: Settings,
  credentials: Exclude<Credentials, { kind: 'refresh' }>,
  context: Context,
): Grant {
  if (credentials.kind === 'client') {
    const { clientId, clientSecret } = credentials;
    return { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
  }
  const encode = (part: Json): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const claims = {
    iss: credentials.clientId,
    sub: credentials.username,
    aud: audienceOf(loginUrl),
    exp: Math.floor(context.clock.now().getTime() / 1000) + ASSERTION_SECONDS,
  };
  const signed = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), credentials.privateKey).toString('base64url');
  return {
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: `${signed}.${signature}`,
  };
}

/** An assertion is meant for Salesforce's central log-in, whatever domain it is sent to. */
function audienceOf(loginUrl: string): string {
  const { hostname, origin } = new URL(loginUrl);
  if (!hostname.endsWith('.salesforce.com')) return origin;
  return hostname === 'test.salesforce.com' || /--|\.sandbox\./.test(hostname)
    ? 'https://test.salesforce.com'
    : 'https://login.salesforce.com';
}

/**
 * The next token of a chain. A rotated refresh token works once, so what comes is stored before it is used, by one process at a
 * time; whoever waited for the lock takes what the other one stored.
 */
async function rotate(
  context: Context,
  settings: Settings,
  credentials: Extract<Credentials, { kind: 'refresh' }>,
  refused: Token | undefined,
): Promise<Token> {
  const { clientId, clientSecret } = credentials;
  const name = `salesforce.oauth.${stableHash(settings.loginUrl, clientId).slice(0, 16)}`;
  const seed = stableHash(credentials.refreshToken);
  return context.secrets.locked(name, async () => {
    const stored = readStored(await context.secrets.get(name), seed);
    if (stored !== undefined && stored.accessToken !== refused?.accessToken) return stored;
    const refreshToken = stored?.refreshToken ?? credentials.refreshToken;
    const next = await requestToken(context, settings, {
      grant_type: 'refresh_token',
      client_id: clientId,
      ...(clientSecret === undefined ? {} : { client_secret: clientSecret }),
      refresh_token: refreshToken,
    });
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
    throw new PipelineError(
      'config',
      'salesforce.stored_token',
      'The stored Salesforce token cannot be read.',
      {
        hint: 'Authorize again and put the new refresh token into SALESFORCE_REFRESH_TOKEN, after removing the stored one.',
      },
    );
  }
  const { accessToken, refreshToken, instanceUrl } = stored ?? {};
  if (stored?.seed !== seed || !accessToken || !refreshToken || !instanceUrl) return undefined;
  return { seed, accessToken, refreshToken, instanceUrl };
}

const HINTS: { readonly [kind in Credentials['kind']]: string } = {
  client:
    'Check SALESFORCE_CLIENT_ID and SALESFORCE_CLIENT_SECRET, that SALESFORCE_LOGIN_URL is your own domain, and that the app allows client credentials and names the user to run as.',
  jwt: 'Check SALESFORCE_CLIENT_ID, SALESFORCE_USERNAME and SALESFORCE_PRIVATE_KEY, that the app has the certificate of this key, that the user is pre-authorized, and that the clock of this machine is right to three minutes.',
  refresh:
    'The refresh token was used up, has expired or was revoked: authorize again and put the new one into SALESFORCE_REFRESH_TOKEN.',
};

/** https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_flow_errors.htm names the errors. */
async function requestToken(
  context: Context,
  { loginUrl, instanceUrl, credentials }: Settings,
  grant: Grant,
): Promise<Token & { readonly refreshToken: string | undefined }> {
  const response = await context.fetch({
    method: 'POST',
    url: `${loginUrl}/services/oauth2/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams(grant).toString(),
    bucket: 'salesforce/oauth',
    // A lost answer to a refresh may have used the token up; asking again would then be refused for good.
    idempotent: credentials.kind !== 'refresh',
    accept: [200, 400, 401, 403],
  });
  const body = asRecord(response.json());
  if (response.status !== 200) {
    const error =
      typeof body?.['error'] === 'string' && /^[a-z_]{1,40}$/.test(body['error']) && body['error'];
    if (error === 'unknown_error' || error === 'server_error') {
      throw new PipelineError(
        'transient',
        'salesforce.sign_in',
        `Salesforce had trouble with a token (${error}).`,
      );
    }
    const why = error ? ` (${error})` : '';
    throw new PipelineError(
      'config',
      'salesforce.unauthorized',
      `Salesforce refused to issue a token${why}.`,
      {
        status: response.status,
        hint: HINTS[credentials.kind],
      },
    );
  }
  const accessToken = body?.['access_token'];
  const told = body?.['instance_url'];
  const home = instanceUrl ?? (typeof told === 'string' ? rootOf(told) : undefined);
  if (typeof accessToken !== 'string' || accessToken === '' || home === undefined) {
    throw new PipelineError(
      'transient',
      'salesforce.unexpected_answer',
      'Salesforce answered a token request without a token, or without the address of its org.',
    );
  }
  const refreshToken = typeof body?.['refresh_token'] === 'string' ? body['refresh_token'] : undefined;
  return { accessToken, instanceUrl: home, refreshToken };
}
