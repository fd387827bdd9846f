// What is said of a run when it is over: sentences that account for everything, exit codes, and the form for other programs.

import { describe, expect, it } from 'vitest';
import { explainRun } from '../../cli/explain.ts';
import { exitCode, overall, resultOf, totals } from '../../cli/run.ts';
import { requireLikeness } from '../../cli/state.ts';
import type { RunRecord, RunStatus, StreamReport } from '../../core/types.ts';

const STREAM: StreamReport = {
  stream: 'tickets',
  lane: 'zendesk/tickets',
  status: 'succeeded',
  read: 100,
  loaded: 90,
  deleted: 4,
  rejected: 1,
  repeated: 5,
  expected: 100,
  feedback: 80,
  pages: 2,
  loads: 1,
  http: { requests: 3, retries: 1, waitMs: 1500, bytes: 2_500_000, rateLimited: 1 },
  durationMs: 4000,
  caughtUpTo: '2026-01-01T00:00:00Z',
  error: null,
};

function record(change: Partial<RunRecord> = {}): RunRecord {
  return {
    runId: 'run_1',
    pipeline: 'zendesk',
    lane: 'live',
    status: 'succeeded',
    sink: 'duckdb:warehouse.duckdb',
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: '2026-01-01T00:00:08.000Z',
    owner: { runId: 'run_1', host: 'h', pid: 1, processStartedAt: '' },
    streams: [STREAM],
    labels: {},
    costUsd: 0,
    error: null,
    ...change,
  };
}

function failing(kind: string, code: string, change: Partial<StreamReport> = {}): StreamReport {
  const error = { kind, code, message: `It broke: ${code}.`, hint: 'Mend it.' };
  return { ...STREAM, status: 'failed', error, ...change };
}

describe('an explanation', () => {
  it('accounts for every record and every request', () => {
    const lines = explainRun(record(), null);
    expect(lines).toContain(
      'tickets: succeeded. 100 records read = 90 loaded + 4 deleted + 1 rejected + 5 repeated; the vendor counts 100.',
    );
    expect(lines).toContain(
      '  3 requests, 1 retried, 1 told to wait, 1.5 s waited, 2.50 MB, 2 pages in 1 load, 4.0 s.',
    );
  });

  it('says what was read and is not durable', () => {
    const report = failing('transient', 'zendesk.down', { loaded: 40, deleted: 0, rejected: 0, repeated: 0 });
    expect(explainRun(record({ status: 'partial', streams: [report] }), null).join('\n')).toContain(
      '100 records read = 40 loaded + 0 deleted + 0 rejected + 60 not yet durable',
    );
  });

  it.each([
    ['config', 'zendesk.unauthorized', /set right what is named above, prove it with `pipeline check`/],
    ['data', 'stream.too_many_rejects', /look at `pipeline rejects list`, mend the cause, and run again/],
    ['transient', 'zendesk.down', /run the same command again: it resumes/],
    ['bug', 'bug.unclassified', /report it/],
  ])('of a %s error says what to do', (kind, code, advice) => {
    const lines = explainRun(record({ status: 'failed', streams: [failing(kind, code)] }), null);
    expect(lines.at(-1)).toMatch(advice);
    expect(lines.join('\n')).toContain(`It broke: ${code}. Mend it.`);
  });

  it('has a sentence for every end of a run', () => {
    const statuses: RunStatus[] = ['running', 'succeeded', 'partial', 'failed', 'interrupted', 'busy'];
    const heads = statuses.map((status) => explainRun(record({ status, endedAt: null }), null)[0]);
    expect(new Set(heads).size).toBe(statuses.length);
    for (const head of heads) expect(head).not.toMatch(/null|undefined|NaN/);
  });

  it('points at the rejects of a run that succeeded, and asks for nothing where there is nothing', () => {
    expect(explainRun(record(), null).at(-1)).toContain('pipeline rejects replay --all');
    const lost = record({ status: 'partial', streams: [failing('transient', 'zendesk.down')] });
    expect(explainRun(lost, null).at(-1)).toMatch(
      /run the same command again.*pipeline rejects replay --all/,
    );
    const clean = record({ streams: [{ ...STREAM, rejected: 0 }] });
    expect(explainRun(clean, null).at(-1)).toBe('What to do: nothing.');
  });

  it('of labels that stopped says that the data is complete', () => {
    expect(explainRun(record(), 'The endpoint is down.').join('\n')).toMatch(
      /The endpoint is down\. The data itself is complete/,
    );
  });
});

describe('the result', () => {
  it('is the one that all pipelines share, and partial where they differ', () => {
    expect(overall([])).toBe('interrupted');
    expect(overall(['succeeded', 'succeeded'])).toBe('succeeded');
    expect(overall(['succeeded', 'failed'])).toBe('partial');
    expect(overall(['failed', 'failed'])).toBe('failed');
    expect(overall(['busy'])).toBe('busy');
    expect(overall(['busy', 'succeeded'])).toBe('partial');
    expect(overall(['succeeded', 'interrupted'])).toBe('interrupted');
  });

  it('has the exit code of its status, and 2 where only the configuration was wrong', () => {
    const codes = (['succeeded', 'failed', 'partial', 'busy', 'interrupted'] as const).map((status) =>
      exitCode([record({ status, streams: [failing('transient', 'x.y')] })], status),
    );
    expect(codes).toEqual([0, 1, 3, 75, 130]);
    const config = failing('config', 'zendesk.unauthorized');
    expect(exitCode([record({ status: 'failed', streams: [config, config] })], 'failed')).toBe(2);
    expect(exitCode([record({ status: 'failed', streams: [config, failing('bug', 'x.y')] })], 'failed')).toBe(
      1,
    );
  });

  it('keeps the form that other programs rely on', () => {
    const labels = { offline: 3, cached: 1 };
    expect(resultOf([record({ labels }), record({ labels, costUsd: 0.5 })], 'succeeded')).toMatchObject({
      runId: 'run_1',
      status: 'succeeded',
      pipelines: [
        {
          pipeline: 'zendesk',
          lane: 'live',
          status: 'succeeded',
          streams: [{ stream: 'tickets', read: 100, loaded: 90, deleted: 4, rejected: 1, expected: 100 }],
        },
        {},
      ],
      labels: { offline: 6, cached: 2 },
      costUsd: 0.5,
    });
  });

  it('sums up in one sentence', () => {
    expect(totals(record())).toBe('100 records read, 90 loaded, 4 deleted, 1 rejected; 3 requests.');
  });
});

describe('a checkpoint by hand', () => {
  const bookmark = {
    lane: 'zendesk/tickets',
    checkpoint: { startTime: 5, cursor: 'abc' },
    revision: 1,
    loadId: null,
    done: false,
    updatedAt: '',
  };

  it('must look like the present one', () => {
    for (const good of [{ startTime: 7 }, { startTime: 7, cursor: 'x' }, { cursor: 'x', until: 9 }])
      expect(() => requireLikeness(good, bookmark)).not.toThrow();
    for (const bad of [{}, { cusor: 'x' }, { startTime: '7' }, { startTime: null, cursor: 'x' }])
      expect(() => requireLikeness(bad, bookmark), JSON.stringify(bad)).toThrow(
        /no checkpoint of zendesk\/tickets/,
      );
  });

  it('may be anything after a reset', () => {
    expect(() => requireLikeness({ any: 1 }, { ...bookmark, checkpoint: null })).not.toThrow();
    expect(() => requireLikeness({ any: 1 }, { ...bookmark, checkpoint: {} })).not.toThrow();
  });
});
