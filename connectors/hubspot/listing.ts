// Reads HubSpot's lists page by page. https://developers.hubspot.com/docs/api-reference/crm-contacts-v3/basic/get-crm-v3-objects-contacts

import type { Context, Json } from '../../core/types.ts';
import { type Client, type Question, recordsOf, stuck, unexpected } from './client.ts';
import { asRecord, idOf } from './mapping.ts';

export interface ListPage {
  /** As they came; what is no record is among them. */
  readonly records: readonly Json[];
  /** The page to go on with; undefined at the end. */
  readonly after: string | undefined;
}

export const PAGE_SIZE = 100;
const EMPTY_PAGES = 20;

/** Yields the pages of a list, from `after` on. A page that HubSpot no longer knows makes it begin again, once. */
export async function* readList(
  client: Client,
  question: Question,
  start: string | undefined,
  context: Context,
): AsyncGenerator<ListPage> {
  const seen = new Set<string>();
  let after = start;
  let emptyPages = 0;
  let begunAgain = false;
  for (;;) {
    const { status, body } = await client.ask({
      ...question,
      query: { ...question.query, ...(after === undefined ? {} : { after }) },
      ...(after === undefined ? {} : { accept: [400] }),
    });
    if (status === 400) {
      if (begunAgain) throw stuck(question, 'its pages are refused again and again');
      context.log.warn('hubspot.cursor_refused', { path: question.path });
      begunAgain = true;
      after = undefined;
      seen.clear();
      continue;
    }
    const records = recordsOf(body, question);
    const next = asRecord(asRecord(body['paging'])?.['next']);
    after = idOf(next?.['after']);
    if (next !== undefined && after === undefined) throw unexpected(question, 'no way to its next page');
    if (after !== undefined) {
      if (seen.has(after)) throw stuck(question, 'its pages go in a circle');
      seen.add(after);
      emptyPages = records.length === 0 ? emptyPages + 1 : 0;
      if (emptyPages === EMPTY_PAGES) throw stuck(question, `${EMPTY_PAGES} empty pages in a row`);
    }
    yield { records, after };
    if (after === undefined) return;
  }
}
