// Batches of questions from an uploaded file: checked, worked on for a while, and told in an output and an error file, in no order.
// https://platform.openai.com/docs/guides/batch

import type { Reply } from '../delivery.ts';
import type { Random } from '../random.ts';
import { json } from '../server.ts';
import {
  type BatchError,
  failsAsWhole,
  findErrors,
  isMetadata,
  type Line,
  readLines,
} from './batch-rules.ts';
import type { Files, StoredFile } from './files.ts';
import { refuse } from './replies.ts';
import type { Schema } from './schema-rules.ts';

/** The share of the live price that a batch costs. */
export const BATCH_SHARE = 0.5;
const LIFE_MS = 24 * 3600_000;

/**
 * What becomes of a batch as a whole; misbehaviours of single answers work in batches, too.
 * `batch_expired`, `batch_half_expired`, `batch_half_failed`, `batch_all_failed` (no output file), `batch_cancelled` (after half of it),
 * `batch_lost` (half of it in no file), `batch_strange` (an answer that nobody asked for), `batch_repeated` (an answer twice),
 * `batch_rejected`, `batch_over_limit`, `batch_no_money` (failed as a whole, each for its reason).
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
  'batch_over_limit',
  'batch_no_money',
] as const;

type Status = 'validating' | 'failed' | 'in_progress' | 'finalizing' | 'completed' | 'expired' | 'cancelled';

interface Batch {
  readonly id: string;
  readonly createdAt: Date;
  readonly input: StoredFile;
  readonly endpoint: string;
  readonly metadata: unknown;
  readonly lines: readonly Line[];
  readonly what: string | undefined;
  readonly contains: string | undefined;
  cancelledAt: Date | undefined;
  end:
    | {
        readonly status: Status;
        readonly at: Date;
        readonly errors: readonly BatchError[];
        readonly output: StoredFile | undefined;
        readonly failures: StoredFile | undefined;
        readonly completed: number;
        readonly failed: number;
      }
    | undefined;
}

export interface BatchOptions {
  readonly files: Files;
  readonly now: () => Date;
  /** How long a batch is worked on. */
  readonly workMs: number;
  readonly random: Random;
  /** The addresses that questions may have; the first is told in errors. */
  readonly endpoints: readonly string[];
  /** Answers one question, at this share of the price; `what` is the misbehaviour to act out. */
  readonly answer: (
    body: unknown,
    what: string | undefined,
  ) => { readonly status: number; readonly body: unknown };
}

export interface Batches {
  create(sent: unknown, what?: string): Reply;
  retrieve(id: string): Reply;
  list(query: URLSearchParams): Reply;
  cancel(id: string): Reply;
  /** Brings every batch to where it is by now, so that the bill is up to date. */
  advance(): void;
}

