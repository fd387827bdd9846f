// One reading of one object: what it knows, how it counts, and how records become a page.

import { asPipelineError } from '../../core/errors.ts';
import { feedbackId } from '../../core/ids.ts';
import type { Context, Json, Page, Row, Tombstone } from '../../core/types.ts';
import type { Client } from './client.ts';
import type { Described } from './describe.ts';
import { TOO_SLOW, UNKNOWN_FIELD, unexpected } from './errors.ts';
import { asList } from './records.ts';
import { type Span, within } from './soql.ts';
import type { Words } from './words.ts';

export interface Reading {
  readonly described: Described;
  readonly client: Client;
  readonly context: Context;
  /** Where people speak in this object. */
  readonly words: Words | undefined;
  /** False once the user turned out not to be allowed to read the related records. */
  related: boolean;
  /** The records that this reading has told to be gone. */
  readonly gone: Set<string>;
}

/** The query of all fields in a span. `everything` asks for them in one word, which leaves out related records. */
export function selectIn({ described, related }: Reading, span: Span, everything = false): string {
  const fields = everything ? 'FIELDS(ALL)' : described.fields(related).join(',');
  return `SELECT ${fields} FROM ${described.object} WHERE ${within(described.changeField, span)}`;
}

/** The path of a query that shows deleted records too, as long as they lie in the recycle bin. */
export const QUERY = 'queryAll';

/** How many records there are in a span now; undefined where the vendor cannot count them in time. */
export async function count({ described, client }: Reading, span: Span): Promise<number | undefined> {
  const q = `SELECT COUNT() FROM ${described.object} WHERE ${within(described.changeField, span)}`;
  try {
    const { totalSize } = await client.askJson({ path: QUERY, query: { q }, bucket: 'query' });
    if (typeof totalSize !== 'number') throw unexpected(QUERY, 'no count');
    return totalSize;
  } catch (thrown) {
    if (asPipelineError(thrown).code === TOO_SLOW) return undefined;
    throw thrown;
  }
}

/** Runs the work again without the fields of related records where the user turns out not to be allowed to read them. */
export async function unlessForbidden<T>(reading: Reading, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!reading.related || asPipelineError(thrown).code !== UNKNOWN_FIELD) throw thrown;
    reading.context.log.warn('salesforce.related_left_out', { object: reading.described.object });
    reading.related = false;
    return await work();
  }
}

/** A record as it came, and the way to its values. */
export interface Received {
  readonly record: Json;
  readonly read: ((path: string) => Json | undefined) | undefined;
}

/** What a page holds, and where its last readable record stands. */
export interface ReadPage extends Pick<Page, 'rows' | 'deletes'> {
  readonly last: { readonly at: string; readonly id: string } | undefined;
}

/** Rows of all that can be read, tombstones for what is gone and for its words; what cannot be read is set aside. */
export function toPage(reading: Reading, received: Iterable<Received>): ReadPage {
  const { described, context, words } = reading;
  const { name } = described.table;
  const rows: Row[] = [];
  const gone: Tombstone[] = [];
  const silenced: Tombstone[] = [];
  for (const { record, read } of received) {
    const row = read === undefined ? undefined : described.map(read);
    if (row === undefined) {
      const reason = 'It has no id or no time of change, or is no record.';
      context.reject({ table: name, row: record, code: 'salesforce.unreadable_record', reason });
      continue;
    }
    rows.push(row);
    const at = String(row[described.changeColumn]);
    const id = String(row['id']);
    const deleted = row['is_deleted'] === true;
    if (deleted) {
      reading.gone.add(id);
      gone.push({ key: { id }, version: at, deletedAt: at });
    }
    if (words !== undefined && (deleted || words.isWithdrawn(row))) silenced.push(silence(words, id, at));
  }
  const newest = rows.at(-1);
  return {
    rows: { [name]: rows },
    ...(gone.length + silenced.length === 0 ? {} : { deletes: { [name]: gone, feedback: silenced } }),
    last:
      newest === undefined
        ? undefined
        : { at: String(newest[described.changeColumn]), id: String(newest['id']) },
  };
}

/** Takes back the words of a record. */
export function silence({ kind }: Words, id: string, at: string): Tombstone {
  return { key: { feedback_id: feedbackId('salesforce', kind, id) }, version: at, deletedAt: at };
}

/** The list of records in an answer. A 200 without it is never taken for an empty page. */
export function recordsOf(body: { readonly [name: string]: Json }): readonly Json[] {
  const records = asList(body['records']);
  if (records === undefined) throw unexpected(QUERY, 'no list of records');
  return records;
}
