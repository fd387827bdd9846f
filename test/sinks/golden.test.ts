// Every statement that the SQL sinks send, per dialect, against the files in golden/: a change there is read by a person.

import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, test } from 'vitest';
import type { Field, FieldType, Table } from '../../core/types.ts';
import { type Dialect, DUCKDB, POSTGRES } from '../../sinks/sql/dialect.ts';
import { selectUnlabelled, selectUnlabelledCount } from '../../sinks/sql/labels.ts';
import { layoutOf, type PhysicalTable } from '../../sinks/sql/layout.ts';
import { FIND_LOAD, insertLoad, NEWEST_LOADS } from '../../sinks/sql/ledger.ts';
import { MART_TABLES, marts } from '../../sinks/sql/marts.ts';
import { createStage, createTombstoneStage, mergeRows, mergeTombstones } from '../../sinks/sql/merge.ts';
import {
  catalogueOf,
  controlTables,
  planTable,
  planVariants,
  writeCatalogue,
} from '../../sinks/sql/schema.ts';
import type { Catalogue } from '../../sinks/sql/view.ts';

const TICKETS: Table = {
  name: 'zendesk_tickets',
  description: "A customer's request.",
  key: ['id'],
  version: 'updated_at',
  fields: {
    id: { type: 'string', pii: 'identifier' },
    order: { type: 'integer', label: 'رقم الطلب', description: 'Number of the order.' },
    price: { type: 'decimal' },
    rating: { type: 'number' },
    is_public: { type: 'boolean' },
    updated_at: { type: 'timestamp' },
    due_on: { type: 'date' },
    raw: { type: 'json', description: 'The whole record.' },
  },
};

const PAIRS: Table = {
  name: 'pairs',
  key: ['a', 'b'],
  version: 'v',
  fields: { a: { type: 'string' }, b: { type: 'integer' }, v: { type: 'string' } },
};

function physical(table: Table, more: { readonly [column: string]: FieldType } = {}): PhysicalTable {
  const fields: readonly (readonly [string, Field])[] = [
    ...Object.entries(table.fields),
    ...Object.entries(more).map(([name, type]) => [name, { type }] as const),
  ];
  return {
    comment: null,
    columns: new Map(fields.map(([name, { type }]) => [name, { type, comment: null }])),
  };
}

const everything: Catalogue = new Map(
  MART_TABLES.map((table) => [
    table,
    new Map<string, FieldType>(
      [
        'id',
        'name',
        'email',
        'text_display',
        'text_original',
        'text_analysis',
        'content_hash',
        'status',
        'reason',
        'label',
        'score',
        'confidence',
        'topics',
        'urgency',
        'intent',
        'summary',
        'model',
        'rating',
        'language',
        'dialect_score',
        'feedback_id',
        'source',
        'kind',
        'record_id',
        'thread_id',
        'channel',
        'created_at',
        'updated_at',
        'title',
        'customer_id',
        'author_id',
        'organization_id',
        'role',
        'domain',
        'website',
        'account_id',
        'master_record_id',
        'firstname',
        'lastname',
        'company',
      ]
        .map((column): [string, FieldType] => [column, 'string'])
        .concat(
          [
            'domain_names',
            'company_ids',
            'companies',
            'merge_history',
            'hs_merged_object_ids',
            'hs_calculated_merged_vids',
            'parties',
          ].map((column): [string, FieldType] => [column, 'json']),
        ),
    ),
  ]),
);
const feedbackOnly: Catalogue = new Map([
  [
    'feedback',
    new Map<string, FieldType>([
      ['feedback_id', 'string'],
      ['created_at', 'timestamp'],
      ['text_original', 'string'],
    ]),
  ],
]);

