// The judge of all vendors is judged itself: whatever is wrong with a warehouse, it must say so.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Row, Sink } from '../core/types.ts';
import { type Account, intercomAccount, salesforceAccount } from './accounts.ts';
import { expectKeptUp, shareState, startTrial, type Trial } from './faults/trial.ts';

interface Judged {
  readonly account: Account;
  readonly trial: Trial;
}

const judged = new Map<string, Judged>();

shareState();
beforeAll(async () => {
  const now = new Date('2026-11-20T08:00:00Z');
  const org = salesforceAccount({ cases: 16, now }, { streams: ['cases', 'case_comments'] });
  const accounts: readonly Account[] = [await intercomAccount(), await org];
  for (const account of accounts) {
    const trial = startTrial(account);
    await expectKeptUp(trial);
    judged.set(account.name, { account, trial });
  }
});
afterAll(async () => {
  for (const { trial } of judged.values()) await trial.close();
});

type Change = (rows: readonly Row[]) => readonly Row[];

/** The warehouse, with what a query of this table answers changed. */
function tampered(sink: Sink, table: string, change: Change): Sink {
  return {
    ...sink,
    async query(sql, options) {
      const result = await sink.query(sql, options);
      return { ...result, rows: sql.endsWith(`"${table}"`) ? change(result.rows) : result.rows };
    },
  };
}

const first =
  (change: Row): Change =>
  (rows) =>
    rows.map((row, i) => (i === 0 ? { ...row, ...change } : row));
const isGone = (row: Row): boolean => row['_deleted_at'] !== null;

test.for<{
  readonly title: string;
  readonly source?: 'salesforce';
  readonly table: string;
  readonly change: Change;
  readonly says: RegExp;
}>([
  {
    title: 'a lost row',
    table: 'intercom_tickets',
    change: (rows) => rows.slice(1),
    says: /tickets \d+: lost/,
  },
  {
    title: 'a doubled row',
    table: 'intercom_companies',
    change: (rows) => [...rows, ...rows.slice(0, 1)],
    says: /companies \w+: twice/,
  },
  {
    title: 'a row from nowhere',
    table: 'intercom_articles',
    change: first({ id: '1' }),
    says: /articles 1: the vendor does not know it/,
  },
  {
    title: 'an old value',
    table: 'intercom_articles',
    change: first({ title: 'قديم' }),
    says: /title is not the vendor's/,
  },
  {
    title: 'a false deletion',
    table: 'intercom_companies',
    change: first({ _deleted_at: '2026-01-01T00:00:00.000Z' }),
    says: /is marked deleted, and not there/,
  },
  {
    title: 'a deletion that was not told',
    table: 'intercom_conversations',
    change: (rows) => rows.filter((row) => !isGone(row)),
    says: /conversations \d+: nobody told that it is gone/,
  },
  {
    title: 'a deletion that was lost',
    table: 'intercom_contacts',
    change: (rows) => rows.map((row) => ({ ...row, _deleted_at: null })),
    says: /contacts \w+: lives here, and not there/,
  },
  {
    title: 'words that were lost',
    table: 'feedback',
    change: (rows) => rows.filter((row) => row['kind'] !== 'conversation_part'),
    says: /feedback \w+: lost/,
  },
  {
    title: 'words of nobody',
    table: 'feedback',
    change: first({ feedback_id: 'x', _deleted_at: null }),
    says: /feedback x: nobody said it/,
  },
  {
    title: 'a load that is not in the ledger',
    table: '_pipeline_loads',
    change: (rows) => rows.slice(-1),
    says: /rows of loads that the ledger does not know/,
  },
  {
    title: 'other contents of the whole record',
    source: 'salesforce',
    table: 'salesforce_cases',
    change: first({ raw: {} }),
    says: /cases \w+: Subject is not the vendor's/,
  },
  {
    title: 'other words',
    source: 'salesforce',
    table: 'feedback',
    change: (rows) => rows.map((row) => ({ ...row, text_original: 'غيره' })),
    says: /feedback of case \w+: other words/,
  },
  {
    title: 'words of the wrong speaker',
    source: 'salesforce',
    table: 'feedback',
    change: (rows) => rows.map((row) => ({ ...row, author_role: 'bot' })),
    says: /feedback of case \w+: not by a customer/,
  },
])('The judge sees $title', async ({ source = 'intercom', table, change, says }) => {
  const { account, trial } = judged.get(source) ?? {};
  if (account === undefined || trial === undefined) throw new Error(`nothing was read of ${source}`);
  expect(await trial.differences()).toEqual([]);
  expect((await account.differences(tampered(trial.sink, table, change))).join('\n')).toMatch(says);
});
