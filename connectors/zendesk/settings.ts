// Reads the account and the credentials from the environment, and tells everything that is missing at once.

import { PipelineError } from '../../core/errors.ts';
import type { Environment, SettingProblem } from '../../core/types.ts';

/** How we sign in. https://developer.zendesk.com/documentation/api-basics/authentication/oauth-migration */
export type Credentials =
  | { readonly kind: 'bearer'; readonly accessToken: string }
  | { readonly kind: 'client'; readonly clientId: string; readonly clientSecret: string }
  | {
      readonly kind: 'refresh';
      readonly clientId: string;
      readonly clientSecret: string | undefined;
      readonly refreshToken: string;
    }
  | { readonly kind: 'apiToken'; readonly email: string; readonly apiToken: string };

export interface Settings {
  /** Without a slash at its end: `https://acme.zendesk.com`. `/api/v2` and `/oauth/tokens` follow it. */
  readonly root: string;
  readonly credentials: Credentials;
}

const OAUTH_PAGE = 'Zendesk Admin Center → Apps and integrations → APIs → OAuth clients';
const TOKEN_PAGE =
  'Zendesk Admin Center → Apps and integrations → APIs → API tokens (they stop on 2027-04-30)';
const SECRETS = [
  'ZENDESK_OAUTH_ACCESS_TOKEN',
  'ZENDESK_OAUTH_CLIENT_ID',
  'ZENDESK_OAUTH_CLIENT_SECRET',
  'ZENDESK_OAUTH_REFRESH_TOKEN',
  'ZENDESK_EMAIL',
  'ZENDESK_API_TOKEN',
] as const;

/** All settings that are missing or wrong; empty when `readSettings` will succeed. Values are never repeated. */
export function settingProblems(env: Environment): readonly SettingProblem[] {
  const problems: SettingProblem[] = [];
  const value = (name: string): string | undefined => env[name]?.trim() || undefined;
  const add = (name: string, problem: string, where: string): void => {
    problems.push({ name, problem, where });
  };

  const subdomain = value('ZENDESK_SUBDOMAIN');
  const baseUrl = value('ZENDESK_BASE_URL');
  if (baseUrl !== undefined) {
    if (rootOf(baseUrl) === undefined) {
      add(
        'ZENDESK_BASE_URL',
        'is no http(s) address without user name and query',
        'such as https://acme.zendesk.com',
      );
    }
  } else if (subdomain === undefined) {
    add('ZENDESK_SUBDOMAIN', 'is missing', 'the first part of your address: acme of acme.zendesk.com');
  } else if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i.test(subdomain)) {
    add(
      'ZENDESK_SUBDOMAIN',
      'must be the subdomain alone',
      'the first part of your address: acme of acme.zendesk.com',
    );
  }

  for (const name of SECRETS) {
    if (/[\s\p{Cc}]/u.test(value(name) ?? '')) {
      add(name, 'holds spaces or line breaks', 'copy it again, without quotes');
    }
  }

  if (value('ZENDESK_OAUTH_REFRESH_TOKEN') !== undefined) {
    if (value('ZENDESK_OAUTH_CLIENT_ID') === undefined) {
      add('ZENDESK_OAUTH_CLIENT_ID', 'is missing, and ZENDESK_OAUTH_REFRESH_TOKEN needs it', OAUTH_PAGE);
    }
  } else if (value('ZENDESK_OAUTH_ACCESS_TOKEN') === undefined) {
    const hasClient =
      value('ZENDESK_OAUTH_CLIENT_ID') !== undefined || value('ZENDESK_OAUTH_CLIENT_SECRET') !== undefined;
    const hasToken = value('ZENDESK_EMAIL') !== undefined || value('ZENDESK_API_TOKEN') !== undefined;
    const completeToken = value('ZENDESK_EMAIL') !== undefined && value('ZENDESK_API_TOKEN') !== undefined;
    if (hasClient || !hasToken) {
      const completeClient =
        value('ZENDESK_OAUTH_CLIENT_ID') !== undefined && value('ZENDESK_OAUTH_CLIENT_SECRET') !== undefined;
      if (!completeClient && !completeToken) {
        for (const name of ['ZENDESK_OAUTH_CLIENT_ID', 'ZENDESK_OAUTH_CLIENT_SECRET']) {
          if (value(name) === undefined) add(name, 'is missing', OAUTH_PAGE);
        }
      }
    } else {
      if (value('ZENDESK_EMAIL') === undefined) {
        add(
          'ZENDESK_EMAIL',
          'is missing, and ZENDESK_API_TOKEN needs it',
          'the administrator who made the token',
        );
      }
      if (value('ZENDESK_API_TOKEN') === undefined) {
        add('ZENDESK_API_TOKEN', 'is missing, and ZENDESK_EMAIL needs it', TOKEN_PAGE);
      }
    }
  }
  return problems;
}

/** Throws config `zendesk.settings` that names all problems. */
export function readSettings(env: Environment): Settings {
  const problems = settingProblems(env);
  const value = (name: string): string => env[name]?.trim() ?? '';
  const root =
    value('ZENDESK_BASE_URL') !== ''
      ? rootOf(value('ZENDESK_BASE_URL'))
      : `https://${value('ZENDESK_SUBDOMAIN').toLowerCase()}.zendesk.com`;
  if (problems.length > 0 || root === undefined) {
    const list = problems.map(({ name, problem }) => `${name} ${problem}`).join('; ');
    throw new PipelineError('config', 'zendesk.settings', `Zendesk is not set up: ${list}.`, {
      hint: problems.map(({ name, where }) => `${name}: ${where}`).join('; '),
    });
  }
  return { root, credentials: credentialsOf(value) };
}

/** The first that is complete: refresh token, access token, client and secret, API token. */
function credentialsOf(value: (name: string) => string): Credentials {
  const clientId = value('ZENDESK_OAUTH_CLIENT_ID');
  const clientSecret = value('ZENDESK_OAUTH_CLIENT_SECRET');
  const refreshToken = value('ZENDESK_OAUTH_REFRESH_TOKEN');
  const accessToken = value('ZENDESK_OAUTH_ACCESS_TOKEN');
  if (refreshToken !== '') {
    return { kind: 'refresh', clientId, clientSecret: clientSecret || undefined, refreshToken };
  }
  if (accessToken !== '') return { kind: 'bearer', accessToken };
  if (clientId !== '' && clientSecret !== '') return { kind: 'client', clientId, clientSecret };
  return { kind: 'apiToken', email: value('ZENDESK_EMAIL'), apiToken: value('ZENDESK_API_TOKEN') };
}

/** Accepts the root or the API's address, with any number of slashes at the end. */
function rootOf(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined;
  return (
    url.origin +
    url.pathname
      .replace(/\/+$/, '')
      .replace(/\/api\/v2$/, '')
      .replace(/\/+$/, '')
  );
}
