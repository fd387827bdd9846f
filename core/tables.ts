// The tables that every pipeline fills, whatever the source, and the columns that the loader adds to each table.

import type { Field, Table } from './types.ts';

/** Added to every table by the sink. A connector never sets them. */
export const SYSTEM_FIELDS = {
  _run_id: { type: 'string', description: 'The run that last wrote this row.' },
  _load_id: { type: 'string', description: 'The load that last wrote this row; see _pipeline_loads.' },
  _read_at: {
    type: 'timestamp',
    description: 'When the page that held this row was received; decides between equal versions.',
  },
  _loaded_at: { type: 'timestamp', description: 'When the row was committed to this warehouse.' },
  _deleted_at: {
    type: 'timestamp',
    description: 'When the source said that the record is gone; NULL while it lives.',
  },
} as const satisfies Record<string, Field>;

/** The customers' words, one row an utterance, from every source. Transforms add the text columns. */
export const FEEDBACK_TABLE: Table = {
  name: 'feedback',
  description: 'One row for each utterance in a conversation with a customer, from every source.',
  key: ['feedback_id'],
  version: 'updated_at',
  fields: {
    feedback_id: { type: 'string', description: 'Stable hash of source, kind and native id.' },
    source: { type: 'string', description: 'The connector it came from.' },
    kind: { type: 'string', description: 'ticket, comment, survey and so on.' },
    record_id: {
      type: 'string',
      description: 'Id of the vendor record that holds the words.',
      pii: 'identifier',
    },
    thread_id: {
      type: 'string',
      description: 'Id of the conversation, such as the ticket.',
      pii: 'identifier',
    },
    author_role: { type: 'string', description: 'customer, agent or bot.' },
    author_id: { type: 'string', description: "Vendor's id of who wrote it.", pii: 'identifier' },
    author_name: {
      type: 'string',
      description: 'Name of who wrote it, where the record itself tells.',
      pii: 'contact',
    },
    customer_id: {
      type: 'string',
      description: "Vendor's id of the customer in the conversation.",
      pii: 'identifier',
    },
    organization_id: { type: 'string', description: "Vendor's id of the customer's organization." },
    channel: { type: 'string', description: 'email, web, chat, api and so on.' },
    created_at: { type: 'timestamp', description: 'When it was said.' },
    updated_at: { type: 'timestamp', description: 'When the words or their record last changed.' },
    rating: { type: 'number', description: "The customer's own rating, from -1 (bad) to 1 (good)." },
    title: { type: 'string', description: 'Subject line, as received.', pii: 'free_text' },
    text_original: { type: 'string', description: 'The words exactly as received.', pii: 'free_text' },
    text_is_html: { type: 'boolean', description: 'Whether the original is HTML.' },
  },
};

/** One current row for each labelled utterance. */
export const SENTIMENT_TABLE: Table = {
  name: 'sentiment',
  description:
    'What a model says of each utterance; one current row each. Earlier labels stay in sentiment_history.',
  key: ['feedback_id'],
  version: 'labelled_at',
  fields: {
    feedback_id: { type: 'string', description: 'The utterance.' },
    label: {
      type: 'string',
      description: 'positive, neutral, negative or mixed; NULL when status says why there is none.',
    },
    score: { type: 'number', description: 'From -1 (worst) to 1 (best).' },
    confidence: { type: 'number', description: 'From 0 to 1, as the model states it.' },
    topics: { type: 'json', description: 'What it is about, as a list.' },
    aspects: {
      type: 'json',
      description: 'What of the company the words speak of, and how: a list of topic and label.',
    },
    urgency: { type: 'string', description: 'low, normal or high.' },
    intent: { type: 'string', description: 'What the customer wants.' },
    summary: {
      type: 'string',
      description: 'At most 160 characters, in the language of the text.',
      pii: 'free_text',
    },
    status: { type: 'string', description: 'labelled, offline, pending, refused, skipped_budget or failed.' },
    reason: { type: 'string', description: 'Why there is no label, or only that of the offline model.' },
    provider: { type: 'string', description: 'Who labelled it.' },
    model_asked: { type: 'string', description: 'The model that was asked for.' },
    model: { type: 'string', description: 'The model that answered.' },
    prompt_version: { type: 'string', description: 'Version of prompt and schema.' },
    content_hash: { type: 'string', description: 'Hash of the text that was labelled.' },
    cached: {
      type: 'boolean',
      description: 'Whether the label of an equal text was used again, at no cost.',
    },
    tokens_in: { type: 'integer', description: "This text's share of the request." },
    tokens_out: { type: 'integer', description: "This text's share of the answer." },
    tokens_cached: { type: 'integer', description: 'Input tokens that the provider had cached.' },
    cost_usd: { type: 'number', description: 'What this label cost, in US dollars.' },
    price_version: { type: 'string', description: 'The price table that the cost was computed with.' },
    repaired: {
      type: 'boolean',
      description: 'Whether the answer had to be mended before it could be read.',
    },
    fallback: {
      type: 'boolean',
      description: 'Whether another than the first choice for texts of this language answered.',
    },
    escalated: {
      type: 'boolean',
      description:
        'Whether a cascade sent it on from the offline model to a provider; NULL where there was no cascade.',
    },
    batch_id: { type: 'string', description: 'The request: texts with the same id were asked together.' },
    batch_position: { type: 'integer', description: 'The place among the texts of the request, from 0.' },
    labelled_at: { type: 'timestamp', description: 'When the status was reached.' },
  },
};

/** Every label that was ever given, one row for each text, model and prompt. */
export const SENTIMENT_HISTORY_TABLE: Table = {
  ...SENTIMENT_TABLE,
  name: 'sentiment_history',
  description:
    'Every label that was ever given: one row for each utterance, text, provider, model and prompt version.',
  key: ['feedback_id', 'content_hash', 'provider', 'model', 'prompt_version'],
};

/**
 * How fresh each stream is, written at the end of each stream's run, also when nothing changed. One row for each lane and
 * outcome, so that a failure never hides when the lane last succeeded.
 */
export const FRESHNESS_TABLE: Table = {
  name: '_pipeline_freshness',
  description:
    'For each lane and outcome, the last run that ended so; the view pipeline_freshness is easier to read.',
  key: ['lane', 'status'],
  version: 'checked_at',
  fields: {
    lane: { type: 'string', description: 'Pipeline and stream, with the window of a backfill.' },
    pipeline: { type: 'string' },
    stream: { type: 'string' },
    status: { type: 'string', description: 'succeeded, skipped, partial or failed.' },
    run_id: { type: 'string', description: 'The last run of this stream that ended so.' },
    checked_at: { type: 'timestamp', description: 'When it ended.' },
    caught_up_to: { type: 'timestamp', description: 'The newest instant of change that is covered.' },
    rows_loaded: { type: 'integer', description: 'Records loaded by that run.' },
    rows_rejected: { type: 'integer', description: 'Records set aside by that run.' },
  },
};
