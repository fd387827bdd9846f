// Reads the address and the key from the environment, and tells everything that is missing at once.

import { PipelineError } from '../../core/errors.ts';
import { asRecord, textOf } from '../../core/mapping.ts';
import type { Environment, Json, SettingProblem } from '../../core/types.ts';

/** A refresh token, which is exchanged for access tokens, or a key that is sent as it is. */
export type Credentials =
  | { readonly kind: 'refresh'; readonly id: string; readonly secret: string }
  | { readonly kind: 'bearer'; readonly token: string };

export interface Settings {
  /** Without a slash at its end. */
  readonly root: string;
  readonly credentials: Credentials;
  /** Only what lies below it is read, such as `acmeCo/`; everything readable without it. */
  readonly prefix: string | undefined;
}

const KEY_PAGE = 'Estuary dashboard → Admin → CLI-API → Generate token, copied whole';

/** All settings that are missing or wrong; empty when `readSettings` will succeed. Values are never repeated. */
export function settingProblems(env: Environment): readonly SettingProblem[] {
  const problems: SettingProblem[] = [];
  const value = (name: string): string => env[name]?.trim() ?? '';
  const key = value('ESTUARY_API_KEY');
  if (key === '') problems.push({ name: 'ESTUARY_API_KEY', problem: 'is missing', where: KEY_PAGE });
  else if (/[\s\p{Cc}]/u.test(key))
    problems.push({ name: 'ESTUARY_API_KEY', problem: 'holds spaces or line breaks', where: KEY_PAGE });
  if (value('ESTUARY_API_URL') !== '' && rootOf(value('ESTUARY_API_URL')) === undefined) {
    problems.push({
      name: 'ESTUARY_API_URL',
      problem: 'is no http(s) address without user name and query',
      where: 'such as https://api.estuary.dev',
    });
  }
  if (
    value('ESTUARY_PREFIX') !== '' &&
    !/^[\p{L}\p{N}._-]+\/([\p{L}\p{N}._-]+\/)*$/u.test(value('ESTUARY_PREFIX'))
  ) {
    const where = 'the beginning of the names to read, such as acmeCo/';
    problems.push({ name: 'ESTUARY_PREFIX', problem: 'must be names that each end with a slash', where });
  }
  return problems;
}

/** Throws config `estuary.settings` that names all problems. */
export function readSettings(env: Environment): Settings {
  const problems = settingProblems(env);
  const value = (name: string): string => env[name]?.trim() ?? '';
  const root = rootOf(value('ESTUARY_API_URL') || 'https://api.estuary.dev');
  if (problems.length > 0 || root === undefined) {
    const list = problems.map(({ name, problem }) => `${name} ${problem}`).join('; ');
    throw new PipelineError('config', 'estuary.settings', `Estuary is not set up: ${list}.`, {
      hint: problems.map(({ name, where }) => `${name}: ${where}`).join('; '),
    });
  }
  const prefix = value('ESTUARY_PREFIX') || undefined;
  return { root, credentials: credentialsOf(value('ESTUARY_API_KEY')), prefix };
}

/** The dashboard hands a refresh token out as base64 of its id and secret. */
function credentialsOf(key: string): Credentials {
  try {
    const held = asRecord(JSON.parse(Buffer.from(key, 'base64').toString('utf8')) as Json) ?? {};
    const [id, secret] = [textOf(held, 'id'), textOf(held, 'secret')];
    if (id !== null && secret !== null) return { kind: 'refresh', id, secret };
  } catch {
    // What is no such token is a key of a service account.
  }
  return { kind: 'bearer', token: key };
}

function rootOf(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined;
  const path = url.pathname.replace(/\/+$/, '').replace(/\/api\/graphql$/, '');
  return url.origin + path.replace(/\/+$/, '');
}
