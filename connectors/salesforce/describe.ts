// Asks an object of Salesforce for its fields, and makes the table and the mapping that follow from them: anew on every run.
// https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_sobject_describe.htm

import { PipelineError } from '../../core/errors.ts';
import { columnName } from '../../core/names.ts';
import type { Context, Field, FieldType, Json, PiiClass, Row, Table } from '../../core/types.ts';
import type { Client } from './client.ts';
import { unexpected } from './errors.ts';
import { asList, asRecord, idOf, instantOf, recordsIn, textOf, type VendorRecord } from './records.ts';

/** What a stream reads of an object, besides what the object itself describes. */
export interface Wish {
  /** API name: `Case`. */
  readonly object: string;
  /** `salesforce_cases` */
  readonly table: string;
  readonly description: string;
  /** Fields of the records that this one points at, asked for where the object describes the way there: `CreatedBy.UserType`. */
  readonly related: { readonly [path: string]: string };
}

/** One column: what SOQL calls it, and how its value becomes what the column promises. */
interface Source {
  readonly path: string;
  readonly column: string;
  readonly type: FieldType;
}

export interface Described {
  readonly object: string;
  readonly table: Table;
  /** The field that tells when a record changed, and its column, which is the table's version. */
  readonly changeField: string;
  readonly changeColumn: string;
  /** All fields that a query asks for; without those of related records where the user may not read them. */
  fields(withRelated: boolean): readonly string[];
  /** A formula's value changes without moving the time of change. */
  readonly hasFormulas: boolean;
  /** Whether the vendor keeps a list of what was deleted. */
  readonly tellsDeleted: boolean;
  /** The row of a record; undefined where it has no id or no time of change. `read` fetches one value by its path. */
  map(read: (path: string) => Json | undefined): Row | undefined;
}

const TYPES: ReadonlyMap<string, FieldType> = new Map([
  ['boolean', 'boolean'],
  ['int', 'integer'],
  ['long', 'integer'],
  ['double', 'decimal'],
  ['currency', 'decimal'],
  ['percent', 'decimal'],
  ['date', 'date'],
  ['datetime', 'timestamp'],
]);
/** Compound fields repeat their parts and cannot be read in bulk; binary ones cannot be read by a query at all. */
const LEFT_OUT: ReadonlySet<string> = new Set(['address', 'location', 'base64', 'complexvalue']);
/** The first of these that an object has tells when its records changed. Only the first moves with changes by the system, and cannot be set by hand. */
const CHANGE_FIELDS = ['SystemModstamp', 'LastModifiedDate', 'CreatedDate'];
/** Where people write freely. */
const FREE: ReadonlySet<string> = new Set(['string', 'textarea', 'encryptedstring', 'combobox', 'anyType']);

/** Asks for the description. Throws config `salesforce.no_object`, or `salesforce.no_change_field` for an object without a time of change. */
export async function describe(wish: Wish, client: Client, context: Context): Promise<Described> {
  const path = `sobjects/${wish.object}/describe`;
  const body = await client.askJson({ path, bucket: 'describe' });
  const fields = recordsIn(body['fields']);
  if (!fields.some(({ name }) => name === 'Id')) throw unexpected(path, 'no field Id');
  return tableOf(wish, body, fields, context);
}

