// The views for analysts: the same names and the same columns in every warehouse, over whichever tables exist.

import type { FieldType } from '../../core/types.ts';
import { CUSTOMER_TABLES } from './contacts.ts';
import { customerKey, customerViews } from './customers.ts';
import { type Dialect, quote } from './dialect.ts';
import { type Catalogue, type Output, reach, type View, view } from './view.ts';

/** The tables that the views are made of. */
export const MART_TABLES = [
  'feedback',
  'sentiment',
  ...CUSTOMER_TABLES,
  'zendesk_tickets',
  '_pipeline_freshness',
] as const;

function utcDate(instant: string): string {
  return `CAST(${instant} AT TIME ZONE 'UTC' AS DATE)`;
}

/** Joins a vendor's table on its id, as text: some vendors' ids are declared as integers. */
function joinById(dialect: Dialect, catalogue: Catalogue, table: string, alias: string, id: string): string {
  const type = catalogue.get(table)?.get('id');
  if (!catalogue.get(table)?.has('id')) return '';
  const key = type === 'string' ? `${alias}."id"` : `CAST(${alias}."id" AS ${dialect.types.string})`;
  // One equation: with a condition on `f` beside it, DuckDB compares every row with every other.
  return `\nLEFT JOIN ${quote(table)} AS ${alias} ON ${key} = CASE WHEN f."source" = 'zendesk' THEN ${id} END`;
}

