// `pipeline status`: how each stream stands, from the state alone, so that it answers also while a load holds the warehouse.

import type { RunRecord, StreamReport } from '../core/types.ts';
import { count, duration, note, print, printJson } from './output.ts';
import { withSession } from './session.ts';
import { printTable } from './table.ts';
import type { Action } from './verbs.ts';

export const status: Action = async (_args, options) =>
  withSession({ readOnly: true }, async (session) => {
    const state = await session.state();
    const [bookmarks, leases, runs, waiting] = await Promise.all([
      state.bookmarks(),
      state.leases(),
      state.runs({ limit: 200 }),
      state.rejects({ pending: true, limit: 10_000 }),
    ]);
    const last = lastReports(runs);
    const running = new Set(leases.filter(({ live }) => live).map(({ lane }) => lane));
    const lanes = [...new Set([...bookmarks.map(({ lane }) => lane), ...last.keys(), ...running])]
      .filter((lane) => !/\/(labels|replay)$/.test(lane))
      .sort();
    const rows = lanes.map((lane) => {
      const found = last.get(lane);
      return {
        lane,
        status: running.has(lane) ? 'running' : (found?.report.status ?? 'unknown'),
        checkedAt: found === undefined ? null : (found.run.endedAt ?? found.run.startedAt),
        succeededAt: succeededAt(runs, lane),
        caughtUpTo: found?.report.caughtUpTo ?? null,
        bookmarkAt: bookmarks.find((b) => b.lane === lane)?.updatedAt ?? null,
        done: bookmarks.find((b) => b.lane === lane)?.done ?? false,
        rejectsWaiting: waiting.filter((r) => r.lane === lane).length,
        error: found?.report.error ?? null,
        runId: found?.run.runId ?? null,
      };
    });
    const today = new Date().toISOString().slice(0, 10);
    const spend = await state.spend(today);
    const labels = runs[0]?.labels ?? {};
    if (options['json'] === true) {
      printJson({ lanes: rows, spend: { day: today, ...spend }, labels, lastRun: runs[0]?.runId ?? null });
      return 0;
    }
    if (rows.length === 0) {
      note('Nothing was read yet. Start with `pipeline run zendesk`, or `pipeline demo` to look around.');
      return 0;
    }
    await printTable(
      ['lane', 'status', 'succeeded', 'caught up', 'rejects'],
      rows.map((row) => ({
        lane: row.lane,
        status: row.status,
        succeeded: ago(row.succeededAt),
        'caught up': row.caughtUpTo === null ? '' : ago(row.caughtUpTo),
        rejects: row.rejectsWaiting,
      })),
      { least: 2 },
    );
    print(
      `Labels today: ${spend.spentUsd.toFixed(4)} USD spent${spend.reservedUsd > 0 ? `, ${spend.reservedUsd.toFixed(4)} reserved` : ''} (UTC day).`,
    );
    const bad = rows.find(({ status: s }) => s === 'failed' || s === 'partial');
    if (bad !== undefined)
      print(`${bad.lane} did not go well. Why, and what to do: pipeline explain ${bad.runId}`);
    const rejects = rows.reduce((sum, row) => sum + row.rejectsWaiting, 0);
    if (rejects > 0) print(`Set aside: ${count(rejects, 'record')}. See pipeline rejects list`);
    return 0;
  });

/** `5 min ago`: the largest unit is enough to see what is late. */
function ago(at: string | null): string {
  if (at === null) return 'never';
  return `${duration(Math.max(0, Date.now() - Date.parse(at))).replace(/^([\d.]+ \w+) .*/, '$1')} ago`;
}

interface LastReport {
  readonly run: RunRecord;
  readonly report: StreamReport;
}

/** The newest report of each lane. */
function lastReports(runs: readonly RunRecord[]): ReadonlyMap<string, LastReport> {
  const last = new Map<string, LastReport>();
  for (const run of runs) {
    for (const report of run.streams) if (!last.has(report.lane)) last.set(report.lane, { run, report });
  }
  return last;
}

function succeededAt(runs: readonly RunRecord[], lane: string): string | null {
  const run = runs.find((r) => r.streams.some((s) => s.lane === lane && s.status === 'succeeded'));
  return run === undefined ? null : (run.endedAt ?? run.startedAt);
}
