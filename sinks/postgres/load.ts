// One load into PostgreSQL: COPY into temporary tables, then one transaction for fence, merge and ledger.

import { setTimeout as sleep } from 'node:timers/promises';
import { PipelineError } from '../../core/errors.ts';
import { failpoint } from '../../core/failpoint.ts';
import type { Batch, Json, Load, LoadStart, Receipt } from '../../core/types.ts';
import { list, POSTGRES } from '../sql/dialect.ts';
import { assertTable, fitRow, fitTombstone, layoutOf } from '../sql/layout.ts';
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
import { mergeRows, mergeTombstones } from '../sql/merge.ts';
import { counts, missingVariants, sameShape } from '../sql/staging.ts';
import { addVariants, createControlTables, readTables, widen } from './catalogue.ts';
import { type Copy, copyLine, openCopy } from './copy.ts';
import { isConflict, isDisconnection, postgresError } from './errors.ts';
import { instant } from './query.ts';
import { type Client, inTransaction, rowsOf, type Sessions, textOf } from './session.ts';
import { type Stage, type TableStage, tableStage } from './stage.ts';

// Characters per COPY: large enough that a round trip does not matter, small enough that memory does not either.
const FLUSH_CHARACTERS = 512 * 1024;
const MERGE_ATTEMPTS = 10;
/** Loads that met once would meet again if they came back at the same time. */
const MOST_BACKOFF_MS = 250;
// A COMMIT that takes longer has met a dead network; the ledger then tells how it ended.
const COMMIT_TIMEOUT_MS = 120_000;

