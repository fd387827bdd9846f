// What every verb works with: settings, the state, the warehouse, the door to the network, and an orderly end.

import { createAddressGuard } from '../core/address-guard.ts';
import { systemClock } from '../core/clock.ts';
import type { Io } from '../core/context.ts';
import { asPipelineError, PipelineError } from '../core/errors.ts';
import { createFetch } from '../core/http.ts';
import { newId } from '../core/ids.ts';
import { createLimiter } from '../core/limiter.ts';
import { createLog } from '../core/log.ts';
import type { Owner, SecretStore, Sink, State } from '../core/types.ts';
import { openSink } from '../sinks/index.ts';
import { openState, thisProcess } from '../state/index.ts';
import { note } from './output.ts';
import { readSettings, type Settings, scrubber } from './settings.ts';

export interface Session {
  readonly settings: Settings;
  readonly io: Io;
  /** Fires on SIGINT and SIGTERM; a second signal ends the process at once. */
  readonly signal: AbortSignal;
  state(): Promise<State>;
  sink(): Promise<Sink>;
  owner(): Owner;
}

/**
 * Opens what `work` asks for, no sooner, and closes it whatever happens. With `readOnly` the state is only looked at and no file
 * is created or changed, with one exception: a rotated token is stored, because one that was exchanged and then lost would lock
 * the account out.
 */
export async function withSession<T>(
  options: { readonly to?: string | undefined; readonly readOnly?: boolean },
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const settings = readSettings(process.env, options.to);
  const { env, home } = settings;
  const log = createLog({ level: settings.logLevel, destination: process.stderr, scrub: scrubber.scrub });
  const limiter = createLimiter({ clock: systemClock });
  const guard = createAddressGuard({ allow: env['PIPELINE_ALLOW_PRIVATE_HOSTS'] });
  const stop = stopOnSignals();
  const io: Io = {
    env,
    clock: systemClock,
    log,
    fetch: (metrics, signal) => createFetch({ clock: systemClock, limiter, guard, metrics, log, signal }),
  };
  const openStates: Promise<State>[] = [];
  const open = (readOnly: boolean): Promise<State> => {
    const opening = openState({
      home,
      readOnly,
      ...(settings.stateUrl === undefined ? {} : { url: settings.stateUrl }),
      ...(env['PIPELINE_KEY'] ? { key: env['PIPELINE_KEY'] } : {}),
    });
    openStates.push(opening);
    return opening;
  };
  const openWithSecrets = async (): Promise<State> => {
    const state = await open(options.readOnly ?? false);
    const secrets = options.readOnly === true ? keptSecrets(state.secrets, () => open(false)) : state.secrets;
    return { ...state, secrets: scrubbedSecrets(secrets) };
  };
  let state: Promise<State> | undefined;
  let sink: Promise<Sink> | undefined;
  try {
    return await work({
      settings,
      io,
      signal: stop.signal,
      state: () => (state ??= openWithSecrets()),
      sink: () => (sink ??= openSink(settings.warehouseUrl, { home })),
      owner: () => ({ runId: newId('run', systemClock.now()), ...thisProcess() }),
    });
  } catch (thrown) {
    // Whatever fails after Ctrl-C fails because of it: the terminal tells our child processes to stop, too.
    throw stop.signal.aborted ? stop.signal.reason : thrown;
  } finally {
    await closeAll([...(sink === undefined ? [] : [sink]), ...openStates]);
    await guard.close();
    stop.dispose();
  }
}

/** Everything is closed, even when one part fails to. What never opened was told when it was asked for. */
async function closeAll(parts: readonly Promise<{ close(): Promise<void> }>[]): Promise<void> {
  for (const part of await Promise.allSettled(parts)) {
    if (part.status === 'rejected') continue;
    await part.value.close().catch((thrown: unknown) => {
      const [what] = scrubber.scrub(asPipelineError(thrown).message).split('\n');
      note(`Closing did not go well: ${what}`);
    });
  }
}

/** Looks into the state that is there; from the first secret that is to be renewed on, into one that can be written. */
function keptSecrets(looked: SecretStore, openWritable: () => Promise<State>): SecretStore {
  let writable: Promise<State> | undefined;
  const kept = async (): Promise<SecretStore> => {
    writable ??= openWritable();
    return (await writable).secrets;
  };
  return {
    get: async (name) => (writable === undefined ? looked : await kept()).get(name),
    put: async (name, value) => (await kept()).put(name, value),
    // Only a real lock keeps two processes from using up the same token.
    locked: async (name, work) => (await kept()).locked(name, work),
  };
}

/** What is stored as a secret never shows in a log. */
export function scrubbedSecrets(secrets: SecretStore): SecretStore {
  return {
    async get(name) {
      const value = await secrets.get(name);
      if (value !== undefined) for (const part of partsOf(value)) scrubber.add(part);
      return value;
    },
    put(name, value) {
      for (const part of partsOf(value)) scrubber.add(part);
      return secrets.put(name, value);
    },
    locked: (name, work) => secrets.locked(name, work),
  };
}

/** The secret itself and, where it is a JSON object as a pair of tokens is, the texts inside it. */
function partsOf(secret: string): readonly string[] {
  try {
    const parsed: unknown = JSON.parse(secret);
    if (typeof parsed !== 'object' || parsed === null) return [secret];
    return [secret, ...Object.values(parsed).filter((part) => typeof part === 'string')];
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return [secret];
    throw thrown;
  }
}

function stopOnSignals(): { readonly signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    note('Stopping in good order; Ctrl-C again stops at once. Nothing is lost.');
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
