// Message batches: taken at once, worked on for a while, and told request by request in no order, at half the price.
// https://platform.claude.com/docs/en/build-with-claude/batch-processing

import type { Schema } from '../openai/schema-rules.ts';
import type { Random } from '../random.ts';
import { badRequest, type ErrorBody, fail, notFound, type Refusal } from './replies.ts';

/**
 * What becomes of a batch, beside the misbehaviours of a model. `half` strikes every second request, as do `batch_cancelled` and
 * `batch_lost`, which leaves it out of the results. `batch_strange`: a result under a name that nobody gave. `batch_repeated`: the
 * first result comes twice. `batch_rejected`: each request is found to be invalid.
 */
export const BATCH_MISBEHAVIOURS = [
  'batch_expired',
  'batch_half_expired',
  'batch_half_failed',
  'batch_all_failed',
  'batch_cancelled',
  'batch_lost',
  'batch_strange',
  'batch_repeated',
  'batch_rejected',
] as const;

const MOST_REQUESTS = 100_000;
const LIFE_MS = 24 * 3600_000;
/** The share of the live price that a batch costs. */
export const BATCH_SHARE = 0.5;

/** What one request of a batch came to. */
export type BatchResult =
  | { readonly type: 'succeeded'; readonly message: object }
  | { readonly type: 'errored'; readonly error: ErrorBody }
  | { readonly type: 'canceled' }
  | { readonly type: 'expired' };

interface BatchRequest {
  readonly customId: string;
  readonly params: unknown;
}

/** How a batch came: the version of the API that it is read with, and the misbehaviour that each request with `contains` acts out. */
export interface Arrival {
  readonly version: string;
  readonly what: string | undefined;
  readonly contains: string | undefined;
}

interface Batch extends Arrival {
  readonly id: string;
  readonly createdAt: Date;
  readonly requests: readonly BatchRequest[];
  cancelAt: Date | undefined;
  ended: { readonly at: Date; readonly results: ReadonlyMap<string, BatchResult> } | undefined;
}

export interface BatchOptions {
  readonly url: string;
  readonly now: () => Date;
  /** How long a batch is worked on. */
  readonly workMs: number;
  readonly random: Random;
  /** Answers one request of a batch; `what` is the misbehaviour that it shall act out. */
  readonly answer: (params: unknown, version: string, what: string | undefined) => BatchResult;
}

export interface Batches {
  create(sent: unknown, arrival: Arrival): object | Refusal;
  retrieve(id: string): object | Refusal;
  list(query: URLSearchParams): object | Refusal;
  cancel(id: string): object | Refusal;
  remove(id: string): object | Refusal;
  /** JSON lines, in no order. */
  results(id: string): string | Refusal;
}

