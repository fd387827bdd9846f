// Counts what happens to the records of one stream, so that the numbers of a run add up.

import type { Json, Row, StreamStatus, Table, Tombstone } from './types.ts';

/** The key of a row as one string; undefined when a key column is missing. */
export function keyOf(table: Table, row: Row): string | undefined {
  let key = '';
  for (const column of table.key) {
    const value = row[column];
    if (value === null || value === undefined || value === '') return undefined;
    key += `${typeof value === 'object' ? JSON.stringify(value) : String(value)}\u0000`;
  }
  return key;
}

/**
 * Counts the records of a stream's first table. Within one load each key counts once, as loaded or as deleted; what came again
 * is repeated. Records become loaded only when their load is durable.
 */
export class Tally {
  readonly #main: Table;
  #staged = new Map<string, 'row' | 'gone'>();
  #stagedRead = 0;
  read = 0;
  loaded = 0;
  deleted = 0;
  rejected = 0;
  repeated = 0;
  feedback = 0;
  pages = 0;
  loads = 0;
  expected: number | null = null;
  caughtUpTo: string | null = null;
  status: StreamStatus = 'running';

  constructor(main: Table) {
    this.#main = main;
  }

  /** One page on its way into the present load. */
  page(rows: readonly Row[], tombstones: readonly Tombstone[], expected: number | undefined): void {
    this.pages += 1;
    if (expected !== undefined) this.expected = (this.expected ?? 0) + expected;
    for (const row of rows) this.#count(keyOf(this.#main, row) ?? '', 'row');
    for (const { key } of tombstones) {
      const name = keyOf(this.#main, key) ?? '';
      if (this.#staged.has(name)) this.#staged.set(name, 'gone');
      else this.#count(name, 'gone');
    }
  }

  #count(key: string, as: 'row' | 'gone'): void {
    this.read += 1;
    this.#stagedRead += 1;
    this.#staged.set(key, as);
  }

  reject(count: number): void {
    this.read += count;
    this.rejected += count;
  }

  /** The load with everything since the last call is durable. */
  committed(): void {
    let gone = 0;
    for (const as of this.#staged.values()) if (as === 'gone') gone += 1;
    this.loads += 1;
    this.deleted += gone;
    this.loaded += this.#staged.size - gone;
    this.repeated += this.#stagedRead - this.#staged.size;
    this.#staged = new Map();
    this.#stagedRead = 0;
  }

  /** The load failed: its records were read and are not loaded. */
  dropped(): void {
    this.read -= this.#stagedRead;
    this.#staged = new Map();
    this.#stagedRead = 0;
  }

  get stagedRows(): number {
    return this.#stagedRead;
  }
}

/** Whether two checkpoints are the same, key order aside. */
export function sameCheckpoint(a: Json | undefined, b: Json): boolean {
  return a !== undefined && canonical(a) === canonical(b);
}

function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1));
    return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonical(v as Json)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}
