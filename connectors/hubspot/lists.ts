// The small lists that objects point at: owners, and pipelines with their stages. Every run reads them whole.

import type { Context, Json, Page, Row, Stream, Table } from '../../core/types.ts';
import type { Client, Question } from './client.ts';
import { PAGE_SIZE, readList } from './listing.ts';
import {
  asRecord,
  convert,
  type Fields,
  field,
  idOf,
  instantOf,
  millisecondsOf,
  RAW,
  readRecord,
  recordsIn,
  type VendorRecord,
} from './mapping.ts';

type Connect = (context: Context) => Client;

/** Inside one listing: which of its parts is being read, and the page of it; neither means its beginning. */
type ListCheckpoint = { readonly part?: number; readonly after?: string };

const TIMES: Fields = {
  created_at: field('timestamp', 'When it was created.'),
  updated_at: field('timestamp', 'When it last changed.'),
  archived: field('boolean', 'Whether it is no longer in use.'),
  raw: RAW,
};

const OWNERS: Table = {
  name: 'hubspot_owners',
  description: 'Users who own records.',
  key: ['id'],
  version: 'updated_at',
  fields: {
    id: field('string', 'Id of the owner.'),
    user_id: field('string', 'Id of the user.'),
    email: field('string', 'E-mail address.', 'contact'),
    first_name: field('string', 'First name.', 'contact'),
    last_name: field('string', 'Last name.', 'contact'),
    type: field('string', 'PERSON or QUEUE.'),
    teams: field('json', 'Teams.'),
    ...TIMES,
  },
};

const PIPELINES: Table = {
  name: 'hubspot_pipelines',
  description: 'Pipelines of tickets and deals.',
  key: ['object_type', 'id'],
  version: 'updated_at',
  fields: {
    object_type: field('string', 'tickets or deals.'),
    id: field('string', 'Id of the pipeline, unlike others of its object type.'),
    label: field('string', 'Its name.'),
    display_order: field('integer', 'Its place in the list.'),
    ...TIMES,
  },
};

const STAGES: Table = {
  name: 'hubspot_pipeline_stages',
  description: 'Stages of the pipelines.',
  key: ['object_type', 'pipeline_id', 'id'],
  version: 'updated_at',
  fields: {
    object_type: field('string', 'tickets or deals.'),
    pipeline_id: field('string', 'The pipeline.'),
    id: field('string', 'Id of the stage.'),
    label: field('string', 'Its name.'),
    display_order: field('integer', 'Its place in the pipeline.'),
    metadata: field('json', 'Whether it closes a ticket, and with which probability a deal is won.'),
    ...TIMES,
  },
};

export function listStreams(connect: Connect): readonly Stream[] {
  return [
    listStream({
      name: 'owners',
      description: 'Owners of records; those who left are tombstones.',
      deletes: 'tombstones',
      tables: [OWNERS],
      connect,
      parts: ['false', 'true'].map((archived) => ({
        question: { family: 'owners', path: '', query: { limit: String(PAGE_SIZE), archived } },
        toPage(records) {
          const rows = records.map((record) => mapRow(OWNERS, record));
          if (archived === 'false') return { rows: { [OWNERS.name]: rows } };
          const gone = records.map((record) => {
            const at = instantOf(millisecondsOf(record['updatedAt']) ?? 0);
            return { key: { id: idOf(record['id']) ?? '' }, version: at, deletedAt: at };
          });
          return { rows: { [OWNERS.name]: rows }, deletes: { [OWNERS.name]: gone } };
        },
      })),
    }),
    listStream({
      name: 'pipelines',
      description: 'Pipelines of tickets and deals, with their stages.',
      deletes: 'none',
      tables: [PIPELINES, STAGES],
      connect,
      parts: ['tickets', 'deals'].map((object_type) => ({
        question: { family: 'pipelines', path: object_type },
        toPage: (records) => ({
          rows: {
            [PIPELINES.name]: records.map((record) => ({ ...mapRow(PIPELINES, record), object_type })),
            [STAGES.name]: records.flatMap((record) =>
              recordsIn(record['stages'])
                .filter((stage) => idOf(stage['id']) !== undefined)
                .map((stage) => ({
                  ...mapRow(STAGES, stage),
                  object_type,
                  pipeline_id: idOf(record['id']) ?? null,
                })),
            ),
          },
        }),
      })),
    }),
  ];
}

interface Listing extends Pick<Stream, 'name' | 'description' | 'deletes'> {
  readonly tables: readonly [Table, ...(readonly Table[])];
  readonly connect: Connect;
  readonly parts: readonly {
    readonly question: Question;
    toPage(records: readonly VendorRecord[]): Pick<Page, 'rows' | 'deletes'>;
  }[];
}

function listStream({ name, description, deletes, tables, connect, parts }: Listing): Stream {
  const [main] = tables;
  return {
    name,
    description,
    deletes,
    mode: 'snapshot',
    neverEmpty: true,
    tables: () => Promise.resolve(tables),
    start: () => ({}),
    async *read(from, context) {
      const client = connect(context);
      const begunAt = context.clock.now().toISOString();
      const at: ListCheckpoint = readCheckpoint(from);
      for (let part = at.part ?? 0; part < parts.length; part++) {
        const { question, toPage } = parts[part] ?? { question: undefined, toPage: undefined };
        if (question === undefined) return;
        const first = part === at.part ? at.after : undefined;
        for await (const { records, after } of readList(client, question, first, context)) {
          const read = records.map((value) => readRecord(value, main.name, context));
          const ended = after === undefined && part === parts.length - 1;
          const next: ListCheckpoint = after === undefined ? { part: part + 1 } : { part, after };
          yield {
            ...toPage(read.filter((record) => record !== undefined)),
            checkpoint: ended ? {} : next,
            ...(ended ? { caughtUpTo: begunAt } : {}),
          };
        }
      }
    },
    remap(_table, value) {
      const record = asRecord(value);
      return record === undefined || idOf(record['id']) === undefined ? undefined : mapRow(main, record);
    },
  };
}

function readCheckpoint(from: Json): ListCheckpoint {
  const { part, after } = asRecord(from) ?? {};
  return {
    ...(typeof part === 'number' && Number.isInteger(part) && part >= 0 ? { part } : {}),
    ...(typeof after === 'string' ? { after } : {}),
  };
}

/** Columns come from the field of the same name as HubSpot spells it: `display_order` from `displayOrder`. */
function mapRow({ fields }: Table, record: VendorRecord): Row {
  const row: { [column: string]: Json } = {};
  for (const [column, { type }] of Object.entries(fields)) {
    const name = column.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
    const value = record[name];
    row[column] = type === 'json' && typeof value !== 'string' ? (value ?? null) : convert(type, value);
  }
  row['archived'] = record['archived'] === true;
  row['raw'] = record;
  return row;
}
