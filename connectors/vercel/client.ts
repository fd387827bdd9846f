// Asks Vercel's API: reads the settings and the limits, and turns refusals into our errors.

import { PipelineError } from '../../core/errors.ts';
import type { Context, Environment, HttpHeaders, Json, RateLimit, SettingProblem } from '../../core/types.ts';
import { asRecord, type VendorRecord } from './mapping.ts';

/** What one request asks for. */
export interface Question {
  /** With its version, because each endpoint has its own: `/v6/deployments`. */
  readonly path: string;
  readonly query: { readonly [name: string]: string };
  /** Refusals that the caller deals with; they come back as the answer. */
  readonly accept?: readonly number[];
}

export interface Client {
  readonly root: string;
  /** The JSON object that answers, with its status: 200, or one of `accept`, whose body is then not read. */
  ask(question: Question): Promise<{ readonly status: number; readonly body: VendorRecord }>;
}

const DEFAULT_ROOT = 'https://api.vercel.com';
const TOKEN_PAGE = 'Vercel → Account Settings → Tokens → Create, with the team as its scope';

/** All settings that are missing or wrong. Values are never repeated. */
export function settingProblems(env: Environment): readonly SettingProblem[] {
  const problems: SettingProblem[] = [];
  const value = (name: string): string => env[name]?.trim() ?? '';
  if (value('VERCEL_ACCESS_TOKEN') === '')
    problems.push({ name: 'VERCEL_ACCESS_TOKEN', problem: 'is missing', where: TOKEN_PAGE });
  for (const name of ['VERCEL_ACCESS_TOKEN', 'VERCEL_TEAM_ID']) {
    if (/[\s\p{Cc}]/u.test(value(name)))
      problems.push({ name, problem: 'holds spaces or line breaks', where: 'copy it again, without quotes' });
  }
  if (rootOf(value('VERCEL_BASE_URL') || DEFAULT_ROOT) === undefined) {
    const problem = 'is no http(s) address without user name and query';
    problems.push({ name: 'VERCEL_BASE_URL', problem, where: `such as ${DEFAULT_ROOT}` });
  }
  return problems;
}

/** Throws config `vercel.settings` that names all problems. */
export function createClient(context: Context): Client {
  const { env } = context;
  const problems = settingProblems(env);
  const root = rootOf(env['VERCEL_BASE_URL']?.trim() || DEFAULT_ROOT);
  if (problems.length > 0 || root === undefined) {
    const list = problems.map(({ name, problem }) => `${name} ${problem}`).join('; ');
    throw new PipelineError('config', 'vercel.settings', `Vercel is not set up: ${list}.`, {
      hint: problems.map(({ name, where }) => `${name}: ${where}`).join('; '),
    });
  }
  const authorization = `Bearer ${env['VERCEL_ACCESS_TOKEN']?.trim() ?? ''}`;
  const team = env['VERCEL_TEAM_ID']?.trim() ?? '';
  return {
    root,
    async ask(question) {
      const url = new URL(root + question.path);
      if (team !== '') url.searchParams.set('teamId', team);
      for (const [name, value] of Object.entries(question.query)) url.searchParams.set(name, value);
      const bucket = `vercel${question.path}`;
      const response = await context.fetch({
        url: url.href,
        headers: { authorization, accept: 'application/json' },
        bucket,
        accept: [200, 401, 403, 404, ...(question.accept ?? [])],
        limits: (headers) => readLimits(headers, bucket, context),
      });
      const { status } = response;
      if (status !== 200) {
        if (question.accept?.includes(status)) return { status, body: {} };
        throw refusal(status, question.path, root);
      }
      const body = asRecord(response.json());
      if (body === undefined) throw unexpected(question.path, 'no JSON object');
      return { status, body };
    },
  };
}

/** The records of a page. A 200 without its list is never taken for an empty page. */
export function recordsOf(body: VendorRecord, collection: string, path: string): readonly Json[] {
  const records = body[collection];
  if (!Array.isArray(records)) throw unexpected(path, `no list "${collection}"`);
  return records;
}

/** Transient: what answered was not the API that we know. */
export function unexpected(path: string, what: string): PipelineError {
  return new PipelineError(
    'transient',
    'vercel.unexpected_answer',
    `Vercel's answer to ${path} holds ${what}.`,
    { hint: 'If it repeats, check VERCEL_BASE_URL.' },
  );
}

/** Transient: a list that does not move on. */
export function stuck(path: string, what: string): PipelineError {
  return new PipelineError('transient', 'vercel.stuck_page', `Vercel's ${path} does not move on: ${what}.`, {
    hint: 'Run again; what was read is kept. If it repeats, ask Vercel.',
  });
}

function refusal(status: number, path: string, root: string): PipelineError {
  const hint =
    status === 404
      ? 'Check VERCEL_BASE_URL and VERCEL_TEAM_ID.'
      : 'Check VERCEL_ACCESS_TOKEN: it may be wrong, expired, or of another scope than the team in VERCEL_TEAM_ID.';
  if (status === 401)
    return new PipelineError(
      'config',
      'vercel.unauthorized',
      `Vercel does not accept the token at ${root}.`,
      {
        status,
        hint,
      },
    );
  return status === 403
    ? new PipelineError('config', 'vercel.forbidden', `Vercel forbids the token to read ${path}.`, {
        status,
        hint,
      })
    : new PipelineError('config', 'vercel.not_found', `Vercel has no ${path} at ${root}.`, { status, hint });
}

/** Each endpoint has a limit of its own: https://vercel.com/docs/rest-api#rate-limits */
function readLimits(headers: HttpHeaders, bucket: string, { clock }: Context): readonly RateLimit[] {
  const number = (name: string): number | undefined => {
    const text = headers.get(`x-ratelimit-${name}`);
    return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
  };
  const [remaining, reset, limit] = [number('remaining'), number('reset'), number('limit')];
  if (remaining === undefined || reset === undefined) return [];
  const resetMs = Math.max(0, reset * 1000 - clock.now().getTime());
  return [{ bucket, remaining, resetMs, ...(limit === undefined ? {} : { limit }) }];
}

function rootOf(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined;
  return url.origin + url.pathname.replace(/\/+$/, '');
}
