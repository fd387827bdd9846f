// The DuckDB warehouse against the promises of a sink, and what only a file can do wrong.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { Sink } from '../../core/types.ts';
import { duckdbSink } from '../../sinks/duckdb.ts';
import { sinkContract } from '../contracts/sink.ts';

const opened: { sink: Sink; directory: string }[] = [];

async function freshSink(): Promise<Sink> {
  const directory = await mkdtemp(join(tmpdir(), 'pipeline-duckdb-'));
  const sink = duckdbSink({ path: join(directory, 'made', 'warehouse.duckdb') });
  opened.push({ sink, directory });
  return sink;
}

afterEach(async () => {
  for (const { sink, directory } of opened.splice(0)) {
    await sink.close();
    await rm(directory, { recursive: true, force: true });
  }
});

sinkContract('duckdb', freshSink);
