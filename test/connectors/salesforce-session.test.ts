// How Salesforce's settings are read, and how its tokens are obtained, renewed and kept.

import { generateKeyPairSync } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { salesforce } from '../../connectors/salesforce.ts';
import type { Environment, Fetch, HttpRequest, SecretStore } from '../../core/types.ts';
import type { SalesforceOptions } from '../../sandbox/salesforce.ts';
import { memorySecrets } from '../contracts/stand-in.ts';
import { type SalesforcePlace, startPlace } from './salesforce-place.ts';

let made: string | undefined;
let place: SalesforcePlace | undefined;
afterEach(async () => {
  await place?.close();
  place = undefined;
});

async function open(options: SalesforceOptions = {}): Promise<SalesforcePlace> {
  place = await startPlace({ cases: 5, ...options });
  return place;
}

type Way = 'client' | 'jwt' | 'refresh';
const WAYS: readonly Way[] = ['client', 'jwt', 'refresh'];

/** The settings of one way to sign in. */
function settingsOf({ sandbox, env }: SalesforcePlace, way: Way): Environment {
  const { clientId, clientSecret, username, refreshToken } = sandbox.credentials;
  const home = { SALESFORCE_LOGIN_URL: sandbox.url, SALESFORCE_CLIENT_ID: clientId };
  switch (way) {
    case 'client':
      return env;
    case 'jwt':
      return {
        ...home,
        SALESFORCE_USERNAME: username,
        SALESFORCE_PRIVATE_KEY: sandbox.privateKey().replaceAll('\n', '\\n'),
      };
    case 'refresh':
      return { ...home, SALESFORCE_CLIENT_SECRET: clientSecret, SALESFORCE_REFRESH_TOKEN: refreshToken };
  }
}

const tokenRequests = ({ sandbox }: SalesforcePlace): number =>
  sandbox.journal.list().filter(({ path }) => path === '/services/oauth2/token').length;

describe('A Salesforce session', () => {
  it.each(WAYS)('signs in by %s, and goes where the answer says', async (way) => {
    const place = await open();
    const health = await salesforce().check(place.context({ env: settingsOf(place, way) }));
    expect(health).toMatchObject({ ok: true });
    expect(health.message).toContain('of 15000 API requests are left');
  });

  it.each(WAYS)('by %s renews once for fifty requests that are refused at the same time', async (way) => {
    const place = await open();
    const env = settingsOf(place, way);
    const connector = salesforce();
    await connector.check(place.context({ env }));
    place.sandbox.expireTokens();
    const context = place.context({ env });
    const checks = await Promise.all(Array.from({ length: 50 }, () => connector.check(context)));
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(tokenRequests(place)).toBe(2);
    const refused = place.sandbox.journal.list().filter(({ status }) => status === 401);
    expect(refused.length).toBeGreaterThan(1);
  });

  it('stores a rotated refresh token before it uses the session', async () => {
    const place = await open();
    const order: string[] = [];
    const kept = memorySecrets();
    const secrets: SecretStore = {
      ...kept,
      put(name, value) {
        order.push('stored');
        return kept.put(name, value);
      },
    };
    const intercept = (request: HttpRequest, fetch: Fetch) => {
      order.push(new URL(request.url).pathname);
      return fetch(request);
    };
    const env = settingsOf(place, 'refresh');
    const context = place.context({ env, secrets, intercept });
    expect(await salesforce().check(context)).toMatchObject({ ok: true });
    expect(order).toEqual(['/services/oauth2/token', 'stored', '/services/data/v62.0/limits']);
    const [stored] = kept.kept.values();
    expect(JSON.parse(stored ?? '{}')).toMatchObject({ refreshToken: place.sandbox.refreshToken() });
  });

  it('renews once for processes that share the store', async () => {
    const place = await open();
    const env = settingsOf(place, 'refresh');
    await salesforce().check(place.context({ env }));
    place.sandbox.expireTokens();
    const checks = await Promise.all(
      Array.from({ length: 4 }, () => salesforce().check(place.context({ env }))),
    );
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(tokenRequests(place)).toBe(2);
  });

  it('keeps a refresh token that does not rotate', async () => {
    const place = await open({ rotates: false });
    const env = settingsOf(place, 'refresh');
    const connector = salesforce();
    await connector.check(place.context({ env }));
    place.sandbox.expireTokens();
    expect(await connector.check(place.context({ env }))).toMatchObject({ ok: true });
  });

  it('begins a new chain when the environment holds another refresh token', async () => {
    const place = await open();
    const env = settingsOf(place, 'refresh');
    await salesforce().check(place.context({ env }));
    const next = { ...env, SALESFORCE_REFRESH_TOKEN: place.sandbox.refreshToken() };
    expect(await salesforce().check(place.context({ env: next }))).toMatchObject({ ok: true });
    expect(place.secrets.kept.size).toBe(1);
  });

  it.each([
    ['a refresh token that was used up', { SALESFORCE_REFRESH_TOKEN: 'used' }, 'SALESFORCE_REFRESH_TOKEN'],
    ['another user', { SALESFORCE_USERNAME: 'nobody@example.com' }, 'SALESFORCE_USERNAME'],
    ['another key', { SALESFORCE_PRIVATE_KEY: anotherKey() }, 'SALESFORCE_PRIVATE_KEY'],
  ])('says what to do about %s, and repeats no secret', async (_what, wrong, setting) => {
    const place = await open();
    const way = setting === 'SALESFORCE_REFRESH_TOKEN' ? 'refresh' : 'jwt';
    const health = await salesforce().check(place.context({ env: { ...settingsOf(place, way), ...wrong } }));
    expect(health).toMatchObject({ ok: false });
    expect(health.hint).toContain(setting);
    expect(JSON.stringify(health)).not.toMatch(/PRIVATE KEY-----|"used"|MII/);
  });

  it('never lets a stored token into a message, however broken the store is', async () => {
    const place = await open();
    const env = settingsOf(place, 'refresh');
    await salesforce().check(place.context({ env }));
    const [name] = place.secrets.kept.keys();
    place.secrets.kept.set(name ?? '', 'sandbox-secret-thing not json');
    const health = await salesforce().check(place.context({ env }));
    expect(health.ok).toBe(false);
    expect(JSON.stringify(health)).not.toContain('sandbox-secret-thing');
  });

  it('sends its requests to the instance of the settings, whatever the answer says', async () => {
    const place = await open();
    const env = { ...place.env, SALESFORCE_INSTANCE_URL: `${place.sandbox.url}/` };
    const away: string[] = [];
    const intercept = async (request: HttpRequest, fetch: Fetch) => {
      away.push(new URL(request.url).origin);
      return await fetch(request);
    };
    await salesforce().check(place.context({ env, intercept }));
    expect(new Set(away)).toEqual(new Set([place.sandbox.url]));
  });

  it('takes a trouble of the token endpoint for what passes', async () => {
    const place = await open();
    const intercept = async (request: HttpRequest, fetch: Fetch) => {
      const response = await fetch(request);
      if (!request.url.endsWith('/token')) return response;
      return { ...response, status: 400, json: () => ({ error: 'unknown_error' }) };
    };
    const [stream] = salesforce({ streams: ['users'] }).streams;
    const context = place.context({ intercept });
    await expect(stream?.tables(context)).rejects.toMatchObject({
      kind: 'transient',
      code: 'salesforce.sign_in',
    });
  });
});

