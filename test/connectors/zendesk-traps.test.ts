// The traps of Zendesk's exports and lists, each with the answer that springs it.
// Above 300 lines because it is one list of traps.

import { afterEach, describe, expect, it } from 'vitest';
import { zendesk } from '../../connectors/zendesk.ts';
import { PipelineError } from '../../core/errors.ts';
import type { Json, Stream } from '../../core/types.ts';
import { startPlace, type ZendeskPlace } from './zendesk-place.ts';
import { type Answer, NOW, pagesOf, rowsOf, script, thrownBy } from './zendesk-script.ts';

const SECOND = Math.floor(NOW.getTime() / 1000);

function stream(name: string): Stream {
  const [found] = zendesk({ streams: [name] }).streams;
  if (found === undefined) throw new Error(`no stream ${name}`);
  return found;
}

const ticket = (id: number, at: number, more: { readonly [name: string]: Json } = {}): Json => ({
  id,
  generated_timestamp: at,
  updated_at: '2020-01-01T00:00:00Z',
  created_at: '2020-01-01T00:00:00Z',
  status: 'open',
  ...more,
});

/** Answers of a cursor export by the cursor that is asked for; `start` is the first. */
function exportOf(pages: { readonly [cursor: string]: Answer }) {
  return (address: URL): Answer | undefined => {
    if (!address.pathname.includes('/incremental/')) return undefined;
    return pages[address.searchParams.get('cursor') ?? 'start'] ?? { status: 400 };
  };
}

const last = (tickets: readonly Json[], cursor: string | null = 'end'): Answer => ({
  body: { tickets, after_cursor: cursor, end_of_stream: true },
});

const exports = (context: ReturnType<typeof script>) =>
  context.requests.filter(({ address }) => address.pathname.includes('/incremental/'));

let place: ZendeskPlace | undefined;
afterEach(async () => {
  await place?.close();
  place = undefined;
});

