// Vercel misbehaves: what passes leaves the tables equal to the truth, what lasts is told and completed by the next run.

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { vercel } from '../../connectors/vercel.ts';
import type { State } from '../../core/types.ts';
import type { Fault } from '../../sandbox/faults.ts';
import type { VercelOptions } from '../../sandbox/vercel.ts';
import { settingsOf, vercelPlace } from '../connectors/vercel-place.ts';
import { complaintsOf, sharedState } from './run-through.ts';
import { openVendorTrial } from './trial-run.ts';

let state: State;
beforeAll(async () => {
  state = await sharedState();
});
afterAll(async () => {
  await state.close();
});

async function open(account: VercelOptions = {}, options: Parameters<typeof openVendorTrial>[2] = {}) {
  const connector = vercel();
  const place = await vercelPlace(connector, { now: new Date(), deployments: 40, ...account });
  const { sandbox } = place;
  const env = () => settingsOf(sandbox);
  const trial = await openVendorTrial(state, { connector, sandbox, env, truth: place.truth }, options);
  onTestFinished(() => trial.close());
  return { trial, sandbox };
}

const everywhere = (fault: Omit<Fault, 'path'>): readonly Fault[] =>
  ['/deployments', '/projects', '/teams'].map((path) => ({ nth: 2, ...fault, path }));

describe('A run succeeds with the tables equal to the truth in spite of', () => {
  test.for<{
    readonly title: string;
    readonly faults: readonly Fault[];
    readonly account?: VercelOptions;
    readonly options?: { readonly timeoutMs: number };
  }>([
    { title: 'too many requests', faults: everywhere({ kind: 'rate-limit' }) },
    { title: 'errors of servers', faults: everywhere({ kind: 'status', status: 500, count: 2 }) },
    { title: 'connections that are reset', faults: everywhere({ kind: 'reset-in-body' }) },
    { title: 'bodies that are cut', faults: everywhere({ kind: 'truncated-chunked' }) },
    { title: 'silence', faults: everywhere({ kind: 'hang' }), options: { timeoutMs: 1500 } },
    { title: 'HTML in place of data', faults: everywhere({ kind: 'html' }) },
    { title: 'pages that repeat records', faults: everywhere({ kind: 'duplicate-page', count: 'always' }) },
    { title: 'empty pages', faults: everywhere({ kind: 'empty-page', count: 2 }) },
    {
      title: 'a token of paging that is no longer known',
      faults: [{ kind: 'expired-cursor', path: 'from=' }],
    },
    { title: 'projects that are paged by time', faults: [], account: { projectCursor: 'time' } },
  ])('$title', async ({ faults, account, options }) => {
    const { trial, sandbox } = await open(account, options);
    const record = await trial.run(faults);
    expect(complaintsOf(record)).toEqual({});
    expect(record.status).toBe('succeeded');
    expect(await trial.differences()).toEqual([]);
    sandbox.change({ born: 3, projects: 2 });
    sandbox.change({ arrived: 2, deleted: 1 });
    expect((await trial.run()).status).toBe('succeeded');
    expect(await trial.differences()).toEqual([]);
  });
});

describe('A run does not claim success, keeps what it read, and is completed by the next one, after', () => {
  test.for<{ readonly title: string; readonly fault: Fault; readonly because: object }>([
    {
      title: 'a list that fails for good',
      fault: { kind: 'status', status: 500, path: '/deployments', nth: 3 },
      because: { deployments: 'http.server_error' },
    },
    {
      title: 'a cursor that repeats',
      fault: { kind: 'repeated-cursor', path: '/deployments' },
      because: { deployments: 'vercel.stuck_page' },
    },
    {
      title: 'a list without an end',
      fault: { kind: 'never-ending', path: '/teams' },
      because: { teams: 'vercel.stuck_page' },
    },
    {
      title: 'a page that does not tell what follows',
      fault: { kind: 'null-cursor', path: '/projects', nth: 2 },
      because: { projects: 'vercel.unexpected_answer' },
    },
    {
      title: 'a list that is forbidden',
      fault: { kind: 'forbidden', path: '/projects' },
      because: { projects: 'vercel.forbidden' },
    },
  ])('$title', async ({ fault, because }) => {
    const { trial } = await open({}, { attempts: 2 });
    const record = await trial.run([{ ...fault, count: 'always' }]);
    expect(record.status).toBe('partial');
    expect(complaintsOf(record)).toEqual(because);
    const next = await trial.run();
    expect(complaintsOf(next)).toEqual({});
    expect(await trial.differences()).toEqual([]);
  });

  test('a token that ends, which names its setting', async () => {
    const { trial } = await open({}, { attempts: 2 });
    const record = await trial.run([{ kind: 'expired-token', path: '/deployments', nth: 2 }]);
    expect(record.status).not.toBe('succeeded');
    const failed = record.streams.find(({ stream }) => stream === 'deployments');
    expect(failed?.error?.hint).toContain('VERCEL_ACCESS_TOKEN');
    expect((await trial.run()).status).toBe('succeeded');
    expect(await trial.differences()).toEqual([]);
  });
});
