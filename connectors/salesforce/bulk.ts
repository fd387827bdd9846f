// Reads a span through a query job of the Bulk API 2.0: made once, waited for, and read page by page as CSV.
// https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/query_bulk_api_2_0.htm

import { asPipelineError, PipelineError } from '../../core/errors.ts';
import type { HttpResponse, Json, Page } from '../../core/types.ts';
import type { Checkpoint, Job, Pass } from './checkpoint.ts';
import { CsvError, readCsv } from './csv.ts';
import {
  BAD_LOCATOR,
  BULK_FAILED,
  GONE,
  NO_BULK,
  NO_OBJECT,
  stuck,
  TOO_SLOW,
  UNKNOWN_FIELD,
  unexpected,
} from './errors.ts';
import { EMPTY_PAGES, failed, passed } from './query.ts';
import { type Reading, type Received, selectIn, toPage, unlessForbidden } from './reading.ts';
import { idOf, textOf, type VendorRecord } from './records.ts';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** A job that has done nothing for so long is given up. */
const PATIENCE_MS = 2 * 3_600_000;

/** Rows of a page: few at first, and as many as make a page of this size once it is known how wide they are. */
const FIRST_ROWS = 2_000;
const MOST_ROWS = 25_000;
const PAGE_BYTES = 4 * 1024 * 1024;
/** A page beyond this is asked for again with fewer rows. */
const MOST_BYTES = 64 * 1024 * 1024;

/** A job that failed or was aborted, and a job or a place in it that the vendor no longer has: the same span is then read by a new job, once in a reading. */
const LOST = [GONE, NO_OBJECT, BAD_LOCATOR, BULK_FAILED];
const MOST_LOST = 1;

/**
 * Yields the pages of a pass; returns whether all rows of the job came. Rows come in no order, so the checkpoint is the job and its
 * locator. Throws config `salesforce.no_bulk`, before the first page, where the object or the org has no bulk queries.
 */
export async function* readInBulk(
  reading: Reading,
  checkpoint: Checkpoint,
  pass: Pass,
): AsyncGenerator<Page<Checkpoint>, boolean> {
  let { job } = pass;
  for (let lost = 0; ; lost++) {
    try {
      job ??= await createJob(reading, pass);
      return yield* readJob(reading, checkpoint, pass, job);
    } catch (thrown) {
      if (lost === MOST_LOST || !LOST.includes(asPipelineError(thrown).code)) throw thrown;
      reading.context.log.warn('salesforce.job_lost', { object: reading.described.object });
      job = undefined;
    }
  }
}

async function createJob(reading: Reading, pass: Pass): Promise<Job> {
  const { client } = reading;
  return await unlessForbidden(reading, async () => {
    const query = selectIn(reading, pass);
    const body: Json = {
      operation: 'queryAll',
      query,
      contentType: 'CSV',
      columnDelimiter: 'COMMA',
      lineEnding: 'LF',
    };
    const made = await client.askJson({ method: 'POST', path: 'jobs/query', body, bucket: 'bulk' });
    const id = idOf(made['id']);
    if (id === undefined) throw unexpected('jobs/query', 'no id of a job');
    return { id, apiVersion: client.apiVersion, rows: 0 };
  });
}

async function* readJob(
  reading: Reading,
  checkpoint: Checkpoint,
  pass: Pass,
  job: Job,
): AsyncGenerator<Page<Checkpoint>, boolean> {
  const processed = await waitFor(reading, job);
  const seen = new Set<string>();
  const what = `jobs/query/${job.id}/results`;
  let size = FIRST_ROWS;
  let emptyPages = 0;
  for (let at: Job = job; ; ) {
    const { response, rowsAsked } = await askForPage(reading, at, size);
    const counter = { rows: 0 };
    const { last: _place, ...page } = toPage(reading, rowsIn(response, what, counter));
    const { rows } = counter;
    const told = response.headers.get('sforce-numberofrecords');
    if (told !== null && Number(told) !== rows) throw unexpected(what, `${rows} of ${Number(told)} rows`);
    size = nextSize(rowsAsked, rows, response.text.length);
    const read = at.rows + rows;
    const locator = response.headers.get('sforce-locator') ?? '';
    if (locator === '' && read !== processed) throw unexpected(what, 'neither a locator nor all rows');
    if (locator === 'null' || locator === '') {
      const expected = processed === undefined ? undefined : processed - job.rows;
      const complete = processed === undefined || read >= processed;
      yield {
        ...page,
        checkpoint: complete ? passed(checkpoint, pass) : failed(checkpoint, pass),
        ...(expected === undefined ? {} : { expected }),
        ...(complete ? { caughtUpTo: pass.to } : {}),
      };
      return complete;
    }
    if (seen.has(locator) || locator === at.locator) throw stuck(what, 'the same locator again');
    emptyPages = rows === 0 ? emptyPages + 1 : 0;
    if (emptyPages === EMPTY_PAGES) throw stuck(what, `${EMPTY_PAGES} empty pages in a row`);
    seen.add(locator);
    at = { ...at, locator, rows: read };
    yield { ...page, checkpoint: { ...checkpoint, pass: { ...pass, job: at } } };
  }
}

