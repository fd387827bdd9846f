// What each run did: its record, its streams, and what happened on the way.

import { sql } from 'kysely';
import { PipelineError } from '../core/errors.ts';
import type {
  ErrorReport,
  LabelCounts,
  LogFields,
  RunRecord,
  RunStatus,
  State,
  StreamReport,
} from '../core/types.ts';
import { microUsd, usd } from './money.ts';
import { isGone } from './process.ts';
import { chunks, type Database, storable } from './schema.ts';

/** A run that tells more than this tells nobody anything; the rest is counted in its streams. */
export const EVENTS_PER_RUN = 10_000;

type RunStore = Pick<State, 'startRun' | 'saveStream' | 'endRun' | 'runs' | 'run' | 'addEvents' | 'events'>;

export function runStore(db: Database): RunStore {
  const records = () =>
    db
      .selectFrom('runs')
      .selectAll('runs')
      .select(abandoned)
      .orderBy('started_at', 'desc')
      .orderBy('run_id', 'desc');

  const withStreams = async (rows: readonly RunRow[]): Promise<readonly RunRecord[]> => {
    const reports = new Map<string, StreamReport[]>(rows.map(({ run_id }) => [run_id, []]));
    for (const some of chunks([...reports.keys()])) {
      const streams = await db
        .selectFrom('run_streams')
        .selectAll()
        .where('run_id', 'in', some)
        .orderBy('seq')
        .execute();
      for (const { run_id, report } of streams) reports.get(run_id)?.push(JSON.parse(report));
    }
    return rows.map((row) => read(row, reports.get(row.run_id) ?? []));
  };

  return {
    async startRun({ runId, pipeline, lane, status, sink, startedAt, owner }) {
      await db
        .insertInto('runs')
        .values({
          run_id: runId,
          pipeline,
          lane,
          status,
          sink: storable(sink),
          started_at: startedAt,
          host: owner.host,
          pid: owner.pid,
          process_started_at: owner.processStartedAt,
          error: null,
        })
        .execute();
    },

    async saveStream(runId, report) {
      await db
        .insertInto('run_streams')
        .values({ run_id: runId, lane: report.lane, report: JSON.stringify(report) })
        .onConflict((conflict) =>
          conflict.columns(['run_id', 'lane']).doUpdateSet((eb) => ({ report: eb.ref('excluded.report') })),
        )
        .execute();
    },

    async endRun(runId, { status, labels, costUsd, error }) {
      const { numUpdatedRows } = await db
        .updateTable('runs')
        .set({
          status,
          ended_at: sql`clock_timestamp()`,
          labels: JSON.stringify(labels),
          cost_micro_usd: microUsd(costUsd),
          error: error && JSON.stringify(error),
        })
        .where('run_id', '=', runId)
        .executeTakeFirst();
      if (numUpdatedRows === 0n)
        throw new PipelineError('bug', 'run.unknown', `There is no run ${runId} to end.`);
    },

    async runs({ pipeline, limit } = {}) {
      let query = records();
      if (pipeline !== undefined) query = query.where('pipeline', '=', pipeline);
      if (limit !== undefined) query = query.limit(limit);
      return withStreams(await query.execute());
    },

    async run(runId) {
      const [record] = await withStreams(await records().where('run_id', '=', runId).execute());
      return record;
    },

    async addEvents(events) {
      for (const runId of new Set(events.map((event) => event.runId))) {
        const { count } = await db
          .selectFrom('run_events')
          .select((eb) => eb.fn.countAll<number>().as('count'))
          .where('run_id', '=', runId)
          .executeTakeFirstOrThrow();
        const fitting = events
          .filter((event) => event.runId === runId)
          .slice(0, Math.max(0, EVENTS_PER_RUN - count));
        for (const some of chunks(fitting)) {
          const rows = some.map(({ at, event, fields }) => ({
            run_id: runId,
            at,
            event: storable(event),
            fields: JSON.stringify(fields),
          }));
          await db.insertInto('run_events').values(rows).execute();
        }
      }
    },

    async events(runId) {
      const rows = await db
        .selectFrom('run_events')
        .selectAll()
        .where('run_id', '=', runId)
        .orderBy('seq')
        .execute();
      return rows.map(({ at, event, fields }) => {
        const told: LogFields = JSON.parse(fields);
        return { at, runId, event, fields: told };
      });
    },
  };
}

/** All leases of the run have run out: on another host that is the only sign that its process is gone. */
const abandoned = sql<boolean>`coalesce((
  select bool_and(expires_at <= clock_timestamp()) from pipeline_state.leases where leases.run_id = runs.run_id
), false)`.as('abandoned');

interface RunRow {
  readonly run_id: string;
  readonly pipeline: string;
  readonly lane: string;
  readonly status: string;
  readonly sink: string;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly host: string;
  readonly pid: number;
  readonly process_started_at: string;
  readonly labels: string;
  readonly cost_micro_usd: number;
  readonly error: string | null;
  readonly abandoned: boolean;
}

function read(row: RunRow, streams: readonly StreamReport[]): RunRecord {
  const owner = { runId: row.run_id, host: row.host, pid: row.pid, processStartedAt: row.process_started_at };
  const labels: LabelCounts = JSON.parse(row.labels);
  const error: ErrorReport | null = row.error === null ? null : JSON.parse(row.error);
  const interrupted = row.status === 'running' && (row.abandoned || isGone(owner));
  return {
    runId: row.run_id,
    pipeline: row.pipeline,
    lane: row.lane,
    status: interrupted ? 'interrupted' : (row.status as RunStatus),
    sink: row.sink,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    owner,
    // What a dead run was still reading is as interrupted as the run itself.
    streams: interrupted || row.status === 'interrupted' ? streams.map(stopped) : streams,
    labels,
    costUsd: usd(row.cost_micro_usd),
    error,
  };
}

function stopped(report: StreamReport): StreamReport {
  return report.status === 'running' ? { ...report, status: 'interrupted' } : report;
}
