// The warehouse in memory: the reference with which every other sink is compared, and the sink of quick tests.

import { PipelineError } from '../core/errors.ts';
import { failpoint } from '../core/failpoint.ts';
import { SYSTEM_FIELDS } from '../core/tables.ts';
import type {
  Batch,
  Field,
  Json,
  LedgerEntry,
  Load,
  LoadStart,
  Receipt,
  Row,
  Sink,
  Table,
  Unlabelled,
  UnlabelledQuery,
} from '../core/types.ts';
import { type LedgerLine, ledgerTable } from './memory/ledger.ts';
import { MART_NAMES, martRows } from './memory/marts.ts';
import { merge, RULES, type Rules, type Staged, type StoredRow, type StoredTable } from './memory/tables.ts';
import { readText } from './sql/fit.ts';
import {
  assertTable,
  type FittedRow,
  type FittedTombstone,
  fitRow,
  fitTombstone,
  type Layout,
  layoutOf,
} from './sql/layout.ts';
import { closedLoad, fenced, receipt, undeclaredTable } from './sql/ledger.ts';
import { QUERY_LIMITS } from './sql/query-limits.ts';
import { commentOf, variantField } from './sql/schema.ts';

const SELECT_ALL = /^\s*select\s+\*\s+from\s+"?([a-z0-9_]+)"?\s*;?\s*$/i;

interface Stage {
  readonly layout: Layout;
  readonly rows: Staged<FittedRow>[];
  readonly tombstones: Staged<FittedTombstone>[];
}

