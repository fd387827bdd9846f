// What a sink remembers of the rows that one load has staged for one table.

import type { Layout } from './layout.ts';
import type { Counts } from './ledger.ts';

/** The keys that were staged; a key that comes again makes the merge look for the last word. */
export class StagedKeys {
  readonly #keys = new Set<string>();
  #repeats = false;

  add(key: string): void {
    const before = this.#keys.size;
    if (this.#keys.add(key).size === before) this.#repeats = true;
  }

  get repeats(): boolean {
    return this.#repeats;
  }

  get size(): number {
    return this.#keys.size;
  }
}

/** One table of a load. */
export interface Staging {
  readonly layout: Layout;
  readonly rows: StagedKeys;
  readonly tombstones: StagedKeys;
  /** Columns for which a value did not fit. */
  readonly misfits: Set<string>;
}

export function staging(layout: Layout): Staging {
  return { layout, rows: new StagedKeys(), tombstones: new StagedKeys(), misfits: new Set() };
}

/** Variants that must be added before the merge. */
export function missingVariants({ layout, misfits }: Staging): readonly string[] {
  return [...misfits].filter((column) => !layout.variants.includes(column));
}

export function counts(stages: Iterable<Staging>): Counts {
  return Object.fromEntries(
    [...stages].map(({ layout, rows, tombstones }) => [
      layout.table.name,
      { rows: rows.size, tombstones: tombstones.size },
    ]),
  );
}

/** Whether the staged rows still fit the table as it is now: another process may have altered it by hand meanwhile. */
export function sameShape(before: Layout, now: Layout): boolean {
  const shape = ({ staged, blocked }: Layout) => JSON.stringify([staged, blocked]);
  return shape(before) === shape(now);
}
