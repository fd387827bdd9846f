// Turns the utterances of a page into rows of the feedback table, with the columns that the transforms add.

import { feedbackId } from './ids.ts';
import { FEEDBACK_TABLE } from './tables.ts';
import type { Feedback, Row, Stream, Table, Tombstone, Transform } from './types.ts';

/** The feedback table with the columns of these transforms. */
export function feedbackTable(transforms: readonly Transform[]): Table {
  const fields = { ...FEEDBACK_TABLE.fields };
  for (const transform of transforms) Object.assign(fields, transform.adds);
  return { ...FEEDBACK_TABLE, fields };
}

/** The rows with what the transforms add, one after the other. */
export async function transformed(
  rows: readonly Row[],
  transforms: readonly Transform[],
): Promise<readonly Row[]> {
  let all = rows;
  for (const transform of transforms) {
    await transform.prepare?.();
    all = transform.apply(all);
  }
  return all;
}

/** The feedback rows, and the tombstones of those already deleted, of one page's rows. */
export async function feedbackOf(
  stream: Stream,
  rows: { readonly [table: string]: readonly Row[] },
  transforms: readonly Transform[],
): Promise<{ readonly rows: readonly Row[]; readonly tombstones: readonly Tombstone[] }> {
  if (stream.feedback === undefined) return { rows: [], tombstones: [] };
  // Every row begins with all its columns: a row that grows column by column costs several times as much.
  const empty: Row = Object.fromEntries(
    Object.keys(feedbackTable(transforms).fields).map((name) => [name, null]),
  );
  const found: Row[] = [];
  const tombstones: Tombstone[] = [];
  for (const [table, tableRows] of Object.entries(rows)) {
    for (const row of tableRows) {
      for (const utterance of stream.feedback(table, row)) {
        const feedbackRow = { ...empty, ...toRow(utterance) };
        found.push(feedbackRow);
        if (utterance.deletedAt !== undefined) {
          tombstones.push({
            key: { feedback_id: feedbackRow['feedback_id'] },
            version: utterance.updatedAt,
            deletedAt: utterance.deletedAt,
          });
        }
      }
    }
  }
  return { rows: await transformed(found, transforms), tombstones };
}

function toRow(f: Feedback): Row {
  return {
    feedback_id: feedbackId(f.source, f.kind, f.nativeId),
    source: f.source,
    kind: f.kind,
    record_id: f.recordId,
    thread_id: f.threadId,
    author_role: f.authorRole,
    author_id: f.authorId,
    author_name: f.authorName ?? null,
    customer_id: f.customerId,
    organization_id: f.organizationId,
    channel: f.channel,
    created_at: f.createdAt,
    updated_at: f.updatedAt,
    rating: f.rating,
    title: f.title,
    text_original: f.text,
    text_is_html: f.html ?? false,
  };
}