describe('The settings of Salesforce', () => {
  const complete = {
    SALESFORCE_LOGIN_URL: 'https://acme.my.salesforce.com',
    SALESFORCE_CLIENT_ID: 'id',
    SALESFORCE_CLIENT_SECRET: 'secret',
  };
  const named = (env: Environment): readonly string[] =>
    salesforce()
      .problems(env)
      .map(({ name }) => name);

  it('are told all at once', () => {
    expect(named({})).toEqual(['SALESFORCE_CLIENT_ID', 'SALESFORCE_CLIENT_SECRET', 'SALESFORCE_LOGIN_URL']);
    expect(named(complete)).toEqual([]);
    const { SALESFORCE_LOGIN_URL, ...rest } = complete;
    expect(named({ ...rest, SALESFORCE_INSTANCE_URL: SALESFORCE_LOGIN_URL })).toEqual([]);
  });

  it.each([
    [{ SALESFORCE_LOGIN_URL: 'https://login.salesforce.com/' }, 'SALESFORCE_LOGIN_URL'],
    [{ SALESFORCE_LOGIN_URL: 'acme' }, 'SALESFORCE_LOGIN_URL'],
    [{ SALESFORCE_INSTANCE_URL: 'https://me:secret@acme.my.salesforce.com' }, 'SALESFORCE_INSTANCE_URL'],
    [{ SALESFORCE_API_VERSION: 'v62' }, 'SALESFORCE_API_VERSION'],
    [{ SALESFORCE_CLIENT_SECRET: 'se cret' }, 'SALESFORCE_CLIENT_SECRET'],
    [{ SALESFORCE_USERNAME: 'me@example.com' }, 'SALESFORCE_PRIVATE_KEY'],
    [{ SALESFORCE_PRIVATE_KEY: 'nonsense', SALESFORCE_USERNAME: 'me@example.com' }, 'SALESFORCE_PRIVATE_KEY'],
    [{ SALESFORCE_PRIVATE_KEY: anotherKey() }, 'SALESFORCE_USERNAME'],
  ])('are refused as %o', (wrong, name) => {
    expect(named({ ...complete, ...wrong })).toEqual([name]);
  });

  it('take a key whose line ends are written out', () => {
    const key = anotherKey();
    const user = { SALESFORCE_CLIENT_ID: 'id', SALESFORCE_USERNAME: 'me@example.com' };
    expect(named({ ...user, SALESFORCE_PRIVATE_KEY: key })).toEqual([]);
    expect(named({ ...user, SALESFORCE_PRIVATE_KEY: key.replaceAll('\n', '\\n') })).toEqual([]);
  });
});

function anotherKey(): string {
  made ??= generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).privateKey;
  return made;
}