function feedbackView(dialect: Dialect, catalogue: Catalogue): View {
  const get = reach(dialect, catalogue);
  const has = (table: string, column: string) => catalogue.get(table)?.has(column) === true;
  const f = (column: string, type?: FieldType) => get('f', 'feedback', column, type);
  const s = (column: string, type?: FieldType) => get('s', 'sentiment', column, type);
  const hashed = has('feedback', 'content_hash') && has('sentiment', 'content_hash');
  const labelled = has('sentiment', 'status');
  // Where a vendor names no customer of the conversation, whoever said it is the customer.
  const customer = `coalesce(${f('customer_id')}, ${f('author_id')})`;
  const toLabel = has('feedback', 'text_analysis') ? 'text_analysis' : 'text_original';
  const outputs: readonly Output[] = [
    { name: 'feedback_id', sql: f('feedback_id'), meaning: 'The utterance: the same in every warehouse.' },
    { name: 'source', sql: f('source'), meaning: 'The connector it came from.' },
    { name: 'kind', sql: f('kind'), meaning: 'ticket, comment, survey and so on.' },
    { name: 'record_id', sql: f('record_id'), meaning: 'Id of the vendor record that holds the words.' },
    { name: 'thread_id', sql: f('thread_id'), meaning: 'Id of the conversation, such as the ticket.' },
    { name: 'channel', sql: f('channel'), meaning: 'email, web, chat, api and so on.' },
    { name: 'created_at', sql: f('created_at', 'timestamp'), meaning: 'When it was said.' },
    {
      name: 'created_date',
      sql: utcDate(f('created_at', 'timestamp')),
      meaning: 'The day on which it was said, in UTC.',
    },
    { name: 'updated_at', sql: f('updated_at', 'timestamp'), meaning: 'When it last changed.' },
    { name: 'language', sql: f('language'), meaning: 'Language of the words.' },
    {
      name: 'dialect_score',
      sql: f('dialect_score', 'number'),
      meaning: 'Of Arabic: from 0 (Modern Standard Arabic) to 1 (dialect).',
    },
    { name: 'title', sql: f('title'), meaning: 'Subject line, as received.' },
    {
      name: 'text',
      sql: `coalesce(${f('text_display')}, ${f('text_original')})`,
      meaning: 'The words, ready to be read; the original stands in feedback.text_original.',
    },
    {
      name: 'text_key',
      sql: f('text_key'),
      meaning: 'The words folded for searching: one spelling of each letter, no vowel signs, lower case.',
    },
    {
      name: 'rating',
      sql: f('rating', 'number'),
      meaning: "The customer's own rating, from -1 (bad) to 1 (good).",
    },
    { name: 'label', sql: s('label'), meaning: 'positive, neutral, negative or mixed.' },
    { name: 'score', sql: s('score', 'number'), meaning: 'From -1 (worst) to 1 (best).' },
    { name: 'confidence', sql: s('confidence', 'number'), meaning: 'From 0 to 1, as the model states it.' },
    { name: 'topics', sql: s('topics', 'json'), meaning: 'What it is about, as a list.' },
    {
      name: 'aspects',
      sql: s('aspects', 'json'),
      meaning: 'What of the company it speaks of, and how: a list of topic and label.',
    },
    { name: 'urgency', sql: s('urgency'), meaning: 'low, normal or high.' },
    { name: 'intent', sql: s('intent'), meaning: 'What the customer wants.' },
    { name: 'summary', sql: s('summary'), meaning: 'In one sentence, in the language of the text.' },
    {
      name: 'label_status',
      sql: `CASE WHEN coalesce(f.${quote(toLabel)}, '') = '' THEN 'no_text'${labelled ? ` WHEN s."status" IS NOT NULL THEN s."status"` : ''} ELSE 'pending' END`,
      meaning:
        'labelled, offline, pending, refused, skipped_budget, failed, or no_text where there is nothing to label.',
    },
    {
      name: 'label_reason',
      sql: s('reason'),
      meaning: 'Why there is no label, or only that of the offline model.',
    },
    { name: 'labelled_at', sql: s('labelled_at', 'timestamp'), meaning: 'When the status was reached.' },
    { name: 'provider', sql: s('provider'), meaning: 'Who labelled it.' },
    { name: 'model', sql: s('model'), meaning: 'The model that labelled it.' },
    { name: 'prompt_version', sql: s('prompt_version'), meaning: 'Version of prompt and schema.' },
    {
      name: 'fallback',
      sql: s('fallback', 'boolean'),
      meaning: 'Whether another than the first choice for its language labelled it.',
    },
    { name: 'label_cost_usd', sql: s('cost_usd', 'number'), meaning: 'What its label cost, in US dollars.' },
    { name: 'customer_id', sql: f('customer_id'), meaning: "Vendor's id of the customer." },
    {
      name: 'customer_key',
      sql: `coalesce(i."customer_key", ${customerKey(dialect, f('source'), customer)})`,
      meaning: 'The customer in every vendor: see dim_customer.',
    },
    { name: 'customer_name', sql: 'i."name"', meaning: "The customer's name." },
    { name: 'customer_email', sql: 'i."email"', meaning: "The customer's address, in small letters." },
    {
      name: 'customer_domain',
      sql: 'coalesce(i."domain", o."domain")',
      meaning: "Domain of the customer's company; free mail providers are none.",
    },
    { name: 'organization_id', sql: f('organization_id'), meaning: "Vendor's id of the organization." },
    {
      name: 'organization_name',
      sql: 'coalesce(o."name", i."organization_name")',
      meaning: "The organization's name: the customer's company.",
    },
  ];
  const sentiment = catalogue.has('sentiment')
    ? `\nLEFT JOIN "sentiment" AS s ON s."feedback_id" = f."feedback_id"${hashed ? ' AND s."content_hash" = f."content_hash"' : ''} AND s."_deleted_at" IS NULL`
    : '';
  const joins = [
    `\nLEFT JOIN "map_customer_identity" AS i ON i."source" = ${f('source')} AND i."customer_id" = ${customer}`,
    `\nLEFT JOIN "dim_organization" AS o ON o."source" = ${f('source')} AND o."organization_id" = ${f('organization_id')}`,
    joinById(dialect, catalogue, 'zendesk_tickets', 'k', 'f."thread_id"'),
  ].join('');
  const thread = has('zendesk_tickets', 'id') ? '\n  AND k."_deleted_at" IS NULL' : '';
  return view(
    'voc_feedback',
    'What customers said and what a model makes of it: one row an utterance, without what was deleted.',
    outputs,
    `FROM "feedback" AS f${sentiment}${joins}\nWHERE f."author_role" = 'customer'\n  AND f."_deleted_at" IS NULL${thread}`,
  );
}

