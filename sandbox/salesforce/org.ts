// The org's memory: every version of every record by its 18-letter id, what was deleted when, and what queries can see of it.

import { type ChangeLog, createChangeLog, type VendorRecord } from '../change-log.ts';
import { type FieldPlan, OBJECTS, type ObjectPlan, objectOf } from './schema.ts';
import { instant, recordId } from './shapes.ts';

export interface Deletion {
  readonly id: string;
  readonly at: number;
}

export interface Org {
  readonly log: ChangeLog;
  /** Fields that appeared after the org was made, by object. */
  readonly late: Map<string, FieldPlan[]>;
  /** Adds a record; its id is returned. */
  add(object: string, at: number, values: VendorRecord, by?: string): string;
  /** A new version: the time of change moves. */
  change(object: string, id: string, at: number, values: VendorRecord): void;
  /** A value that moves without the time of change, as a formula's does. */
  drift(object: string, id: string, values: VendorRecord): void;
  /** Into the recycle bin, where queryAll still shows it. */
  remove(object: string, id: string, at: number): void;
  /** Out of the recycle bin: only the list of deletions tells. */
  purge(object: string, id: string, at: number): void;
  deletions(object: string): readonly Deletion[];
  /** Ids of records that no query shows: the index of the vendor lags behind. */
  readonly hidden: Set<string>;
  /**
   * Records as a query sees them that shows changes up to `until`; without it, all. Purged ones do not show. By id, and a window
   * rather than a copy: it moves with the next change.
   */
  visible(object: string, until?: number): readonly VendorRecord[];
  /** The ids of those that are visible and not in the recycle bin. A window as well. */
  alive(object: string): readonly string[];
  /** What is visible, by time of change and then by id; sorted once after each change. */
  byChange(object: string): readonly VendorRecord[];
  find(object: string, id: string): VendorRecord | undefined;
  /** The record that an id of this field belongs to. */
  follow(plan: ObjectPlan, relation: string, record: VendorRecord): VendorRecord | undefined;
}

/** A record that left the recycle bin keeps its last version here, with this mark. */
const PURGED = '#purged';

export function isPurged(record: VendorRecord): boolean {
  return record[PURGED] === true;
}

/** What queries see of one object. It is kept up with every change: each record that is made looks at it several times. */
interface Shown {
  /** By id. */
  readonly records: VendorRecord[];
  readonly alive: string[];
  /** The answer of `byChange`, until the next change. */
  sorted: readonly VendorRecord[] | undefined;
}

export function createOrg(): Org {
  const log = createChangeLog();
  const counts = new Map<string, number>();
  const numbers = new Map<string, number>();
  const deletions = new Map<string, Deletion[]>(OBJECTS.map(({ name }) => [name, []]));
  const shown = new Map<string, Shown>(
    OBJECTS.map(({ name }) => [name, { records: [], alive: [], sorted: undefined }]),
  );

  const hidden = new Set<string>();

  const numberOf = (id: string): number => numbers.get(id) ?? -1;
  const latest = (object: string, id: string): VendorRecord | undefined =>
    log.latest(object, numberOf(id))?.record;
  const isShown = (record: VendorRecord): boolean => !hidden.has(String(record['Id']));

  function write(object: string, id: string, at: number, values: VendorRecord): void {
    const record = { ...latest(object, id), ...values };
    log.append(object, { id: numberOf(id), at, record });
    const home = shown.get(object);
    if (home === undefined) return;
    home.sorted = undefined;
    put(home.records, (one) => compareText(String(one['Id']), id), isPurged(record) ? undefined : record);
    put(home.alive, (one) => compareText(one, id), record['IsDeleted'] === true ? undefined : id);
  }

  const change: Org['change'] = (object, id, at, values) =>
    write(object, id, at, { ...values, LastModifiedDate: instant(at), SystemModstamp: instant(at) });

  return {
    log,
    late: new Map(),
    hidden,
    add(object, at, values, by = '') {
      const plan = objectOf(object);
      if (plan === undefined) throw new RangeError(`there is no object ${object}`);
      const n = (counts.get(object) ?? 0) + 1;
      counts.set(object, n);
      // Gaps, as the vendor's ids have them, and a number of its own for each record of the org.
      const id = recordId(plan.prefix, 4_000_000 + n * 7);
      numbers.set(id, n);
      const empty = Object.fromEntries(plan.fields.map(({ name }) => [name, null]));
      write(object, id, at, {
        ...empty,
        ...(plan.fields.some(({ name }) => name === 'IsDeleted') ? { IsDeleted: false } : {}),
        ...values,
        Id: id,
        CreatedById: by || null,
        LastModifiedById: by || null,
        CreatedDate: instant(at),
        LastModifiedDate: instant(at),
        SystemModstamp: instant(at),
      });
      return id;
    },
    change,
    drift(object, id, values) {
      const version = log.latest(object, numberOf(id));
      if (version !== undefined) write(object, id, version.at, values);
    },
    remove(object, id, at) {
      deletions.get(object)?.push({ id, at });
      change(object, id, at, { IsDeleted: true });
    },
    purge(object, id, at) {
      if (latest(object, id)?.['IsDeleted'] !== true) deletions.get(object)?.push({ id, at });
      write(object, id, at, { IsDeleted: true, [PURGED]: true });
    },
    deletions: (object) => deletions.get(object) ?? [],
    visible(object, until) {
      if (until !== undefined)
        return Object.values(log.truth(object, until)).filter((one) => !isPurged(one) && isShown(one));
      const records = shown.get(object)?.records ?? [];
      return hidden.size === 0 ? records : records.filter(isShown);
    },
    alive(object) {
      const ids = shown.get(object)?.alive ?? [];
      return hidden.size === 0 ? ids : ids.filter((id) => !hidden.has(id));
    },
    byChange(object) {
      const home = shown.get(object);
      if (home === undefined) return [];
      home.sorted ??= home.records.toSorted(
        (a, b) =>
          compareText(String(a['SystemModstamp']), String(b['SystemModstamp'])) ||
          compareText(String(a['Id']), String(b['Id'])),
      );
      return hidden.size === 0 ? home.sorted : home.sorted.filter(isShown);
    },
    find: latest,
    follow(plan, relation, record) {
      const field = plan.fields.find((one) => one.relation === relation);
      const id = field === undefined ? null : record[field.name];
      return field?.to === undefined || typeof id !== 'string' ? undefined : latest(field.to, id);
    },
  };
}

/** Writes, adds or, where there is nothing, takes out the one place of an ordered list that `compare` calls 0. */
function put<T>(list: T[], compare: (one: T) => number, value: T | undefined): void {
  const last = list.at(-1);
  // Records mostly come into being behind all others.
  const place = last === undefined || compare(last) < 0 ? list.length : firstNotBefore(list, compare);
  const held = list[place];
  const isThere = held !== undefined && compare(held) === 0;
  if (value === undefined) list.splice(place, isThere ? 1 : 0);
  else if (isThere) list[place] = value;
  else list.splice(place, 0, value);
}

/** Where the first of an ordered list stands that does not come before what `compare` looks for; found by halving. */
export function firstNotBefore<T>(list: readonly T[], compare: (one: T) => number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const one = list[middle];
    if (one !== undefined && compare(one) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** By code units, as the vendor's ids and instants order. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
