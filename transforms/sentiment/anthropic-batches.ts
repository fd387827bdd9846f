// Questions for later at half the price: Anthropic's Message Batches.
// https://platform.claude.com/docs/en/build-with-claude/batch-processing

import { createHash } from 'node:crypto';
import type { Anthropic } from '@anthropic-ai/sdk';
import { asPipelineError, PipelineError } from '../../core/errors.ts';
import type { Context, ErrorReport } from '../../core/types.ts';
import { toReport } from '../../core/verdict.ts';
import {
  type AnthropicAccount,
  type AnthropicCall,
  anthropicRefusal,
  callAnthropic,
  readError,
  statusOfType,
} from './anthropic-sender.ts';
import type { Speech } from './anthropic-speech.ts';
import type { ModelBatches, ModelReply } from './provider.ts';
import { readJson } from './transport.ts';

/** The vendor takes 100,000 and 256 MB; the answers to so many would not fit into memory at once. */
const MOST_REQUESTS = 10_000;
const MOST_BYTES = 64 * 1024 * 1024;
const RESULT_BYTES = 256 * 1024 * 1024;
const SUBMIT_TIMEOUT_MS = 120_000;
const RESULTS_TIMEOUT_MS = 300_000;
/** The most that one page of the list holds. */
const PAGE = 1000;

/**
 * A batch has no room for a name of ours, so each of its requests carries the mark of the intent in its own id, which the vendor
 * shows only in the results. `find` therefore knows a batch for certain once it has ended; while one that could be ours is still
 * worked on, it throws transient `label.batch_unseen` and never says that there is none.
 */
export function anthropicBatches(account: AnthropicAccount, model: string, speech: Speech): ModelBatches {
  /** Marks of batches that this process has seen; they never change. */
  const marks = new Map<string, string | undefined>();

  async function call<T>(more: AnthropicCall, work: (client: Anthropic) => Promise<T>): Promise<T> {
    const done = await callAnthropic(account, more, work);
    if ('refusal' in done) throw anthropicRefusal(done.refusal, model);
    return done.answer;
  }

  const readResults = (id: string, context: Context): Promise<string> =>
    // Not by the address that the vendor names: the key goes nowhere but to ANTHROPIC_BASE_URL.
    call({ context, timeoutMs: RESULTS_TIMEOUT_MS, maxBytes: RESULT_BYTES }, async (client) => {
      const path = `/v1/messages/batches/${encodeURIComponent(id)}/results`;
      return await (await client.get(path).asResponse()).text();
    });

  async function markOf(
    batch: Anthropic.Messages.MessageBatch,
    context: Context,
  ): Promise<string | undefined> {
    if (marks.has(batch.id)) return marks.get(batch.id);
    // Results are kept for 29 days; a batch without them is older than any intent of ours.
    const text = batch.results_url === null ? '' : await readResults(batch.id, context);
    const first = readJson(text.slice(0, Math.max(0, text.indexOf('\n')))) as {
      readonly custom_id?: unknown;
    };
    const mark = splitId(first?.custom_id)?.mark;
    marks.set(batch.id, mark);
    return mark;
  }

  return {
    maxRequests: MOST_REQUESTS,
    maxBytes: MOST_BYTES,
    priceShare: 0.5,
    async submit(intent, questions, context) {
      const requests = [...questions].map(([name, question]) => ({
        custom_id: customId(intent, name),
        params: speech.write(question),
      }));
      checkSize(requests);
      const made = await call({ context, timeoutMs: SUBMIT_TIMEOUT_MS }, (client) =>
        client.messages.batches.create({ requests }),
      );
      marks.set(made.id, markFor(intent));
      return made.id;
    },
    async find(intent, context) {
      const wanted = markFor(intent);
      const listed = await call({ context }, async (client) => {
        const all: Anthropic.Messages.MessageBatch[] = [];
        for await (const batch of client.messages.batches.list({ limit: PAGE })) all.push(batch);
        return all;
      });
      const known = listed.find(({ id }) => marks.get(id) === wanted);
      if (known !== undefined) return known.id;
      for (const batch of listed) {
        if (batch.processing_status === 'ended' && (await markOf(batch, context)) === wanted) return batch.id;
      }
      const unseen = listed.filter(
        ({ id, processing_status }) => processing_status !== 'ended' && !marks.has(id),
      );
      if (unseen.length === 0) return undefined;
      throw new PipelineError(
        'transient',
        'label.batch_unseen',
        `Anthropic is still working on ${unseen.length} batches, and tells only afterwards whose they are.`,
        {
          hint: 'The texts wait; `pipeline enrich` looks again. Most batches end within an hour, all within a day.',
        },
      );
    },
    async collect(batchId, context) {
      const batch = await call({ context }, (client) => client.messages.batches.retrieve(batchId));
      if (batch.processing_status !== 'ended') return undefined;
      const replies = new Map<string, ModelReply | ErrorReport>();
      if (batch.results_url === null) return replies;
      const text = await readResults(batchId, context).catch((error: unknown) => {
        throw notThereYet(error);
      });
      for (const line of text.split('\n')) {
        if (line.trim() === '') continue;
        const told = readJson(line) as Partial<Anthropic.Messages.MessageBatchIndividualResponse> | undefined;
        const name = splitId(told?.custom_id)?.name;
        if (name !== undefined && told?.result !== undefined)
          replies.set(name, readResult(told.result, model, speech));
      }
      return replies;
    },
  };
}