function dailyView(): View {
  const dimensions = [
    { name: 'created_date', sql: 'v."created_date"', meaning: 'The day, in UTC.' },
    { name: 'source', sql: 'v."source"', meaning: 'The connector.' },
    { name: 'kind', sql: 'v."kind"', meaning: 'ticket, comment, survey and so on.' },
    { name: 'channel', sql: 'v."channel"', meaning: 'email, web, chat, api and so on.' },
    { name: 'language', sql: 'v."language"', meaning: 'Language of the words.' },
  ];
  const counted = (label: string) => ({
    name: `n_${label}`,
    sql: `count(CASE WHEN v."label" = '${label}' THEN 1 END)`,
    meaning: `How many were ${label}.`,
  });
  return view(
    'voc_sentiment_daily',
    'Counts and sums by day, source, kind, channel and language; they may be added up, the averages may not.',
    [
      ...dimensions,
      { name: 'n_feedback', sql: 'count(*)', meaning: 'How many utterances.' },
      { name: 'n_labelled', sql: 'count(v."label")', meaning: 'How many have a label.' },
      counted('positive'),
      counted('neutral'),
      counted('negative'),
      counted('mixed'),
      {
        name: 'n_pending',
        sql: `count(CASE WHEN v."label_status" = 'pending' THEN 1 END)`,
        meaning: 'How many still wait for a label.',
      },
      { name: 'sum_score', sql: 'sum(v."score")', meaning: 'Sum of the scores.' },
      { name: 'avg_score', sql: 'avg(v."score")', meaning: 'Average score of what is labelled.' },
      { name: 'avg_rating', sql: 'avg(v."rating")', meaning: "Average of the customers' own ratings." },
    ],
    `FROM "voc_feedback" AS v\nGROUP BY ${dimensions.map(({ sql }) => sql).join(', ')}`,
  );
}

/** What texts needed to be readable, by where they come from: broken text is a fault of a system, and this names it. */
function qualityView(dialect: Dialect, catalogue: Catalogue): View {
  const get = reach(dialect, catalogue);
  const dimensions = ['source', 'kind', 'channel'].map((column) => get('f', 'feedback', column));
  const flag = (column: string) => get('f', 'feedback', column, 'boolean');
  const order = get('f', 'feedback', 'text_baked_order');
  const broken = [
    flag('text_had_presentation_forms'),
    flag('text_had_invisible_controls'),
    flag('text_had_mojibake'),
  ].join(' OR ');
  const counted = (name: string, condition: string, meaning: string): Output => ({
    name,
    sql: `count(CASE WHEN ${condition} THEN 1 END)`,
    meaning,
  });
  const [source = '', kind = '', channel = ''] = dimensions;
  return view(
    'voc_text_quality',
    'What the texts of each source and channel needed to be readable: counts, which may be added up.',
    [
      { name: 'source', sql: source, meaning: 'The connector.' },
      { name: 'kind', sql: kind, meaning: 'ticket, comment, survey and so on.' },
      { name: 'channel', sql: channel, meaning: 'email, web, chat, api and so on.' },
      { name: 'n_texts', sql: 'count(*)', meaning: 'How many texts, of customers and others.' },
      counted('n_broken', broken, 'How many came with glyph forms, invisible controls or a wrong decoding.'),
      counted(
        'n_presentation_forms',
        flag('text_had_presentation_forms'),
        'How many held Arabic glyph forms in place of letters.',
      ),
      counted('n_visual_order', `${order} = 'visual'`, 'How many stood back to front, and were turned.'),
      counted('n_unsure_order', `${order} = 'unsure'`, 'How many may stand back to front.'),
      counted(
        'n_invisible_controls',
        flag('text_had_invisible_controls'),
        'How many held direction controls, zero-width or control characters.',
      ),
      counted('n_mojibake', flag('text_had_mojibake'), 'How many had been decoded with the wrong table.'),
      counted('n_html', flag('text_had_html'), 'How many were HTML.'),
      counted('n_quote', flag('text_had_quote'), 'How many carried a quoted reply.'),
      counted('n_signature', flag('text_had_signature'), 'How many carried a signature or a disclaimer.'),
    ],
    `FROM "feedback" AS f\nWHERE f."_deleted_at" IS NULL\nGROUP BY ${dimensions.join(', ')}`,
  );
}

