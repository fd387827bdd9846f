// Reads a span through the REST API, page by page in the order of change.
// https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_queryall.htm
//
// Each page is a query of its own that begins behind the last record of the page before. The vendor's own links to next pages are
// not used: they end after a while, are shared by all programs of a user, and older ones are dropped when there are more than ten.

import { asPipelineError } from '../../core/errors.ts';
import type { Json, Page } from '../../core/types.ts';
import type { Checkpoint, Pass } from './checkpoint.ts';
import { valuesOf } from './describe.ts';
import { stuck, unexpected } from './errors.ts';
import {
  count,
  QUERY,
  type Reading,
  type Received,
  recordsOf,
  selectIn,
  toPage,
  unlessForbidden,
} from './reading.ts';
import { asRecord } from './records.ts';
import type { Span } from './soql.ts';

const MOST_ROWS = 2000;
/** A page beyond this is asked for again with fewer rows: e-mails may be large. */
const MOST_BYTES = 32 * 1024 * 1024;
/** So many empty pages in a row, each promising more, are a vendor that does not move on. */
export const EMPTY_PAGES = 20;
/** So many rows may a query have that asks for FIELDS(ALL). https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select_fields.htm */
const MOST_ROWS_OF_ALL = 200;
/** Address and headers may have 16,384 bytes together; the rest is left to the headers. */
const LONGEST_QUERY = 14_000;

/** Whether the list of fields is too long for an address. */
export function isTooWide(reading: Reading, span: Span): boolean {
  return encodeURIComponent(selectIn(reading, span)).length > LONGEST_QUERY;
}

/**
 * Yields the pages of a pass, of which `counted` records were there when it began. Returns whether all of them came: records that
 * change meanwhile move out of the span, so only what is there in the end must have come. An incomplete pass is to be read again.
 */
export async function* readByQuery(
  reading: Reading,
  checkpoint: Checkpoint,
  pass: Pass,
  counted: number | undefined,
): AsyncGenerator<Page<Checkpoint>, boolean> {
  const wide = isTooWide(reading, pass);
  let limit = wide ? MOST_ROWS_OF_ALL : MOST_ROWS;
  const seen = new Set<string>();
  let received = 0;
  let emptyPages = 0;
  let at: Pass = pass;
  for (;;) {
    const answer = await askForPage(reading, at, wide, limit);
    const { body } = answer;
    limit = answer.limit;
    const records = recordsOf(body);
    const { done, totalSize } = body;
    if (typeof done !== 'boolean') throw unexpected(QUERY, 'no word whether it is done');
    if (done && typeof totalSize === 'number' && records.length < totalSize) {
      throw unexpected(QUERY, `${records.length} of ${totalSize} records`);
    }
    if (records.length === 0 && !done) {
      emptyPages += 1;
      if (emptyPages === EMPTY_PAGES) throw stuck(QUERY, `${EMPTY_PAGES} empty pages in a row`);
      yield { rows: {}, checkpoint: { ...checkpoint, pass: at } };
      continue;
    }
    emptyPages = 0;
    received += records.length;
    const { last, ...page } = toPage(reading, records.map(toReceived));
    if (done && records.length < limit) {
      const expected = received >= (counted ?? 0) ? counted : await count(reading, pass);
      const complete = expected === undefined || received >= expected;
      yield {
        ...page,
        checkpoint: complete ? passed(checkpoint, pass) : failed(checkpoint, pass),
        ...(expected === undefined ? {} : { expected }),
        ...(complete ? { caughtUpTo: pass.to } : {}),
      };
      return complete;
    }
    if (last === undefined) throw stuck(QUERY, 'a page without a readable record promises more');
    const place = `${last.at} ${last.id}`;
    const goesBack = last.at < at.from || (last.at === at.from && last.id === at.after);
    if (goesBack || seen.has(place)) throw stuck(QUERY, 'the same records again');
    if (last.at !== at.from) seen.clear();
    seen.add(place);
    at = { ...at, from: last.at, after: last.id };
    yield { ...page, checkpoint: { ...checkpoint, pass: at }, caughtUpTo: last.at };
  }
}

/** One page, with fewer rows from there on where that many are too large. */
async function askForPage(reading: Reading, at: Pass, wide: boolean, most: number) {
  const { changeField } = reading.described;
  for (let limit = most; ; limit = Math.ceil(limit / 2)) {
    try {
      const body = await unlessForbidden(reading, () => {
        const q = `${selectIn(reading, at, wide)} ORDER BY ${changeField} ASC, Id ASC LIMIT ${limit}`;
        return reading.client.askJson({ path: QUERY, query: { q }, bucket: 'query', maxBytes: MOST_BYTES });
      });
      return { body, limit };
    } catch (thrown) {
      if (limit === 1 || asPipelineError(thrown).code !== 'http.too_large') throw thrown;
    }
  }
}

function toReceived(record: Json): Received {
  const values = asRecord(record);
  return { record, read: values === undefined ? undefined : valuesOf(values) };
}

/** Everything before the end of the pass is read. */
export function passed(checkpoint: Checkpoint, pass: Pass): Checkpoint {
  const { pass: _done, ...rest } = checkpoint;
  return {
    ...rest,
    since: pass.to,
    ...(rest.until === undefined ? { caughtUp: true } : {}),
    ...(pass.whole === true ? { wholeAt: pass.to } : {}),
  };
}

/** The pass is read again from its beginning by the next run. */
export function failed(checkpoint: Checkpoint, pass: Pass): Checkpoint {
  const { pass: _done, caughtUp: _at, ...rest } = checkpoint;
  return { ...rest, since: pass.since };
}
