// Who the customers are: one person's words in several vendors are found together by e-mail address, company or domain.
// The vendors' own ids stay as they are; a view beside them says to which customer each belongs.

import { FREE_MAIL_DOMAINS } from '../free-mail.ts';
import { mergesOf, organizationsOf, peopleOf } from './contacts.ts';
import { type Dialect, literal, quote } from './dialect.ts';
import { type Catalogue, type Output, type View, view } from './view.ts';

/** A contact who was merged into one who was merged, and so on: no further than this, so that a circle ends. */
export const MOST_MERGES = 8;

/** The key of whom this text tells: single, of one length, the same in every warehouse, and without the address in it. */
function keyOf(dialect: Dialect, text: string): string {
  return `left(${dialect.sha256(text)}, 32)`;
}

/** The key of a customer of whom nothing is known but the vendor's id. NULL where the id is. */
export function customerKey(dialect: Dialect, source: string, id: string): string {
  return keyOf(dialect, `${source} || ':' || ${id}`);
}

/** Three views: what the vendors call companies, who each of the vendors' contacts is, and the customers themselves. */
export function customerViews(dialect: Dialect, catalogue: Catalogue): readonly View[] {
  return [organizationView(dialect, catalogue), identityView(dialect, catalogue), customerView(dialect)];
}

function isCompany(domain: string): string {
  return `${domain} NOT IN (${FREE_MAIL_DOMAINS.map(literal).join(', ')})`;
}

function organizationView(dialect: Dialect, catalogue: Catalogue): View {
  return view(
    'dim_organization',
    "Companies as the vendors know them: one row for each vendor's record.",
    [
      { name: 'source', sql: 'o."source"', meaning: 'The connector.' },
      { name: 'organization_id', sql: 'o."organization_id"', meaning: "Vendor's id of the company." },
      { name: 'name', sql: 'o."name"', meaning: 'Its name.' },
      {
        name: 'domain',
        sql: `CASE WHEN o."host" LIKE '%_._%' AND ${isCompany('o."host"')} THEN o."host" END`,
        meaning: 'Its domain: without www, and never one of a free mail provider.',
      },
    ],
    `FROM (\n${organizationsOf(dialect, catalogue)}\n) AS o`,
  );
}