/** Waits until the results are there; the number of rows that they hold, where it is told. */
async function waitFor(reading: Reading, job: Job): Promise<number | undefined> {
  const { client, context } = reading;
  const { clock, signal } = context;
  const path = `jobs/query/${job.id}`;
  let seen = '';
  let seenAtMs = clock.monotonicMs();
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2)) {
    const info = await client.askJson({ path, bucket: 'bulk', apiVersion: job.apiVersion });
    const { state, numberRecordsProcessed: processed } = info;
    if (state === 'JobComplete') return typeof processed === 'number' ? processed : undefined;
    if (state === 'Failed' || state === 'Aborted') throw jobFailed(path, state, info);
    if (state !== 'UploadComplete' && state !== 'InProgress') throw unexpected(path, 'no known state');
    const progress = `${state} ${String(processed)}`;
    if (progress !== seen) {
      seen = progress;
      seenAtMs = clock.monotonicMs();
    } else if (clock.monotonicMs() - seenAtMs > PATIENCE_MS) {
      await client.ask({ method: 'PATCH', path, body: { state: 'Aborted' }, bucket: 'bulk' });
      throw new PipelineError('transient', 'salesforce.bulk_slow', `${path} did nothing for two hours.`, {
        hint: 'Run again later; the org may be running many jobs.',
      });
    }
    await clock.sleep(waitMs, signal);
  }
}

/** The vendor's reason is read for what it means and not repeated: it may quote the query. */
function jobFailed(path: string, state: string, info: VendorRecord): PipelineError {
  const why = textOf(info['errorMessage']) ?? '';
  const [kind, code, says] = /QUERY_TIMEOUT|timed? ?out/i.test(why)
    ? (['transient', TOO_SLOW, 'took too long'] as const)
    : /INVALID_FIELD/.test(why)
      ? (['transient', UNKNOWN_FIELD, 'asked for an unknown field'] as const)
      : /not supported/i.test(why)
        ? (['config', NO_BULK, 'is not possible for this object'] as const)
        : (['transient', BULK_FAILED, `ended as ${state}`] as const);
  return new PipelineError(kind, code, `The query job ${path} ${says}.`, {
    hint: 'Setup → Bulk Data Load Jobs shows why. The next run makes a new job.',
  });
}

/** One page, with fewer rows where that many are too large. */
async function askForPage(
  reading: Reading,
  at: Job,
  size: number,
): Promise<{ readonly response: HttpResponse; readonly rowsAsked: number }> {
  for (let rows = size; ; rows = Math.ceil(rows / 2)) {
    try {
      const response = await reading.client.ask({
        path: `jobs/query/${at.id}/results`,
        query: { maxRecords: rows, ...(at.locator === undefined ? {} : { locator: at.locator }) },
        bucket: 'bulk',
        accept: 'text/csv',
        apiVersion: at.apiVersion,
        maxBytes: MOST_BYTES,
      });
      return { response, rowsAsked: rows };
    } catch (thrown) {
      if (rows === 1 || asPipelineError(thrown).code !== 'http.too_large') throw thrown;
    }
  }
}

/** As many rows as make a page of the right size, growing at most fourfold: the next rows may be wider. */
function nextSize(asked: number, rows: number, bytes: number): number {
  if (rows === 0 || bytes === 0) return asked;
  const fitting = Math.floor((PAGE_BYTES * rows) / bytes);
  return Math.max(1, Math.min(MOST_ROWS, asked * 4, fitting));
}

/** Rows by their header, which names fields as the query did. Throws transient for a body that is cut or no CSV. */
function* rowsIn(response: HttpResponse, what: string, counter: { rows: number }): Generator<Received> {
  let places: ReadonlyMap<string, number> | undefined;
  try {
    for (const fields of readCsv(response.text)) {
      if (places === undefined) {
        places = new Map(fields.map((name, place) => [name, place]));
        continue;
      }
      counter.rows += 1;
      yield toReceived(places, fields);
    }
  } catch (thrown) {
    if (thrown instanceof CsvError) throw unexpected(what, `broken CSV: ${thrown.message}`);
    throw thrown;
  }
}

function toReceived(places: ReadonlyMap<string, number>, fields: readonly string[]): Received {
  return {
    get record() {
      return Object.fromEntries([...places].map(([name, place]) => [name, fields[place] ?? '']));
    },
    read: (path) => fields[places.get(path) ?? -1],
  };
}
