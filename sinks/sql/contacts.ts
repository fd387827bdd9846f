// How each vendor's tables tell of people, of their companies, and of who was merged into whom: one select for each.

import type { FieldType } from '../../core/types.ts';
import { type Dialect, literal, quote } from './dialect.ts';
import type { Catalogue } from './view.ts';

/** The tables of people and of their companies. */
export const CUSTOMER_TABLES = [
  'zendesk_users',
  'zendesk_organizations',
  'salesforce_contacts',
  'salesforce_accounts',
  'hubspot_contacts',
  'hubspot_companies',
  'intercom_contacts',
  'intercom_companies',
  'gong_calls',
] as const;
type CustomerTable = (typeof CUSTOMER_TABLES)[number];

/** Reads columns of one table, under the alias `t`, each as what the views want; NULL where there is no such column. */
interface Columns {
  text(column: string): string;
  json(column: string, path: readonly (string | number)[]): string;
  has(column: string, type: FieldType): boolean;
}

/** A vendor's table of people or of companies. */
interface Told<T> {
  readonly source: string;
  readonly table: CustomerTable;
  /** The expression of each column of the view. */
  read(t: Columns): T;
}

interface Organization {
  readonly name: string;
  readonly domain: string;
}

interface Person {
  readonly name: string;
  readonly email: string;
  readonly organization: string;
  /** A name of a company that is written on the person, where there is no record of it. */
  readonly employer?: string;
  readonly isStaff?: string;
}

const PEOPLE: readonly Told<Person>[] = [
  {
    source: 'zendesk',
    table: 'zendesk_users',
    read: (t) => ({
      name: t.text('name'),
      email: t.text('email'),
      organization: t.text('organization_id'),
      isStaff: `coalesce(${t.text('role')} IN ('agent', 'admin'), FALSE)`,
    }),
  },
  {
    source: 'salesforce',
    table: 'salesforce_contacts',
    read: (t) => ({ name: t.text('name'), email: t.text('email'), organization: t.text('account_id') }),
  },
  {
    source: 'hubspot',
    table: 'hubspot_contacts',
    read: (t) => ({
      name: `nullif(trim(coalesce(${t.text('firstname')}, '') || ' ' || coalesce(${t.text('lastname')}, '')), '')`,
      email: t.text('email'),
      organization: t.json('company_ids', [0]),
      employer: t.text('company'),
    }),
  },
  {
    source: 'intercom',
    table: 'intercom_contacts',
    read: (t) => ({
      name: t.text('name'),
      email: t.text('email'),
      organization: t.json('companies', ['data', 0, 'id']),
    }),
  },
];

const ORGANIZATIONS: readonly Told<Organization>[] = [
  {
    source: 'zendesk',
    table: 'zendesk_organizations',
    read: (t) => ({ name: t.text('name'), domain: t.json('domain_names', [0]) }),
  },
  {
    source: 'salesforce',
    table: 'salesforce_accounts',
    read: (t) => ({ name: t.text('name'), domain: t.text('website') }),
  },
  {
    source: 'hubspot',
    table: 'hubspot_companies',
    read: (t) => ({ name: t.text('name'), domain: t.text('domain') }),
  },
  {
    source: 'intercom',
    table: 'intercom_companies',
    read: (t) => ({ name: t.text('name'), domain: t.text('website') }),
  },
];

/** Small letters, of ASCII only: what is a capital letter beyond it depends on the engine and its language. */
function lower(text: string): string {
  return `translate(${text}, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')`;
}

function columnsOf(dialect: Dialect, catalogue: Catalogue, table: CustomerTable): Columns | undefined {
  const columns = catalogue.get(table);
  if (columns?.has('id') !== true) return undefined;
  const none = `CAST(NULL AS ${dialect.types.string})`;
  return {
    has: (column, type) => columns.get(column) === type,
    text: (column) =>
      !columns.has(column)
        ? none
        : columns.get(column) === 'string'
          ? `t.${quote(column)}`
          : `CAST(t.${quote(column)} AS ${dialect.types.string})`,
    json: (column, path) =>
      columns.get(column) === 'json' ? dialect.jsonText(`t.${quote(column)}`, path) : none,
  };
}

/** All of these selects under one another; the empty one in front gives the columns their types where there is no other. */
function union(dialect: Dialect, columns: readonly string[], selects: readonly string[]): string {
  const none = columns.map((column) => `CAST(NULL AS ${dialect.types.string}) AS ${quote(column)}`);
  return [`SELECT ${none.join(', ')} WHERE 1 = 0`, ...selects].join('\n  UNION ALL ');
}

/** An address of the web, or a domain, as the domain alone. */
function hostOf(text: string): string {
  const bare = `regexp_replace(${lower(`trim(${text})`)}, '^(https?://)?(www[.])?', '')`;
  return `split_part(split_part(${bare}, '/', 1), ':', 1)`;
}