describe('The cursor export', () => {
  it('sends start_time once, and cursors after', async () => {
    const context = script(
      exportOf({
        start: { body: { tickets: [ticket(1, 100)], after_cursor: 'a', end_of_stream: false } },
        a: last([ticket(2, 101)]),
      }),
    );
    await pagesOf(stream('tickets'), context);
    const asked = exports(context).map(({ address }) => Object.fromEntries(address.searchParams));
    expect(asked).toEqual([
      { support_type_scope: 'all', start_time: '0', per_page: '1000' },
      { support_type_scope: 'all', cursor: 'a', per_page: '1000' },
    ]);
  });

  it('keeps the cursor of the end for the next run', async () => {
    const pages = await pagesOf(
      stream('tickets'),
      script(exportOf({ start: last([ticket(1, 100)], 'kept') })),
    );
    expect(pages.at(-1)?.checkpoint).toEqual({ startTime: 100, cursor: 'kept' });
  });

  it('never asks for a time in the last minute', async () => {
    const context = script(exportOf({ start: last([], null) }));
    const tickets = stream('tickets');
    await pagesOf(tickets, context, tickets.start({ since: NOW }));
    expect(exports(context)[0]?.address.searchParams.get('start_time')).toBe(String(SECOND - 61));
  });

  it('keeps its place when there is nothing and no cursor', async () => {
    const pages = await pagesOf(stream('tickets'), script(exportOf({ start: last([], null) })));
    expect(pages.map(({ checkpoint }) => checkpoint)).toEqual([{ startTime: 0 }]);
  });

  it('takes the cursor out of a link without following the link', async () => {
    const context = script(
      exportOf({
        start: {
          body: { tickets: [], after_url: 'https://evil.example/steal?cursor=b', end_of_stream: false },
        },
        b: last([ticket(1, 100)]),
      }),
    );
    await pagesOf(stream('tickets'), context);
    expect(new Set(context.requests.map(({ address }) => address.origin))).toEqual(
      new Set(['https://acme.zendesk.com']),
    );
    expect(exports(context)[1]?.address.searchParams.get('cursor')).toBe('b');
  });

  it('halves its pages while Zendesk is too slow, and grows them again', async () => {
    const context = script((address) => {
      if (!address.pathname.includes('/incremental/')) return undefined;
      const size = Number(address.searchParams.get('per_page'));
      if (size > 300) return { status: 504, body: 'upstream request timeout' };
      const page = Number(address.searchParams.get('cursor') ?? 0);
      return {
        body: {
          tickets: [ticket(page + 1, 100 + page)],
          after_cursor: String(page + 1),
          end_of_stream: page === 7,
        },
      };
    });
    const pages = await pagesOf(stream('tickets'), context);
    expect(rowsOf(pages, 'zendesk_tickets')).toHaveLength(8);
    const sizes = exports(context).map(({ address }) => Number(address.searchParams.get('per_page')));
    expect(sizes).toEqual([1000, 500, 250, 250, 250, 250, 250, 500, 250, 250, 250]);
  });

  it('halves its pages after a time-out too, and gives up at one record', async () => {
    const slow = { error: new PipelineError('transient', 'http.timeout', 'too slow') };
    const context = script((address) => (address.pathname.includes('/incremental/') ? slow : undefined));
    expect((await thrownBy(pagesOf(stream('tickets'), context))).code).toBe('http.timeout');
    const sizes = exports(context).map(({ address }) => Number(address.searchParams.get('per_page')));
    expect(sizes).toEqual([1000, 500, 250, 125, 62, 31, 15, 7, 3, 1]);
  });

  it('does without support_type_scope where the account refuses it', async () => {
    const context = script((address) => {
      if (!address.pathname.includes('/incremental/')) return undefined;
      return address.searchParams.has('support_type_scope') ? { status: 400 } : last([ticket(1, 100)]);
    });
    expect(rowsOf(await pagesOf(stream('tickets'), context), 'zendesk_tickets')).toHaveLength(1);
  });

  it('begins again at the newest second when its cursor has expired', async () => {
    const context = script(exportOf({ start: last([ticket(3, 500), ticket(4, 501)], 'fresh') }));
    const pages = await pagesOf(
      stream('users'),
      script(() => undefined),
    ).catch(() => []);
    expect(pages).toEqual([]);
    const read = await pagesOf(stream('tickets'), context, { startTime: 500, cursor: 'expired' });
    expect(rowsOf(read, 'zendesk_tickets').map((row) => row['id'])).toEqual(['3', '4']);
    expect(read.at(-1)?.checkpoint).toEqual({ startTime: 501, cursor: 'fresh' });
    expect(exports(context).at(-1)?.address.searchParams.get('start_time')).toBe('500');
  });

  it('does not begin again for ever when every cursor is refused', async () => {
    const context = script(
      exportOf({
        start: { body: { tickets: [ticket(1, 100)], after_cursor: 'never', end_of_stream: false } },
      }),
    );
    expect((await thrownBy(pagesOf(stream('tickets'), context))).code).toBe('zendesk.stuck_page');
  });

  it('notices cursors that go in a circle', async () => {
    const next = (cursor: string): Answer => ({
      body: { tickets: [ticket(1, 100)], after_cursor: cursor, end_of_stream: false },
    });
    const context = script(exportOf({ start: next('a'), a: next('b'), b: next('a') }));
    expect((await thrownBy(pagesOf(stream('tickets'), context))).code).toBe('zendesk.stuck_page');
  });

  it('notices empty pages that promise more for ever', async () => {
    let page = 0;
    const context = script((address) =>
      address.pathname.includes('/incremental/')
        ? { body: { tickets: [], after_cursor: `c${page++}`, end_of_stream: false } }
        : undefined,
    );
    expect((await thrownBy(pagesOf(stream('tickets'), context))).code).toBe('zendesk.stuck_page');
  });

  it.each([{}, { tickets: null }, { tickets: {} }, { error: 'RecordInvalid' }])(
    'never takes %j for an empty page',
    async (body) => {
      const context = script((address) =>
        address.pathname.includes('/incremental/') ? { body } : undefined,
      );
      expect((await thrownBy(pagesOf(stream('tickets'), context))).code).toBe('zendesk.unexpected_answer');
    },
  );

  it('does not let a date in the future move the second to begin again from', async () => {
    const pages = await pagesOf(
      stream('tickets'),
      script(exportOf({ start: last([ticket(1, 100), ticket(2, 99_999_999_999)]) })),
    );
    expect(rowsOf(pages, 'zendesk_tickets')).toHaveLength(2);
    expect(pages.at(-1)?.checkpoint).toEqual({ startTime: SECOND - 61, cursor: 'end' });
  });

  it('keeps a ticket whose updated_at is older than the window: the export goes by its own second', async () => {
    const tickets = stream('tickets');
    const from = tickets.start({
      since: new Date('2026-01-01T00:00:00Z'),
      until: new Date('2026-02-01T00:00:00Z'),
    });
    const inside = Date.parse('2026-01-15T00:00:00Z') / 1000;
    const outside = Date.parse('2026-02-01T00:00:00Z') / 1000;
    const pages = await pagesOf(
      tickets,
      script(exportOf({ start: last([ticket(1, inside), ticket(2, outside)]) })),
      from,
    );
    expect(rowsOf(pages, 'zendesk_tickets').map((row) => row['id'])).toEqual(['1']);
  });

  it('stops when everything before until is read, though the export goes on', async () => {
    const tickets = stream('tickets');
    const later = (n: number): Answer => ({
      body: { tickets: [ticket(n, 1000 + n)], after_cursor: `c${n}`, end_of_stream: false },
    });
    const context = script(exportOf({ start: later(1), c1: later(2), c2: later(3), c3: later(4) }));
    const pages = await pagesOf(tickets, context, tickets.start({ until: new Date(1002 * 1000) }));
    expect(rowsOf(pages, 'zendesk_tickets').map((row) => row['id'])).toEqual(['1']);
    expect(exports(context)).toHaveLength(2);
  });

  it('refuses a checkpoint that nobody could resume from', async () => {
    for (const from of [{}, { cursor: 'x' }, 'text', 7, [], { startTime: 'soon' }] as readonly Json[]) {
      expect(
        (
          await thrownBy(
            pagesOf(
              stream('tickets'),
              script(() => undefined),
              from,
            ),
          )
        ).code,
      ).toBe('zendesk.bad_checkpoint');
    }
  });
});

