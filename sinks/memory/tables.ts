// Tables in memory and the rules by which a load changes them: the plainest statement of what every sink does.

import type { FieldType } from '../../core/types.ts';
import type { FittedRow, FittedTombstone, Layout } from '../sql/layout.ts';

/** Texts as `fitText` wrote them, by column; a missing column is NULL. */
export type StoredRow = { readonly [column: string]: string | undefined };

export interface StoredTable {
  comment: string | null;
  readonly columns: Map<string, { type: FieldType; comment: string | null }>;
  readonly rows: Map<string, StoredRow>;
}

/** One staged row or tombstone, with what decides between two of the same key. */
export interface Staged<Item> {
  readonly item: Item;
  readonly version: string | undefined;
  readonly readAt: string;
  readonly seq: number;
}

/** Who wrote: what the system columns say. */
export interface Stamp {
  readonly runId: string;
  readonly loadId: string;
  readonly loadedAt: string;
}

function compareVersions(type: FieldType, a: string, b: string): number {
  if (type === 'integer') return Number(BigInt(a) - BigInt(b));
  if (type === 'number' || type === 'decimal') return Number(a) - Number(b);
  // Instants of three and of six digits differ in their last letter only: `.250Z` is earlier than `.250001Z`.
  const [left, right] = type === 'timestamp' ? [a.slice(0, -1), b.slice(0, -1)] : [a, b];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The newer version wins; between equal versions, or where one is missing, the later reading. */
function wins(layout: Layout, staged: Staged<unknown>, stored: StoredRow): boolean {
  const later = staged.readAt >= (stored['_read_at'] ?? '');
  const version = layout.version;
  if (version === undefined) return later;
  const old = stored[version.name];
  if (staged.version === undefined || old === undefined) return later;
  const order = compareVersions(version.type, staged.version, old);
  return order > 0 || (order === 0 && later);
}

/** One of each key: by version, missing ones last, then by reading, then by order of arrival. */
function lastWord<Item extends { readonly key: string }>(
  layout: Layout,
  staged: readonly Staged<Item>[],
): readonly Staged<Item>[] {
  const last = new Map<string, Staged<Item>>();
  const type = layout.version?.type ?? 'string';
  const beats = (a: Staged<Item>, b: Staged<Item>) => {
    if ((a.version === undefined) !== (b.version === undefined)) return a.version !== undefined;
    const order = compareVersions(type, a.version ?? '0', b.version ?? '0');
    if (order !== 0) return order > 0;
    return a.readAt === b.readAt ? a.seq > b.seq : a.readAt > b.readAt;
  };
  for (const row of staged) {
    const other = last.get(row.item.key);
    if (other === undefined || beats(row, other)) last.set(row.item.key, row);
  }
  return [...last.values()];
}

function system(stamp: Stamp, readAt: string): StoredRow {
  return { _run_id: stamp.runId, _load_id: stamp.loadId, _read_at: readAt, _loaded_at: stamp.loadedAt };
}

function mergeRow(
  layout: Layout,
  stored: StoredRow | undefined,
  staged: Staged<FittedRow>,
  stamp: Stamp,
): StoredRow {
  const row: { [column: string]: string | undefined } = { ...stored, _deleted_at: undefined };
  for (const [i, { name }] of layout.staged.entries()) row[name] = staged.item.cells[i];
  for (const column of layout.blocked) row[column] = undefined;
  for (const [column, variant] of layout.variantOf) row[variant] = staged.item.misfits?.[column];
  return { ...row, ...system(stamp, staged.readAt) };
}

function mergeTombstone(
  layout: Layout,
  stored: StoredRow | undefined,
  staged: Staged<FittedTombstone>,
  stamp: Stamp,
): StoredRow {
  const key = Object.fromEntries(layout.table.key.map((column, i) => [column, staged.item.keyCells[i]]));
  const version = layout.version?.name;
  return {
    ...stored,
    ...key,
    ...(version === undefined || staged.version === undefined ? {} : { [version]: staged.version }),
    ...system(stamp, staged.readAt),
    _deleted_at: staged.item.deletedAt,
  };
}

/** The rules of merging, one by one: a test may break any of them and see that the contract suite notices. */
export const RULES = { wins, lastWord, mergeRow, mergeTombstone };
export type Rules = typeof RULES;

/** Applies one load's rows and tombstones to a table. */
export function merge(
  rules: Rules,
  table: StoredTable,
  layout: Layout,
  rows: readonly Staged<FittedRow>[],
  tombstones: readonly Staged<FittedTombstone>[],
  stamp: Stamp,
): void {
  for (const staged of rules.lastWord(layout, rows)) {
    const { key } = staged.item;
    const stored = table.rows.get(key);
    if (stored === undefined || rules.wins(layout, staged, stored)) {
      table.rows.set(key, rules.mergeRow(layout, stored, staged, stamp));
    }
  }
  for (const staged of rules.lastWord(layout, tombstones)) {
    const { key } = staged.item;
    const stored = table.rows.get(key);
    if (stored === undefined || rules.wins(layout, staged, stored)) {
      table.rows.set(key, rules.mergeTombstone(layout, stored, staged, stamp));
    }
  }
}
