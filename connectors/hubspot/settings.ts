// Reads the account and the credentials from the environment, and tells everything that is missing at once.

import { PipelineError } from '../../core/errors.ts';
import type { Environment, SettingProblem } from '../../core/types.ts';

/** How we sign in: with the token of a private app, or with an OAuth app that a customer installed. */
export type Credentials =
  | { readonly kind: 'token'; readonly token: string }
  | {
      readonly kind: 'oauth';
      readonly clientId: string;
      readonly clientSecret: string;
      readonly refreshToken: string;
    };

export interface Settings {
  /** Without a slash at its end: `https://api.hubapi.com`. */
  readonly root: string;
  /** `v3`, or the date of the newer paths, such as `2026-03`. */
  readonly version: string;
  readonly credentials: Credentials;
}

const DEFAULT_ROOT = 'https://api.hubapi.com';
const APP_PAGE = 'HubSpot → Settings → Integrations → Private Apps → your app → Auth → access token';
const OAUTH_PAGE = 'the developer account → Apps → your app → Auth';
const OAUTH = ['HUBSPOT_CLIENT_ID', 'HUBSPOT_CLIENT_SECRET', 'HUBSPOT_REFRESH_TOKEN'] as const;
/** The keys that HubSpot took until November 2022: https://developers.hubspot.com/changelog/upcoming-api-key-sunset */
const OLD_KEY = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** All settings that are missing or wrong; empty when `readSettings` will succeed. Values are never repeated. */
export function settingProblems(env: Environment): readonly SettingProblem[] {
  const problems: SettingProblem[] = [];
  const value = (name: string): string => env[name]?.trim() ?? '';
  const add = (name: string, problem: string, where: string): void => {
    problems.push({ name, problem, where });
  };
  if (value('HUBSPOT_BASE_URL') !== '' && rootOf(value('HUBSPOT_BASE_URL')) === undefined)
    add('HUBSPOT_BASE_URL', 'is no http(s) address without user name and query', `such as ${DEFAULT_ROOT}`);
  if (!/^(v3|\d{4}-\d{2})?$/.test(value('HUBSPOT_API_VERSION')))
    add('HUBSPOT_API_VERSION', 'is no version of the paths', 'v3, or a date such as 2026-03');
  for (const name of ['HUBSPOT_API_KEY', ...OAUTH]) {
    if (/[\s\p{Cc}]/u.test(value(name)))
      add(name, 'holds spaces or line breaks', 'copy it again, without quotes');
  }
  if (OAUTH.some((name) => value(name) !== '')) {
    for (const name of OAUTH) {
      if (value(name) === '') add(name, 'is missing', OAUTH_PAGE);
    }
  } else if (value('HUBSPOT_API_KEY') === '') {
    add('HUBSPOT_API_KEY', 'is missing', APP_PAGE);
    for (const name of OAUTH) add(name, 'is missing, unless HUBSPOT_API_KEY is there', OAUTH_PAGE);
  } else if (OLD_KEY.test(value('HUBSPOT_API_KEY'))) {
    add('HUBSPOT_API_KEY', 'is an API key of the old kind, which HubSpot takes no more', APP_PAGE);
  }
  return problems;
}

/** Throws config `hubspot.settings` that names all problems. */
export function readSettings(env: Environment): Settings {
  const problems = settingProblems(env);
  const value = (name: string): string => env[name]?.trim() ?? '';
  const root = rootOf(value('HUBSPOT_BASE_URL') || DEFAULT_ROOT);
  if (problems.length > 0 || root === undefined) {
    const list = problems.map(({ name, problem }) => `${name} ${problem}`).join('; ');
    throw new PipelineError('config', 'hubspot.settings', `HubSpot is not set up: ${list}.`, {
      hint: problems.map(({ name, where }) => `${name}: ${where}`).join('; '),
    });
  }
  const [clientId, clientSecret, refreshToken] = OAUTH.map(value);
  return {
    root,
    version: value('HUBSPOT_API_VERSION') || 'v3',
    credentials:
      clientId && clientSecret && refreshToken
        ? { kind: 'oauth', clientId, clientSecret, refreshToken }
        : { kind: 'token', token: value('HUBSPOT_API_KEY') },
  };
}

function rootOf(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined;
  return url.origin + url.pathname.replace(/\/+$/, '');
}
