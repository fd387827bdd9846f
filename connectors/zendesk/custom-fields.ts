// Gives every custom ticket field a column of its own, named once and for ever by the field's id.
// https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_fields/

import { asRecord, converterOf, idOf, type VendorRecord } from '../../core/mapping.ts';
import type { Context, Field, FieldType, Json } from '../../core/types.ts';
import type { Client } from './client.ts';
import { readListing } from './listings.ts';
import { TICKET_FIELDS, TICKETS } from './tables.ts';

/** The columns of the custom fields that were known when the tables were described. */
export interface CustomColumns {
  readonly fields: { readonly [column: string]: Field };
  /** Writes the values of `custom_fields` into their columns; those of fields without one into `custom_fields_unknown`. */
  fill(row: { [column: string]: Json }, values: Json | undefined): void;
}

/** Fields that the ticket has as columns of its own. */
const SYSTEM_TYPES: ReadonlySet<Json> = new Set([
  'subject',
  'description',
  'status',
  'custom_status',
  'tickettype',
  'priority',
  'basic_priority',
  'group',
  'assignee',
]);

/** What is not here is text: drop-downs keep the raw value of their option, known or not. */
const TYPES: ReadonlyMap<string, FieldType> = new Map([
  ['integer', 'integer'],
  ['decimal', 'decimal'],
  ['checkbox', 'boolean'],
  ['date', 'date'],
  ['multiselect', 'json'],
]);

/** Every ticket field of the account. */
export async function readTicketFields(context: Context, client: Client): Promise<readonly VendorRecord[]> {
  const found: VendorRecord[] = [];
  const listing = {
    path: 'ticket_fields',
    table: TICKET_FIELDS.table.name,
    toPage(records: readonly VendorRecord[]) {
      found.push(...records);
      return { rows: {} };
    },
  };
  const pages = readListing({}, context, client, listing);
  while (!(await pages.next()).done);
  return found;
}

/** Asks the context for each custom field's column. */
export function customColumns(ticketFields: readonly VendorRecord[], context: Context): CustomColumns {
  const fields: { [column: string]: Field } = {};
  // Ids come as numbers, and as strings where they pass 2^53: both find the column.
  const byId = new Map<
    Json | undefined,
    { readonly column: string; readonly convert: (value: Json) => Json }
  >();
  for (const definition of ticketFields) {
    const id = idOf(definition['id']);
    const kind = definition['type'];
    if (id === undefined || typeof kind !== 'string' || SYSTEM_TYPES.has(kind)) continue;
    const title = definition['title'];
    const label = typeof title === 'string' && title !== '' ? title : `field ${id}`;
    const column = context.column(TICKETS.table.name, id, label);
    const type = TYPES.get(kind) ?? 'string';
    fields[column] = { type, label, description: `Custom field ${id} (${kind}).`, pii: 'free_text' };
    const target = { column, convert: converterOf(type) };
    byId.set(id, target);
    byId.set(Number(id), target);
  }
  return {
    fields,
    fill(row, values) {
      let unknown: { [id: string]: Json } | null = null;
      if (Array.isArray(values)) {
        for (const entry of values as readonly Json[]) {
          const { id, value } = asRecord(entry) ?? {};
          if (value === null || value === undefined) continue;
          const target = byId.get(id);
          if (target !== undefined) row[target.column] = target.convert(value);
          else if (idOf(id) !== undefined) {
            unknown ??= {};
            unknown[String(id)] = value;
          }
        }
      }
      row['custom_fields_unknown'] = unknown;
    },
  };
}
