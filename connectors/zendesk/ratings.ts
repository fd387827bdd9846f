// What customers say when they are asked: the older satisfaction ratings and the newer survey responses. An account has one of them.
// https://developer.zendesk.com/api-reference/ticketing/ticket-management/satisfaction_ratings/
// https://developer.zendesk.com/api-reference/ticketing/ticket-management/csat_survey_responses/

import { asRecord, idOf, recordsIn, textOf, type VendorRecord } from '../../core/mapping.ts';
import type { Context, Feedback, Json, Row, Stream } from '../../core/types.ts';
import { windowBounds, windowStart } from './checkpoints.ts';
import type { Client } from './client.ts';
import { readSpans, type SpanListing } from './listings.ts';
import { instantOf, secondsOf } from './mapping.ts';
import { SATISFACTION_RATINGS, SURVEY_RESPONSES } from './tables.ts';

export function satisfactionRatings(connect: (context: Context) => Client): Stream {
  const { name } = SATISFACTION_RATINGS.table;
  const listing: SpanListing = {
    path: 'satisfaction_ratings',
    table: name,
    optional: true,
    span: { start: 'start_time', end: 'end_time', perSecond: 1 },
    createdAt: (record) => secondsOf(record['created_at']),
    toPage: (records) => ({ rows: { [name]: records.map(mapRating) } }),
  };
  return {
    ...spanStream(connect, listing),
    name: 'satisfaction_ratings',
    description: 'Ratings of solved tickets, good or bad, with the comment that came with them.',
    tables: () => Promise.resolve([SATISFACTION_RATINGS.table]),
    remap: (_table, record) => remap(record, mapRating),
    feedback: (_table, row) => ratingWords(row),
  };
}

export function surveyResponses(connect: (context: Context) => Client): Stream {
  const { name } = SURVEY_RESPONSES.table;
  const listing: SpanListing = {
    path: 'guide/survey_responses',
    collection: 'survey_responses',
    table: name,
    optional: true,
    span: { start: 'filter[created_at_start]', end: 'filter[created_at_end]', perSecond: 1000 },
    createdAt: (record) => secondsOf(answered(record).createdAt),
    toPage: (records) => ({ rows: { [name]: records.map(mapResponse) } }),
  };
  return {
    ...spanStream(connect, listing),
    name: 'survey_responses',
    description: 'Answers to customer satisfaction surveys, with their scale and their words.',
    tables: () => Promise.resolve([SURVEY_RESPONSES.table]),
    remap: (_table, record) => remap(record, mapResponse),
    feedback: (_table, row) => surveyWords(row),
  };
}

function spanStream(connect: (context: Context) => Client, listing: SpanListing) {
  return {
    deletes: 'none',
    mode: 'incremental',
    optional: true,
    start: (window) => ({ from: windowStart(window), ...windowBounds(window) }),
    read: (from, context) => readSpans(from, context, connect(context), listing),
  } as const satisfies Partial<Stream>;
}

function remap(value: Json, map: (record: VendorRecord) => Row): Row | undefined {
  const record = asRecord(value);
  return record === undefined || idOf(record['id']) === undefined ? undefined : map(record);
}

function mapRating(record: VendorRecord): Row {
  const row = SATISFACTION_RATINGS.map(record);
  row['updated_at'] ??= row['created_at'] ?? null;
  return row;
}

/** A rating that was only offered says nothing yet. */
function ratingWords(row: Row): readonly Feedback[] {
  if (row['score'] !== 'good' && row['score'] !== 'bad') return [];
  const rating = row['score'] === 'good' ? 1 : -1;
  return survey(row, { rating, customer: textOf(row, 'requester_id'), text: textOf(row, 'comment') ?? '' });
}

