// Signs requests in: exchanges a refresh token for access tokens, once for all who ask, and keeps a rotated one before it is used.

import { asPipelineError, PipelineError } from '../../core/errors.ts';
import { failpoint } from '../../core/failpoint.ts';
import { stableHash } from '../../core/ids.ts';
import { asRecord, textOf } from '../../core/mapping.ts';
import type { Context, Json } from '../../core/types.ts';
import { type Credentials, readSettings, type Settings } from './settings.ts';

/** One signed-in account. */
export interface Session {
  readonly settings: Settings;
  /** The header value for the next request. */
  authorization(context: Context): Promise<string>;
  /** After a 401 to `refused`: a new value, made once however many ask; undefined where the key cannot be renewed. */
  renew(context: Context, refused: string): Promise<string | undefined>;
}

interface Token {
  readonly accessToken: string;
  /** Out of the token itself; undefined when it does not tell. */
  readonly expiresAtMs: number | undefined;
}

/** A token this close to its end is renewed before it is used. */
const RENEW_BEFORE_MS = 60_000;
const EXCHANGE = '/rpc/generate_access_token';

/** Sessions by account, so that all streams of a process share one token. */
export function createSessions(): (context: Context) => Session {
  const sessions = new Map<string, Session>();
  return (context) => {
    const settings = readSettings(context.env);
    const account = stableHash(settings.root, JSON.stringify(settings.credentials));
    const known = sessions.get(account);
    if (known !== undefined && known.settings.prefix === settings.prefix) return known;
    const session = createSession(settings);
    sessions.set(account, session);
    return session;
  };
}

function createSession(settings: Settings): Session {
  const { credentials, root } = settings;
  if (credentials.kind === 'bearer') {
    return {
      settings,
      authorization: () => Promise.resolve(`Bearer ${credentials.token}`),
      renew: () => Promise.resolve(undefined),
    };
  }
  let token: Token | undefined;
  let renewing: Promise<Token> | undefined;
  const begin = async (context: Context): Promise<Token> => {
    try {
      token = await exchange(context, root, credentials);
      return token;
    } finally {
      renewing = undefined;
    }
  };
  const obtain = async (context: Context): Promise<string> => {
    while (renewing !== undefined) {
      try {
        return `Bearer ${(await renewing).accessToken}`;
      } catch (thrown) {
        // The stream that asked first was interrupted; that is no reason for the others to stop.
        if (asPipelineError(thrown).code !== 'run.interrupted' || context.signal.aborted) throw thrown;
      }
    }
    renewing = begin(context);
    return `Bearer ${(await renewing).accessToken}`;
  };
  return {
    settings,
    async authorization(context) {
      const now = context.clock.now().getTime();
      if (token !== undefined && (token.expiresAtMs ?? Number.POSITIVE_INFINITY) - RENEW_BEFORE_MS > now) {
        return `Bearer ${token.accessToken}`;
      }
      return obtain(context);
    },
    async renew(context, refused) {
      if (token !== undefined && `Bearer ${token.accessToken}` !== refused)
        return `Bearer ${token.accessToken}`;
      return obtain(context);
    },
  };
}

/**
 * An access token. A refresh token that works once is answered with the next one, which is stored before the access token is
 * used, by one process at a time; one that works for ever comes back as none.
 */
async function exchange(
  context: Context,
  root: string,
  { id, secret }: Extract<Credentials, { kind: 'refresh' }>,
): Promise<Token> {
  const name = `estuary.token.${stableHash(root, id).slice(0, 16)}`;
  return context.secrets.locked(name, async () => {
    const stored = storedToken(await context.secrets.get(name));
    const response = await context.fetch({
      method: 'POST',
      url: root + EXCHANGE,
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ refresh_token_id: stored?.id ?? id, secret: stored?.secret ?? secret }),
      bucket: 'estuary/auth',
      // A lost answer may have used the token up; asking again would then be refused for good.
      idempotent: false,
      accept: [200, 400, 401, 403, 404],
    });
    if (response.status !== 200) {
      throw new PipelineError(
        'config',
        'estuary.unauthorized',
        'Estuary refused to exchange the refresh token.',
        {
          status: response.status,
          hint: 'Check ESTUARY_API_KEY: the token may be copied in part, revoked or expired. Make a new one in the dashboard.',
        },
      );
    }
    const body = asRecord(response.json()) ?? {};
    const accessToken = textOf(body, 'access_token');
    if (accessToken === null) {
      throw new PipelineError(
        'transient',
        'estuary.unexpected_answer',
        'Estuary answered a token exchange without a token.',
      );
    }
    const next = asRecord(body['refresh_token']);
    if (next !== undefined) {
      failpoint('secret.received');
      await context.secrets.put(name, JSON.stringify({ id: next['id'], secret: next['secret'] }));
      failpoint('secret.stored');
    }
    return { accessToken, expiresAtMs: expiryOf(accessToken) };
  });
}

function storedToken(text: string | undefined): { readonly id: string; readonly secret: string } | undefined {
  if (text === undefined) return undefined;
  let stored: Json;
  try {
    stored = JSON.parse(text) as Json;
  } catch {
    // The parser's message would repeat the secret, so it must not travel.
    throw new PipelineError('config', 'estuary.stored_token', 'The stored Estuary token cannot be read.', {
      hint: 'Remove it from the secrets, and put a new token into ESTUARY_API_KEY.',
    });
  }
  const [id, secret] = [textOf(asRecord(stored) ?? {}, 'id'), textOf(asRecord(stored) ?? {}, 'secret')];
  return id === null || secret === null ? undefined : { id, secret };
}

/** `exp` of a JSON Web Token, in milliseconds (RFC 7519 section 4.1.4). It is only a hint; the vendor decides. */
function expiryOf(token: string): number | undefined {
  try {
    const claims = asRecord(
      JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Json,
    );
    const expires = claims?.['exp'];
    return typeof expires === 'number' ? expires * 1000 : undefined;
  } catch {
    return undefined;
  }
}
