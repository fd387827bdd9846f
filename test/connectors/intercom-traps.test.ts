// Intercom's own traps, each as the vendor sets it.

import { afterEach, describe, expect, test } from 'vitest';
import { intercom } from '../../connectors/intercom.ts';
import { feedbackId } from '../../core/ids.ts';
import type { Context, HttpRequest, Json, Page, Row, Stream } from '../../core/types.ts';
import type { IntercomOptions } from '../../sandbox/intercom.ts';
import { type IntercomPlace, startPlace, truthOf } from './intercom-place.ts';

let place: IntercomPlace | undefined;
afterEach(async () => {
  await place?.close();
  place = undefined;
});

async function open(options: IntercomOptions = {}): Promise<IntercomPlace> {
  place = await startPlace(options);
  place.sandbox.clock.advance(120_000);
  return place;
}

function stream(name: string): Stream {
  const found = intercom().streams.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no stream ${name}`);
  return found;
}

async function read(name: string, context: Context, from?: Json): Promise<readonly Page[]> {
  const pages: Page[] = [];
  const one = stream(name);
  for await (const page of one.read(from ?? one.start({}), context)) pages.push(page);
  return pages;
}

const rowsOf = (pages: readonly Page[], table: string): readonly Row[] =>
  pages.flatMap((page) => page.rows[table] ?? []);
const expectedOf = (pages: readonly Page[]): number =>
  pages.reduce((sum, page) => sum + (page.expected ?? 0), 0);

describe('searches', () => {
  test.each([true, false])(
    'by seconds lose nothing, whether “>” includes the second or not (%s)',
    async (inclusive) => {
      const { sandbox, context } = await open({ inclusive, largestPage: 7 });
      const first = await read('tickets', context());
      sandbox.change({ burst: 12 });
      sandbox.clock.advance(120_000);
      const second = await read('tickets', context(), first.at(-1)?.checkpoint ?? null);
      const truth = truthOf('tickets', sandbox.truth().resources).rows['intercom_tickets'] ?? [];
      const held = new Map(rowsOf([...first, ...second], 'intercom_tickets').map((row) => [row['id'], row]));
      expect(
        truth.filter((row) => held.get(String(row['id']))?.['updated_at'] !== row['updated_at']),
      ).toEqual([]);
    },
  );

  test.each([0, 5, 13, 23])(
    'by days lose nothing where the workspace’s day begins at %i hours after midnight UTC',
    async (dayStartsAtHour) => {
      const { sandbox, context } = await open({ dayStartsAtHour, largestPage: 7 });
      const held = new Map<string, Row>();
      let from: Json | undefined;
      for (let third = 0; third < 10; third++) {
        const pages = await read('contacts', context(), from);
        for (const row of rowsOf(pages, 'intercom_contacts')) held.set(String(row['id']), row);
        from = pages.at(-1)?.checkpoint ?? null;
        sandbox.change({ contacts: 3, newContacts: 3 });
        sandbox.clock.advance(3 * 3_600_000);
      }
      for (const row of rowsOf(await read('contacts', context(), from), 'intercom_contacts'))
        held.set(String(row['id']), row);
      const truth = truthOf('contacts', sandbox.truth().resources).rows['intercom_contacts'] ?? [];
      expect(truth.length).toBeGreaterThan(60);
      for (const row of truth) expect(held.get(String(row['id']))?.['updated_at']).toBe(row['updated_at']);
    },
  );

  test('ask for no more than the vendor’s limits, and say which version they speak', async () => {
    const { context } = await open();
    const asked: HttpRequest[] = [];
    const spy = context({
      through: (fetch) => (request) => {
        asked.push(request);
        return fetch(request);
      },
    });
    await read('conversations', spy);
    expect(new Set(asked.map(({ headers }) => headers?.['intercom-version']))).toEqual(new Set(['2.16']));
    const searches = asked.flatMap(({ body }) => (body === undefined ? [] : [JSON.parse(body) as Row]));
    expect(searches.length).toBeGreaterThan(0);
    for (const search of searches) {
      expect(search['sort']).toEqual({ field: 'updated_at', order: 'ascending' });
      expect(search['pagination']).toMatchObject({ per_page: 150 });
    }
  });

  test('that take the vendor too long are asked for in smaller pages', async () => {
    const { sandbox, context } = await open();
    sandbox.faults.set([
      { kind: 'status', status: 504, path: '/tickets/search', contains: '"per_page":150', count: 'always' },
      { kind: 'status', status: 504, path: '/tickets/search', contains: '"per_page":75', count: 'always' },
    ]);
    expect(rowsOf(await read('tickets', context()), 'intercom_tickets')).toHaveLength(40);
  });

  test('whose count is larger than what came say so', async () => {
    const { context } = await open();
    const lying = context({
      through: (fetch) => async (request) => {
        const response = await fetch(request);
        if (!request.url.endsWith('/tickets/search')) return response;
        const body = response.json() as { readonly total_count: number; readonly tickets: readonly Json[] };
        return { ...response, json: () => ({ ...body, tickets: body.tickets.slice(1) }) as Json };
      },
    });
    const pages = await read('tickets', lying);
    expect(expectedOf(pages)).toBe(rowsOf(pages, 'intercom_tickets').length + 1);
  });

  test('set aside a record that does not tell when it changed', async () => {
    const { context } = await open();
    const timeless = context({
      through: (fetch) => async (request) => {
        const response = await fetch(request);
        const body = response.json() as { readonly tickets?: readonly Json[] };
        if (body.tickets === undefined) return response;
        return {
          ...response,
          json: () => ({ ...body, tickets: [...(body.tickets ?? []), { id: '9' }] }) as Json,
        };
      },
    });
    await read('tickets', timeless);
    expect(timeless.rejects.map(({ code }) => code)).toEqual(['intercom.no_time']);
  });
});

describe('the parts of a conversation', () => {
  test('beyond the 500 that are returned are set aside by name, and not counted as there', async () => {
    const { context } = await open({ conversations: 3, longConversation: 640 });
    const one = context();
    const pages = await read('conversation_parts', one);
    const rows = rowsOf(pages, 'intercom_conversation_parts');
    expect(rows.filter((row) => row['conversation_id'] === '500')).toHaveLength(500);
    expect(one.rejects).toEqual([
      expect.objectContaining({
        code: 'intercom.parts_beyond_limit',
        row: { conversation_id: '500', parts: 640, returned: 500 },
      }),
    ]);
    expect(expectedOf(pages)).toBe(rows.length + 1);
  });

  test('that are missing without a reason make the count larger than the rows', async () => {
    const { context } = await open({ conversations: 5 });
    const cut = context({
      through: (fetch) => async (request) => {
        const response = await fetch(request);
        if (!request.url.endsWith('/conversations/500')) return response;
        const body = response.json() as { readonly conversation_parts: { readonly total_count: number } };
        const conversation_parts = { ...body.conversation_parts, conversation_parts: [] };
        return { ...response, json: () => ({ ...body, conversation_parts }) as Json };
      },
    });
    const pages = await read('conversation_parts', cut);
    expect(expectedOf(pages)).toBe(rowsOf(pages, 'intercom_conversation_parts').length + 8);
    expect(cut.rejects).toEqual([]);
  });

  test('keep ids of twenty digits, and HTML that says so', async () => {
    const { context } = await open();
    const rows = rowsOf(await read('conversation_parts', context()), 'intercom_conversation_parts');
    const said = rows.flatMap(
      (row) => stream('conversation_parts').feedback?.('intercom_conversation_parts', row) ?? [],
    );
    expect(said.length).toBeGreaterThan(20);
    for (const one of said) {
      expect(one.nativeId).toMatch(/^20000000000000000\d{3}$/);
      expect(one.html).toBe(true);
      expect(one.text).toContain('<p');
    }
    expect(new Set(said.map(({ authorRole }) => authorRole))).toEqual(new Set(['customer', 'agent', 'bot']));
    expect(
      said.filter(({ authorRole }) => authorRole === 'customer').every(({ authorName }) => authorName),
    ).toBe(true);
  });

  test('never say what was noted inside, and lose their words when those are taken out', async () => {
    const { sandbox, context } = await open();
    const first = await read('conversation_parts', context());
    const words = (pages: readonly Page[]) =>
      rowsOf(pages, 'intercom_conversation_parts').flatMap(
        (row) => stream('conversation_parts').feedback?.('intercom_conversation_parts', row) ?? [],
      );
    const notes = rowsOf(first, 'intercom_conversation_parts').filter((row) => row['part_type'] === 'note');
    expect(notes.length).toBeGreaterThan(0);
    const spoken = new Set(words(first).map(({ nativeId }) => nativeId));
    expect(notes.filter((row) => spoken.has(String(row['id'])))).toEqual([]);
    sandbox.change({ redactions: 1 });
    sandbox.clock.advance(120_000);
    const second = await read('conversation_parts', context(), first.at(-1)?.checkpoint ?? null);
    const redacted = rowsOf(second, 'intercom_conversation_parts').find((row) => row['redacted'] === true);
    const silenced = second
      .flatMap((page) => page.deletes?.['feedback'] ?? [])
      .map(({ key }) => key['feedback_id']);
    expect(silenced).toContain(feedbackId('intercom', 'conversation_part', String(redacted?.['id'])));
    expect(words(second).some(({ nativeId }) => nativeId === redacted?.['id'])).toBe(false);
  });
});

describe('what is gone', () => {
  test('is a company that is no longer there, and not one that only lost its users', async () => {
    const { sandbox, context } = await open();
    const first = await read('companies', context());
    sandbox.change({ emptiedCompanies: 2, deletedCompanies: 1 });
    const second = await read('companies', context(), first.at(-1)?.checkpoint ?? null);
    const gone = Object.values(sandbox.truth().resources['companies'] ?? {}).filter((one) => one['gone']);
    expect(
      second.flatMap((page) => page.deletes?.['intercom_companies'] ?? []).map(({ key }) => key['id']),
    ).toEqual(gone.map((one) => one['id']));
  });

  test('is told of a merged contact, at the time of the merge, also where there are too many to compare', async () => {
    const { sandbox, context } = await open();
    const first = await read('contacts', context());
    sandbox.change({ merges: 1 });
    sandbox.clock.advance(120_000);
    const last = first.at(-1)?.checkpoint as { readonly [name: string]: Json };
    const second = await read('contacts', context(), { ...last, known: null });
    const merged = Object.values(sandbox.truth().resources['contacts'] ?? {}).find(
      (one) => one['gone'] === 'merged',
    );
    const at = new Date(Number(merged?.['gone_at']) * 1000).toISOString().replace('.000Z', 'Z');
    expect(second.flatMap((page) => page.deletes?.['intercom_contacts'] ?? [])).toEqual([
      { key: { id: merged?.['id'] }, version: at, deletedAt: at },
    ]);
  });

  test('is not looked for in a list that is too long to go through with each run', async () => {
    const { sandbox, context } = await open({ largestPage: 5 });
    const first = await read('contacts', context());
    sandbox.change({ deletedContacts: 1 });
    const crowded = context({
      through: (fetch) => async (request) => {
        const response = await fetch(request);
        const body = response.json() as { readonly [name: string]: Json };
        return { ...response, json: () => ({ ...body, total_count: 10_001 }) };
      },
    });
    const pages = await read('contacts', crowded, first.at(-1)?.checkpoint ?? null);
    expect(pages.flatMap((page) => page.deletes?.['intercom_contacts'] ?? [])).toEqual([]);
    expect(pages.at(-1)?.checkpoint).toMatchObject({ known: null });
    expect(sandbox.journal.list().filter(({ path }) => path.startsWith('/contacts?'))).toHaveLength(1);
  });

  test('is not told by an older version of the API, which then goes on without', async () => {
    const { sandbox, context, env } = await open();
    sandbox.change({ deletes: 2 });
    sandbox.clock.advance(120_000);
    const pages = await read('conversations', context({ env: { ...env, INTERCOM_VERSION: '2.14' } }));
    expect(pages.flatMap((page) => page.deletes?.['intercom_conversations'] ?? [])).toEqual([]);
    expect(rowsOf(pages, 'intercom_conversations')).toHaveLength(48);
  });

  test('is read to the end of its list, although that is not in the order of deletion', async () => {
    const { sandbox, context } = await open({ conversations: 120, largestPage: 10 });
    const first = await read('conversations', context());
    sandbox.change({ deletes: 25 });
    sandbox.clock.advance(120_000);
    const second = await read('conversations', context(), first.at(-1)?.checkpoint ?? null);
    sandbox.change({ deletes: 1 });
    sandbox.clock.advance(120_000);
    const asked: string[] = [];
    const spy = context({
      through: (fetch) => (request) => {
        asked.push(request.url);
        return fetch(request);
      },
    });
    const third = await read('conversations', spy, second.at(-1)?.checkpoint ?? null);
    const goneIn = (pages: readonly Page[]) =>
      new Set(
        pages.flatMap((page) => page.deletes?.['intercom_conversations'] ?? []).map(({ key }) => key['id']),
      );
    expect(goneIn(second).size).toBe(25);
    const newest = Object.values(sandbox.truth().resources['conversations'] ?? {})
      .filter((one) => one['gone'])
      .toSorted((a, b) => Number(b['gone_at']) - Number(a['gone_at']))[0];
    expect(goneIn(third)).toContain(newest?.['id']);
    expect(asked.filter((url) => url.includes('/deleted'))).toHaveLength(1);
  });
});

describe('lists', () => {
  test('by number are an error where an empty page comes before the last', async () => {
    const { context } = await open();
    const empty = context({
      through: (fetch) => async (request) => {
        const response = await fetch(request);
        const body = response.json() as { readonly pages: { readonly [name: string]: Json } };
        return {
          ...response,
          json: () => ({ ...body, data: [], pages: { ...body.pages, total_pages: 3 } }) as Json,
        };
      },
    });
    await expect(read('articles', empty)).rejects.toMatchObject({ code: 'intercom.stuck_page' });
  });
});

describe('limits', () => {
  test('are waited for until the instant that the vendor names, once for all who ask', async () => {
    const { sandbox, context } = await open({ limits: 30 });
    const one = context();
    await Promise.all(
      ['conversations', 'conversation_parts', 'tickets', 'contacts'].map((name) => read(name, one)),
    );
    const visits = sandbox.journal.list();
    expect(visits.length).toBeGreaterThan(50);
    // A limit that is met by all streams at once costs at most the requests that were already under way.
    expect(visits.filter(({ status }) => status === 429).length).toBeLessThanOrEqual(8);
  });
});

describe('settings', () => {
  test('choose the region, and name what is wrong with each', () => {
    const { problems } = intercom();
    expect(problems({ INTERCOM_ACCESS_TOKEN: 'x', INTERCOM_REGION: 'EU', INTERCOM_VERSION: '2.15' })).toEqual(
      [],
    );
    const wrong = { INTERCOM_ACCESS_TOKEN: 'a b', INTERCOM_REGION: 'mars', INTERCOM_VERSION: '3' };
    expect(problems({ ...wrong, INTERCOM_BASE_URL: 'ftp://x' }).map(({ name }) => name)).toEqual([
      'INTERCOM_ACCESS_TOKEN',
      'INTERCOM_BASE_URL',
      'INTERCOM_REGION',
      'INTERCOM_VERSION',
    ]);
  });
});