export function createBatches(options: BatchOptions): Batches {
  const { now, workMs, random } = options;
  /** Newest first, as they are listed. */
  const batches: Batch[] = [];
  let made = 0;

  /** Brings the batch to where it is by now. */
  function advance(batch: Batch): Batch {
    if (batch.ended !== undefined) return batch;
    const endsAt = batch.cancelAt ?? new Date(batch.createdAt.getTime() + Math.min(workMs, LIFE_MS));
    if (now() < endsAt) return batch;
    const results = new Map<string, BatchResult>();
    for (const [i, request] of batch.requests.entries())
      results.set(request.customId, work(batch, request, i));
    batch.ended = { at: endsAt, results };
    return batch;
  }

  function work(batch: Batch, { params }: BatchRequest, i: number): BatchResult {
    const { what, contains, cancelAt, createdAt } = batch;
    const isSecond = i % 2 === 1;
    if (cancelAt !== undefined && cancelAt.getTime() - createdAt.getTime() < workMs)
      return { type: 'canceled' };
    if (workMs > LIFE_MS || what === 'batch_expired') return { type: 'expired' };
    if (what === 'batch_half_expired' && isSecond) return { type: 'expired' };
    if (what === 'batch_cancelled' && isSecond) return { type: 'canceled' };
    if (what === 'batch_all_failed' || (what === 'batch_half_failed' && isSecond)) return errored(fail(500));
    if (what === 'batch_rejected') return errored(fail(400));
    const meant = contains === undefined || JSON.stringify(params).includes(contains);
    return options.answer(params, batch.version, meant ? what : undefined);
  }

  function describe(batch: Batch): object {
    const counts = { processing: 0, succeeded: 0, errored: 0, canceled: 0, expired: 0 };
    if (batch.ended === undefined) counts.processing = batch.requests.length;
    for (const result of batch.ended?.results.values() ?? []) counts[result.type] += 1;
    return {
      id: batch.id,
      type: 'message_batch',
      processing_status:
        batch.ended !== undefined ? 'ended' : batch.cancelAt === undefined ? 'in_progress' : 'canceling',
      request_counts: counts,
      created_at: batch.createdAt.toISOString(),
      expires_at: new Date(batch.createdAt.getTime() + LIFE_MS).toISOString(),
      ended_at: batch.ended?.at.toISOString() ?? null,
      cancel_initiated_at: batch.cancelAt?.toISOString() ?? null,
      archived_at: null,
      results_url:
        batch.ended === undefined ? null : `${options.url}/v1/messages/batches/${batch.id}/results`,
    };
  }

  function find(id: string): Batch | Refusal {
    const batch = batches.find((one) => one.id === id);
    return batch === undefined ? notFound(`batch ${id} not found`) : advance(batch);
  }

  return {
    create(sent, arrival) {
      const requests = readRequests(sent);
      if ('status' in requests) return requests;
      made += 1;
      const batch: Batch = {
        id: `msgbatch_sandbox_${String(made).padStart(6, '0')}`,
        createdAt: now(),
        requests: requests.list,
        ...arrival,
        cancelAt: undefined,
        ended: undefined,
      };
      batches.unshift(batch);
      return describe(batch);
    },
    retrieve(id) {
      const batch = find(id);
      return 'status' in batch ? batch : describe(batch);
    },
    list(query) {
      const limit = Number(query.get('limit') ?? 20);
      if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
        return badRequest('limit: Input should be between 1 and 1000');
      const after = query.get('after_id');
      const from = after === null ? 0 : batches.findIndex((one) => one.id === after) + 1;
      if (after !== null && from === 0) return badRequest(`after_id: ${after} is not a batch`);
      const page = batches.slice(from, from + limit).map(advance);
      return {
        data: page.map(describe),
        has_more: from + limit < batches.length,
        first_id: page[0]?.id ?? null,
        last_id: page.at(-1)?.id ?? null,
      };
    },
    cancel(id) {
      const batch = find(id);
      if ('status' in batch) return batch;
      if (batch.ended === undefined) batch.cancelAt ??= now();
      return describe(batch);
    },
    remove(id) {
      const batch = find(id);
      if ('status' in batch) return batch;
      if (batch.ended === undefined) return badRequest(`batch ${id} has not ended; cancel it first`);
      batches.splice(batches.indexOf(batch), 1);
      return { id, type: 'message_batch_deleted' };
    },
    results(id) {
      const batch = find(id);
      if ('status' in batch) return batch;
      if (batch.ended === undefined) return notFound(`batch ${id} has no results yet`);
      const told = distort([...batch.ended.results], batch.what);
      const lines = told.map(([customId, result]) => JSON.stringify({ custom_id: customId, result }));
      // A shuffle by a seeded source: the vendor promises no order.
      for (let i = lines.length - 1; i > 0; i--) {
        const other = random.int(0, i);
        [lines[i], lines[other]] = [lines[other] ?? '', lines[i] ?? ''];
      }
      return lines.map((line) => `${line}\n`).join('');
    },
  };
}

function errored(refusal: Refusal): BatchResult {
  return { type: 'errored', error: refusal.body };
}

type Told = readonly (readonly [customId: string, result: BatchResult])[];

/** Results that do not match the requests. */
function distort(results: Told, what: string | undefined): Told {
  const [first] = results;
  if (first === undefined) return results;
  if (what === 'batch_lost') return results.filter((_, i) => i % 2 === 0);
  if (what === 'batch_strange') return [['a-name-that-nobody-gave', first[1]], ...results];
  return what === 'batch_repeated' ? [first, ...results] : results;
}

function readRequests(sent: unknown): { readonly list: readonly BatchRequest[] } | Refusal {
  const requests = (sent as Schema | null)?.['requests'];
  if (!Array.isArray(requests)) return badRequest('requests: Field required');
  if (requests.length === 0) return badRequest('requests: List should have at least 1 item');
  if (requests.length > MOST_REQUESTS)
    return badRequest(`requests: List should have at most ${MOST_REQUESTS} items`);
  const seen = new Set<string>();
  const list: BatchRequest[] = [];
  for (const [i, request] of (requests as readonly Schema[]).entries()) {
    const customId = request['custom_id'];
    if (typeof customId !== 'string' || !/^[a-zA-Z0-9_-]{1,64}$/.test(customId))
      return badRequest(`requests.${i}.custom_id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'`);
    if (seen.has(customId)) return badRequest(`requests.${i}.custom_id: custom_id must be unique`);
    seen.add(customId);
    const params = request['params'];
    if (params === null || typeof params !== 'object')
      return badRequest(`requests.${i}.params: Field required`);
    list.push({ customId, params });
  }
  return { list };
}
