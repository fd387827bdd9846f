// Reads the account and the credentials from the environment, and tells everything that is missing at once.

import { createPrivateKey, type KeyObject } from 'node:crypto';
import { PipelineError } from '../../core/errors.ts';
import type { Environment, SettingProblem } from '../../core/types.ts';

/** How we sign in; each is an OAuth 2.0 flow of an external client app. https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_flows.htm */
export type Credentials =
  | { readonly kind: 'client'; readonly clientId: string; readonly clientSecret: string }
  | {
      readonly kind: 'jwt';
      readonly clientId: string;
      readonly username: string;
      readonly privateKey: KeyObject;
    }
  | {
      readonly kind: 'refresh';
      readonly clientId: string;
      readonly clientSecret: string | undefined;
      readonly refreshToken: string;
    };

export interface Settings {
  /** Where tokens are asked for, without a slash at its end. */
  readonly loginUrl: string;
  /** Where records are read, when it is set by hand; otherwise the token's answer tells. */
  readonly instanceUrl: string | undefined;
  /** `62.0` */
  readonly apiVersion: string;
  readonly credentials: Credentials;
}

const APP_PAGE = 'Salesforce Setup → External Client App Manager → your app → Settings → OAuth Settings';
const DOMAIN_PAGE = 'Salesforce Setup → My Domain: https://acme.my.salesforce.com';
const CENTRAL_LOGINS = ['login.salesforce.com', 'test.salesforce.com'];
const DEFAULT_LOGIN = 'https://login.salesforce.com';
const DEFAULT_API_VERSION = '62.0';
const ONE_LINE = [
  'SALESFORCE_CLIENT_ID',
  'SALESFORCE_CLIENT_SECRET',
  'SALESFORCE_REFRESH_TOKEN',
  'SALESFORCE_USERNAME',
] as const;

/** All settings that are missing or wrong; empty when `readSettings` will succeed. Values are never repeated. */
export function settingProblems(env: Environment): readonly SettingProblem[] {
  const problems: SettingProblem[] = [];
  const value = reader(env);
  const add = (name: string, problem: string, where: string): void => {
    problems.push({ name, problem, where });
  };

  for (const name of ['SALESFORCE_LOGIN_URL', 'SALESFORCE_INSTANCE_URL'] as const) {
    if (value(name) !== '' && rootOf(value(name)) === undefined) {
      add(name, 'is no http(s) address without user name and query', DOMAIN_PAGE);
    }
  }
  if (value('SALESFORCE_API_VERSION') !== '' && !/^\d{2,3}\.0$/.test(value('SALESFORCE_API_VERSION'))) {
    add('SALESFORCE_API_VERSION', 'is no version of the API', `such as ${DEFAULT_API_VERSION}`);
  }
  for (const name of ONE_LINE) {
    if (/[\s\p{Cc}]/u.test(value(name))) {
      add(name, 'holds spaces or line breaks', 'copy it again, without quotes');
    }
  }
  if (value('SALESFORCE_CLIENT_ID') === '') add('SALESFORCE_CLIENT_ID', 'is missing', APP_PAGE);

  if (value('SALESFORCE_REFRESH_TOKEN') !== '') return problems;
  if (value('SALESFORCE_USERNAME') !== '' || value('SALESFORCE_PRIVATE_KEY') !== '') {
    if (value('SALESFORCE_USERNAME') === '') {
      add(
        'SALESFORCE_USERNAME',
        'is missing, and SALESFORCE_PRIVATE_KEY needs it',
        'the user whom the app runs as',
      );
    }
    if (value('SALESFORCE_PRIVATE_KEY') === '') {
      const where = 'the RSA key whose certificate the app has';
      add('SALESFORCE_PRIVATE_KEY', 'is missing, and SALESFORCE_USERNAME needs it', where);
    } else if (privateKey(value('SALESFORCE_PRIVATE_KEY')) === undefined) {
      const where = 'the whole file, from -----BEGIN to END-----; line ends may be written as \\n';
      add('SALESFORCE_PRIVATE_KEY', 'is no RSA private key in PEM', where);
    }
    return problems;
  }

  if (value('SALESFORCE_CLIENT_SECRET') === '') add('SALESFORCE_CLIENT_SECRET', 'is missing', APP_PAGE);
  const login = value('SALESFORCE_LOGIN_URL') || value('SALESFORCE_INSTANCE_URL');
  if (login === '') add('SALESFORCE_LOGIN_URL', 'is missing', DOMAIN_PAGE);
  else if (CENTRAL_LOGINS.some((host) => rootOf(login) === `https://${host}`)) {
    add('SALESFORCE_LOGIN_URL', 'must be your own domain for client credentials', DOMAIN_PAGE);
  }
  return problems;
}

/** Throws config `salesforce.settings` that names all problems. */
export function readSettings(env: Environment): Settings {
  const problems = settingProblems(env);
  const value = reader(env);
  const instanceUrl = rootOf(value('SALESFORCE_INSTANCE_URL'));
  const credentials = credentialsOf(value);
  const ownDomain = credentials?.kind === 'client' ? instanceUrl : undefined;
  const loginUrl = rootOf(value('SALESFORCE_LOGIN_URL') || (ownDomain ?? DEFAULT_LOGIN));
  if (problems.length > 0 || loginUrl === undefined || credentials === undefined) {
    const list = problems.map(({ name, problem }) => `${name} ${problem}`).join('; ');
    throw new PipelineError('config', 'salesforce.settings', `Salesforce is not set up: ${list}.`, {
      hint: problems.map(({ name, where }) => `${name}: ${where}`).join('; '),
    });
  }
  const apiVersion = value('SALESFORCE_API_VERSION') || DEFAULT_API_VERSION;
  return { loginUrl, instanceUrl, apiVersion, credentials };
}

/** The first that is there: refresh token, user name with key, client and secret. */
function credentialsOf(value: (name: string) => string): Credentials | undefined {
  const clientId = value('SALESFORCE_CLIENT_ID');
  const clientSecret = value('SALESFORCE_CLIENT_SECRET');
  const refreshToken = value('SALESFORCE_REFRESH_TOKEN');
  if (refreshToken !== '') {
    return { kind: 'refresh', clientId, clientSecret: clientSecret || undefined, refreshToken };
  }
  const username = value('SALESFORCE_USERNAME');
  if (username !== '') {
    const key = privateKey(value('SALESFORCE_PRIVATE_KEY'));
    return key === undefined ? undefined : { kind: 'jwt', clientId, username, privateKey: key };
  }
  return { kind: 'client', clientId, clientSecret };
}

/** The address without slashes at its end; undefined where it is none that a token could be sent to. */
export function rootOf(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined;
  return url.origin + url.pathname.replace(/\/+$/, '');
}

/** Environment files often cannot hold line ends, and hold `\n` in their place. */
function privateKey(pem: string): KeyObject | undefined {
  try {
    const key = createPrivateKey(pem.replaceAll('\\n', '\n'));
    return key.asymmetricKeyType === 'rsa' ? key : undefined;
  } catch {
    // The parser's message may repeat a part of the key.
    return undefined;
  }
}

function reader(env: Environment): (name: string) => string {
  return (name) => env[name]?.trim() ?? '';
}