describe('The time-based export', () => {
  const organization = (id: number, at: number): Json => ({
    id,
    updated_at: new Date(at * 1000).toISOString(),
  });
  const page = (organizations: readonly Json[], endTime: number | null, end: boolean, more = {}): Answer => ({
    body: {
      organizations,
      count: organizations.length,
      end_time: endTime,
      end_of_stream: end,
      next_page: 'https://evil.example/api/v2/x',
      ...more,
    },
  });
  const byStart = (pages: { readonly [start: string]: Answer }) => (address: URL) =>
    pages[address.searchParams.get('start_time') ?? ''];

  it('goes on from end_time, follows no link, and stops at the end of the stream', async () => {
    const context = script(
      byStart({
        0: page([organization(1, 50)], 50, false),
        50: page([organization(1, 50), organization(2, 60)], 60, true),
      }),
    );
    const pages = await pagesOf(stream('organizations'), context);
    expect(pages.map(({ checkpoint }) => checkpoint)).toEqual([{ startTime: 50 }, { startTime: 60 }]);
    expect(pages.map(({ expected }) => expected)).toEqual([1, 2]);
    expect(new Set(context.requests.map(({ address }) => address.origin))).toEqual(
      new Set(['https://acme.zendesk.com']),
    );
  });

  it('fails loudly when more than a page of records share one second', async () => {
    const many = Array.from({ length: 1000 }, (_, i) => organization(i + 1, 70));
    const context = script(byStart({ 0: page(many, 70, false), 70: page(many, 70, false) }));
    const error = await thrownBy(pagesOf(stream('organizations'), context));
    expect(error.code).toBe('zendesk.stuck_page');
    expect(error.hint).toContain('second');
  });

  it('asks again for no second that is still being written', async () => {
    const context = script(() => page([organization(1, SECOND)], SECOND, true));
    const pages = await pagesOf(stream('organizations'), context);
    expect(pages.at(-1)?.checkpoint).toEqual({ startTime: SECOND - 61 });
  });

  it('stands an export that tells neither its end nor its count', async () => {
    const context = script(() => ({ body: { organizations: [organization(1, 50)] } }));
    const pages = await pagesOf(stream('organizations'), context);
    expect(pages).toHaveLength(1);
    expect(pages[0]).toMatchObject({ checkpoint: { startTime: 50 } });
    expect(pages[0]).not.toHaveProperty('expected');
  });

  it('expects no more than what lies before until', async () => {
    const organizations = stream('organizations');
    const context = script(() => page([organization(1, 50), organization(2, 60)], 60, true));
    const pages = await pagesOf(organizations, context, organizations.start({ until: new Date(60_000) }));
    expect(rowsOf(pages, 'zendesk_organizations')).toHaveLength(1);
    expect(pages[0]?.expected).toBe(1);
  });

  it('takes a second for inside the window while any of it is', async () => {
    const organizations = stream('organizations');
    const context = script(() => page([organization(1, 60), organization(2, 61)], 61, true));
    const pages = await pagesOf(organizations, context, organizations.start({ until: new Date(60_500) }));
    expect(rowsOf(pages, 'zendesk_organizations').map((row) => row['id'])).toEqual(['1']);
  });

  it('asks for the comments of ticket events', async () => {
    const context = script(() => ({
      body: { ticket_events: [], count: 0, end_time: null, end_of_stream: true },
    }));
    await pagesOf(stream('ticket_events'), context);
    expect(context.requests[0]?.address.searchParams.get('include')).toBe('comment_events');
  });
});

