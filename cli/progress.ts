// Shows how a run goes: a block of lines that stay in place on a terminal, one JSON line at a time elsewhere.

import type { Progress } from '../core/engine.ts';
import type { Pipeline, StreamReport } from '../core/types.ts';
import { count, note } from './output.ts';

export interface ProgressView {
  show(progress: Progress): void;
  end(): Promise<void>;
}

/** How often one stream is reported where no terminal is, in milliseconds. */
const LINE_EVERY_MS = 1000;

export async function createProgress(pipeline: Pipeline, json: boolean): Promise<ProgressView> {
  return process.stderr.isTTY === true && !json ? terminalView(pipeline) : lineView(pipeline.name);
}

/** One JSON line a second and stream at most, and always the last word of each stream. */
function lineView(pipeline: string): ProgressView {
  const shownMs = new Map<string, number>();
  return {
    show(progress) {
      if (progress.at === 'note')
        return note(JSON.stringify({ progress: 'note', pipeline, message: progress.message }));
      const key = progress.at === 'stream' ? progress.report.stream : 'labels';
      const over = progress.at === 'stream' && progress.report.status !== 'running';
      const now = Date.now();
      if (!over && now - (shownMs.get(key) ?? 0) < LINE_EVERY_MS) return;
      shownMs.set(key, now);
      if (progress.at === 'labels')
        return note(
          JSON.stringify({ progress: 'labels', pipeline, done: progress.done, waiting: progress.waiting }),
        );
      const { stream, status, read, loaded, rejected, expected, caughtUpTo, http } = progress.report;
      note(
        JSON.stringify({
          progress: 'stream',
          pipeline,
          stream,
          status,
          read,
          loaded,
          rejected,
          expected,
          caughtUpTo,
          requests: http.requests,
          waitMs: http.waitMs,
        }),
      );
    },
    async end() {},
  };
}

/** One line a stream, by listr2; a line that is waiting for the vendor's limit says so. */
async function terminalView(pipeline: Pipeline): Promise<ProgressView> {
  const { Listr } = await import('listr2');
  const titles = new Map<string, (text: string) => void>();
  const finish = new Map<string, (error?: Error) => void>();
  const firstSeen = new Map<string, number>();
  const started = Date.now();
  const line = (
    name: string,
  ): { title: string; task: (ctx: unknown, task: { title: string }) => Promise<void> } => ({
    title: name,
    task: (_context, task) => {
      titles.set(name, (text) => {
        task.title = text;
      });
      return new Promise<void>((resolve, reject) =>
        finish.set(name, (error) => (error === undefined ? resolve() : reject(error))),
      );
    },
  });
  const names = [
    ...pipeline.source.streams.map((s) => s.name),
    ...(pipeline.labels === undefined ? [] : ['labels']),
  ];
  const list = new Listr(names.map(line), {
    concurrent: true,
    exitOnError: false,
    fallbackRendererCondition: false,
    rendererOptions: { collapseErrors: false, showErrorMessage: false },
  });
  process.stdout.isTTY = process.stderr.isTTY;
  const running = list.run();

  return {
    show(progress) {
      if (progress.at === 'note') return;
      if (progress.at === 'labels') {
        const share = progress.waiting === 0 ? 1 : progress.done / progress.waiting;
        titles.get('labels')?.(`labels  ${bar(share)} ${count(progress.done)} of ${count(progress.waiting)}`);
        if (progress.done >= progress.waiting) finish.get('labels')?.();
        return;
      }
      const { report } = progress;
      titles.get(report.stream)?.(streamLine(report, firstSeen, Date.now() - started));
      if (report.status === 'running') return;
      const ok = report.status === 'succeeded' || report.status === 'skipped';
      finish.get(report.stream)?.(ok ? undefined : new Error(report.error?.message ?? report.status));
    },
    async end() {
      for (const done of finish.values()) done();
      await running;
    },
  };
}

function streamLine(report: StreamReport, firstSeen: Map<string, number>, elapsedMs: number): string {
  const rate = elapsedMs > 1000 ? `, ${count(Math.round((report.read / elapsedMs) * 1000))} a second` : '';
  const waited =
    report.http.waitMs > 1000
      ? `, waited ${Math.round(report.http.waitMs / 1000)} s for the vendor's limit`
      : '';
  const rejected = report.rejected > 0 ? `, ${count(report.rejected)} rejected` : '';
  const numbers = `${count(report.read)} read, ${count(report.loaded)} loaded${rejected}${rate}${waited}`;
  if (report.status === 'skipped') return `${report.stream}  not available on this account`;
  if (report.status !== 'running') return `${report.stream}  ${numbers}`;
  return `${report.stream}  ${bar(share(report, firstSeen))} ${numbers}${report.caughtUpTo === null ? '' : `, at ${report.caughtUpTo.slice(0, 10)}`}`;
}

/** How far: by the vendor's own count where there is one, else by how far in time the stream has come. */
function share(report: StreamReport, firstSeen: Map<string, number>): number | undefined {
  if (report.expected !== null && report.expected > 0) return report.read / report.expected;
  if (report.caughtUpTo === null) return undefined;
  const at = Date.parse(report.caughtUpTo);
  const first = firstSeen.get(report.stream) ?? at;
  firstSeen.set(report.stream, first);
  return (at - first) / Math.max(1, Date.now() - first);
}

function bar(share: number | undefined): string {
  if (share === undefined) return '';
  const full = Math.max(0, Math.min(20, Math.round(share * 20)));
  return `${'█'.repeat(full)}${'░'.repeat(20 - full)} ${Math.min(100, Math.floor(share * 100))} %`;
}
