// Questions handed over as a file and answered within a day at half the price: the batches of OpenAI and Azure OpenAI.
// https://platform.openai.com/docs/guides/batch · https://learn.microsoft.com/azure/ai-foundry/openai/how-to/batch

import type { OpenAI } from 'openai';
import { PipelineError } from '../../core/errors.ts';
import type { Context, ErrorReport } from '../../core/types.ts';
import { toReport } from '../../core/verdict.ts';
import { type CompletionRequest, readCompletion } from './openai-chat.ts';
import { type Refusal, refusalError } from './openai-errors.ts';
import { type Account, openSender, readRefusal, type Send, type Sent } from './openai-sender.ts';
import type { ModelBatches, ModelReply, ModelRequest } from './provider.ts';

/**
 * The vendors take 50,000 requests and 200 MB; so many answers could not be read in one piece. These have some 100 MB, and hold
 * about 160,000 texts.
 */
const MOST_REQUESTS = 20_000;
const MOST_BYTES = 100 * 1024 * 1024;
const RESULT_BYTES = 256 * 1024 * 1024;
/** For a file on a slow line. */
const TIMEOUT_MS = 10 * 60_000;
const PRICE_SHARE = 0.5;
/** The most that one page of the list can hold. */
const PAGE = 100;
/** How often, and how far apart, a file is looked at that the vendor still examines. */
const LOOKS = 60;
const BETWEEN_LOOKS_MS = 2_000;

type Batch = OpenAI.Batches.Batch;

/** Reasons for which a batch fails as a whole, besides faults of the file. */
const OVER_LIMIT = new Set(['token_limit_exceeded', 'request_limit_exceeded']);
const NO_MODEL = new Set(['model_not_found', 'model_mismatch', 'mismatched_model']);

export interface BatchAccount {
  readonly account: Account;
  readonly model: string;
  /** Where the questions go, as each line of the file says: `/v1/chat/completions`. */
  readonly endpoint: '/v1/chat/completions' | '/chat/completions';
  readonly write: (question: ModelRequest) => CompletionRequest;
}

/** The batches of an account. The intent stands in the metadata of the batch, where the list shows it. */
export function openAIBatches({ account, model, endpoint, write }: BatchAccount): ModelBatches {
  const open = (context: Context): Promise<Send> =>
    openSender(account, context, { kind: 'batches', timeoutMs: TIMEOUT_MS, maxBytes: RESULT_BYTES });

  /** The value of a call, or the error that its refusal means. */
  function must<T>(sent: Sent<T>): T {
    if ('value' in sent) return sent.value;
    throw refusalError(sent.refusal, model, account.settings);
  }

  /** As `must`, for what certainly was there: that it is not seen passes. */
  function see<T>(sent: Sent<T>): T {
    if ('value' in sent || sent.refusal.status !== 404) return must(sent);
    throw new PipelineError(
      'transient',
      'label.unavailable',
      'The label provider does not show the batch or its results (yet).',
    );
  }

  return {
    maxRequests: MOST_REQUESTS,
    maxBytes: MOST_BYTES,
    priceShare: PRICE_SHARE,

    async submit(intent, requests, context) {
      const lines = writeLines(requests, (question) => ({
        method: 'POST',
        url: endpoint,
        body: write(question),
      }));
      const send = await open(context);
      const file = new File([lines], `${intent}.jsonl`, { type: 'application/jsonl' });
      const upload = await send((client) => client.files.create({ file, purpose: 'batch' }));
      if ('refusal' in upload && upload.refusal.status === 404) throw noBatches(account);
      const uploaded = must(upload);
      await examined(uploaded);
      const batch = await send((client) =>
        client.batches.create({
          input_file_id: uploaded.id,
          endpoint: endpoint as '/v1/chat/completions',
          completion_window: '24h',
          metadata: { intent },
        }),
      );
      return must(batch).id;

      /** Azure looks at a file before it may be used. */
      async function examined({ id, status }: OpenAI.Files.FileObject): Promise<void> {
        let now: string = status;
        for (let looks = 0; now === 'pending' || now === 'running' || now === 'uploaded'; looks++) {
          if (looks === LOOKS) {
            throw new PipelineError(
              'transient',
              'label.unavailable',
              'The label provider does not finish looking at the file of a batch.',
            );
          }
          await context.clock.sleep(looks === 0 ? 0 : BETWEEN_LOOKS_MS, context.signal);
          ({ status: now } = must(await send((client) => client.files.retrieve(id))));
        }
      }
    },

    async find(intent, context) {
      const send = await open(context);
      const seen = new Set<string>();
      for (let after: string | undefined; ; ) {
        const query = { limit: PAGE, ...(after === undefined ? {} : { after }) };
        const page = must(await send((client) => client.batches.list(query)));
        const found = page.data.find(({ metadata }) => metadata?.['intent'] === intent);
        if (found !== undefined) return found.id;
        after = page.data.at(-1)?.id;
        if (!page.has_more || after === undefined) return undefined;
        if (seen.has(after)) {
          throw new PipelineError(
            'transient',
            'label.unavailable',
            "The label provider's list of batches goes round in circles.",
          );
        }
        seen.add(after);
      }
    },

    async collect(batchId, context, names) {
      const send = await open(context);
      const batch = see(await send((client) => client.batches.retrieve(batchId)));
      const results = new Map<string, ModelReply | ErrorReport>();
      switch (batch.status) {
        case 'completed':
        case 'expired':
        case 'cancelled':
          // What failed stands in a file of its own; where all failed, it is the only one.
          for (const id of [batch.output_file_id, batch.error_file_id]) {
            if (!id) continue;
            const file = see(await send(async (client) => (await client.files.content(id)).text()));
            for (const line of file.split('\n')) keepResult(line, results);
          }
          return results;
        case 'failed': {
          const report = toReport(batchError(batch));
          for (const name of names) results.set(name, report);
          return results;
        }
        default:
          return undefined;
      }
    },
  };

  /** One line of a result file. One that cannot be read tells nothing, and its question counts as lost. */
  function keepResult(line: string, results: Map<string, ModelReply | ErrorReport>): void {
    const result = readJson(line);
    const name = result?.custom_id;
    if (typeof name !== 'string' || results.has(name)) return;
    const { response, error } = result ?? {};
    try {
      if (response?.status_code === 200) results.set(name, readCompletion(response.body ?? {}, account));
      else if (response?.status_code !== undefined) {
        const refusal = readRefusal(response.status_code, response.body?.error ?? {});
        results.set(name, toReport(refusalError(withoutWords(refusal), model, account.settings)));
      } else results.set(name, unanswered(String(error?.code ?? '')));
    } catch (thrown) {
      if (!(thrown instanceof PipelineError)) throw thrown;
      results.set(name, toReport(thrown));
    }
  }

  /** Why a batch failed as a whole, by its first error. */
  function batchError({ errors }: Batch): PipelineError {
    const code = errors?.data?.[0]?.code ?? '';
    if (OVER_LIMIT.has(code)) {
      return new PipelineError(
        'transient',
        'label.rate_limited',
        `The label provider has too many batches (${code}).`,
      );
    }
    if (NO_MODEL.has(code))
      return refusalError(withoutWords(readRefusal(404, { code })), model, account.settings);
    return refusalError(withoutWords(readRefusal(400, { code })), model, account.settings);
  }
}

