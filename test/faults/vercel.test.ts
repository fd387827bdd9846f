// Vercel misbehaves: what passes leaves the tables equal to the truth, what lasts is told and completed by the next run.

import { describe, test } from 'vitest';
import type { Fault } from '../../sandbox/faults.ts';
import type { VercelOptions } from '../../sandbox/vercel.ts';
import { vercelAccount } from '../accounts.ts';
import {
  everywhere,
  expectKeptUp,
  expectSignIn,
  expectTold,
  type Feed,
  type Lasting,
  openTrial,
  PASSING,
  shareState,
} from './trial.ts';

shareState();

const account = (options: VercelOptions = {}) =>
  vercelAccount({ deployments: 40, projects: 18, teams: 10, ...options });
const FEEDS: readonly Feed[] = ['/deployments', '/projects', '/teams'].map((path) => ({ path, nth: 2 }));

describe('A run, and the next one, succeed with the tables equal to the truth in spite of', () => {
  test.for(PASSING)('$title', async ({ fault, ...options }) => {
    await expectKeptUp(await openTrial(account(), options), everywhere(FEEDS, fault));
  });

  test.for<{
    readonly title: string;
    readonly faults?: readonly Fault[];
    readonly options?: VercelOptions;
  }>([
    { title: 'empty pages', faults: everywhere(FEEDS, { kind: 'empty-page', count: 2 }) },
    {
      title: 'a token of paging that is no longer known',
      faults: [{ kind: 'expired-cursor', path: 'from=' }],
    },
    { title: 'projects that are paged by time', options: { projectCursor: 'time' } },
  ])('$title', async ({ faults, options }) => {
    await expectKeptUp(await openTrial(account(options)), faults);
  });
});

const LASTING: readonly Lasting[] = [
  {
    title: 'a list that fails for good',
    faults: [{ kind: 'status', status: 500, path: '/deployments', nth: 3 }],
    because: { deployments: 'http.server_error' },
  },
  {
    title: 'a cursor that repeats',
    faults: [{ kind: 'repeated-cursor', path: '/deployments' }],
    because: { deployments: 'vercel.stuck_page' },
  },
  {
    title: 'a list without an end',
    faults: [{ kind: 'never-ending', path: '/teams' }],
    because: { teams: 'vercel.stuck_page' },
  },
  {
    title: 'a page that does not tell what follows',
    faults: [{ kind: 'null-cursor', path: '/projects', nth: 2 }],
    because: { projects: 'vercel.unexpected_answer' },
  },
  {
    title: 'a list that is forbidden',
    faults: [{ kind: 'forbidden', path: '/projects' }],
    because: { projects: 'vercel.forbidden' },
  },
];

describe('A run does not claim success, keeps what it read, and is completed by the next one, after', () => {
  test.for(LASTING)('$title', async (lasting) => {
    await expectTold(await openTrial(account(), { attempts: 2 }), lasting);
  });

  test('a token that ends, which names its setting', async () => {
    await expectSignIn(
      await openTrial(account(), { attempts: 2 }),
      [{ kind: 'expired-token', path: '/deployments', nth: 2 }],
      { stream: 'deployments', code: 'vercel.forbidden', setting: 'VERCEL_ACCESS_TOKEN' },
    );
  });
});