describe('A list', () => {
  const group = (id: number): Json => ({ id, name: `g${id}`, updated_at: '2026-01-01T00:00:00Z' });
  const groups = (answer: (address: URL) => Answer, count: Answer = { status: 404 }) =>
    script((address) => (address.pathname.endsWith('/count') ? count : answer(address)));

  it('takes only the query of a link, and its own address', async () => {
    const context = groups((address) =>
      address.searchParams.has('page[after]')
        ? { body: { groups: [group(2)], meta: { has_more: false } } }
        : {
            body: {
              groups: [group(1)],
              links: { next: 'https://evil.example/api/v2/groups.json?page[after]=x' },
            },
          },
    );
    expect(rowsOf(await pagesOf(stream('groups'), context), 'zendesk_groups')).toHaveLength(2);
    expect(new Set(context.requests.map(({ address }) => address.origin))).toEqual(
      new Set(['https://acme.zendesk.com']),
    );
  });

  it('refuses a link that leads to another list', async () => {
    const context = groups(() => ({
      body: { groups: [group(1)], next_page: 'https://acme.zendesk.com/api/v2/users.json?page=2' },
    }));
    expect((await thrownBy(pagesOf(stream('groups'), context))).code).toBe('zendesk.unexpected_answer');
  });

  it('follows page numbers where a stand-in knows no cursors', async () => {
    const context = groups((address) => {
      const page = Number(address.searchParams.get('page') ?? 1);
      const next = page < 3 ? `https://acme.zendesk.com/api/v2/groups.json?page=${page + 1}` : null;
      return { body: { groups: [group(page)], next_page: next, count: 3 } };
    });
    expect(rowsOf(await pagesOf(stream('groups'), context), 'zendesk_groups')).toHaveLength(3);
  });

  it('never takes a missing way on for the end', async () => {
    const context = groups(() => ({
      body: { groups: [group(1)], meta: { has_more: true, after_cursor: null } },
    }));
    expect((await thrownBy(pagesOf(stream('groups'), context))).code).toBe('zendesk.unexpected_answer');
  });

  it('begins again when the page of its checkpoint is no longer known', async () => {
    const context = groups((address) =>
      address.searchParams.has('page[after]')
        ? { status: 400 }
        : { body: { groups: [group(1)], meta: { has_more: false } } },
    );
    const pages = await pagesOf(stream('groups'), context, {
      next: 'page%5Bsize%5D=100&page%5Bafter%5D=old',
    });
    expect(rowsOf(pages, 'zendesk_groups')).toHaveLength(1);
    expect(pages.at(-1)?.checkpoint).toEqual({});
  });

  const counted = (count: Json): Answer => ({ body: { count } });
  const fresh = NOW.toISOString();
  it.each([
    ['a fresh count', counted({ value: 5, refreshed_at: fresh }), 5],
    ['a count of yesterday', counted({ value: 5, refreshed_at: '2026-11-19T08:00:00Z' }), undefined],
    ['a count that is being made', counted({ value: 100_000, refreshed_at: null }), undefined],
    ['a count that is no number', counted({ value: 'many', refreshed_at: fresh }), undefined],
    ['no such endpoint', { status: 404 }, undefined],
    ['a failing endpoint', { status: 500 }, undefined],
    [
      'an unreachable endpoint',
      { error: new PipelineError('transient', 'http.unreachable', 'gone') },
      undefined,
    ],
  ] as const)('expects what the vendor counts, given %s', async (_name, count, expected) => {
    const context = groups(() => ({ body: { groups: [group(1)], meta: { has_more: false } } }), count);
    const [page] = await pagesOf(stream('groups'), context);
    expect(page?.expected).toBe(expected);
  });

  it.each([
    ['deleted', 5, 1],
    ['created', 1, 5],
  ])('expects no record that was %s while the list was read', async (_what, before, after) => {
    let counts = 0;
    const context = script((address) =>
      address.pathname.endsWith('/count')
        ? counted({ value: counts++ === 0 ? before : after, refreshed_at: fresh })
        : { body: { groups: [group(1)], meta: { has_more: false } } },
    );
    const [page] = await pagesOf(stream('groups'), context);
    expect(page?.expected).toBe(1);
  });

  it('claims no count when it was resumed in its middle', async () => {
    const context = groups(
      () => ({ body: { groups: [group(1)], meta: { has_more: false } } }),
      counted({ value: 5, refreshed_at: fresh }),
    );
    const [page] = await pagesOf(stream('groups'), context, { next: 'page%5Bafter%5D=x' });
    expect(page?.expected).toBeUndefined();
  });

  it('shows groups that were deleted as tombstones', async () => {
    const context = groups(() => ({
      body: { groups: [{ ...(group(1) as object), deleted: true }], meta: { has_more: false } },
    }));
    const [page] = await pagesOf(stream('groups'), context);
    expect(page?.deletes?.['zendesk_groups']).toEqual([
      { key: { id: '1' }, version: '2026-01-01T00:00:00Z', deletedAt: '2026-01-01T00:00:00Z' },
    ]);
  });
});