function identityView(dialect: Dialect, catalogue: Catalogue): View {
  const binary = dialect.collateBinary;
  const k = (name: string, meaning: string): Output => ({ name, sql: `k.${quote(name)}`, meaning });
  const outputs: readonly Output[] = [
    k('source', 'The connector.'),
    k('customer_id', "Vendor's id of the contact, untouched."),
    k('customer_key', 'The customer: the same for every contact with the same address, whatever the vendor.'),
    {
      name: 'matched_by',
      sql: `CASE WHEN k."email" IS NOT NULL THEN 'email' ELSE 'native_id' END`,
      meaning: 'What the customer was told by: email, or native_id where there is no address.',
    },
    k('person_id', 'The contact into which the vendor merged this one; else customer_id.'),
    k('name', 'Name.'),
    k('email', 'Address, in small letters.'),
    k('domain', 'Domain of the address, or else of the company; free mail providers are no company.'),
    k('organization_id', "Vendor's id of the company."),
    k('organization_name', "The company's name."),
    k('is_staff', 'Whether it is one of us.'),
    k('is_deleted', 'Whether the vendor has it no more, or merged it.'),
  ];
  // The last of a chain, by grouping: a rank over it would let a planner reckon with as many rows as chains could have.
  const last = `max((CAST(10 + "hops" AS ${dialect.types.string}) || "survivor")${binary})`;
  const host = `split_part(p."email", '@', -1)`;
  const key = `CASE WHEN p."email" IS NOT NULL THEN ${keyOf(dialect, `'email:' || p."email"`)} ELSE ${customerKey(dialect, 'p."source"', 'p."person_id"')} END`;
  // What is told of a contact is told once, and not once for each row that is joined with it.
  const from = `FROM (
  WITH RECURSIVE "_merges" AS (
  ${mergesOf(dialect, catalogue)}
  ), "_chains" AS (
  SELECT "source", "id", "survivor", 1 AS "hops" FROM "_merges"
  UNION SELECT c."source", c."id", m."survivor", c."hops" + 1 FROM "_chains" AS c JOIN "_merges" AS m ON m."source" = c."source" AND m."id" = c."survivor"
    WHERE c."hops" < ${MOST_MERGES} AND m."survivor" <> c."id"
  ), "_survivors" AS (
  SELECT "source", "id", substr(${last}, 3) AS "survivor" FROM "_chains" GROUP BY "source", "id"
  ), "_people" AS MATERIALIZED (
  ${peopleOf(dialect, catalogue)}
  ), "_persons" AS (
  SELECT p."source", p."customer_id", coalesce(s."survivor", p."customer_id") AS "person_id", coalesce(m."name", p."name") AS "name",
    coalesce(m."email", p."email") AS "email", coalesce(m."organization_id", p."organization_id") AS "organization_id",
    coalesce(m."employer", p."employer") AS "employer", p."is_staff", p."is_deleted"
  FROM "_people" AS p
  LEFT JOIN "_survivors" AS s ON s."source" = p."source" AND s."id" = p."customer_id"
  LEFT JOIN "_people" AS m ON m."source" = s."source" AND m."customer_id" = s."survivor"
  ), "_told" AS MATERIALIZED (
  SELECT p.*, ${key} AS "customer_key", coalesce(CASE WHEN ${isCompany(host)} THEN ${host} END, o."domain") AS "domain",
    coalesce(o."name", p."employer") AS "organization_name"
  FROM "_persons" AS p
  LEFT JOIN "dim_organization" AS o ON o."source" = p."source" AND o."organization_id" = p."organization_id"
  )
  SELECT * FROM "_told"
) AS k`;
  return view(
    'map_customer_identity',
    "Which customer each of the vendors' contacts is: one row for each vendor's id, none of them rewritten.",
    outputs,
    from,
  );
}

function customerView(dialect: Dialect): View {
  const one = (column: string, where = '') => {
    const value = `i.${quote(column)}${dialect.collateBinary}`;
    return where === '' ? `max(${value})` : `max(CASE WHEN ${where} THEN ${value} END)`;
  };
  return view(
    'dim_customer',
    'Customers: one row a person, however many vendors know them.',
    [
      { name: 'customer_key', sql: 'i."customer_key"', meaning: 'The customer; voc_feedback has it too.' },
      {
        name: 'name',
        sql: `coalesce(${one('name', 'NOT i."is_deleted"')}, ${one('name')})`,
        meaning: 'One of the names that the vendors have.',
      },
      { name: 'email', sql: one('email'), meaning: 'Address, in small letters.' },
      { name: 'domain', sql: one('domain'), meaning: 'Domain; NULL where only free mail is known.' },
      {
        name: 'organization_name',
        sql: `coalesce(${one('organization_name', 'NOT i."is_deleted"')}, ${one('organization_name')})`,
        meaning: 'One of the names that the vendors have for the company.',
      },
      {
        name: 'sources',
        sql: `string_agg(DISTINCT i."source"${dialect.collateBinary}, ', ' ORDER BY i."source"${dialect.collateBinary})`,
        meaning: 'The vendors that know the customer.',
      },
      { name: 'n_contacts', sql: 'count(*)', meaning: "How many of the vendors' contacts the customer is." },
      {
        name: 'is_deleted',
        sql: 'min(CASE WHEN i."is_deleted" THEN 1 ELSE 0 END) = 1',
        meaning: 'Whether no vendor has the customer any more.',
      },
    ],
    'FROM "map_customer_identity" AS i\nWHERE NOT i."is_staff"\nGROUP BY i."customer_key"',
  );
}