function statements(dialect: Dialect): { readonly [file: string]: readonly string[] } {
  const layout = layoutOf(TICKETS, physical(TICKETS));
  // `order` is blocked by an older column of another type, `price` has a variant, `old_column` is no longer declared.
  const grown = layoutOf(
    TICKETS,
    physical(
      { ...TICKETS, fields: { ...TICKETS.fields, order: { type: 'boolean' } } },
      { price__text: 'string', order__text: 'string', old_column: 'string' },
    ),
  );
  const pairs = layoutOf(PAIRS, physical(PAIRS));
  const before = physical({ ...TICKETS, fields: { id: { type: 'string' }, order: { type: 'integer' } } });
  const query = { limit: 100, retry: ['pending', 'failed'] as const };
  const views = (catalogue: Catalogue) =>
    marts(dialect, catalogue).flatMap(({ name, select, comments }) => [
      `CREATE OR REPLACE VIEW "${name}" AS\n${select}`,
      ...comments,
    ]);
  return {
    control: [...controlTables(dialect), insertLoad(dialect.types), FIND_LOAD, NEWEST_LOADS],
    create: [
      ...planTable(dialect, TICKETS, undefined).statements,
      ...writeCatalogue(TICKETS.name, catalogueOf(TICKETS)),
    ],
    widen: [
      ...planTable(dialect, TICKETS, before).statements,
      ...planVariants(dialect, layout, ['order', 'price']),
    ],
    stage: [createStage(dialect, layout, '_stage_0'), createTombstoneStage(dialect, layout, '_gone_0')],
    merge: [...mergeRows(dialect, layout, '_stage_0', false)],
    'merge-repeats': [...mergeRows(dialect, pairs, '_stage_0', true)],
    'merge-variants': [...mergeRows(dialect, grown, '_stage_0', false)],
    tombstones: [
      ...mergeTombstones(dialect, layout, '_gone_0', false),
      ...mergeTombstones(dialect, pairs, '_gone_0', true),
    ],
    labels: [
      selectUnlabelled(
        dialect,
        { ...query, after: "a'b", source: 'zendesk', stalePromptVersion: 'p1' },
        'whole',
      ),
      selectUnlabelled(dialect, { ...query, retry: [] }, 'none'),
      selectUnlabelledCount(dialect, query, 'whole'),
    ],
    marts: views(everything),
    'marts-feedback-only': views(feedbackOnly),
  };
}

describe.each([POSTGRES, DUCKDB])('the SQL for $name', (dialect) => {
  test.each(Object.entries(statements(dialect)))('of %s is the golden file', async (file, sql) => {
    await expect(`${sql.join(';\n\n')};\n`).toMatchFileSnapshot(`golden/${dialect.name}-${file}.sql`);
  });
});

test('a table that is as declared needs no statement', () => {
  for (const dialect of [POSTGRES, DUCKDB]) {
    const { after } = planTable(dialect, TICKETS, undefined);
    expect(planTable(dialect, TICKETS, after).statements).toEqual([]);
  }
});

const JOINED = ['dim_organization', 'map_customer_identity', 'dim_customer', 'voc_feedback'];
const NOT_TEXT: readonly (readonly [string, FieldType])[] = [
  ['created_at', 'timestamp'],
  ['updated_at', 'timestamp'],
  ['_deleted_at', 'timestamp'],
  ['score', 'number'],
  ['confidence', 'number'],
  ['rating', 'number'],
  ['dialect_score', 'number'],
];

test('no view makes DuckDB compare every row of one table with every row of another', async () => {
  const instance = await DuckDBInstance.create(':memory:');
  const database = await instance.connect();
  for (const [table, columns] of everything) {
    const known = new Map<string, FieldType | undefined>([
      ...columns,
      ...NOT_TEXT,
      ['author_role', 'string'],
    ]);
    const declared = [...known].map(([name, type]) => `"${name}" ${DUCKDB.types[type ?? 'string']}`);
    await database.run(`CREATE TABLE "${table}" (${declared.join(', ')})`);
    // Of empty tables there is no plan.
    if (known.has('id')) await database.run(`INSERT INTO "${table}" ("id") SELECT range FROM range(100)`);
  }
  await database.run(`UPDATE "feedback" SET "author_role" = 'customer'`);
  const views = marts(DUCKDB, everything).filter(({ name }) => JOINED.includes(name));
  expect(views).toHaveLength(JOINED.length);
  for (const { name, select } of views) await database.run(`CREATE VIEW "${name}" AS\n${select}`);
  for (const { name } of views) {
    const plan = await database.runAndReadAll(`EXPLAIN SELECT * FROM "${name}"`);
    expect(JSON.stringify(plan.getRows()), name).not.toMatch(/NL_JOIN|BLOCKWIS|NESTED|CROSS_P/);
  }
  database.closeSync();
  instance.closeSync();
});