describe('Ratings', () => {
  const spans = (context: ReturnType<typeof script>) =>
    context.requests.map(({ address }) => {
      const { start_time: start, end_time: end } = Object.fromEntries(address.searchParams);
      return [Number(start), Number(end)] as const;
    });
  const DAY = 86_400;
  const rating = (id: number, at: number): Json => ({
    id,
    score: 'good',
    created_at: new Date(at * 1000).toISOString(),
  });

  it('are read in spans that meet, end before the last minute, and grow only while they are empty', async () => {
    const context = script((address) => {
      const end = Number(address.searchParams.get('end_time'));
      const ratings = end > SECOND - 100 * DAY ? [rating(end, end - 1)] : [];
      return { body: { satisfaction_ratings: ratings, meta: { has_more: false } } };
    });
    const pages = await pagesOf(stream('satisfaction_ratings'), context);
    const asked = spans(context);
    expect(asked[0]?.[0]).toBe(0);
    for (const [i, [start]] of asked.entries()) if (i > 0) expect(start).toBe(asked[i - 1]?.[1]);
    expect(asked.at(-1)?.[1]).toBe(SECOND - 61);
    expect(asked.length).toBeLessThan(20);
    expect(pages.at(-1)?.checkpoint).toEqual({ from: SECOND - 61, lookBack: true });
  });

  it('are read in spans of thirty days at most where there are any', async () => {
    const context = script((address) => {
      const end = Number(address.searchParams.get('end_time'));
      return { body: { satisfaction_ratings: [rating(end, end - 1)], meta: { has_more: false } } };
    });
    const ratings = stream('satisfaction_ratings');
    await pagesOf(ratings, context, ratings.start({ since: new Date((SECOND - 100 * DAY) * 1000) }));
    expect(
      spans(context)
        .map(([start, end]) => (end - start) / DAY)
        .every((days) => days <= 30),
    ).toBe(true);
  });

  it('of the last thirty days are read again once caught up, because they change', async () => {
    const context = script(() => ({ body: { satisfaction_ratings: [], meta: { has_more: false } } }));
    await pagesOf(stream('satisfaction_ratings'), context, { from: SECOND - 1000, lookBack: true });
    expect(spans(context)[0]?.[0]).toBe(SECOND - 1000 - 30 * DAY);
  });

  it('of surveys are asked for in milliseconds', async () => {
    const context = script(() => ({ body: { survey_responses: [], meta: { has_more: false } } }));
    await pagesOf(stream('survey_responses'), context, { from: SECOND - 1000 });
    const { searchParams, pathname } = context.requests[0]?.address ?? new URL('http://nowhere');
    expect(pathname).toBe('/api/v2/guide/survey_responses');
    expect(searchParams.get('filter[created_at_start]')).toBe(String((SECOND - 1000) * 1000));
    expect(searchParams.get('filter[created_at_end]')).toBe(String((SECOND - 61) * 1000));
  });

  it('keep their span when they are resumed inside it', async () => {
    const context = script((address) =>
      address.searchParams.has('page[after]')
        ? { body: { satisfaction_ratings: [rating(2, SECOND - 900)], meta: { has_more: false } } }
        : {
            body: {
              satisfaction_ratings: [rating(1, SECOND - 950)],
              meta: { has_more: true, after_cursor: 'x' },
            },
          },
    );
    const ratings = stream('satisfaction_ratings');
    const [first] = await pagesOf(ratings, context, { from: SECOND - 1000 });
    expect(first?.checkpoint).toMatchObject({ from: SECOND - 1000, to: SECOND - 61 });
    const rest = await pagesOf(ratings, context, first?.checkpoint);
    expect(rowsOf(rest, 'zendesk_satisfaction_ratings').map((row) => row['id'])).toEqual(['2']);
    expect(spans(context).at(-1)).toEqual([SECOND - 1000, SECOND - 61]);
  });
});