export function createBatches(options: BatchOptions): Batches {
  const { files, now, workMs, random } = options;
  /** Newest first, as they are listed. */
  const batches: Batch[] = [];

  function advance(batch: Batch): Batch {
    if (batch.end !== undefined) return batch;
    const dueAt = batch.cancelledAt ?? new Date(batch.createdAt.getTime() + Math.min(workMs, LIFE_MS));
    if (now() >= dueAt) batch.end = finish(batch, dueAt);
    return batch;
  }

  function finish(batch: Batch, at: Date): Batch['end'] {
    const errors = failsAsWhole(batch.what) ?? findErrors(batch.lines, batch.endpoint, options.endpoints);
    if (errors.length > 0)
      return {
        status: 'failed',
        at,
        errors,
        output: undefined,
        failures: undefined,
        completed: 0,
        failed: 0,
      };
    const output: string[] = [];
    const failures: string[] = [];
    for (const [i, line] of batch.lines.entries()) {
      const { told, failed } = work(batch, line, i);
      if (told !== undefined) (failed ? failures : output).push(JSON.stringify(told));
    }
    if (batch.what === 'batch_repeated' && output[0] !== undefined) output.push(output[0]);
    if (batch.what === 'batch_strange' && output[0] !== undefined)
      output.push(JSON.stringify({ ...(JSON.parse(output[0]) as object), custom_id: 'nobody-asked-this' }));
    const write = (name: string, lines: readonly string[]): StoredFile | undefined =>
      lines.length === 0
        ? undefined
        : files.write(
            `${batch.id}_${name}.jsonl`,
            shuffle(lines, random)
              .map((line) => `${line}\n`)
              .join(''),
          );
    const status =
      batch.cancelledAt !== undefined || batch.what === 'batch_cancelled'
        ? 'cancelled'
        : workMs > LIFE_MS || batch.what === 'batch_expired' || batch.what === 'batch_half_expired'
          ? 'expired'
          : 'completed';
    return {
      status,
      at,
      errors: [],
      output: write('output', output),
      failures: write('error', failures),
      completed: output.length,
      failed: failures.length,
    };
  }

  /** What the results say of one question; nothing where it was lost. */
  function work(batch: Batch, line: Line, i: number): { readonly told?: object; readonly failed: boolean } {
    const second = i % 2 === 1;
    const id = `batch_req_${batch.id}_${i}`;
    const error = (code: string, message: string) => ({
      told: { id, custom_id: line.customId, response: null, error: { code, message } },
      failed: true,
    });
    const { what } = batch;
    if (what === 'batch_lost' && second) return { failed: true };
    if (batch.cancelledAt !== undefined || (what === 'batch_cancelled' && second))
      return error('batch_cancelled', 'This request could not be executed before the batch was cancelled.');
    if (workMs > LIFE_MS || what === 'batch_expired' || (what === 'batch_half_expired' && second))
      return error(
        'batch_expired',
        'This request could not be executed before the completion window expired.',
      );
    const breaks = what === 'batch_all_failed' || (what === 'batch_half_failed' && second);
    const meant = batch.contains === undefined || line.text.includes(batch.contains);
    const { status, body } = breaks
      ? { status: 500, body: { error: { message: 'The server had an error.', type: 'server_error' } } }
      : options.answer(line.body, meant ? what : undefined);
    const response = { status_code: status, request_id: `req_${id}`, body };
    return { told: { id, custom_id: line.customId, response, error: null }, failed: status !== 200 };
  }

  function statusOf(batch: Batch): Status | 'cancelling' {
    if (batch.end !== undefined) return batch.end.status;
    if (batch.cancelledAt !== undefined) return 'cancelling';
    const share = (now().getTime() - batch.createdAt.getTime()) / workMs;
    return share < 0.1 ? 'validating' : share < 0.9 ? 'in_progress' : 'finalizing';
  }

  function describe(batch: Batch): object {
    const seconds = (date: Date | undefined): number | null =>
      date === undefined ? null : Math.floor(date.getTime() / 1000);
    const { end } = batch;
    const endedAs = (status: Status): number | null => (end?.status === status ? seconds(end.at) : null);
    return {
      id: batch.id,
      object: 'batch',
      endpoint: batch.endpoint,
      errors:
        end === undefined || end.errors.length === 0
          ? null
          : { object: 'list', data: end.errors.map((error) => ({ ...error, param: null })) },
      input_file_id: batch.input.id,
      completion_window: '24h',
      status: statusOf(batch),
      output_file_id: end?.output?.id ?? null,
      error_file_id: end?.failures?.id ?? null,
      created_at: seconds(batch.createdAt),
      in_progress_at: seconds(batch.createdAt),
      expires_at: seconds(new Date(batch.createdAt.getTime() + LIFE_MS)),
      completed_at: endedAs('completed'),
      failed_at: endedAs('failed'),
      expired_at: endedAs('expired'),
      cancelling_at: seconds(batch.cancelledAt),
      cancelled_at: endedAs('cancelled'),
      request_counts: {
        total: batch.lines.length,
        completed: end?.completed ?? 0,
        failed: end?.failed ?? 0,
      },
      metadata: batch.metadata ?? null,
    };
  }

  const find = (id: string): Batch | undefined => batches.find((batch) => batch.id === id);
  const missing = (id: string): Reply => refuse(404, `No batch found with id '${id.slice(0, 60)}'.`);

  return {
    create(sent, what) {
      const { input_file_id, endpoint, completion_window, metadata } = (sent ?? {}) as Schema;
      const input = typeof input_file_id === 'string' ? files.find(input_file_id) : undefined;
      if (input === undefined || input.purpose !== 'batch')
        return refuse(400, 'Invalid input file: it does not exist.', 'invalid_value', 'input_file_id');
      if (!input.processed)
        return refuse(400, 'The input file is not processed yet.', 'invalid_value', 'input_file_id');
      if (completion_window !== '24h')
        return refuse(400, "The only window is '24h'.", 'invalid_value', 'completion_window');
      if (typeof endpoint !== 'string' || !options.endpoints.includes(endpoint))
        return refuse(
          400,
          `Invalid value: supported values are: '${options.endpoints[0]}'.`,
          'invalid_value',
          'endpoint',
        );
      if (!isMetadata(metadata))
        return refuse(400, 'Metadata are up to 16 short texts by short names.', 'invalid_value', 'metadata');
      const batch: Batch = {
        id: `batch_sandbox_${String(batches.length + 1).padStart(6, '0')}`,
        createdAt: now(),
        input,
        endpoint,
        metadata,
        lines: readLines(input.text),
        what: what ?? input.what,
        contains: input.contains,
        cancelledAt: undefined,
        end: undefined,
      };
      batches.unshift(batch);
      return json(200, describe(batch));
    },
    retrieve(id) {
      const batch = find(id);
      return batch === undefined ? missing(id) : json(200, describe(advance(batch)));
    },
    list(query) {
      const limit = Number(query.get('limit') ?? 20);
      if (!Number.isInteger(limit) || limit < 1 || limit > 100)
        return refuse(400, 'Invalid value: limit is from 1 to 100.', 'invalid_value', 'limit');
      const after = query.get('after');
      const from = after === null ? 0 : batches.findIndex((batch) => batch.id === after) + 1;
      if (after !== null && from === 0) return missing(after);
      const page = batches.slice(from, from + limit).map(advance);
      return json(200, {
        object: 'list',
        data: page.map(describe),
        first_id: page[0]?.id ?? null,
        last_id: page.at(-1)?.id ?? null,
        has_more: from + page.length < batches.length,
      });
    },
    cancel(id) {
      const batch = find(id);
      if (batch === undefined) return missing(id);
      if (advance(batch).end !== undefined)
        return refuse(409, `Cannot cancel a batch with status '${statusOf(batch)}'.`);
      batch.cancelledAt = now();
      return json(200, describe(batch));
    },
    advance() {
      for (const batch of batches) advance(batch);
    },
  };
}

function shuffle(lines: readonly string[], random: Random): readonly string[] {
  const shuffled = [...lines];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const other = random.int(0, i);
    [shuffled[i], shuffled[other]] = [shuffled[other] ?? '', shuffled[i] ?? ''];
  }
  return shuffled;
}