function freshnessView(dialect: Dialect, catalogue: Catalogue): View {
  const known = catalogue.has('_pipeline_freshness');
  const f = (column: string, type: FieldType = 'string') =>
    known ? `f.${quote(column)}` : `CAST(NULL AS ${dialect.types[type]})`;
  const own = (column: string) => `${known ? 'f' : 'l'}.${quote(column)}`;
  const caughtUp = f('covered', 'timestamp');
  const loads = `(
  SELECT "lane", max("pipeline") AS "pipeline", max("stream") AS "stream", max("committed_at") AS "committed_at"
  FROM "_pipeline_loads" GROUP BY "lane"
) AS l`;
  // The table has a row for each lane and outcome; the view has one for each lane: the newest, and when it last succeeded.
  const newest = `(
  SELECT *,
    row_number() OVER (PARTITION BY "lane" ORDER BY "checked_at" DESC) AS "_rank",
    max(CASE WHEN "status" = 'succeeded' THEN "checked_at" END) OVER (PARTITION BY "lane") AS "succeeded_at",
    max("caught_up_to") OVER (PARTITION BY "lane") AS "covered"
  FROM "_pipeline_freshness" WHERE "_deleted_at" IS NULL
) AS f`;
  return view(
    'pipeline_freshness',
    'How fresh each stream is: one row a lane.',
    [
      { name: 'pipeline', sql: own('pipeline'), meaning: 'The pipeline.' },
      { name: 'stream', sql: own('stream'), meaning: 'The stream.' },
      { name: 'lane', sql: own('lane'), meaning: 'Pipeline and stream, with the window of a backfill.' },
      { name: 'status', sql: f('status'), meaning: 'How its last run ended.' },
      { name: 'checked_at', sql: f('checked_at', 'timestamp'), meaning: 'When its last run ended.' },
      {
        name: 'succeeded_at',
        sql: f('succeeded_at', 'timestamp'),
        meaning: 'When it last caught up completely.',
      },
      { name: 'caught_up_to', sql: caughtUp, meaning: 'The newest instant of change that is covered.' },
      {
        name: 'minutes_behind',
        sql: `CAST(EXTRACT(EPOCH FROM (now() - ${caughtUp})) / 60 AS ${dialect.types.number})`,
        meaning: 'Minutes since that instant.',
      },
      { name: 'last_load_at', sql: 'l."committed_at"', meaning: 'When rows last arrived.' },
      { name: 'rows_loaded', sql: f('rows_loaded', 'integer'), meaning: 'Records loaded by the last run.' },
      {
        name: 'rows_rejected',
        sql: f('rows_rejected', 'integer'),
        meaning: 'Records set aside by the last run.',
      },
    ],
    known ? `FROM ${newest} LEFT JOIN ${loads} ON l."lane" = f."lane"\nWHERE f."_rank" = 1` : `FROM ${loads}`,
  );
}

/** In the order in which they are created; they are dropped the other way round. Needs the control tables. */
export function marts(dialect: Dialect, catalogue: Catalogue): readonly View[] {
  const voice = catalogue.has('feedback')
    ? [feedbackView(dialect, catalogue), dailyView(), qualityView(dialect, catalogue)]
    : [];
  return [...customerViews(dialect, catalogue), ...voice, freshnessView(dialect, catalogue)];
}
