// How Zendesk's tokens are obtained, rotated and kept.

import { afterEach, describe, expect, it } from 'vitest';
import { zendesk } from '../../connectors/zendesk.ts';
import { PipelineError } from '../../core/errors.ts';
import type { HttpRequest, SecretStore } from '../../core/types.ts';
import { memorySecrets } from '../contracts/stand-in.ts';
import { startPlace, type ZendeskPlace } from './zendesk-place.ts';
import { pagesOf, script, thrownBy } from './zendesk-script.ts';

let place: ZendeskPlace | undefined;
afterEach(async () => {
  await place?.close();
  place = undefined;
});

async function refreshing(): Promise<{
  readonly place: ZendeskPlace;
  readonly env: { readonly [name: string]: string };
}> {
  place = await startPlace({ tickets: 20 });
  const { clientId, clientSecret, refreshToken } = place.sandbox.credentials;
  return {
    place,
    env: {
      ZENDESK_BASE_URL: place.sandbox.url,
      ZENDESK_OAUTH_CLIENT_ID: clientId,
      ZENDESK_OAUTH_CLIENT_SECRET: clientSecret,
      ZENDESK_OAUTH_REFRESH_TOKEN: refreshToken,
    },
  };
}

const tokenRequests = (of: ZendeskPlace): number =>
  of.sandbox.journal.list().filter((visit) => visit.path.startsWith('/oauth/tokens')).length;