/** One line of the results: the reply, or why there is none. */
function readResult(
  result: Anthropic.Messages.MessageBatchResult,
  model: string,
  speech: Speech,
): ModelReply | ErrorReport {
  switch (result.type) {
    case 'succeeded':
      try {
        return speech.read(result.message);
      } catch (error) {
        return toReport(asPipelineError(error));
      }
    case 'errored': {
      const told = readError(result.error);
      return toReport(asPipelineError(anthropicRefusal({ status: statusOfType(told.type), ...told }, model)));
    }
    default:
      return {
        kind: 'transient',
        code: result.type === 'expired' ? 'label.expired' : 'label.cancelled',
        message: `The batch ended before this pack was answered: ${result.type === 'expired' ? 'a day had passed' : 'it was cancelled'}.`,
        hint: 'The texts wait; `pipeline enrich` asks again.',
      };
  }
}

/** Results of a batch that ended and are not found come later, as the batch itself was found. */
function notThereYet(error: unknown): unknown {
  if (!(error instanceof PipelineError) || error.code !== 'label.model_gone') return error;
  return new PipelineError('transient', 'label.unavailable', 'The results of the batch are not there yet.', {
    cause: error,
  });
}

const MARK_LENGTH = 16;
const ID = /^([0-9a-f]{16})_([a-zA-Z0-9_-]{1,47})$/;

function markFor(intent: string): string {
  return createHash('sha256').update(intent).digest('hex').slice(0, MARK_LENGTH);
}

/** The id of a request: the mark of its intent and our name of it, within the 64 letters that the vendor allows. */
function customId(intent: string, name: string): string {
  const id = `${markFor(intent)}_${name}`;
  if (ID.test(id)) return id;
  throw new PipelineError(
    'bug',
    'label.batch_name',
    'A pack of a batch for Anthropic has a name that is longer than 47 letters, or holds others than a-z, 0-9, _ and -.',
  );
}

function splitId(id: unknown): { readonly mark: string; readonly name: string } | undefined {
  const [, mark, name] = (typeof id === 'string' ? ID.exec(id) : null) ?? [];
  return mark === undefined || name === undefined ? undefined : { mark, name };
}

function checkSize(requests: readonly object[]): void {
  const bytes = requests.reduce((sum, request) => sum + Buffer.byteLength(JSON.stringify(request)) + 1, 0);
  if (requests.length <= MOST_REQUESTS && bytes <= MOST_BYTES) return;
  throw new PipelineError(
    'data',
    'label.batch_too_large',
    `A batch for Anthropic holds at most ${MOST_REQUESTS} packs and ${MOST_BYTES} bytes; these are ${requests.length} and ${bytes}.`,
  );
}