function tableOf(
  wish: Wish,
  body: VendorRecord,
  fields: readonly VendorRecord[],
  context: Context,
): Described {
  const { object } = wish;
  const known = new Map<string, VendorRecord>();
  for (const field of fields) {
    const name = textOf(field['name']);
    if (name !== null && !LEFT_OUT.has(textOf(field['type']) ?? '')) known.set(name, field);
  }
  const changeField = CHANGE_FIELDS.find((name) => known.has(name));
  if (changeField === undefined) {
    throw new PipelineError(
      'config',
      'salesforce.no_change_field',
      `${object} has no field that tells when it changed.`,
      {
        hint: 'Such an object cannot be read incrementally; take it out of `objects`.',
      },
    );
  }

  const described: { [column: string]: Field } = {};
  const sources: Source[] = [];
  const add = (path: string, column: string, type: FieldType, field: Omit<Field, 'type'>): void => {
    described[column] = { type, ...field };
    sources.push({ path, column, type });
  };

  // Names of the vendor's own fields first and in order, so that a custom field can take none of theirs.
  const standard = [...known].filter(([, field]) => field['custom'] !== true).sort(byName);
  const taken = new Set(['raw', ...Object.values(wish.related)]);
  for (const [name, field] of standard) {
    const column = columnName(name, { taken, nativeId: name });
    taken.add(column);
    add(name, column, typeOf(field), fieldOf(object, name, field));
  }
  for (const [path, column] of Object.entries(wish.related)) {
    if (leadsTo(path, known))
      add(path, column, 'string', { description: `${object}.${path}.`, pii: 'identifier' });
  }
  for (const [name, field] of [...known].filter(([, field]) => field['custom'] === true).sort(byName)) {
    const readable = name.replace(/__c$/i, '');
    const column = context.column(wish.table, name, readable, [...taken]);
    add(name, column, typeOf(field), fieldOf(object, name, field));
  }
  described['raw'] = {
    type: 'json',
    description: 'All fields that hold something, by their API names.',
    pii: 'free_text',
  };

  const changeColumn = sources.find(({ path }) => path === changeField)?.column ?? '';
  const empty: { [column: string]: Json } = Object.fromEntries(
    Object.keys(described).map((name) => [name, null]),
  );
  const all = sources.map(({ path }) => path);
  return {
    object,
    table: {
      name: wish.table,
      description: wish.description,
      key: ['id'],
      version: changeColumn,
      fields: described,
    },
    changeField,
    changeColumn,
    fields: (withRelated) => (withRelated ? all : all.filter((path) => !path.includes('.'))),
    hasFormulas: [...known.values()].some((field) => field['calculated'] === true),
    tellsDeleted: body['replicateable'] === true && known.has('IsDeleted'),
    map(read) {
      const row = { ...empty };
      const raw: { [path: string]: Json } = {};
      for (const { path, column, type } of sources) {
        const value = convert(type, read(path));
        if (value === null) continue;
        row[column] = value;
        raw[path] = value;
      }
      if (idOf(row['id']) === undefined || instantOf(row[changeColumn]) === undefined) return undefined;
      row['raw'] = raw;
      return row;
    },
  };
}

function byName([a]: readonly [string, VendorRecord], [b]: readonly [string, VendorRecord]): number {
  return a < b ? -1 : 1;
}

function typeOf(field: VendorRecord): FieldType {
  return TYPES.get(textOf(field['type']) ?? '') ?? 'string';
}

function fieldOf(object: string, name: string, field: VendorRecord): Omit<Field, 'type'> {
  const help = textOf(field['inlineHelpText']);
  const label = textOf(field['label']);
  const formula = field['calculated'] === true ? ', a formula' : '';
  return {
    ...(label === null ? {} : { label }),
    description: `${object}.${name} (${textOf(field['type']) ?? 'of no type'}${formula}).${help === null ? '' : ` ${help}`}`,
    pii: piiOf(field),
  };
}

function piiOf(field: VendorRecord): PiiClass {
  const type = textOf(field['type']) ?? '';
  if (type === 'email' || type === 'phone' || type === 'url') return 'contact';
  if (type === 'id' || type === 'reference') return 'identifier';
  if (field['nameField'] === true) return 'contact';
  return FREE.has(type) ? 'free_text' : 'none';
}

/** Whether a field of this object points at one record of the right kind: `CreatedBy.UserType` needs CreatedById to point at users. */
function leadsTo(path: string, known: ReadonlyMap<string, VendorRecord>): boolean {
  const relation = path.split('.')[0];
  for (const field of known.values()) {
    if (field['relationshipName'] !== relation) continue;
    return asList(field['referenceTo'])?.length === 1;
  }
  return false;
}

/** The value as its column promises; one that does not fit passes as it is. Null where there is none, and CSV has no other nothing than the empty text. */
function convert(type: FieldType, value: Json | undefined): Json {
  if (value === undefined || value === null || value === '') return null;
  switch (type) {
    case 'timestamp':
      return instantOf(value) ?? value;
    case 'boolean':
      return value === 'true' ? true : value === 'false' ? false : value;
    case 'integer':
      // The REST API writes some whole numbers as 12.0.
      return typeof value === 'string' && /^-?\d{1,15}(?:\.0+)?$/.test(value) ? Number(value) : value;
    case 'decimal':
      return decimal(value);
    case 'string':
      return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
    default:
      return value;
  }
}

/** A number where it keeps every digit; otherwise the text. */
function decimal(value: Json): Json {
  if (typeof value !== 'string' || !/^-?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?$/.test(value)) return value;
  const digits = value
    .replace(/[eE].*$/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+/, '');
  return digits.length <= 15 ? Number(value) : value;
}

/** Reads the values of a record of the REST API, in which related records lie inside. */
export function valuesOf(record: VendorRecord): (path: string) => Json | undefined {
  return (path) => {
    const dot = path.indexOf('.');
    return dot === -1 ? record[path] : asRecord(record[path.slice(0, dot)])?.[path.slice(dot + 1)];
  };
}
