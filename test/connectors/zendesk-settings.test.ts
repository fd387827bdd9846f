// Where Zendesk's account and credentials come from.

import { describe, expect, it } from 'vitest';
import { readSettings, settingProblems } from '../../connectors/zendesk/settings.ts';
import { zendesk } from '../../connectors/zendesk.ts';
import { PipelineError } from '../../core/errors.ts';

const names = (env: { readonly [name: string]: string }): readonly string[] =>
  settingProblems(env).map(({ name }) => name);

describe('Zendesk settings', () => {
  it('tell account, client and secret at once when nothing is set', () => {
    expect(names({})).toEqual([
      'ZENDESK_SUBDOMAIN',
      'ZENDESK_OAUTH_CLIENT_ID',
      'ZENDESK_OAUTH_CLIENT_SECRET',
    ]);
  });

  it.each([
    [{ ZENDESK_OAUTH_CLIENT_ID: 'a' }, ['ZENDESK_OAUTH_CLIENT_SECRET']],
    [{ ZENDESK_OAUTH_CLIENT_SECRET: 'a' }, ['ZENDESK_OAUTH_CLIENT_ID']],
    [{ ZENDESK_OAUTH_REFRESH_TOKEN: 'a' }, ['ZENDESK_OAUTH_CLIENT_ID']],
    [{ ZENDESK_OAUTH_REFRESH_TOKEN: 'a', ZENDESK_OAUTH_CLIENT_ID: 'b' }, []],
    [{ ZENDESK_EMAIL: 'a@example.com' }, ['ZENDESK_API_TOKEN']],
    [{ ZENDESK_API_TOKEN: 'a' }, ['ZENDESK_EMAIL']],
    [{ ZENDESK_EMAIL: 'a@example.com', ZENDESK_API_TOKEN: 'b' }, []],
    [{ ZENDESK_EMAIL: 'a@example.com', ZENDESK_API_TOKEN: 'b', ZENDESK_OAUTH_CLIENT_ID: 'c' }, []],
    [{ ZENDESK_OAUTH_ACCESS_TOKEN: 'a' }, []],
    [{ ZENDESK_OAUTH_CLIENT_ID: 'a', ZENDESK_OAUTH_CLIENT_SECRET: 'b' }, []],
    [{ ZENDESK_OAUTH_ACCESS_TOKEN: '   ' }, ['ZENDESK_OAUTH_CLIENT_ID', 'ZENDESK_OAUTH_CLIENT_SECRET']],
    [{ ZENDESK_OAUTH_ACCESS_TOKEN: 'two words' }, ['ZENDESK_OAUTH_ACCESS_TOKEN']],
    [{ ZENDESK_OAUTH_ACCESS_TOKEN: 'line\r\nbreak: x' }, ['ZENDESK_OAUTH_ACCESS_TOKEN']],
  ])('with %j lack %j', (env, missing) => {
    expect(names({ ZENDESK_SUBDOMAIN: 'acme', ...env } as { [name: string]: string })).toEqual(missing);
  });

  it.each(['acme.zendesk.com', 'https://acme', 'ac me', '-acme', 'acme/..', 'acme@evil.example'])(
    'refuse %j as a subdomain',
    (subdomain) => {
      expect(names({ ZENDESK_SUBDOMAIN: subdomain, ZENDESK_OAUTH_ACCESS_TOKEN: 'x' })).toEqual([
        'ZENDESK_SUBDOMAIN',
      ]);
    },
  );

  it.each([
    'https://acme.zendesk.com',
    'https://acme.zendesk.com/',
    'https://acme.zendesk.com///',
    'https://acme.zendesk.com/api/v2',
    'https://acme.zendesk.com/api/v2/',
    'https://ACME.zendesk.com/api/v2//',
  ])('take %j for the root of the account', (address) => {
    const env = { ZENDESK_BASE_URL: address, ZENDESK_OAUTH_ACCESS_TOKEN: 'x' };
    expect(readSettings(env).root).toBe('https://acme.zendesk.com');
  });

  it.each([
    'acme.zendesk.com',
    'ftp://acme.zendesk.com',
    'https://me:pw@acme.zendesk.com',
    'https://a.example/?x=1',
    'https://a.example/#x',
  ])('refuse %j as a base URL', (address) => {
    expect(names({ ZENDESK_BASE_URL: address, ZENDESK_OAUTH_ACCESS_TOKEN: 'x' })).toEqual([
      'ZENDESK_BASE_URL',
    ]);
  });

  it('prefer a refresh token, then an access token, then client credentials, then an API token', () => {
    const all = {
      ZENDESK_SUBDOMAIN: 'Acme',
      ZENDESK_OAUTH_REFRESH_TOKEN: 'r',
      ZENDESK_OAUTH_ACCESS_TOKEN: 'a',
      ZENDESK_OAUTH_CLIENT_ID: 'c',
      ZENDESK_OAUTH_CLIENT_SECRET: 's',
      ZENDESK_EMAIL: 'e@example.com',
      ZENDESK_API_TOKEN: 't',
    };
    const { ZENDESK_OAUTH_REFRESH_TOKEN: _r, ...noRefresh } = all;
    const { ZENDESK_OAUTH_ACCESS_TOKEN: _a, ...noAccess } = noRefresh;
    const { ZENDESK_OAUTH_CLIENT_ID: _c, ...noClient } = noAccess;
    const kinds = [all, noRefresh, noAccess, noClient].map((env) => readSettings(env).credentials.kind);
    expect(kinds).toEqual(['refresh', 'bearer', 'client', 'apiToken']);
  });

  it('name every problem in one error and repeat no value', () => {
    const env = { ZENDESK_SUBDOMAIN: 'bad subdomain', ZENDESK_OAUTH_CLIENT_SECRET: 'top secret' };
    try {
      readSettings(env);
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error;
      expect(error.kind).toBe('config');
      const text = `${error.message} ${error.hint}`;
      for (const name of ['ZENDESK_SUBDOMAIN', 'ZENDESK_OAUTH_CLIENT_SECRET', 'ZENDESK_OAUTH_CLIENT_ID'])
        expect(text).toContain(name);
      for (const value of Object.values(env)) expect(text).not.toContain(value);
    }
  });

  it('refuse a stream that does not exist and name those that do', () => {
    expect(() => zendesk({ streams: ['tickets', 'tikets'] })).toThrow(/tikets/);
    expect(zendesk({ streams: ['users', 'tickets'] }).streams.map(({ name }) => name)).toEqual([
      'tickets',
      'users',
    ]);
  });
});