/** Opens the staging of a load on a connection of its own. */
export async function postgresLoad(sessions: Sessions, start: LoadStart): Promise<Load> {
  for (const table of start.tables) assertTable(table);
  const startedAt = new Date().toISOString();
  const client = await sessions.acquire('begin a load');
  const fail = (thrown: unknown, what: string): PipelineError =>
    postgresError(thrown, sessions.location, what);
  let state: 'open' | 'ended' = 'open';
  let seq = 0;
  /** The COPY that was begun last: a connection has one at a time. */
  let copying: { readonly stage: Stage; readonly copy: Copy } | undefined;
  let copied: Promise<void> = Promise.resolve();
  let stages: ReadonlyMap<string, TableStage>;

  function end(broken: boolean): void {
    if (state === 'ended') return;
    state = 'ended';
    client.release(broken);
  }

  try {
    await createControlTables(client);
    const physical = await widen(client, start.tables);
    stages = new Map(
      start.tables.map((table, i) => {
        const found = physical.get(table.name) ?? { comment: null, columns: new Map() };
        return [table.name, tableStage(layoutOf(table, found), i)];
      }),
    );
  } catch (thrown) {
    end(true);
    throw fail(thrown, 'create or widen its tables');
  }
  failpoint('load.began');

  /** Sends what has gathered, by the COPY that is under way where that goes into the same stage. */
  async function flush(stage: Stage): Promise<void> {
    if (stage.lines === '') return;
    const { lines } = stage;
    stage.lines = '';
    if (copying?.stage !== stage) {
      await endCopy();
      if (!stage.created) await client.query(stage.create);
      stage.created = true;
      copying = { stage, copy: openCopy(client, stage.copy) };
    }
    await copying.copy.write(lines);
  }

  /** Resolves when the server has taken all that was sent. */
  function endCopy(): Promise<void> {
    if (copying !== undefined) copied = copying.copy.end();
    copying = undefined;
    return copied;
  }

  async function write(batch: Batch): Promise<void> {
    if (state !== 'open') throw closedLoad(start.loadId);
    const stage = stages.get(batch.table);
    if (stage === undefined) throw undeclaredTable(start.loadId, batch.table);
    const readAt = batch.readAt.toISOString();
    const { layout, rowStage, tombstoneStage } = stage;
    try {
      for (const row of batch.rows) {
        const { key, cells, misfits } = fitRow(layout, row);
        let variants: string | undefined;
        if (misfits !== undefined) {
          variants = JSON.stringify(misfits);
          for (const column in misfits) stage.misfits.add(column);
        }
        stage.rows.add(key);
        seq += 1;
        rowStage.lines += copyLine([String(seq), readAt, variants, ...cells], rowStage.escapes);
        if (rowStage.lines.length >= FLUSH_CHARACTERS) await flush(rowStage);
      }
      for (const tombstone of batch.tombstones ?? []) {
        const { key, keyCells, version, deletedAt } = fitTombstone(layout, tombstone, batch.readAt);
        const keyed = layout.version !== undefined && !layout.table.key.includes(layout.version.name);
        stage.tombstones.add(key);
        seq += 1;
        const cells = [String(seq), readAt, deletedAt, ...keyCells, ...(keyed ? [version] : [])];
        tombstoneStage.lines += copyLine(cells, tombstoneStage.escapes);
        if (tombstoneStage.lines.length >= FLUSH_CHARACTERS) await flush(tombstoneStage);
      }
      // Not awaited, because the server works while the next page is read. But a server may limit how long a statement runs, and
      // the next page can be long in coming.
      void endCopy();
    } catch (thrown) {
      if (!(thrown instanceof PipelineError)) end(true);
      throw fail(thrown, `stage rows for ${batch.table}`);
    }
  }

  /** The load as the ledger has it, once any older transaction of this lane has ended: its row of the fence is locked. */
  async function lookUp(on: Client): Promise<{ epoch: number; earlier: Receipt | undefined }> {
    await on.query(
      `INSERT INTO "_pipeline_fences" ("lane", "epoch") VALUES ($1, $2) ON CONFLICT ("lane") DO NOTHING`,
      [start.lane, start.epoch],
    );
    const [fence] = await rowsOf(on, `SELECT "epoch" FROM "_pipeline_fences" WHERE "lane" = $1 FOR UPDATE`, [
      start.lane,
    ]);
    const [found] = await rowsOf(on, FIND_LOAD, [start.loadId]);
    return {
      epoch: Number(textOf(fence, 'epoch')),
      earlier:
        found === undefined
          ? undefined
          : receipt(
              start.loadId,
              instant(textOf(found, 'committed_at')),
              JSON.parse(textOf(found, 'tables')) as Counts,
              true,
            ),
    };
  }

  async function merge(stage: TableStage, parameters: readonly string[]): Promise<void> {
    const found = (await readTables(client, [stage.layout.table.name])).get(stage.layout.table.name);
    const layout = layoutOf(stage.layout.table, found ?? { comment: null, columns: new Map() });
    if (!sameShape(stage.layout, layout) || missingVariants({ ...stage, layout }).length > 0) {
      throw new PipelineError(
        'transient',
        'sink.table-changed',
        `The table ${layout.table.name} was altered while rows were staged for it.`,
      );
    }
    const statements = [
      ...(stage.rowStage.created ? mergeRows(POSTGRES, layout, stage.rowStage.name, stage.rows.repeats) : []),
      ...(stage.tombstoneStage.created
        ? mergeTombstones(POSTGRES, layout, stage.tombstoneStage.name, stage.tombstones.repeats)
        : []),
    ];
    for (const statement of statements) await client.query(statement, [...parameters]);
  }

  /** The transaction up to its COMMIT. A receipt means that an earlier try had arrived and nothing is left to do. */
  async function transact(checkpoint: Json, committedAt: string): Promise<Receipt | undefined> {
    await client.query('BEGIN');
    const { epoch, earlier } = await lookUp(client);
    if (earlier !== undefined) return earlier;
    if (epoch > start.epoch) throw fenced(start.lane, start.epoch, epoch);
    if (epoch < start.epoch) {
      await client.query(`UPDATE "_pipeline_fences" SET "epoch" = $2 WHERE "lane" = $1`, [
        start.lane,
        start.epoch,
      ]);
    }
    const used = [...stages.values()].filter(
      ({ rowStage, tombstoneStage }) => rowStage.created || tombstoneStage.created,
    );
    if (used.length > 0) {
      // Readers and other loads go on; only DDL waits, so that the columns are what the merge believes.
      const names = used.map(({ layout }) => layout.table.name);
      await client.query(`LOCK TABLE ${list(names)} IN ROW EXCLUSIVE MODE`);
    }
    for (const stage of used) await merge(stage, [start.runId, start.loadId, committedAt]);
    failpoint('load.merged');
    const line = loadParameters(start, checkpoint, counts(stages.values()), startedAt, committedAt);
    await client.query(insertLoad(POSTGRES.types), line);
    failpoint('load.before-commit');
    return undefined;
  }

  /** The answer to COMMIT was lost: the ledger tells whether it arrived. */
  async function settle(cause: unknown): Promise<Receipt> {
    const what = 'learn how the last commit ended';
    const { earlier } = await sessions.using(what, (other) => inTransaction(other, () => lookUp(other)));
    if (earlier === undefined)
      throw fail(cause, 'commit a load; nothing of it became visible, and the next try is safe');
    return earlier;
  }

  async function commitOnce(checkpoint: Json): Promise<Receipt> {
    const committedAt = new Date().toISOString();
    const earlier = await transact(checkpoint, committedAt);
    if (earlier !== undefined) {
      await client.query('ROLLBACK');
      return earlier;
    }
    const commit = { text: 'COMMIT', query_timeout: COMMIT_TIMEOUT_MS };
    try {
      await client.query(commit);
    } catch (thrown) {
      if (!isDisconnection(thrown)) throw thrown;
      end(true);
      return settle(thrown);
    }
    return receipt(start.loadId, committedAt, counts(stages.values()), false);
  }

  async function commit(checkpoint: Json): Promise<Receipt> {
    if (state !== 'open') throw closedLoad(start.loadId);
    try {
      for (const { rowStage, tombstoneStage } of stages.values()) {
        await flush(rowStage);
        await flush(tombstoneStage);
      }
      await endCopy();
      failpoint('load.staged');
      for (const stage of stages.values()) {
        const variants = missingVariants(stage);
        if (variants.length > 0) await addVariants(client, stage.layout, variants);
      }
      failpoint('load.before-merge');
      for (let attempt = 1; ; attempt++) {
        try {
          const done = await commitOnce(checkpoint);
          failpoint('load.committed');
          await discard();
          return done;
        } catch (thrown) {
          if (!isConflict(thrown) || attempt === MERGE_ATTEMPTS) throw thrown;
          await client.query('ROLLBACK');
          await sleep(Math.random() * MOST_BACKOFF_MS * attempt);
        }
      }
    } catch (thrown) {
      end(true);
      throw fail(thrown, 'commit a load');
    }
  }

  /** The connection goes back clean, or not at all. */
  async function discard(): Promise<void> {
    if (state === 'ended') return;
    const clean = await client.query('DISCARD TEMP').then(
      () => true,
      () => false,
    );
    end(!clean);
  }

  return {
    write,
    commit,
    abort: async () => {
      // A COPY may still be under way; with the connection goes all that it staged.
      end(true);
    },
  };
}
