// One load into DuckDB: the appender into temporary tables, then one transaction for fence, merge and ledger.

import { PipelineError } from '../../core/errors.ts';
import { failpoint } from '../../core/failpoint.ts';
import type { Batch, FieldType, Json, Load, LoadStart, Receipt } from '../../core/types.ts';
import { DUCKDB } from '../sql/dialect.ts';
import { assertTable, fitRow, fitTombstone, type Layout, layoutOf } from '../sql/layout.ts';
import {
  type Counts,
  closedLoad,
  FIND_LOAD,
  fenced,
  insertLoad,
  loadParameters,
  receipt,
  undeclaredTable,
} from '../sql/ledger.ts';
import { createStage, createTombstoneStage, mergeRows, mergeTombstones } from '../sql/merge.ts';
import { counts, missingVariants, type Staging, sameShape, staging } from '../sql/staging.ts';
import { type Appending, appending, type Engine } from './append.ts';
import { addVariants, createControlTables, readTables, widen } from './catalogue.ts';
import { type Connection, type Database, inTransaction, rowsOf } from './database.ts';
import { duckdbError } from './errors.ts';

/** One temporary table, made when its first row comes. */
interface Stage {
  readonly name: string;
  readonly create: string;
  readonly types: readonly FieldType[];
  into: Appending | undefined;
}

interface TableStage extends Staging {
  readonly rowStage: Stage;
  readonly tombstoneStage: Stage;
  /** The version column, where it is not part of the key. */
  readonly versioned: boolean;
}

function tableStage(layout: Layout, index: number): TableStage {
  const { version, table } = layout;
  const versioned = version !== undefined && !table.key.includes(version.name);
  const keyTypes = layout.keyAt.map((at) => layout.staged[at]?.type ?? 'string');
  const rows = `_stage_${index}`;
  const gone = `_gone_${index}`;
  return {
    ...staging(layout),
    versioned,
    rowStage: {
      name: rows,
      create: createStage(DUCKDB, layout, rows),
      types: ['integer', 'timestamp', 'string', ...layout.staged.map(({ type }) => type)],
      into: undefined,
    },
    tombstoneStage: {
      name: gone,
      create: createTombstoneStage(DUCKDB, layout, gone),
      types: ['integer', 'timestamp', 'timestamp', ...keyTypes, ...(versioned ? [version.type] : [])],
      into: undefined,
    },
  };
}

