// Runs a query over the org: which records, in which order, and how the REST API and the Bulk API write their values.

import type { VendorRecord } from '../change-log.ts';
import { firstNotBefore, type Org } from './org.ts';
import { type FieldPlan, fieldOf, type ObjectPlan, objectOf } from './schema.ts';
import { compareValues, earliest, meets, parseSoql, pathsIn, type Query, SoqlError } from './soql.ts';

/** A query that the org can answer. */
export interface Prepared {
  readonly query: Query;
  readonly plan: ObjectPlan;
  /** The paths that it asks for. */
  readonly paths: readonly string[];
}

/** What the vendor answers in place of records. */
export class QueryRefused extends Error {
  override readonly name = 'QueryRefused';
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Throws QueryRefused: MALFORMED_QUERY, INVALID_TYPE or INVALID_FIELD. */
export function prepare(org: Org, soql: string): Prepared {
  let query: Query;
  try {
    query = parseSoql(soql);
  } catch (error) {
    if (error instanceof SoqlError) throw new QueryRefused('MALFORMED_QUERY', error.message);
    throw error;
  }
  const plan = objectOf(query.object);
  if (plan === undefined) {
    throw new QueryRefused('INVALID_TYPE', `sObject type '${query.object}' is not supported.`);
  }
  const own = fieldsOf(org, plan);
  const asked =
    query.everything === undefined
      ? query.fields
      : own.filter(({ name }) => isIn(query.everything, name)).map(({ name }) => name);
  const order = query.order.map(({ field }) => field);
  for (const path of [...asked, ...pathsIn(query.where), ...order]) check(org, plan, path);
  return { query, plan, paths: asked.map((path) => spelled(org, plan, path)) };
}

function isIn(group: Query['everything'], name: string): boolean {
  return group === 'ALL' || name.endsWith('__c') === (group === 'CUSTOM');
}

/** All fields of an object, those included that appeared late. */
export function fieldsOf(org: Org, plan: ObjectPlan): readonly FieldPlan[] {
  return [...plan.fields, ...(org.late.get(plan.name) ?? [])];
}

function ownField(org: Org, plan: ObjectPlan, name: string): FieldPlan | undefined {
  return fieldOf(plan, name) ?? org.late.get(plan.name)?.find((one) => one.name === name);
}

function check(org: Org, plan: ObjectPlan, path: string): void {
  const [head = '', tail] = path.split('.');
  const target = tail === undefined ? undefined : targetOf(plan, head);
  const known =
    tail === undefined
      ? ownField(org, plan, head)
      : target === undefined
        ? undefined
        : ownField(org, target, tail);
  if (known === undefined) {
    throw new QueryRefused('INVALID_FIELD', `No such column '${path}' on entity '${plan.name}'.`);
  }
}

function targetOf(plan: ObjectPlan, relation: string): ObjectPlan | undefined {
  const field = plan.fields.find((one) => one.relation?.toLowerCase() === relation.toLowerCase());
  return field?.to === undefined ? undefined : objectOf(field.to);
}

/** The vendor answers with its own spelling, whatever the query's was. */
function spelled(org: Org, plan: ObjectPlan, path: string): string {
  const [head = '', tail] = path.split('.');
  if (tail === undefined) return ownField(org, plan, head)?.name ?? head;
  const relation = relationOf(plan, head);
  const target = targetOf(plan, head);
  return `${relation ?? head}.${target === undefined ? tail : (fieldOf(target, tail)?.name ?? tail)}`;
}

/** The records of a query in its order. `everything` shows those in the recycle bin too. */
export function run(
  org: Org,
  { query, plan }: Prepared,
  { everything, until }: { readonly everything: boolean; readonly until: number | undefined },
): readonly VendorRecord[] {
  const readers = new Map(pathsIn(query.where).map((path) => [path, valueAt(org, plan, path)]));
  const isMeant = (record: VendorRecord): boolean =>
    (everything || record['IsDeleted'] !== true) && meets(query.where, (path) => readers.get(path)?.(record));
  const end = query.limit === undefined ? undefined : query.offset + query.limit;
  if (until === undefined && asksByChange(query)) {
    return firstByChange(org.byChange(plan.name), query, isMeant, end).slice(query.offset);
  }
  const order = query.order.map(({ field, descending }) => ({
    read: valueAt(org, plan, field),
    sign: descending ? -1 : 1,
  }));
  const found = org.visible(plan.name, until).filter(isMeant);
  const byOrder = (a: VendorRecord, b: VendorRecord): number => {
    for (const { read, sign } of order) {
      const difference = compareValues(read(a), read(b));
      if (difference !== 0) return sign * difference;
    }
    return 0;
  };
  const sorted = order.length === 0 ? found : found.toSorted(byOrder);
  return sorted.slice(query.offset, end);
}

/** The order in which replicating clients read, page after page: it must not cost a sort of the whole object each time. */
function asksByChange({ order }: Query): boolean {
  const [first, second] = order;
  return (
    order.length === 2 &&
    first?.field === CHANGE &&
    second?.field === 'Id' &&
    !first.descending &&
    !second.descending
  );
}

/** The first records that are meant, up to `end`, looked for from the time of change on that the condition begins with. */
function firstByChange(
  records: readonly VendorRecord[],
  { where }: Query,
  isMeant: (record: VendorRecord) => boolean,
  end = Number.POSITIVE_INFINITY,
): readonly VendorRecord[] {
  const beginMs = earliest(where, CHANGE);
  const stampMs = (record: VendorRecord): number => Date.parse(String(record[CHANGE]));
  const found: VendorRecord[] = [];
  const from =
    beginMs === undefined ? 0 : firstNotBefore(records, (record) => Math.sign(stampMs(record) - beginMs));
  for (let i = from; i < records.length && found.length < end; i++) {
    const record = records[i];
    if (record !== undefined && isMeant(record)) found.push(record);
  }
  return found;
}

const CHANGE = 'SystemModstamp';

type Read = (record: VendorRecord) => unknown;

/** How to find the value of a field, or of a field of a related record. */
function valueAt(org: Org, plan: ObjectPlan, path: string): Read {
  const [head = '', tail] = path.split('.');
  if (tail === undefined) {
    const name = ownField(org, plan, head)?.name ?? head;
    return (record) => record[name] ?? null;
  }
  const way = relationOf(plan, head);
  const target = targetOf(plan, head);
  const name = target === undefined ? tail : (fieldOf(target, tail)?.name ?? tail);
  return (record) => (way === undefined ? null : (org.follow(plan, way, record)?.[name] ?? null));
}

function relationOf(plan: ObjectPlan, name: string): string | undefined {
  return plan.fields.find(({ relation }) => relation?.toLowerCase() === name.toLowerCase())?.relation;
}

function typeAt(org: Org, plan: ObjectPlan, path: string): string {
  const [head = '', tail] = path.split('.');
  if (tail === undefined) return ownField(org, plan, head)?.type ?? 'string';
  const target = targetOf(plan, head);
  return target === undefined ? 'string' : (fieldOf(target, tail)?.type ?? 'string');
}

/** How the REST API writes records: each with its attributes, related records inside, instants with `+0000`. */
export function asRest(
  org: Org,
  { plan, paths }: Prepared,
  version: string,
): (record: VendorRecord) => object {
  const columns = paths.map((path) => {
    const [head = '', tail] = path.split('.');
    return {
      head,
      tail,
      read: valueAt(org, plan, path),
      type: typeAt(org, plan, path),
      target: tail === undefined ? '' : (targetOf(plan, head)?.name ?? ''),
    };
  });
  return (record) => {
    const shown: { [name: string]: unknown } = { attributes: attributes(plan.name, record, version) };
    for (const { head, tail, read, type, target } of columns) {
      const value = restValue(read(record), type, record);
      if (tail === undefined) {
        shown[head] = value;
        continue;
      }
      const related = org.follow(plan, head, record);
      if (related === undefined) shown[head] = null;
      else {
        const inside = (shown[head] as object | undefined) ?? {
          attributes: attributes(target, related, version),
        };
        shown[head] = { ...inside, [tail]: value };
      }
    }
    return shown;
  };
}

function attributes(type: string, record: VendorRecord, version: string): object {
  return { type, url: `/services/data/v${version}/sobjects/${type}/${String(record['Id'])}` };
}

function restValue(value: unknown, type: string, record: VendorRecord): unknown {
  switch (type) {
    case 'datetime':
      return typeof value === 'string' ? value.replace(/Z$/, '+0000') : value;
    case 'address':
      return { city: record['BillingCity'] ?? record['MailingCity'] ?? null, country: null };
    case 'location':
      return null;
    default:
      return value;
  }
}

/** How the Bulk API writes records: every value in quotes, and nothing as an empty text. */
export function asCsv(org: Org, { plan, paths }: Prepared): (record: VendorRecord) => string {
  const columns = paths.map((path) => ({
    read: valueAt(org, plan, path),
    isDouble: typeAt(org, plan, path) === 'double',
  }));
  return (record) =>
    columns
      .map(({ read, isDouble }) => {
        const value = read(record);
        const whole = isDouble && Number.isInteger(value);
        const text = value === null ? '' : whole ? `${String(value)}.0` : String(value);
        return `"${text.replaceAll('"', '""')}"`;
      })
      .join(',');
}
