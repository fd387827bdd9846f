// What every verb works with: settings from the environment, the state, the warehouse, the door to the network, and an orderly end.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createAddressGuard } from '../core/address-guard.ts';
import { systemClock } from '../core/clock.ts';
import type { Io } from '../core/context.ts';
import { PipelineError } from '../core/errors.ts';
import { createFetch } from '../core/http.ts';
import { newId } from '../core/ids.ts';
import { createLimiter } from '../core/limiter.ts';
import { createLog, type LogLevel } from '../core/log.ts';
import { createScrubber } from '../core/scrub.ts';
import type { Environment, Owner, Pipeline, SettingProblem, Sink, State } from '../core/types.ts';
import { openSink } from '../sinks/index.ts';
import { openState, thisProcess } from '../state/index.ts';
import { note } from './output.ts';

export interface Settings {
  readonly env: Environment;
  /** Where everything lives that needs no server. */
  readonly home: string;
  readonly stateUrl: string | undefined;
  readonly warehouseUrl: string;
  readonly leaseTtlMs: number;
}

export interface Session {
  readonly settings: Settings;
  readonly io: Io;
  /** Fires on SIGINT and SIGTERM; a second signal ends the process at once. */
  readonly signal: AbortSignal;
  state(): Promise<State>;
  sink(): Promise<Sink>;
  owner(): Owner;
}

/** Reads the settings; `to` replaces WAREHOUSE_URL. */
export function readSettings(env: Environment, to?: string): Settings {
  const home = env['PIPELINE_HOME'] || '.pipeline';
  const leaseSeconds = Number(env['PIPELINE_LEASE_SECONDS'] || 30);
  if (!(leaseSeconds >= 1)) {
    throw new PipelineError(
      'config',
      'config.bad_value',
      'PIPELINE_LEASE_SECONDS must be a number of at least 1.',
    );
  }
  return {
    env,
    home,
    stateUrl: env['STATE_URL'] || undefined,
    warehouseUrl: to || env['WAREHOUSE_URL'] || `duckdb:${join(home, 'warehouse.duckdb')}`,
    leaseTtlMs: leaseSeconds * 1000,
  };
}

/**
 * Opens what `work` asks for, no sooner, and closes it whatever happens. With `readOnly` the state is only looked at and no file
 * is created.
 */
export async function withSession<T>(
  options: { readonly to?: string | undefined; readonly readOnly?: boolean },
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const settings = readSettings(process.env, options.to);
  const { env, home } = settings;
  const scrubber = createScrubber();
  for (const secret of secretsIn(env)) scrubber.add(secret);
  const log = createLog({ level: logLevel(env), destination: process.stderr, scrub: scrubber.scrub });
  const limiter = createLimiter({ clock: systemClock });
  const guard = createAddressGuard({ allow: env['PIPELINE_ALLOW_PRIVATE_HOSTS'] });
  const stop = stopOnSignals();
  const io: Io = {
    env,
    clock: systemClock,
    log,
    fetch: (metrics, signal) => createFetch({ clock: systemClock, limiter, guard, metrics, log, signal }),
  };
  let state: Promise<State> | undefined;
  let sink: Promise<Sink> | undefined;
  try {
    return await work({
      settings,
      io,
      signal: stop.signal,
      state: () =>
        (state ??= openState({
          home,
          readOnly: options.readOnly ?? false,
          ...(settings.stateUrl === undefined ? {} : { url: settings.stateUrl }),
          ...(env['PIPELINE_KEY'] ? { key: env['PIPELINE_KEY'] } : {}),
        })),
      sink: () => (sink ??= openSink(settings.warehouseUrl, { home })),
      owner: () => ({ runId: newId('run', systemClock.now()), ...thisProcess() }),
    });
  } finally {
    // Both are closed even when one of them fails to; the first failure is the one that is told.
    const closing = await Promise.allSettled([sink?.then((s) => s.close()), state?.then((s) => s.close())]);
    await guard.close();
    stop.dispose();
    const opened = await Promise.allSettled([sink, state]);
    const failed = closing.find(
      (result, i) => result.status === 'rejected' && opened[i]?.status === 'fulfilled',
    );
    if (failed?.status === 'rejected') note(`Closing: ${scrubber.scrub(String(failed.reason))}`);
  }
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const satisfies readonly LogLevel[];

function logLevel(env: Environment): LogLevel {
  const asked = env['LOG_LEVEL'] || 'warn';
  const known = LOG_LEVELS.find((level) => level === asked);
  if (known !== undefined) return known;
  throw new PipelineError('config', 'config.bad_value', `LOG_LEVEL ${asked} is not known.`, {
    hint: `Use ${LOG_LEVELS.join(', ')}.`,
  });
}

/** The values of variables that hold secrets, and the passwords inside URLs. */
function secretsIn(env: Environment): readonly string[] {
  const secrets: string[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || value === '') continue;
    if (/(SECRET|TOKEN|KEY|PASSWORD)$/.test(name)) secrets.push(value);
    const password = /^[a-z]+:\/\/[^:/@]*:([^@]+)@/.exec(value)?.[1];
    if (password !== undefined) secrets.push(password, decodeURIComponent(password));
  }
  return secrets;
}

