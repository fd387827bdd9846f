// Runs a scripted pipeline on a real state and the memory sink, for the tests of the engine.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../core/clock.ts';
import type { Io } from '../../core/context.ts';
import { type RunOptions, runPipeline } from '../../core/engine.ts';
import { newId } from '../../core/ids.ts';
import { createLog } from '../../core/log.ts';
import { pipeline } from '../../core/pipeline.ts';
import type { Clock, Labeller, Owner, RunRecord, Sink, State, Transform } from '../../core/types.ts';
import { memorySink } from '../../sinks/memory.ts';
import { openState, thisProcess } from '../../state/index.ts';
import { createDatabase } from '../postgres.ts';
import { type Script, scripted } from './scripted.ts';

export const silent = createLog({ level: 'silent', destination: process.stderr, scrub: (text) => text });

export function io(clock: Clock = systemClock, env: Io['env'] = {}): Io {
  return {
    env,
    clock,
    log: silent,
    fetch: () => async () => {
      throw new Error('A scripted test does not go out.');
    },
  };
}

export async function freshState(): Promise<State> {
  return openState({ url: await createDatabase(), home: await mkdtemp(join(tmpdir(), 'pipeline-test-')) });
}

export function owner(): Owner {
  return { runId: newId('run', new Date()), ...thisProcess() };
}

/** Waits are skipped, so that retries cost a test no time. */
export const hastyClock: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms > 5000 ? ms : 1, signal),
};

export async function runScripted(
  given: {
    readonly state: State;
    readonly sink?: Sink;
    readonly streams: { readonly [name: string]: Script };
    readonly labeller?: Labeller;
    readonly transforms?: readonly Transform[];
  } & Partial<Omit<RunOptions, 'streams' | 'state'>>,
): Promise<RunRecord> {
  const { streams, labeller, transforms = [], ...options } = given;
  return runPipeline({
    io: io(hastyClock),
    sink: memorySink(),
    owner: owner(),
    signal: new AbortController().signal,
    leaseTtlMs: 30_000,
    pipeline: pipeline({
      name: 'scripted',
      source: scripted(streams),
      transforms,
      ...(labeller === undefined ? {} : { labels: labeller }),
    }),
    ...options,
  });
}

/** The rows of a table of the memory sink by id, without what differs from run to run. */
export async function rowsOf(
  sink: Sink,
  table: string,
): Promise<readonly { readonly id: unknown; readonly version: unknown; readonly gone: boolean }[]> {
  const { rows } = await sink.query(`select * from ${table}`);
  return rows
    .map((row) => ({ id: row['id'], version: row['version'], gone: row['_deleted_at'] != null }))
    .sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1));
}
