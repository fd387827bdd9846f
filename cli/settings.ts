// The settings of the environment, with everything that is missing or wrong told at once.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PipelineError } from '../core/errors.ts';
import type { LogLevel } from '../core/log.ts';
import { createScrubber } from '../core/scrub.ts';
import type { Environment, Pipeline, SettingProblem } from '../core/types.ts';

export interface Settings {
  readonly env: Environment;
  /** Where everything lives that needs no server. */
  readonly home: string;
  readonly stateUrl: string | undefined;
  readonly warehouseUrl: string;
  readonly leaseTtlMs: number;
  readonly logLevel: LogLevel;
}

/** Knows the secrets of this process; whatever is logged, or shown as an error, passes it. */
export const scrubber = createScrubber();

/** Reads the settings; `to` replaces WAREHOUSE_URL. From then on the scrubber knows the secrets among them. */
export function readSettings(env: Environment, to?: string): Settings {
  for (const secret of secretsIn({ ...env, to })) scrubber.add(secret);
  const home = env['PIPELINE_HOME'] || '.pipeline';
  const leaseSeconds = Number(env['PIPELINE_LEASE_SECONDS'] || 30);
  if (!(leaseSeconds >= 1 && leaseSeconds <= 86_400)) {
    throw new PipelineError(
      'config',
      'config.bad_value',
      'PIPELINE_LEASE_SECONDS must be a number from 1 to 86400.',
    );
  }
  return {
    env,
    home,
    stateUrl: env['STATE_URL'] || undefined,
    warehouseUrl: to || env['WAREHOUSE_URL'] || `duckdb:${join(home, 'warehouse.duckdb')}`,
    leaseTtlMs: leaseSeconds * 1000,
    logLevel: readLogLevel(env),
  };
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const satisfies readonly LogLevel[];

function readLogLevel(env: Environment): LogLevel {
  const asked = env['LOG_LEVEL'] || 'warn';
  const known = LOG_LEVELS.find((level) => level === asked);
  if (known !== undefined) return known;
  throw new PipelineError('config', 'config.bad_value', `LOG_LEVEL “${asked}” is not known.`, {
    hint: `Use ${LOG_LEVELS.join(', ')}.`,
  });
}

/** The values of variables that hold secrets, and the passwords inside URLs. */
export function secretsIn(values: Environment): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    if (value === undefined || value === '') return [];
    const isSecret = /(SECRET|TOKEN|KEY|PASSWORD|PASSWD)$/i.test(name);
    return [...(isSecret ? [value] : []), ...passwordsIn(value)];
  });
}

/** `password` of `postgres://user:password@host` and of `?password=…`, as written and as meant. */
function passwordsIn(url: string): readonly string[] {
  const written = [
    /^[a-z][a-z0-9+.-]*:\/\/[^:/@]*:(.+)@/i.exec(url)?.[1],
    /[?&]password=([^&]+)/i.exec(url)?.[1],
  ].filter((password) => password !== undefined);
  return written.flatMap((password) => {
    try {
      return [password, decodeURIComponent(password)];
    } catch {
      // A percent sign that encodes nothing; whoever connects says what is wrong with the URL.
      return [password];
    }
  });
}

/** What is missing or wrong for one pipeline: its source and its labels. */
export function settingProblems(pipeline: Pipeline, env: Environment): readonly SettingProblem[] {
  return [...pipeline.source.problems(env), ...(pipeline.labels?.problems(env) ?? [])];
}

/** All settings that are missing or wrong, of all pipelines, in one error. */
export function requireSettings(pipelines: readonly Pipeline[], env: Environment): void {
  refuseProblems(pipelines.flatMap((pipeline) => settingProblems(pipeline, env)));
}

/** As `requireSettings`, for the labels alone. */
export function requireLabelSettings(pipelines: readonly Pipeline[], env: Environment): void {
  refuseProblems(pipelines.flatMap((p) => p.labels?.problems(env) ?? []));
}

function refuseProblems(problems: readonly SettingProblem[]): void {
  if (problems.length === 0) return;
  throw new PipelineError('config', 'config.missing', missingText(problems), {
    hint: 'Set them in the environment or in a file .env where you run this, and prove them with `pipeline check`. To look around without any account: `pipeline demo`.',
  });
}

/** A list with one line a setting. */
export function missingText(problems: readonly SettingProblem[]): string {
  const lines = problems.map(({ name, problem, where }) => `  ${name} ${problem} (${where})`);
  return `${problems.length === 1 ? 'A setting is' : `${problems.length} settings are`} missing or wrong:\n${lines.join('\n')}`;
}

/** The stand-in's data and an account's must never share bookmarks: this file marks a home as the demo's. */
export function demoMarker(home: string): string {
  return join(home, 'demo');
}

/**
 * Refuses to work with an account in the demo's home: its bookmarks are those of the stand-in, and a token that was stored there
 * would be lost with the next demo.
 */
export function refuseDemoHome(settings: Settings): void {
  if (!existsSync(demoMarker(settings.home)) || settings.stateUrl !== undefined) return;
  throw new PipelineError(
    'config',
    'config.demo_home',
    `${settings.home} holds the data and bookmarks of the demo.`,
    { hint: `Delete it to start with your own account, or keep both: PIPELINE_HOME=.pipeline-mine` },
  );
}
