// The PostgreSQL warehouse against the promises of a sink, and what only a network can do wrong.

import { afterEach } from 'vitest';
import type { Sink } from '../../core/types.ts';
import { postgresSink } from '../../sinks/postgres.ts';
import { sinkContract } from '../contracts/sink.ts';
import { createDatabase } from '../postgres.ts';

const opened: Sink[] = [];

async function freshSink(): Promise<Sink> {
  const sink = postgresSink(await createDatabase());
  opened.push(sink);
  return sink;
}

afterEach(async () => {
  for (const sink of opened.splice(0)) await sink.close();
});

sinkContract('postgres', freshSink);
