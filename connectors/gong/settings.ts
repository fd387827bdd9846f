// Reads the account and the key from the environment, and tells everything that is missing at once.

import { PipelineError } from '../../core/errors.ts';
import type { Environment, SettingProblem } from '../../core/types.ts';

export interface Settings {
  /** Without a slash at its end. */
  readonly root: string;
  readonly key: string;
  readonly secret: string;
  /** How far back calls are read again with each run. */
  readonly lookBackDays: number;
}

const KEY_PAGE = 'Gong → Company Settings → Ecosystem → API → Get API key (a technical administrator)';
const DEFAULT_LOOK_BACK_DAYS = 7;

/** All settings that are missing or wrong; empty when `readSettings` will succeed. Values are never repeated. */
export function settingProblems(env: Environment): readonly SettingProblem[] {
  const problems: SettingProblem[] = [];
  const value = (name: string): string => env[name]?.trim() ?? '';
  for (const name of ['GONG_API_KEY', 'GONG_API_SECRET']) {
    if (value(name) === '') problems.push({ name, problem: 'is missing', where: KEY_PAGE });
    else if (/[\s\p{Cc}]/u.test(value(name)))
      problems.push({ name, problem: 'holds spaces or line breaks', where: 'copy it again, without quotes' });
  }
  if (value('GONG_BASE_URL') !== '' && rootOf(value('GONG_BASE_URL')) === undefined) {
    problems.push({
      name: 'GONG_BASE_URL',
      problem: 'is no http(s) address without user name and query',
      where: 'the address that the API page of your Gong shows, such as https://us-12345.api.gong.io',
    });
  }
  if (value('GONG_LOOK_BACK_DAYS') !== '' && !/^([1-9]|[12]\d|30)$/.test(value('GONG_LOOK_BACK_DAYS'))) {
    const where = `days; ${DEFAULT_LOOK_BACK_DAYS} without it`;
    problems.push({ name: 'GONG_LOOK_BACK_DAYS', problem: 'must be a whole number from 1 to 30', where });
  }
  return problems;
}

/** Throws config `gong.settings` that names all problems. */
export function readSettings(env: Environment): Settings {
  const problems = settingProblems(env);
  const value = (name: string): string => env[name]?.trim() ?? '';
  const root = rootOf(value('GONG_BASE_URL') || 'https://api.gong.io');
  if (problems.length > 0 || root === undefined) {
    const list = problems.map(({ name, problem }) => `${name} ${problem}`).join('; ');
    throw new PipelineError('config', 'gong.settings', `Gong is not set up: ${list}.`, {
      hint: problems.map(({ name, where }) => `${name}: ${where}`).join('; '),
    });
  }
  const lookBackDays = Number(value('GONG_LOOK_BACK_DAYS') || DEFAULT_LOOK_BACK_DAYS);
  return { root, key: value('GONG_API_KEY'), secret: value('GONG_API_SECRET'), lookBackDays };
}

/** Accepts the root or the API's address, with any number of slashes at the end. */
function rootOf(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined;
  const path = url.pathname.replace(/\/+$/, '').replace(/\/v2$/, '');
  return url.origin + path.replace(/\/+$/, '');
}
