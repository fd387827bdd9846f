// The judge itself is judged: whatever is wrong with a warehouse or a bookmark, it must say so.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bookmark, Row, Sink } from '../../core/types.ts';
import type { ZendeskSandbox, ZendeskTruth } from '../../sandbox/zendesk.ts';
import { zendeskAccount } from '../accounts.ts';
import { shareState, startTrial, type Trial } from '../faults/trial.ts';
import { brokenPromises, differences } from './oracle.ts';
import { SMALL_PAGES } from './place.ts';

let trial: Trial<ZendeskSandbox>;
let truth: ZendeskTruth;
let bookmarks: readonly Bookmark[];

shareState();
beforeAll(async () => {
  trial = startTrial(await zendeskAccount({ tickets: 40, organizations: 30 }), { habits: SMALL_PAGES });
  expect((await trial.run()).status).toBe('succeeded');
  truth = trial.sandbox.truth();
  // The judge knows the lanes by the name that the pipeline has in pipelines/.
  bookmarks = (await trial.bookmarks()).map((bookmark) => ({
    ...bookmark,
    lane: bookmark.lane.replace(/^[^/]+/, 'zendesk'),
  }));
});
afterAll(() => trial.close());

/** The warehouse, with what a query of this table answers changed. */
function tampered(table: string, change: (rows: readonly Row[]) => readonly Row[]): Sink {
  return {
    ...trial.sink,
    async query(sql, options) {
      const result = await trial.sink.query(sql, options);
      // Lanes are renamed as the bookmarks are.
      const rows = result.rows.map((row) =>
        typeof row['lane'] === 'string' ? { ...row, lane: row['lane'].replace(/^[^/]+/, 'zendesk') } : row,
      );
      return { ...result, rows: sql.endsWith(`"${table}"`) ? change(rows) : rows };
    },
  };
}

const first = (rows: readonly Row[], change: Row): readonly Row[] =>
  rows.map((row, i) => (i === 0 ? { ...row, ...change } : row));
const older = (rows: readonly Row[]): readonly Row[] =>
  first(rows, { generated_timestamp: Number(rows[0]?.['generated_timestamp']) - 1 });

const FLAWS: readonly {
  readonly title: string;
  readonly table: string;
  readonly change: (rows: readonly Row[]) => readonly Row[];
  readonly says: RegExp;
}[] = [
  {
    title: 'a lost ticket',
    table: 'zendesk_tickets',
    change: (rows) => rows.slice(1),
    says: /tickets \d+: lost/,
  },
  {
    title: 'a lost comment',
    table: 'zendesk_ticket_comments',
    change: (rows) => rows.slice(1),
    says: /comments \d+: lost/,
  },
  {
    title: 'a lost group',
    table: 'zendesk_groups',
    change: (rows) => rows.slice(1),
    says: /groups \d+: lost/,
  },
  {
    title: 'a doubled user',
    table: 'zendesk_users',
    change: (rows) => [...rows, ...rows.slice(0, 1)],
    says: /users \d+: twice/,
  },
  {
    title: 'a row from nowhere',
    table: 'zendesk_tickets',
    change: (rows) => first(rows, { id: '1' }),
    says: /1: the vendor does not know it/,
  },
  { title: 'an older version', table: 'zendesk_tickets', change: older, says: /at version/ },
  {
    title: 'other contents',
    table: 'zendesk_organizations',
    change: (rows) => first(rows, { raw: {} }),
    says: /contents/,
  },
  {
    title: 'a forgotten deletion',
    table: 'zendesk_tickets',
    change: (rows) => rows.map((row) => ({ ...row, _deleted_at: null })),
    says: /lives here/,
  },
  {
    title: 'a false deletion',
    table: 'zendesk_brands',
    change: (rows) => first(rows, { _deleted_at: '2026-01-01T00:00:00.000Z' }),
    says: /marked deleted/,
  },
  {
    title: 'lost feedback',
    table: 'feedback',
    change: (rows) => rows.filter((row) => row['kind'] !== 'survey'),
    says: /feedback of survey \d+: lost/,
  },
  {
    title: 'feedback of nobody',
    table: 'feedback',
    change: (rows) => first(rows, { kind: 'ticket', record_id: '1', _deleted_at: null }),
    says: /nobody said it/,
  },
  {
    title: 'other words',
    table: 'feedback',
    change: (rows) => rows.map((row) => ({ ...row, text_original: 'غيره' })),
    says: /other words/,
  },
  {
    title: 'feedback twice under two ids',
    table: 'feedback',
    change: (rows) => [...rows, ...rows.map((row) => ({ ...row, feedback_id: `${row['feedback_id']}x` }))],
    says: /feedback of comment \d+: twice/,
  },
  {
    title: 'a gap in the ledger',
    table: '_pipeline_loads',
    change: (rows) => rows.map((row) => ({ ...row, number: Number(row['number']) + 1 })),
    says: /not numbered/,
  },
];

describe('The judge', () => {
  test('has nothing to say of a whole warehouse', async () => {
    const sink = tampered('nothing', (rows) => rows);
    expect(await differences(truth, sink)).toEqual([]);
    expect(await brokenPromises(truth, sink, bookmarks)).toEqual([]);
    expect(bookmarks.length).toBeGreaterThan(7);
  });

  test.for(FLAWS)('sees $title', async ({ table, change, says }) => {
    expect((await differences(truth, tampered(table, change))).join('\n')).toMatch(says);
  });

  test.for([
    ['zendesk_tickets', /zendesk\/tickets is ahead of zendesk_tickets/],
    ['zendesk_users', /zendesk\/users is ahead of zendesk_users/],
    ['zendesk_ticket_events', /zendesk\/ticket_events is ahead of zendesk_ticket_events/],
    ['zendesk_ticket_comments', /zendesk\/ticket_events is ahead of zendesk_ticket_comments/],
    ['zendesk_organizations', /zendesk\/organizations is ahead of zendesk_organizations/],
  ] as const)('sees a bookmark ahead of %s', async ([table, says]) => {
    const sink = tampered(table, (rows) => rows.slice(1));
    expect((await brokenPromises(truth, sink, bookmarks)).join('\n')).toMatch(says);
  });

  test('sees a bookmark whose load the ledger does not know', async () => {
    const strangers = bookmarks.map((bookmark) => ({ ...bookmark, loadId: 'load_x' }));
    const sink = tampered('nothing', (rows) => rows);
    expect((await brokenPromises(truth, sink, strangers)).join('\n')).toMatch(/names a load/);
  });

  test('sees a bookmark that is ahead of records which the warehouse never got', async () => {
    trial.sandbox.change({ newTickets: 1 });
    const later = trial.sandbox.truth();
    const at = Math.max(
      ...Object.values(later.resources['tickets'] ?? {}).map((one) => Number(one['generated_timestamp'])),
    );
    const cursor = Buffer.from(`${at}.0||9999999|`).toString('base64');
    const moved = bookmarks.map((one) => ({ ...one, checkpoint: { startTime: at, cursor } }));
    const sink = tampered('nothing', (rows) => rows);
    expect((await brokenPromises(later, sink, moved)).join('\n')).toMatch(/zendesk\/tickets is ahead/);
  });
});
