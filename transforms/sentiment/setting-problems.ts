// What can be wrong with the settings of a label provider, each in one sentence; all of them pure.

import type { Environment, SettingProblem } from '../../core/types.ts';
import { setting } from './setting.ts';

type Problems = readonly SettingProblem[];

export function missingProblem(env: Environment, name: string, where: string): Problems {
  return setting(env, name) === undefined ? [{ name, problem: 'is not set', where }] : [];
}

/** A key that was cut or copied with something around it. */
export function keyProblem(env: Environment, name: string, where: string): Problems {
  const key = setting(env, name);
  if (key === undefined || /^[\x21-\x7e]+$/.test(key)) return [];
  return [{ name, problem: 'holds a blank or a letter that no key has', where }];
}

export function modelProblem(env: Environment, name: string, where: string): Problems {
  const model = setting(env, name);
  return model !== undefined && /\s/.test(model) ? [{ name, problem: 'holds a blank', where }] : [];
}

export function urlProblem(env: Environment, name: string, where: string): Problems {
  const url = setting(env, name);
  if (url === undefined || isHttpUrl(url)) return [];
  return [{ name, problem: 'is not an http or https URL without user name and password', where }];
}

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
}
