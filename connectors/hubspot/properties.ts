// Asks HubSpot which properties a kind of object has, and gives every custom one a column of its own, named once and for ever.
// https://developers.hubspot.com/docs/api-reference/crm-properties-v3/guide

import type { Context, Field, FieldType, Json, Row, Table } from '../../core/types.ts';
import { type Client, recordsOf } from './client.ts';
import { type Kind, LINK_COLUMN, MERGED_PROPERTIES } from './kinds.ts';
import {
  convert,
  field,
  idOf,
  instantOf,
  millisecondsOf,
  RAW,
  recordsIn,
  type VendorRecord,
} from './mapping.ts';

/** What is known of one kind of object in one run: its table, what to ask for, and how a record becomes a row. */
export interface Shape {
  readonly table: Table;
  /** Names of the properties to ask for. */
  readonly asked: readonly string[];
  /** The row, without links. The record has an id. */
  map(record: VendorRecord): { [column: string]: Json };
}

export function tableName(kind: Kind): string {
  return `hubspot_${kind.name}`;
}

/** The definitions of all properties of a kind; what is no definition is left out. */
export async function readProperties(kind: Kind, client: Client): Promise<readonly VendorRecord[]> {
  const question = { family: 'properties', path: kind.name, query: { archived: 'false' } } as const;
  const { body } = await client.ask(question);
  return recordsIn(recordsOf(body, question));
}

/** The shape of a kind with these custom properties; HubSpot's own ones have columns of their own already, or are left out. */
export function shapeOf(kind: Kind, definitions: readonly VendorRecord[], context: Context): Shape {
  const own: [property: string, column: string, field: Field][] = Object.entries(kind.properties).map(
    ([name, its]) => [name, name, its],
  );
  const fixed: { [column: string]: Field } = {
    id: field('string', 'Id of the record.', 'identifier'),
    created_at: field('timestamp', 'When it was created.'),
    updated_at: field('timestamp', 'When it last changed, to the millisecond; orders versions.'),
    archived: field('boolean', 'Whether it is in the bin.'),
    ...Object.fromEntries(own.map(([, column, its]) => [column, its])),
  };
  for (const linked of kind.links) {
    const description = `Ids of the ${linked} it is associated with, when it last changed.`;
    fixed[LINK_COLUMN[linked]] = field('json', description, 'identifier');
  }
  const name = tableName(kind);
  const reserved = [...Object.keys(fixed), 'raw'];
  for (const definition of definitions) {
    const property = idOf(definition['name']);
    if (property === undefined || definition['hubspotDefined'] === true || property in kind.properties)
      continue;
    const label = idOf(definition['label']) ?? property;
    const column = context.column(name, property, label, reserved);
    const type = typeOf(definition);
    const description = `Custom property ${property} (${idOf(definition['type']) ?? 'of no type'}).`;
    own.push([property, column, { type, label, description, pii: 'free_text' }]);
  }
  const fields = { ...fixed, ...Object.fromEntries(own.map(([, column, its]) => [column, its])), raw: RAW };
  const empty: { [column: string]: Json } = Object.fromEntries(
    Object.keys(fields).map((column) => [column, null]),
  );
  return {
    table: { name, description: kind.description, key: ['id'], version: 'updated_at', fields },
    asked: [...new Set([...own.map(([property]) => property), kind.changed, 'createdate', 'hs_createdate'])],
    map(record) {
      const properties = (record['properties'] ?? {}) as VendorRecord;
      const row = { ...empty };
      for (const [property, column, { type }] of own) row[column] = convert(type, properties[property]);
      const created = millisecondsOf(record['createdAt']) ?? millisecondsOf(properties['createdate']);
      const changed = changedAt(kind, record);
      row['id'] = idOf(record['id']) ?? null;
      row['created_at'] = created === undefined ? null : instantOf(created);
      row['updated_at'] = changed === undefined ? null : instantOf(changed);
      row['archived'] = record['archived'] === true;
      row['raw'] = record;
      return row;
    },
  };
}

/** The millisecond that the search goes by. */
export function changedAt(kind: Kind, record: VendorRecord): number | undefined {
  const properties = record['properties'] as VendorRecord | null | undefined;
  return millisecondsOf(properties?.[kind.changed]) ?? millisecondsOf(record['updatedAt']);
}

/** Ids of records that were merged into this one: they are gone, and answer under its id. */
export function mergedInto(row: Row): readonly string[] {
  const ids = new Set<string>();
  for (const property of MERGED_PROPERTIES) {
    const listed = row[property];
    if (!Array.isArray(listed)) continue;
    for (const one of listed as readonly Json[]) {
      const id = idOf(one)?.split(':')[0]?.trim() ?? '';
      if (/^\d+$/.test(id) && id !== row['id']) ids.add(id);
    }
  }
  return [...ids];
}

function typeOf(definition: VendorRecord): FieldType {
  switch (definition['type']) {
    case 'number':
      return 'decimal';
    case 'datetime':
      return 'timestamp';
    case 'date':
      return 'date';
    case 'bool':
      return 'boolean';
    case 'enumeration':
      return definition['fieldType'] === 'checkbox' ? 'json' : 'string';
    default:
      return 'string';
  }
}
