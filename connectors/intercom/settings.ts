// Reads the workspace, its region and the API version from the environment, and tells everything that is missing at once.

import { PipelineError } from '../../core/errors.ts';
import type { Environment, SettingProblem } from '../../core/types.ts';

export interface Settings {
  /** Without a slash at its end. */
  readonly root: string;
  readonly token: string;
  /** Sent as `Intercom-Version` with every request: without it the answer has the shape that the app was last set to. */
  readonly version: string;
}

/** https://developers.intercom.com/docs/build-an-integration/learn-more/rest-apis/making-requests#regional-hosting */
const HOSTS: { readonly [region: string]: string } = {
  us: 'https://api.intercom.io',
  eu: 'https://api.eu.intercom.io',
  au: 'https://api.au.intercom.io',
};
/** The newest version whose description we have read; the list of deleted conversations came with it. */
const VERSION = '2.16';
const TOKEN_PAGE = 'Intercom Developer Hub → your app → Configure → Authentication → Access token';

/** All settings that are missing or wrong; empty when `readSettings` will succeed. Values are never repeated. */
export function settingProblems(env: Environment): readonly SettingProblem[] {
  const problems: SettingProblem[] = [];
  const value = (name: string): string => env[name]?.trim() ?? '';
  const token = value('INTERCOM_ACCESS_TOKEN');
  if (token === '') {
    problems.push({ name: 'INTERCOM_ACCESS_TOKEN', problem: 'is missing', where: TOKEN_PAGE });
  } else if (/[\s\p{Cc}]/u.test(token)) {
    problems.push({
      name: 'INTERCOM_ACCESS_TOKEN',
      problem: 'holds spaces or line breaks',
      where: 'copy it again, without quotes',
    });
  }
  if (value('INTERCOM_BASE_URL') !== '' && rootOf(value('INTERCOM_BASE_URL')) === undefined) {
    problems.push({
      name: 'INTERCOM_BASE_URL',
      problem: 'is no http(s) address without user name and query',
      where: 'such as https://api.eu.intercom.io',
    });
  }
  if (value('INTERCOM_REGION') !== '' && HOSTS[value('INTERCOM_REGION').toLowerCase()] === undefined) {
    problems.push({
      name: 'INTERCOM_REGION',
      problem: `must be ${Object.keys(HOSTS).join(', ')}`,
      where: 'Intercom → Settings → Workspace → General → Data hosting region',
    });
  }
  if (value('INTERCOM_VERSION') !== '' && !/^2\.\d{1,3}$/.test(value('INTERCOM_VERSION'))) {
    problems.push({
      name: 'INTERCOM_VERSION',
      problem: `must be a version of the second API, such as ${VERSION}`,
      where: 'https://developers.intercom.com/docs/build-an-integration/learn-more/rest-apis/api-changelog',
    });
  }
  return problems;
}

/** Throws config `intercom.settings` that names all problems. */
export function readSettings(env: Environment): Settings {
  const problems = settingProblems(env);
  const value = (name: string): string => env[name]?.trim() ?? '';
  const region = value('INTERCOM_REGION').toLowerCase() || 'us';
  const root = value('INTERCOM_BASE_URL') === '' ? HOSTS[region] : rootOf(value('INTERCOM_BASE_URL'));
  if (problems.length > 0 || root === undefined) {
    const list = problems.map(({ name, problem }) => `${name} ${problem}`).join('; ');
    throw new PipelineError('config', 'intercom.settings', `Intercom is not set up: ${list}.`, {
      hint: problems.map(({ name, where }) => `${name}: ${where}`).join('; '),
    });
  }
  return { root, token: value('INTERCOM_ACCESS_TOKEN'), version: value('INTERCOM_VERSION') || VERSION };
}

function rootOf(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined;
  return url.origin + url.pathname.replace(/\/+$/, '');
}
