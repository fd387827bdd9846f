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
  /** Records as a query sees them that shows changes up to `until`; without it, all. Purged ones do not show. */
  visible(object: string, until?: number): readonly VendorRecord[];
  find(object: string, id: string): VendorRecord | undefined;
  /** The record that an id of this field belongs to. */
  follow(plan: ObjectPlan, relation: string, record: VendorRecord): VendorRecord | undefined;
}

/** A record that left the recycle bin keeps its last version here, with this mark. */
const PURGED = '#purged';

export function isPurged(record: VendorRecord): boolean {
  return record[PURGED] === true;
}

export function createOrg(): Org {
  const log = createChangeLog();
  const counts = new Map<string, number>();
  const numbers = new Map<string, number>();
  const deletions = new Map<string, Deletion[]>(OBJECTS.map(({ name }) => [name, []]));

  const hidden = new Set<string>();

  const numberOf = (id: string): number => numbers.get(id) ?? -1;
  const latest = (object: string, id: string): VendorRecord | undefined =>
    log.latest(object, numberOf(id))?.record;

  function write(object: string, id: string, at: number, values: VendorRecord): void {
    log.append(object, { id: numberOf(id), at, record: { ...latest(object, id), ...values } });
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
      const records =
        until === undefined
          ? log.list(object).map(({ record }) => record)
          : Object.values(log.truth(object, until));
      return records.filter((record) => !isPurged(record) && !hidden.has(String(record['Id'])));
    },
    find: latest,
    follow(plan, relation, record) {
      const field = plan.fields.find((one) => one.relation === relation);
      const id = field === undefined ? null : record[field.name];
      return field?.to === undefined || typeof id !== 'string' ? undefined : latest(field.to, id);
    },
  };
}
