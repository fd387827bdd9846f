// The customers, told row by row: the oracle for the SQL of sql/customers.ts.

import { createHash } from 'node:crypto';
import type { FieldType } from '../../core/types.ts';
import { FREE_MAIL_DOMAINS } from '../free-mail.ts';
import { MOST_MERGES } from '../sql/customers.ts';
import type { StoredRow, StoredTable } from './tables.ts';

type Find = (table: string) => StoredTable | undefined;

const FREE: ReadonlySet<string> = new Set(FREE_MAIL_DOMAINS);

export const ORGANIZATION_COLUMNS: { readonly [column: string]: FieldType } = {
  source: 'string',
  organization_id: 'string',
  name: 'string',
  domain: 'string',
};

export const IDENTITY_COLUMNS: { readonly [column: string]: FieldType } = {
  source: 'string',
  customer_id: 'string',
  customer_key: 'string',
  matched_by: 'string',
  person_id: 'string',
  name: 'string',
  email: 'string',
  domain: 'string',
  organization_id: 'string',
  organization_name: 'string',
  is_staff: 'boolean',
  is_deleted: 'boolean',
};

export const CUSTOMER_COLUMNS: { readonly [column: string]: FieldType } = {
  customer_key: 'string',
  name: 'string',
  email: 'string',
  domain: 'string',
  organization_name: 'string',
  sources: 'string',
  n_contacts: 'integer',
  is_deleted: 'boolean',
};

/** Two ids that belong together, as one key of a map. */
export function pairKey(source: string | undefined, id: string | undefined): string {
  return JSON.stringify([source ?? null, id ?? null]);
}

function rowsOf(find: Find, table: string): readonly StoredRow[] {
  return [...(find(table)?.rows.values() ?? [])];
}