describe('A Zendesk session', () => {
  it('works with each kind of credentials', async () => {
    place = await startPlace({ tickets: 20 });
    const { accessToken, email, apiToken, clientId, clientSecret } = place.sandbox.credentials;
    for (const env of [
      { ZENDESK_OAUTH_ACCESS_TOKEN: accessToken },
      { ZENDESK_EMAIL: email, ZENDESK_API_TOKEN: apiToken },
      { ZENDESK_OAUTH_CLIENT_ID: clientId, ZENDESK_OAUTH_CLIENT_SECRET: clientSecret },
    ]) {
      const context = place.context({ env: { ZENDESK_BASE_URL: place.sandbox.url, ...env } });
      expect(await zendesk().check(context)).toMatchObject({ ok: true });
    }
  });

  it('stores the new pair of a rotating chain before it uses it', async () => {
    const { place, env } = await refreshing();
    const order: string[] = [];
    const kept = memorySecrets();
    const secrets: SecretStore = {
      ...kept,
      put(name, value) {
        order.push('stored');
        return kept.put(name, value);
      },
    };
    const context = place.context({
      env,
      secrets,
      intercept: (request, fetch) => {
        order.push(new URL(request.url).pathname);
        return fetch(request);
      },
    });
    expect(await zendesk().check(context)).toMatchObject({ ok: true });
    expect(order).toEqual(['/oauth/tokens', 'stored', '/api/v2/tickets.json']);
    const [stored] = kept.kept.values();
    expect(JSON.parse(stored ?? '{}')).toMatchObject({ refreshToken: place.sandbox.refreshToken() });
  });

  it('goes on with the stored chain in a new process, without asking for a token', async () => {
    const { place, env } = await refreshing();
    await zendesk().check(place.context({ env }));
    expect(await zendesk().check(place.context({ env }))).toMatchObject({ ok: true });
    expect(tokenRequests(place)).toBe(1);
    place.sandbox.expireTokens();
    expect(await zendesk().check(place.context({ env }))).toMatchObject({ ok: true });
    expect(tokenRequests(place)).toBe(2);
  });

  it('renews a token that is about to end before it is refused', async () => {
    const { place, env } = await refreshing();
    const connector = zendesk();
    await connector.check(place.context({ env }));
    place.sandbox.clock.advance(1790 * 1000);
    await connector.check(place.context({ env }));
    expect(tokenRequests(place)).toBe(2);
    expect(place.sandbox.journal.list().filter(({ status }) => status === 401)).toEqual([]);
  });

  it('renews once for all requests that are refused at the same time', async () => {
    const { place, env } = await refreshing();
    const connector = zendesk();
    await connector.check(place.context({ env }));
    place.sandbox.expireTokens();
    const checks = await Promise.all(
      Array.from({ length: 8 }, () => connector.check(place.context({ env }))),
    );
    expect(checks.every(({ ok }) => ok)).toBe(true);
    expect(tokenRequests(place)).toBe(2);
  });

  it('renews once for processes that share the store', async () => {
    const { place, env } = await refreshing();
    await zendesk().check(place.context({ env }));
    place.sandbox.expireTokens();
    const checks = await Promise.all(
      Array.from({ length: 4 }, () => zendesk().check(place.context({ env }))),
    );
    expect(
      checks.map(({ message }) => message).filter((message) => !message.startsWith('Signed in')),
    ).toEqual([]);
    expect(tokenRequests(place)).toBe(2);
  });

  it('begins a new chain when the environment holds another refresh token', async () => {
    const { place, env } = await refreshing();
    await zendesk().check(place.context({ env }));
    const next = { ...env, ZENDESK_OAUTH_REFRESH_TOKEN: place.sandbox.refreshToken() };
    const first = [...place.secrets.kept.values()];
    expect(await zendesk().check(place.context({ env: next }))).toMatchObject({ ok: true });
    expect([...place.secrets.kept.values()]).not.toEqual(first);
    expect(place.secrets.kept.size).toBe(1);
  });

  it('says what to do when a refresh token was used up elsewhere', async () => {
    const { place, env } = await refreshing();
    await zendesk().check(place.context({ env, secrets: memorySecrets() }));
    const health = await zendesk().check(place.context({ env, secrets: memorySecrets() }));
    expect(health).toMatchObject({ ok: false });
    expect(health.hint).toContain('ZENDESK_OAUTH_REFRESH_TOKEN');
  });

  it('never lets a stored token into a message, however broken the store is', async () => {
    const { place, env } = await refreshing();
    await zendesk().check(place.context({ env }));
    const [name] = place.secrets.kept.keys();
    place.secrets.kept.set(name ?? '', 'sandbox-secret-thing not json');
    const health = await zendesk().check(place.context({ env }));
    expect(health.ok).toBe(false);
    expect(JSON.stringify(health)).not.toContain('sandbox-secret-thing');
  });

  it('renews once also for a request whose refusal arrives after the renewal', async () => {
    const env = { ZENDESK_SUBDOMAIN: 'acme', ZENDESK_OAUTH_CLIENT_ID: 'c', ZENDESK_OAUTH_CLIENT_SECRET: 's' };
    let issued = 0;
    const context = script(
      (address, request) => {
        if (address.pathname === '/oauth/tokens') return { body: { access_token: `token-${++issued}` } };
        return request.headers?.['authorization'] === 'Bearer token-1' ? { status: 401 } : { body: {} };
      },
      { env },
    );
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const late = {
      ...context,
      fetch: async (request: HttpRequest) => {
        const response = await context.fetch(request);
        if (response.status === 401) await released;
        return response;
      },
    };
    const connector = zendesk();
    const waiting = connector.check(late);
    const others = await Promise.all([
      connector.check(context),
      connector.check(context),
      connector.check(context),
    ]);
    release();
    expect([...others, await waiting].every(({ ok }) => ok)).toBe(true);
    expect(issued).toBe(2);
  });

  it('lets nobody stop because the run that asked first was interrupted', async () => {
    const env = { ZENDESK_SUBDOMAIN: 'acme', ZENDESK_OAUTH_CLIENT_ID: 'c', ZENDESK_OAUTH_CLIENT_SECRET: 's' };
    const interrupted = new PipelineError('transient', 'run.interrupted', 'stopped');
    const first = script(() => ({ error: interrupted }), { env });
    const second = script(
      (address) => (address.pathname === '/oauth/tokens' ? { body: { access_token: 'next' } } : { body: {} }),
      { env },
    );
    const connector = zendesk();
    const [stopped, goesOn] = await Promise.all([connector.check(first), connector.check(second)]);
    expect(stopped.ok).toBe(false);
    expect(goesOn.ok).toBe(true);
    expect(second.requests.map(({ address }) => address.pathname)).toEqual([
      '/oauth/tokens',
      '/api/v2/tickets.json',
    ]);
  });

  it('gives up after one renewal', async () => {
    const context = script(
      (address) =>
        address.pathname === '/oauth/tokens' ? { body: { access_token: 'next' } } : { status: 401 },
      { env: { ZENDESK_SUBDOMAIN: 'acme', ZENDESK_OAUTH_CLIENT_ID: 'c', ZENDESK_OAUTH_CLIENT_SECRET: 's' } },
    );
    const [stream] = zendesk({ streams: ['groups'] }).streams;
    if (stream === undefined) throw new Error('no stream');
    expect((await thrownBy(pagesOf(stream, context))).code).toBe('zendesk.unauthorized');
    expect(context.requests.map(({ address }) => address.pathname)).toEqual([
      '/oauth/tokens',
      '/api/v2/groups/count',
      '/oauth/tokens',
      '/api/v2/groups/count',
    ]);
  });

  it('hints at role and scopes when a token may read nothing', async () => {
    const context = script(() => ({ status: 403 }));
    const health = await zendesk().check(context);
    expect(health.ok).toBe(false);
    expect(health.hint).toMatch(/administrator.*scope/s);
  });
});