function stopOnSignals(): { readonly signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    note(
      'Stopping after what is under way; once more to stop at once. Nothing is lost: the next run resumes.',
    );
    controller.abort(
      new PipelineError('transient', 'run.interrupted', 'The run was interrupted.', {
        hint: 'Run it again: it resumes where it stopped.',
      }),
    );
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  return {
    signal: controller.signal,
    dispose() {
      process.off('SIGINT', stop).off('SIGTERM', stop);
    },
  };
}

const PIPELINES = new URL('../pipelines/', import.meta.url);

/** The names of all pipelines, from the files in pipelines/. */
export function pipelineNames(): readonly string[] {
  return readdirSync(PIPELINES)
    .filter((file) => /^[a-z][a-z0-9_]*\.ts$/.test(file))
    .map((file) => file.slice(0, -3))
    .sort();
}

/** Loads pipelines by name. An unknown name is told with the ones that there are. */
export async function loadPipelines(names: readonly string[]): Promise<readonly Pipeline[]> {
  const known = pipelineNames();
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new PipelineError(
      'config',
      'pipeline.unknown',
      `There is no pipeline ${unknown.map((n) => `“${n}”`).join(', ')}.`,
      {
        hint: `There ${known.length === 1 ? 'is' : 'are'}: ${known.join(', ')}. A new one is a file in pipelines/.`,
      },
    );
  }
  const loaded: Pipeline[] = [];
  for (const name of names) {
    const module = (await import(new URL(`${name}.ts`, PIPELINES).href)) as { readonly default?: Pipeline };
    if (module.default === undefined) {
      throw new PipelineError(
        'config',
        'pipeline.no_default',
        `pipelines/${name}.ts has no default export.`,
        {
          hint: 'End it with `export default pipeline({ … })`.',
        },
      );
    }
    loaded.push(module.default);
  }
  return loaded;
}

/** All settings that are missing or wrong, of all pipelines, in one error. */
export function requireSettings(pipelines: readonly Pipeline[], env: Environment): void {
  const problems = pipelines.flatMap((p) => [...p.source.problems(env), ...(p.labels?.problems(env) ?? [])]);
  if (problems.length === 0) return;
  throw new PipelineError('config', 'config.missing', missingText(problems), {
    hint: 'Set them in the environment or in a file .env beside where you run this. To look around without any account: `pipeline demo`.',
  });
}

export function missingText(problems: readonly SettingProblem[]): string {
  const lines = problems.map(({ name, problem, where }) => `  ${name}: ${problem} (${where})`);
  return `${problems.length === 1 ? 'A setting is' : `${problems.length} settings are`} missing or wrong:\n${lines.join('\n')}`;
}

/** The stand-in's data and an account's must never share bookmarks: this file marks a home as the demo's. */
export function demoMarker(home: string): string {
  return join(home, 'demo');
}

/** Refuses to load an account into the demo's warehouse, where its bookmarks would be those of the stand-in. */
export function refuseDemoHome(settings: Settings): void {
  if (!existsSync(demoMarker(settings.home)) || settings.stateUrl !== undefined) return;
  throw new PipelineError(
    'config',
    'config.demo_home',
    `${settings.home} holds the data and bookmarks of the demo.`,
    {
      hint: `Delete it to start with your own account, or keep both: PIPELINE_HOME=.pipeline-mine`,
    },
  );
}

/** A day (`2026-01-01`) or an instant (`2026-01-01T08:00:00Z`), always UTC unless it says otherwise. */
export function parseInstant(flag: string, text: unknown): Date | undefined {
  if (text === undefined) return undefined;
  const iso = /^(\d{4})-(\d{2})-(\d{2})(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/.exec(
    String(text),
  );
  const zoned =
    iso === null
      ? ''
      : iso[4] === undefined
        ? `${iso[0]}T00:00:00Z`
        : iso[7] === undefined
          ? `${iso[0]}Z`
          : iso[0];
  const instant = new Date(zoned);
  // Date rolls the 30th of February over to March; what comes back must be the day that was asked for.
  const day = iso === null ? '' : `${iso[1]}-${iso[2]}-${iso[3]}`;
  const real = iso !== null && new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
  if (!real || Number.isNaN(instant.getTime())) {
    throw new PipelineError('config', 'usage.bad_date', `${flag} ${String(text)} is no date.`, {
      hint: `Write a day such as ${flag} 2026-01-01, or an instant such as ${flag} 2026-01-01T08:00:00Z.`,
    });
  }
  return instant;
}

/** A whole number of at least `least`. */
export function parseCount(flag: string, text: unknown, otherwise: number, least = 1): number {
  if (text === undefined) return otherwise;
  const n = Number(text);
  if (!Number.isSafeInteger(n) || n < least) {
    throw new PipelineError(
      'config',
      'usage.bad_number',
      `${flag} ${String(text)} is no whole number of at least ${least}.`,
    );
  }
  return n;
}

/** Names with commas between them. */
export function parseNames(text: unknown): readonly string[] | undefined {
  if (text === undefined) return undefined;
  return String(text)
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