function mapResponse(record: VendorRecord): Row {
  const row = SURVEY_RESPONSES.map(record);
  const surveyed = asRecord(record['survey']);
  row['survey_id'] ??= idOf(surveyed?.['id']) ?? null;
  row['survey_version'] ??= surveyed?.['version'] ?? null;
  const { createdAt, updatedAt } = answered(record);
  row['created_at'] ??= createdAt;
  row['updated_at'] ??= updatedAt;
  row['ticket_id'] = ticketOf(record['subjects']);
  const scale = recordsIn(record['answers']).find((answer) => answer['type'] === 'rating_scale');
  const category = scale?.['rating_category'];
  row['rating_category'] = typeof category === 'string' ? category : null;
  row['rating'] = ratingOf(scale);
  row['comment'] = wordsOf(record);
  return row;
}

function surveyWords(row: Row): readonly Feedback[] {
  const rating = typeof row['rating'] === 'number' ? row['rating'] : null;
  const text = textOf(row, 'comment') ?? '';
  if (rating === null && text === '') return [];
  return survey(row, { rating, customer: textOf(row, 'responder_id'), text });
}

function survey(
  row: Row,
  said: { readonly rating: number | null; readonly customer: string | null; readonly text: string },
): readonly Feedback[] {
  const id = String(row['id']);
  const updatedAt = textOf(row, 'updated_at') ?? textOf(row, 'created_at') ?? instantOf(0);
  return [
    {
      source: 'zendesk',
      kind: 'survey',
      nativeId: id,
      recordId: id,
      threadId: textOf(row, 'ticket_id') ?? id,
      authorRole: 'customer',
      authorId: said.customer,
      customerId: said.customer,
      organizationId: null,
      channel: null,
      createdAt: textOf(row, 'created_at') ?? updatedAt,
      updatedAt,
      rating: said.rating,
      title: null,
      text: said.text,
    },
  ];
}

/** A response has no time of its own: it was given with its first answer and changed with its last. */
function answered(record: VendorRecord): { readonly createdAt: Json; readonly updatedAt: Json } {
  const times = (name: string): readonly string[] =>
    recordsIn(record['answers'])
      .map((answer) => answer[name])
      .filter((time) => typeof time === 'string')
      .sort();
  const createdAt = record['created_at'] ?? times('created_at')[0] ?? null;
  const updatedAt =
    record['updated_at'] ?? times('updated_at').at(-1) ?? times('created_at').at(-1) ?? createdAt;
  return { createdAt, updatedAt };
}

/** `zen:ticket:123` names the ticket; some answers hold its id instead. */
function ticketOf(subjects: Json | undefined): string | null {
  for (const subject of recordsIn(subjects)) {
    const name = subject['zrn'];
    const named = typeof name === 'string' ? /^zen:ticket:(\d+)$/.exec(name) : null;
    if (named?.[1] !== undefined) return named[1];
    if (subject['type'] === 'ticket') return idOf(subject['id']) ?? null;
  }
  return null;
}

/** From -1 to 1 along the question's own scale; along 1 to 5, Zendesk's usual one, where the question does not tell. */
function ratingOf(answer: VendorRecord | undefined): number | null {
  if (answer === undefined) return null;
  const rating = answer['rating'];
  const scale = recordsIn(asRecord(answer['question'])?.['options'])
    .map((option) => option['rating'])
    .filter((value) => typeof value === 'number');
  const lowest = scale.length > 1 ? Math.min(...scale) : 1;
  const highest = scale.length > 1 ? Math.max(...scale) : 5;
  if (typeof rating === 'number' && rating >= lowest && rating <= highest && highest > lowest) {
    return (2 * (rating - lowest)) / (highest - lowest) - 1;
  }
  if (answer['rating_category'] === 'good') return 1;
  return answer['rating_category'] === 'bad' ? -1 : null;
}

function wordsOf(record: VendorRecord): string | null {
  const words = recordsIn(record['answers'])
    .filter((answer) => answer['type'] === 'open_ended')
    .map((answer) => answer['value'])
    .filter((value) => typeof value === 'string' && value !== '');
  return words.length === 0 ? null : words.join('\n');
}