/** The value at a path inside a column of JSON. */
function inside(row: StoredRow, column: string, path: readonly (string | number)[]): unknown {
  const text = row[column];
  let value: unknown = text === undefined ? undefined : JSON.parse(text);
  for (const step of path) value = (value as { readonly [key: string]: unknown } | null | undefined)?.[step];
  return value;
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function listIn(row: StoredRow, column: string): readonly unknown[] {
  const value = inside(row, column, []);
  return Array.isArray(value) ? value : [];
}

function keyOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** The key of a customer of whom nothing is known but the vendor's id. */
export function customerKey(source: string | undefined, id: string | undefined): string | undefined {
  return source === undefined || id === undefined ? undefined : keyOf(`${source}:${id}`);
}

function lower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function company(domain: string | undefined): string | undefined {
  return domain === undefined || FREE.has(domain) ? undefined : domain;
}

function domainOf(text: string | undefined): string | undefined {
  const bare = lower(text?.trim() ?? '').replace(/^(https?:\/\/)?(www[.])?/, '');
  const host = bare.split('/')[0]?.split(':')[0] ?? '';
  return /.\../.test(host) ? company(host) : undefined;
}

/** `dim_organization` */
export function organizations(find: Find): readonly StoredRow[] {
  const told = (source: string, table: string, domain: (row: StoredRow) => string | undefined) =>
    rowsOf(find, table).map((row) => ({
      source,
      organization_id: row['id'],
      name: row['name'],
      domain: domainOf(domain(row)),
    }));
  const salesforce = told('salesforce', 'salesforce_accounts', (row) => row['website']);
  const hubspot = told('hubspot', 'hubspot_companies', (row) => row['domain']);
  const crm = find('salesforce_accounts') === undefined ? hubspot : salesforce;
  return [
    ...told('zendesk', 'zendesk_organizations', (row) => textIn(inside(row, 'domain_names', [0]))),
    ...salesforce,
    ...hubspot,
    ...told('intercom', 'intercom_companies', (row) => row['website']),
    ...crm.map((row) => ({ ...row, source: 'gong' })),
  ];
}

/** Each as the vendor has it: name, address, company. */
function people(find: Find): readonly StoredRow[] {
  const told = (source: string, table: string, read: (row: StoredRow) => StoredRow): readonly StoredRow[] =>
    rowsOf(find, table).map((row) => ({
      source,
      customer_id: row['id'],
      name: row['name'],
      email: row['email'],
      is_deleted: String(row['_deleted_at'] !== undefined),
      is_staff: 'false',
      ...read(row),
    }));
  const callers = new Map<string, StoredRow>();
  for (const call of rowsOf(find, 'gong_calls')) {
    if (call['_deleted_at'] !== undefined) continue;
    for (const party of listIn(call, 'parties')) {
      const its = (name: string) => textIn((party as { readonly [key: string]: unknown } | null)?.[name]);
      const id = its('id');
      if (id === undefined) continue;
      callers.set(id, {
        source: 'gong',
        customer_id: id,
        name: its('name'),
        email: its('emailAddress'),
        organization_id: call['account_id'],
        is_staff: String(its('affiliation') === 'Internal'),
        is_deleted: 'false',
      });
    }
  }
  return [
    ...told('zendesk', 'zendesk_users', (row) => ({
      organization_id: row['organization_id'],
      is_staff: String(row['role'] === 'agent' || row['role'] === 'admin'),
    })),
    ...told('salesforce', 'salesforce_contacts', (row) => ({ organization_id: row['account_id'] })),
    ...told('hubspot', 'hubspot_contacts', (row) => ({
      name: [row['firstname'] ?? '', row['lastname'] ?? ''].join(' ').trim() || undefined,
      organization_id: textIn(inside(row, 'company_ids', [0])),
      employer: row['company'],
    })),
    ...told('intercom', 'intercom_contacts', (row) => ({
      organization_id: textIn(inside(row, 'companies', ['data', 0, 'id'])),
    })),
    ...callers.values(),
  ].map((person) => {
    const email = lower(person['email']?.trim() ?? '');
    return { ...person, email: /^.+@.+$/s.test(email) ? email : undefined };
  });
}

/** Into whom each contact was merged, by source and id. */
function survivors(find: Find): ReadonlyMap<string, string> {
  const into = new Map<string, Set<string>>();
  const add = (source: string, id: string | undefined, survivor: string | undefined) => {
    if (id === undefined || survivor === undefined || id === survivor) return;
    into.set(pairKey(source, id), (into.get(pairKey(source, id)) ?? new Set()).add(survivor));
  };
  for (const row of rowsOf(find, 'salesforce_contacts'))
    add('salesforce', row['id'], row['master_record_id']);
  for (const row of rowsOf(find, 'hubspot_contacts'))
    for (const column of ['hs_merged_object_ids', 'hs_calculated_merged_vids'])
      for (const one of listIn(row, column)) add('hubspot', String(one).split(':')[0], row['id']);
  for (const row of rowsOf(find, 'intercom_contacts'))
    for (const merge of listIn(row, 'merge_history'))
      add('intercom', textIn((merge as { source_contact_id?: unknown }).source_contact_id), row['id']);
  const found = new Map<string, string>();
  for (const [key, first] of into) {
    const [source = '', id = ''] = JSON.parse(key) as readonly string[];
    let reached = first;
    for (let hops = 1; hops < MOST_MERGES; hops++) {
      const next = new Set([...reached].flatMap((at) => [...(into.get(pairKey(source, at)) ?? [])]));
      next.delete(id);
      if (next.size === 0) break;
      reached = next;
    }
    found.set(key, [...reached].sort().at(-1) ?? id);
  }
  return found;
}

/** `map_customer_identity` */
export function identities(find: Find): readonly StoredRow[] {
  const all = people(find);
  const byId = new Map(all.map((person) => [pairKey(person['source'], person['customer_id']), person]));
  const merged = survivors(find);
  const companies = new Map(
    organizations(find).map((row) => [pairKey(row['source'], row['organization_id']), row]),
  );
  return all.map((person) => {
    const { source, customer_id } = person;
    const person_id = merged.get(pairKey(source, customer_id)) ?? customer_id;
    const survivor = byId.get(pairKey(source, person_id)) ?? {};
    const best = (column: string) => survivor[column] ?? person[column];
    const email = best('email');
    const organization = companies.get(pairKey(source, best('organization_id')));
    return {
      source,
      customer_id,
      customer_key: email === undefined ? customerKey(source, person_id) : keyOf(`email:${email}`),
      matched_by: email === undefined ? 'native_id' : 'email',
      person_id,
      name: best('name'),
      email,
      domain: company(email?.split('@').at(-1)) ?? organization?.['domain'],
      organization_id: best('organization_id'),
      organization_name: organization?.['name'] ?? best('employer'),
      is_staff: person['is_staff'],
      is_deleted: person['is_deleted'],
    };
  });
}

/** `dim_customer` */
export function customers(find: Find): readonly StoredRow[] {
  const groups = new Map<string | undefined, StoredRow[]>();
  for (const one of identities(find)) {
    if (one['is_staff'] === 'true') continue;
    groups.set(one['customer_key'], [...(groups.get(one['customer_key']) ?? []), one]);
  }
  return [...groups].map(([customer_key, contacts]) => {
    const living = contacts.filter((one) => one['is_deleted'] === 'false');
    const most = (rows: readonly StoredRow[], column: string) =>
      rows
        .flatMap((row) => row[column] ?? [])
        .reduce<string | undefined>((a, b) => (a === undefined || b > a ? b : a), undefined);
    return {
      customer_key,
      name: most(living, 'name') ?? most(contacts, 'name'),
      email: most(contacts, 'email'),
      domain: most(contacts, 'domain'),
      organization_name: most(living, 'organization_name') ?? most(contacts, 'organization_name'),
      sources: [...new Set(contacts.map((one) => one['source']))].sort().join(', '),
      n_contacts: String(contacts.length),
      is_deleted: String(living.length === 0),
    };
  });
}
