// Which utterances wait for a label, as one query over feedback and sentiment.

import type { UnlabelledQuery } from '../../core/types.ts';
import { type Dialect, literal } from './dialect.ts';

function where(query: Omit<UnlabelledQuery, 'after' | 'limit'>): string {
  const stale = query.stalePromptVersion;
  const reasons = [
    's."feedback_id" IS NULL',
    's."content_hash" IS DISTINCT FROM f."content_hash"',
    ...(query.retry.length === 0 ? [] : [`s."status" IN (${query.retry.map(literal).join(', ')})`]),
    ...(stale === undefined
      ? []
      : [`(s."status" = 'labelled' AND s."prompt_version" IS DISTINCT FROM ${literal(stale)})`]),
  ];
  return [
    `f."_deleted_at" IS NULL`,
    `f."author_role" = 'customer'`,
    `f."text_analysis" <> ''`,
    ...(query.source === undefined ? [] : [`f."source" = ${literal(query.source)}`]),
    `(${reasons.join(' OR ')})`,
  ].join('\n  AND ');
}

/** What is there to read labels from: no table yet, one from before cascades, or all columns. */
export type LabelTable = 'none' | 'without-escalated' | 'whole';

function from(dialect: Dialect, labels: LabelTable): string {
  const text = dialect.types.string;
  const nothing = ['feedback_id', 'content_hash', 'status', 'prompt_version'].map(
    (c) => `CAST(NULL AS ${text}) AS "${c}"`,
  );
  const sentiment = labels !== 'none' ? '"sentiment"' : `(SELECT ${nothing.join(', ')} WHERE 1 = 0)`;
  return `FROM "feedback" AS f LEFT JOIN ${sentiment} AS s ON s."feedback_id" = f."feedback_id"`;
}

/** Ids above `after`, in the engine's own order of texts, so that the key's index serves. */
export function selectUnlabelled(dialect: Dialect, query: UnlabelledQuery, labels: LabelTable): string {
  // What a cascade chose for a text counts as long as it waits, and for this text.
  const escalated =
    labels === 'whole'
      ? `coalesce(s."escalated" AND s."status" IN ('pending', 'skipped_budget') AND s."content_hash" = f."content_hash", FALSE)`
      : 'FALSE';
  const after = query.after === undefined ? '' : `\n  AND f."feedback_id" > ${literal(query.after)}`;
  return `SELECT f."feedback_id", f."content_hash", f."text_analysis", f."language",
  CASE WHEN ${escalated} THEN 'yes' ELSE 'no' END AS "escalated"
${from(dialect, labels)}
WHERE ${where(query)}${after}
ORDER BY f."feedback_id"
LIMIT ${Math.max(0, Math.trunc(query.limit))}`;
}

export function selectUnlabelledCount(
  dialect: Dialect,
  query: Omit<UnlabelledQuery, 'after' | 'limit'>,
  labels: LabelTable,
): string {
  return `SELECT count(*) AS "waiting"\n${from(dialect, labels)}\nWHERE ${where(query)}`;
}

/** Columns of feedback that a transform adds; without them nothing can wait for a label yet. */
const LABEL_COLUMNS = ['text_analysis', 'content_hash', 'language'] as const;

/** From the tables that exist; undefined where feedback cannot wait for labels yet. */
export function labelTable(
  tables: ReadonlyMap<string, { readonly columns: ReadonlyMap<string, unknown> }>,
): LabelTable | undefined {
  const columns = tables.get('feedback')?.columns;
  if (columns === undefined || !LABEL_COLUMNS.every((column) => columns.has(column))) return undefined;
  const sentiment = tables.get('sentiment')?.columns;
  if (sentiment === undefined) return 'none';
  return sentiment.has('escalated') ? 'whole' : 'without-escalated';
}