/** Servers of one's own mostly have none. */
function noBatches({ settings }: Account): PipelineError {
  return new PipelineError(
    'config',
    'label.no_batches',
    `The server behind ${settings.url} takes no files, and so no batches.`,
    { status: 404, hint: 'Label without batches, or set the address of a server that has them.' },
  );
}

function writeLines(
  requests: ReadonlyMap<string, ModelRequest>,
  write: (question: ModelRequest) => object,
): string {
  const lines: string[] = [];
  let bytes = 0;
  for (const [name, question] of requests) {
    const line = `${JSON.stringify({ custom_id: name, ...write(question) })}\n`;
    bytes += Buffer.byteLength(line);
    lines.push(line);
  }
  if (lines.length <= MOST_REQUESTS && bytes <= MOST_BYTES) return lines.join('');
  throw new PipelineError(
    'data',
    'label.batch_too_large',
    `A batch of ${lines.length} requests and ${bytes} bytes is more than ${MOST_REQUESTS} and ${MOST_BYTES}.`,
    { status: 413 },
  );
}

interface ResultLine {
  readonly custom_id?: unknown;
  readonly response?: {
    readonly status_code?: number;
    readonly body?: Parameters<typeof readCompletion>[0] & {
      readonly error?: { readonly code?: unknown; readonly type?: unknown; readonly param?: unknown };
    };
  } | null;
  readonly error?: { readonly code?: unknown } | null;
}

function readJson(line: string): ResultLine | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return value !== null && typeof value === 'object' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A question that the vendor never got to: time ran out, or the batch was cancelled. */
function unanswered(code: string): ErrorReport {
  return {
    kind: 'transient',
    code: /expired/.test(code) ? 'label.expired' : 'label.unavailable',
    message: `The batch ended before this pack was answered (${code.slice(0, 60)}).`,
    hint: 'The texts wait; `pipeline enrich` asks again.',
  };
}

function withoutWords(refusal: Omit<Refusal, 'said' | 'retryAfterMs'>): Refusal {
  return { ...refusal, said: '', retryAfterMs: undefined };
}