/** Nothing outlives the process. `query` answers `SELECT * FROM <table or view>`, the ledger's `_pipeline_loads` included, and nothing else. */
export function memorySink(rules: Rules = RULES): Sink {
  const tables = new Map<string, StoredTable>();
  const fences = new Map<string, number>();
  const loads = new Map<string, LedgerLine>();
  const numbers = new Map<string, number>();
  let published = false;

  function widen(table: Table): Layout {
    assertTable(table);
    const stored: StoredTable = tables.get(table.name) ?? {
      comment: null,
      columns: new Map(),
      rows: new Map(),
    };
    stored.comment = table.description ?? stored.comment;
    for (const [name, field] of [...Object.entries(table.fields), ...Object.entries<Field>(SYSTEM_FIELDS)]) {
      const type = stored.columns.get(name)?.type ?? field.type;
      stored.columns.set(name, { type, comment: commentOf(field) });
    }
    tables.set(table.name, stored);
    return layoutOf(table, stored);
  }

  function addVariants(stage: Stage, stored: StoredTable): void {
    for (const { item } of stage.rows) {
      for (const column of Object.keys(item.misfits ?? {})) {
        const name = stage.layout.variantOf.get(column) ?? column;
        const comment = commentOf(variantField(column, { type: 'string' }));
        if (!stored.columns.has(name)) stored.columns.set(name, { type: 'string', comment });
      }
    }
  }

  function passFence(lane: string, epoch: number): void {
    const newest = fences.get(lane) ?? epoch;
    if (newest > epoch) throw fenced(lane, epoch, newest);
    fences.set(lane, epoch);
  }

  function begin(start: LoadStart): Load {
    const stages = new Map<string, Stage>();
    for (const table of start.tables) {
      stages.set(table.name, { layout: widen(table), rows: [], tombstones: [] });
    }
    const startedAt = new Date().toISOString();
    let open = true;
    let seq = 0;
    failpoint('load.began');

    function write(batch: Batch): void {
      if (!open) throw closedLoad(start.loadId);
      const stage = stages.get(batch.table);
      if (stage === undefined) throw undeclaredTable(start.loadId, batch.table);
      const { layout } = stage;
      const versionAt = layout.version === undefined ? -1 : layout.staged.indexOf(layout.version);
      const readAt = batch.readAt.toISOString();
      for (const row of batch.rows) {
        const item = fitRow(layout, row);
        stage.rows.push({ item, version: item.cells[versionAt], readAt, seq: ++seq });
      }
      for (const tombstone of batch.tombstones ?? []) {
        const item = fitTombstone(layout, tombstone, batch.readAt);
        stage.tombstones.push({ item, version: item.version, readAt, seq: ++seq });
      }
    }

    function commit(checkpoint: Json): Receipt {
      if (!open) throw closedLoad(start.loadId);
      open = false;
      failpoint('load.staged');
      const earlier = loads.get(start.loadId);
      if (earlier !== undefined) return receipt(start.loadId, earlier.committedAt, earlier.tables, true);
      passFence(start.lane, start.epoch);
      const committedAt = new Date().toISOString();
      const stamp = { runId: start.runId, loadId: start.loadId, loadedAt: committedAt };
      const counts: { [table: string]: { rows: number; tombstones: number } } = {};
      failpoint('load.before-merge');
      for (const [name, stage] of stages) {
        const stored = tables.get(name);
        if (stored === undefined) continue;
        addVariants(stage, stored);
        merge(rules, stored, stage.layout, stage.rows, stage.tombstones, stamp);
        const keys = (staged: readonly Staged<{ readonly key: string }>[]) =>
          new Set(staged.map(({ item }) => item.key)).size;
        counts[name] = { rows: keys(stage.rows), tombstones: keys(stage.tombstones) };
      }
      failpoint('load.merged');
      const { loadId, runId, pipeline, stream, lane, epoch } = start;
      failpoint('load.before-commit');
      // Through text and back, as in the other sinks: what cannot be stored as JSON shows here too.
      const stored = JSON.parse(JSON.stringify(checkpoint)) as Json;
      const number = (numbers.get(lane) ?? 0) + 1;
      numbers.set(lane, number);
      loads.set(loadId, {
        loadId,
        runId,
        pipeline,
        stream,
        lane,
        epoch,
        checkpoint: stored,
        committedAt,
        number,
        tables: counts,
        startedAt,
      });
      failpoint('load.committed');
      return receipt(loadId, committedAt, counts, false);
    }

    return {
      write: async (batch) => write(batch),
      commit: async (checkpoint) => commit(checkpoint),
      abort: async () => {
        open = false;
      },
    };
  }

  function rowsOf(name: string): readonly StoredRow[] {
    return [...(tables.get(name)?.rows.values() ?? [])];
  }

  function waiting(query: Omit<UnlabelledQuery, 'after' | 'limit'>): readonly Unlabelled[] {
    const labels = new Map(rowsOf('sentiment').map((row) => [row['feedback_id'], row]));
    const found: Unlabelled[] = [];
    for (const row of rowsOf('feedback')) {
      const { feedback_id: feedbackId = '', text_analysis: text = '', content_hash: contentHash = '' } = row;
      if (row['_deleted_at'] !== undefined || row['author_role'] !== 'customer' || text === '') continue;
      if (query.source !== undefined && row['source'] !== query.source) continue;
      const label = labels.get(feedbackId);
      const { status, prompt_version: prompt } = label ?? {};
      const stale = query.stalePromptVersion;
      const due =
        label === undefined ||
        (label['content_hash'] ?? '') !== contentHash ||
        query.retry.some((retry) => retry === status) ||
        (stale !== undefined && status === 'labelled' && prompt !== stale);
      const escalated =
        label?.['escalated'] === 'true' &&
        (status === 'pending' || status === 'skipped_budget') &&
        label['content_hash'] === contentHash;
      if (!due) continue;
      const language = row['language'] ?? null;
      found.push({ feedbackId, contentHash, text, language, ...(escalated ? { escalated } : {}) });
    }
    return found.sort((a, b) => (a.feedbackId < b.feedbackId ? -1 : 1));
  }

  function queryAll(sql: string, maxRows: number): ReturnType<Sink['query']> {
    const name = SELECT_ALL.exec(sql)?.[1];
    const source =
      name === undefined
        ? undefined
        : published && MART_NAMES.includes(name)
          ? martRows(name, (table) => tables.get(table), [...loads.values()])
          : name === '_pipeline_loads'
            ? ledgerTable(loads)
            : tables.get(name);
    if (source === undefined) {
      throw new PipelineError(
        'config',
        'query.failed',
        'The warehouse in memory answers only SELECT * FROM <table>.',
        {
          hint: 'Use a duckdb: or postgres: warehouse to query with SQL.',
        },
      );
    }
    const columns = [...source.columns].map(([column, { type }]) => ({ name: column, type }));
    const rows: Row[] = [...source.rows.values()].map((row) =>
      Object.fromEntries(
        columns.map(({ name: column, type }) => {
          const text = row[column];
          return [column, text === undefined ? null : readText(type, text)];
        }),
      ),
    );
    return Promise.resolve({ columns, rows: rows.slice(0, maxRows), truncated: rows.length > maxRows });
  }

  return {
    name: 'memory',
    location: 'memory:',
    capabilities: {
      maxIdentifierBytes: 63,
      maxTextBytes: null,
      transactionalDdl: true,
      load: { rows: 20_000, bytes: 64 * 1024 * 1024, ms: 60_000 },
    },
    check: async () => ({ ok: true, message: 'A warehouse in the memory of this process; nothing is kept.' }),
    fence: async (lane, epoch) => passFence(lane, epoch),
    begin: async (start) => begin(start),
    ledger: async () => {
      const newest = new Map<string, LedgerEntry>();
      for (const { number: _n, tables: _t, startedAt: _s, ...entry } of loads.values())
        newest.set(entry.lane, entry);
      return [...newest.values()].sort((a, b) => (a.lane < b.lane ? -1 : 1));
    },
    query: async (sql, options) => queryAll(sql, options?.maxRows ?? QUERY_LIMITS.maxRows),
    unlabelled: async (query) => {
      const after = query.after ?? '';
      return waiting(query)
        .filter(({ feedbackId }) => feedbackId > after)
        .slice(0, query.limit);
    },
    countUnlabelled: async (query) => waiting(query).length,
    publishMarts: async () => {
      published = true;
    },
    close: async () => undefined,
  };
}