describe('Rate limits', () => {
  it('are told for the account and for the family of endpoints', async () => {
    const headers = {
      'x-rate-limit': '700',
      'x-rate-limit-remaining': '698',
      'ratelimit-remaining': '698',
      'ratelimit-reset': '41',
      'zendesk-ratelimit-incremental-exports': 'total=10; remaining=0; resets=36',
    };
    const context = script((address) =>
      address.pathname.includes('/incremental/') ? { ...last([ticket(1, 100)]), headers } : undefined,
    );
    await pagesOf(stream('tickets'), context);
    expect(context.limits).toEqual([
      { bucket: 'zendesk', limit: 700, remaining: 698, resetMs: 41_000 },
      { bucket: 'zendesk/incremental-exports/tickets-cursor', limit: 10, remaining: 0, resetMs: 36_000 },
      { bucket: 'zendesk/incremental-exports', limit: 10, remaining: 0, resetMs: 36_000 },
    ]);
  });

  it.each(['', 'total=ten', 'remaining=1', 'total=-1; remaining=-1; resets=-1'])(
    'ignore what they cannot read: %j',
    async (told) => {
      const headers = {
        'zendesk-ratelimit-incremental-exports': told,
        'ratelimit-remaining': 'x',
        'ratelimit-reset': '',
      };
      const context = script((address) =>
        address.pathname.includes('/incremental/') ? { ...last([]), headers } : undefined,
      );
      await pagesOf(stream('tickets'), context);
      expect(context.limits).toEqual([]);
    },
  );

  it('as Zendesk has them are kept to without one refusal', async () => {
    place = await startPlace({ limits: 'vendor', tickets: 60 });
    const context = place.context({
      intercept: (request, fetch) =>
        fetch({ ...request, url: request.url.replace('per_page=1000', 'per_page=4') }),
    });
    const pages = await pagesOf(stream('tickets'), context);
    expect(pages.length).toBeGreaterThan(10);
    expect(place.sandbox.journal.list().filter(({ status }) => status === 429)).toEqual([]);
  });
});

describe('An interrupted run', () => {
  it('stops the reading at once', async () => {
    place = await startPlace();
    const stop = new AbortController();
    const context = place.context({ signal: stop.signal });
    const tickets = stream('tickets');
    await tickets.tables(context);
    const reading = tickets.read(tickets.start({}), context)[Symbol.asyncIterator]();
    stop.abort();
    expect((await thrownBy(reading.next())).code).toBe('run.interrupted');
  });
});