/** Opens the staging of a load on a connection of its own. */
export async function duckdbLoad(database: Database, start: LoadStart): Promise<Load> {
  for (const table of start.tables) assertTable(table);
  const startedAt = new Date().toISOString();
  const engine: Engine = await import('@duckdb/node-api');
  const connection = await database.connect('begin a load');
  let ended = false;
  let seq = 0;
  let stages: ReadonlyMap<string, TableStage>;

  function end(): void {
    if (!ended) connection.closeSync();
    ended = true;
  }

  try {
    stages = await database.alone('create or widen its tables', async () => {
      await createControlTables(connection);
      const physical = await widen(connection, start.tables);
      return new Map(
        start.tables.map((table, i) => {
          const found = physical.get(table.name) ?? { comment: null, columns: new Map() };
          return [table.name, tableStage(layoutOf(table, found), i)];
        }),
      );
    });
  } catch (thrown) {
    end();
    throw thrown;
  }
  failpoint('load.began');

  async function into(stage: Stage): Promise<Appending> {
    if (stage.into === undefined) {
      await connection.run(stage.create);
      stage.into = appending(engine, await connection.createAppender(stage.name, null, 'temp'), stage.types);
    }
    return stage.into;
  }

  async function write(batch: Batch): Promise<void> {
    if (ended) throw closedLoad(start.loadId);
    const stage = stages.get(batch.table);
    if (stage === undefined) throw undeclaredTable(start.loadId, batch.table);
    const readAt = batch.readAt.toISOString();
    const { layout, versioned } = stage;
    const tombstones = batch.tombstones ?? [];
    try {
      const rows = batch.rows.length === 0 ? undefined : await into(stage.rowStage);
      for (const row of batch.rows) {
        const { key, cells, misfits } = fitRow(layout, row);
        for (const column in misfits) stage.misfits.add(column);
        stage.rows.add(key);
        seq += 1;
        rows?.append([String(seq), readAt, misfits && JSON.stringify(misfits), ...cells]);
      }
      const gone = tombstones.length === 0 ? undefined : await into(stage.tombstoneStage);
      for (const tombstone of tombstones) {
        const { key, keyCells, version, deletedAt } = fitTombstone(layout, tombstone, batch.readAt);
        stage.tombstones.add(key);
        seq += 1;
        gone?.append([String(seq), readAt, deletedAt, ...keyCells, ...(versioned ? [version] : [])]);
      }
    } catch (thrown) {
      if (!(thrown instanceof PipelineError)) end();
      throw duckdbError(thrown, database.location, `stage rows for ${batch.table}`);
    }
  }

  async function passFence(): Promise<void> {
    const [fence] = await rowsOf(connection, `SELECT "epoch" FROM "_pipeline_fences" WHERE "lane" = $1`, [
      start.lane,
    ]);
    const epoch = Number(fence?.['epoch'] ?? start.epoch);
    if (epoch > start.epoch) throw fenced(start.lane, start.epoch, epoch);
    await raiseFence(connection, start.lane, start.epoch);
  }

  async function merge(stage: TableStage, parameters: readonly string[]): Promise<void> {
    const found = (await readTables(connection, [stage.layout.table.name])).get(stage.layout.table.name);
    const layout = layoutOf(stage.layout.table, found ?? { comment: null, columns: new Map() });
    if (!sameShape(stage.layout, layout)) {
      throw new PipelineError(
        'transient',
        'sink.table-changed',
        `The table ${layout.table.name} was altered while rows were staged for it.`,
      );
    }
    const { rowStage, tombstoneStage, rows, tombstones } = stage;
    for (const statement of [
      ...(rowStage.into ? mergeRows(DUCKDB, layout, rowStage.name, rows.repeats) : []),
      ...(tombstoneStage.into
        ? mergeTombstones(DUCKDB, layout, tombstoneStage.name, tombstones.repeats)
        : []),
    ]) {
      await connection.run(statement, statement.includes('$1') ? [...parameters] : []);
    }
  }

  async function earlierCommit(): Promise<Receipt | undefined> {
    const [found] = await rowsOf(connection, FIND_LOAD, [start.loadId]);
    if (found === undefined) return undefined;
    const tables = JSON.parse(found['tables'] ?? '{}') as Counts;
    return receipt(start.loadId, found['committed_at'] ?? '', tables, true);
  }

  async function commitAlone(checkpoint: Json): Promise<Receipt> {
    const earlier = await earlierCommit();
    if (earlier !== undefined) return earlier;
    for (const stage of stages.values()) {
      const variants = missingVariants(stage);
      if (variants.length > 0) await addVariants(connection, stage.layout, variants);
    }
    failpoint('load.before-merge');
    const committedAt = new Date().toISOString();
    await inTransaction(connection, async () => {
      await passFence();
      for (const stage of stages.values()) await merge(stage, [start.runId, start.loadId, committedAt]);
      failpoint('load.merged');
      const line = loadParameters(start, checkpoint, counts(stages.values()), startedAt, committedAt);
      await connection.run(insertLoad(DUCKDB.types), line);
      failpoint('load.before-commit');
    });
    failpoint('load.committed');
    return receipt(start.loadId, committedAt, counts(stages.values()), false);
  }

  return {
    write,
    commit: async (checkpoint) => {
      if (ended) throw closedLoad(start.loadId);
      try {
        for (const { rowStage, tombstoneStage } of stages.values()) {
          rowStage.into?.finish();
          tombstoneStage.into?.finish();
        }
        failpoint('load.staged');
        return await database.alone('commit a load', () => commitAlone(checkpoint));
      } catch (thrown) {
        throw duckdbError(thrown, database.location, 'commit a load');
      } finally {
        end();
      }
    },
    // With the connection go its temporary tables.
    abort: async () => end(),
  };
}

/** Writes the lane's epoch, in the transaction of whoever calls. */
export async function raiseFence(connection: Connection, lane: string, epoch: number): Promise<void> {
  await connection.run(`DELETE FROM "_pipeline_fences" WHERE "lane" = $1`, [lane]);
  await connection.run(`INSERT INTO "_pipeline_fences" ("lane", "epoch") VALUES ($1, CAST($2 AS BIGINT))`, [
    lane,
    String(epoch),
  ]);
}
