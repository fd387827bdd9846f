// What can be wrong with a setting of a label provider, in words for the operator.

import type { Environment, SettingProblem } from '../../core/types.ts';
import { setting } from './setting.ts';

/** A key with a blank or a letter that no key has. Unset is no problem. */
export function keyProblem(env: Environment, name: string, where: string): readonly SettingProblem[] {
  return problemWhere(env, name, where, 'holds a blank or a letter that no key has', (key) =>
    /^[\x21-\x7e]+$/.test(key),
  );
}

/** An address that is none, or that carries credentials, which would end up in logs. */
export function urlProblem(env: Environment, name: string, where: string): readonly SettingProblem[] {
  const problem = 'is not an http or https URL without user name and password';
  return problemWhere(env, name, where, problem, (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  });
}

/** A name of a model or deployment with a blank in it. */
export function wordProblem(env: Environment, name: string, where: string): readonly SettingProblem[] {
  return problemWhere(env, name, where, 'holds a blank', (word) => !/\s/.test(word));
}

/** A setting that has to be there beside another one. */
export function missingProblem(env: Environment, name: string, where: string): readonly SettingProblem[] {
  return setting(env, name) === undefined ? [{ name, problem: 'is not set', where }] : [];
}

/** A setting that is set and does not hold what it must. */
export function problemWhere(
  env: Environment,
  name: string,
  where: string,
  problem: string,
  isRight: (value: string) => boolean,
): readonly SettingProblem[] {
  const value = setting(env, name);
  return value === undefined || isRight(value) ? [] : [{ name, problem, where }];
}