const PERSON = ['source', 'customer_id', 'name', 'email', 'organization_id', 'employer'];

/** Everyone whom a vendor knows, one row for each id: source, customer_id, name, email, organization_id, employer, is_staff, is_deleted. */
export function peopleOf(dialect: Dialect, catalogue: Catalogue): string {
  const told = PEOPLE.flatMap(({ source, table, read }) => {
    const t = columnsOf(dialect, catalogue, table);
    if (t === undefined) return [];
    const { name, email, organization, employer = t.text(''), isStaff = 'FALSE' } = read(t);
    const values = [literal(source), t.text('id'), name, cleanEmail(email), organization, employer];
    return [`SELECT ${values.join(', ')}, ${isStaff}, t."_deleted_at" IS NOT NULL FROM ${quote(table)} AS t`];
  });
  const selects = [...told, ...callers(dialect, catalogue)];
  const none = PERSON.map((column) => `CAST(NULL AS ${dialect.types.string}) AS ${quote(column)}`);
  return [
    `SELECT ${none.join(', ')}, FALSE AS "is_staff", FALSE AS "is_deleted" WHERE 1 = 0`,
    ...selects,
  ].join('\n  UNION ALL ');
}

/** Whoever took part in a call: Gong keeps no list of people, and names them anew in each call. */
function callers(dialect: Dialect, catalogue: Catalogue): readonly string[] {
  const t = columnsOf(dialect, catalogue, 'gong_calls');
  if (t?.has('parties', 'json') !== true) return [];
  const party = (name: string) => dialect.jsonText('e."value"', [name]);
  return [
    `SELECT 'gong', ${party('id')}, max(${party('name')}), max(${cleanEmail(party('emailAddress'))}), max(${t.text('account_id')}), ${t.text('')}, max(CASE WHEN ${party('affiliation')} = 'Internal' THEN 1 ELSE 0 END) = 1, FALSE FROM "gong_calls" AS t ${dialect.eachJson('t."parties"', 'e')} WHERE ${party('id')} IS NOT NULL AND t."_deleted_at" IS NULL GROUP BY ${party('id')}`,
  ];
}

/** An address in small letters, without spaces around it; NULL for what is no address. */
function cleanEmail(email: string): string {
  const clean = lower(`trim(${email})`);
  return `CASE WHEN ${clean} LIKE '_%@_%' THEN ${clean} END`;
}

/** Which contact went into which other one of the same vendor: source, id, survivor. */
export function mergesOf(dialect: Dialect, catalogue: Catalogue): string {
  const salesforce = columnsOf(dialect, catalogue, 'salesforce_contacts');
  const hubspot = columnsOf(dialect, catalogue, 'hubspot_contacts');
  const intercom = columnsOf(dialect, catalogue, 'intercom_contacts');
  const listed = (source: string, t: Columns | undefined, column: string, id: string) =>
    t?.has(column, 'json') === true
      ? [
          `SELECT ${literal(source)}, ${id}, ${t.text('id')} FROM ${quote(`${source}_contacts`)} AS t ${dialect.eachJson(`t.${quote(column)}`, 'e')} WHERE ${id} <> ${t.text('id')}`,
        ]
      : [];
  const number = `split_part(${dialect.jsonText('e."value"', [])}, ':', 1)`;
  return union(
    dialect,
    ['source', 'id', 'survivor'],
    [
      ...(salesforce?.has('master_record_id', 'string') === true
        ? [
            `SELECT 'salesforce', ${salesforce.text('id')}, t."master_record_id" FROM "salesforce_contacts" AS t WHERE t."master_record_id" <> ${salesforce.text('id')}`,
          ]
        : []),
      ...['hs_merged_object_ids', 'hs_calculated_merged_vids'].flatMap((column) =>
        listed('hubspot', hubspot, column, number),
      ),
      ...listed('intercom', intercom, 'merge_history', dialect.jsonText('e."value"', ['source_contact_id'])),
    ],
  );
}

/** Every vendor's companies: source, organization_id, name, and host as written on the record. */
export function organizationsOf(dialect: Dialect, catalogue: Catalogue): string {
  const told = ORGANIZATIONS.flatMap(({ source, table, read }) => {
    const t = columnsOf(dialect, catalogue, table);
    if (t === undefined) return [];
    const { name, domain } = read(t);
    const rest = `${t.text('id')}, ${name}, ${hostOf(domain)} FROM ${quote(table)} AS t`;
    return [{ source, rest }];
  });
  // Gong knows companies by their ids in the CRM that it is connected with.
  const crm = told.find(({ source }) => source === 'salesforce' || source === 'hubspot');
  const all = crm === undefined ? told : [...told, { ...crm, source: 'gong' }];
  const selects = all.map(({ source, rest }) => `SELECT ${literal(source)}, ${rest}`);
  return union(dialect, ['source', 'organization_id', 'name', 'host'], selects);
}
