// Runs any vendor's pipeline in this process through the real connector and the real fetch, while its stand-in misbehaves.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAddressGuard } from '../../core/address-guard.ts';
import { systemClock } from '../../core/clock.ts';
import { runPipeline } from '../../core/engine.ts';
import { createFetch } from '../../core/http.ts';
import { newId } from '../../core/ids.ts';
import { createLimiter } from '../../core/limiter.ts';
import { createLog } from '../../core/log.ts';
import { pipeline } from '../../core/pipeline.ts';
import type { Clock, Connector, Environment, Row, RunRecord, State } from '../../core/types.ts';
import type { Fault } from '../../sandbox/faults.ts';
import type { Sandbox } from '../../sandbox/server.ts';
import { openSink } from '../../sinks/index.ts';
import { thisProcess } from '../../state/index.ts';
import { language } from '../../transforms/language.ts';
import { redactor } from '../../transforms/redact.ts';
import { text } from '../../transforms/text.ts';
import type { StreamTruth } from '../contracts/connector.ts';

const silent = createLog({ level: 'silent', destination: process.stderr, scrub: (words) => words });

export interface VendorTrial {
  /** Sets these faults, runs once, and clears them. */
  run(faults?: readonly Fault[]): Promise<RunRecord>;
  /** What the warehouse does not hold as the vendor does. */
  differences(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export async function openVendorTrial(
  state: State,
  vendor: {
    readonly connector: Connector;
    readonly sandbox: Sandbox;
    env(): Environment;
    truth(stream: string): StreamTruth;
  },
  options: { readonly timeoutMs?: number; readonly attempts?: number } = {},
): Promise<VendorTrial> {
  const { timeoutMs = 20_000, attempts = 6 } = options;
  const { connector, sandbox } = vendor;
  const directory = await mkdtemp(join(tmpdir(), 'pipeline-faults-'));
  const sink = await openSink(`duckdb:${join(directory, 'warehouse.duckdb')}`, { home: directory });
  // The run goes by the vendor's time, which a test may move on.
  const clock: Clock = { ...systemClock, now: () => sandbox.clock.now() };
  const guard = createAddressGuard({ allow: '127.0.0.1' });
  const trial = pipeline({
    name: `trial_${newId('t', new Date())}`,
    source: connector,
    transforms: [text({ redactor: redactor() }), language()],
  });
  return {
    async run(faults = []) {
      sandbox.faults.set(faults);
      const limiter = createLimiter({ clock });
      const record = await runPipeline({
        pipeline: trial,
        io: {
          env: { PIPELINE_LOAD_ROWS: '20', ...vendor.env() },
          clock,
          log: silent,
          fetch: (metrics, signal) => {
            const parts = { clock, limiter, guard, metrics, log: silent, signal, backoffMs: 1 };
            const fetch = createFetch(parts);
            return (request) => fetch({ ...request, timeoutMs, attempts });
          },
        },
        state,
        sink,
        owner: { runId: newId('run', new Date()), ...thisProcess() },
        signal: new AbortController().signal,
        leaseTtlMs: 30_000,
      });
      sandbox.faults.clear();
      return record;
    },
    async differences() {
      const found: string[] = [];
      for (const { name } of connector.streams) {
        const { rows, gone } = vendor.truth(name);
        for (const [table, expected] of Object.entries(rows)) {
          const known = await sink.query(
            `select count(*) as n from information_schema.tables where table_name = '${table}'`,
          );
          const exists = Number(known.rows[0]?.['n']) > 0;
          const held = exists
            ? (await sink.query(`select * from ${table}`, { maxRows: 1_000_000 })).rows
            : [];
          found.push(...compare(table, held, expected, gone[table] ?? []));
        }
      }
      return found;
    },
    async close() {
      await sandbox.close();
      await sink.close();
      await guard.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Rows by the columns that the truth's keys have, ids of all kinds joined. */
function compare(
  table: string,
  held: readonly Row[],
  expected: readonly Row[],
  gone: readonly Row[],
): readonly string[] {
  const key = ['object_type', 'pipeline_id', 'id'].filter(
    (column) => held[0] !== undefined && column in held[0],
  );
  const keyOf = (row: Row): string => key.map((column) => String(row[column] ?? '')).join('/');
  const found: string[] = [];
  const living = new Map<string, Row>();
  const dead = new Set<string>();
  for (const row of held) {
    const id = keyOf(row);
    if (living.has(id) || dead.has(id)) found.push(`${table} ${id}: twice`);
    if (row['_deleted_at'] === null) living.set(id, row);
    else dead.add(id);
  }
  const leaving = new Set(gone.map((row) => keyOf(row)));
  for (const row of expected) {
    const id = keyOf(row);
    if (leaving.has(id)) continue;
    const mine = living.get(id);
    if (mine === undefined) found.push(`${table} ${id}: lost`);
    else {
      for (const [column, value] of Object.entries(row)) {
        if (plain(mine[column]) !== plain(value)) found.push(`${table} ${id}: ${column} is not the vendor's`);
      }
      living.delete(id);
    }
  }
  for (const id of leaving) if (!dead.has(id)) found.push(`${table} ${id}: lives here, and not there`);
  for (const id of living.keys())
    if (!leaving.has(id)) found.push(`${table} ${id}: the vendor does not know it`);
  return found;
}

const LONELY = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** As every warehouse can hold it: instants are compared as milliseconds, and texts without NUL and half a pair. */
function plain(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value ?? null);
  if (/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(value)) return String(Date.parse(value));
  if (/^-?\d+(\.\d+)?$/.test(value)) return String(Number(value));
  return value.replaceAll('\u0000', '').replace(LONELY, '\ufffd');
}
