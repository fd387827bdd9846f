// Shows how a run goes: lines that stay in place on a terminal, one JSON line at a time elsewhere.

import type { Progress } from '../core/engine.ts';
import type { StreamReport } from '../core/types.ts';
import { count, duration, note } from './output.ts';
import { createScreen } from './screen.ts';

export interface ProgressView {
  show(progress: Progress): void;
  /** Resolves when nothing more will be drawn; the last state of each line stays on the screen. */
  end(): Promise<void>;
}

/** Of several pipelines that run side by side. */
export interface SharedProgress {
  /** One of them; its `end` says that it has ended. */
  of(pipeline: string, streams: readonly string[]): ProgressView;
  /** All have ended. */
  end(): Promise<void>;
}

/** How often one stream is reported where no terminal is, in milliseconds. */
const LINE_EVERY_MS = 1000;

/** For the streams of a pipeline, and for its labels where there are any to give. */
export async function createProgress(
  pipeline: string,
  streams: readonly string[],
  json: boolean,
): Promise<ProgressView> {
  return process.stderr.isTTY === true && !json ? terminalView(streams) : lineView(pipeline);
}

/** For pipelines that run side by side. */
export async function createSharedProgress(
  pipelines: readonly string[],
  json: boolean,
): Promise<SharedProgress> {
  return process.stderr.isTTY === true && !json
    ? sharedTerminalView(pipelines)
    : { of: lineView, end: async () => undefined };
}

/** One JSON line a second and stream at most, and always the last word of each. */
function lineView(pipeline: string): ProgressView {
  const shownMs = new Map<string, number>();
  return {
    show(progress) {
      const line = describe(progress);
      const key = progress.at === 'stream' ? progress.report.stream : progress.at;
      if (!isLast(progress) && Date.now() - (shownMs.get(key) ?? 0) < LINE_EVERY_MS) return;
      shownMs.set(key, Date.now());
      note(JSON.stringify({ progress: progress.at, pipeline, ...line }));
    },
    async end() {},
  };
}

function isLast(progress: Progress): boolean {
  if (progress.at === 'stream') return progress.report.status !== 'running';
  return progress.at === 'note' || progress.done >= progress.waiting;
}

function describe(progress: Progress): object {
  if (progress.at === 'note') return { message: progress.message };
  if (progress.at === 'labels') return { done: progress.done, waiting: progress.waiting };
  const { stream, status, read, loaded, rejected, expected, caughtUpTo, http } = progress.report;
  return {
    stream,
    status,
    read,
    loaded,
    rejected,
    expected,
    caughtUpTo,
    requests: http.requests,
    waitMs: Math.round(http.waitMs),
  };
}

/** One line a stream, and one for the labels; a line that waits for the vendor's limit says so. */
async function terminalView(streams: readonly string[]): Promise<ProgressView> {
  const screen = await createScreen(streams, [LABELS]);
  const startedMs = Date.now();
  const since = new Map<string, number>();
  return {
    show(progress) {
      if (progress.at === 'note') return note(progress.message);
      if (progress.at === 'labels') {
        screen.write(LABELS, labelLine(progress.done, progress.waiting));
        if (isLast(progress)) screen.finish(LABELS, false);
        return;
      }
      const { report } = progress;
      screen.write(report.stream, streamLine(report, since, Date.now() - startedMs));
      if (isLast(progress)) screen.finish(report.stream, isBad(report));
    },
    end: () => screen.end(),
  };
}

/** One line a pipeline: with all their streams side by side nobody could read them. */
async function sharedTerminalView(pipelines: readonly string[]): Promise<SharedProgress> {
  const screen = await createScreen(pipelines);
  return {
    of(pipeline, streams) {
      const startedMs = Date.now();
      const reports = new Map<string, StreamReport>();
      return {
        show(progress) {
          if (progress.at === 'note') return note(`${pipeline}: ${progress.message}`);
          if (progress.at === 'stream') reports.set(progress.report.stream, progress.report);
          const labels = progress.at === 'labels' ? `, ${labelLine(progress.done, progress.waiting)}` : '';
          screen.write(
            pipeline,
            pipelineLine(pipeline, [...reports.values()], streams.length, Date.now() - startedMs) + labels,
          );
        },
        async end() {
          screen.finish(pipeline, [...reports.values()].some(isBad));
        },
      };
    },
    end: () => screen.end(),
  };
}

const LABELS = 'labels';

function isBad({ status }: StreamReport): boolean {
  return status !== 'running' && status !== 'succeeded' && status !== 'skipped';
}

/** `hubspot  3 of 9 streams, 12,345 read, 12,300 loaded, 1,200/s` */
function pipelineLine(
  pipeline: string,
  reports: readonly StreamReport[],
  streams: number,
  elapsedMs: number,
): string {
  const sum = (of: (report: StreamReport) => number) => reports.reduce((total, one) => total + of(one), 0);
  const done = reports.filter(({ status }) => status !== 'running').length;
  const [read, rejected, waitMs] = [sum((r) => r.read), sum((r) => r.rejected), sum((r) => r.http.waitMs)];
  const parts = [
    `${done} of ${streams} streams`,
    `${count(read)} read`,
    `${count(sum((r) => r.loaded))} loaded`,
  ];
  if (rejected > 0) parts.push(`${count(rejected)} rejected`);
  if (done < streams && elapsedMs > 2000) parts.push(`${count(Math.round((read / elapsedMs) * 1000))}/s`);
  if (waitMs > 1000) parts.push(`waited ${duration(waitMs)} for the vendor`);
  const bad = reports.filter(isBad).map(({ stream, status }) => `${stream} ${status}`);
  return `${pipeline}  ${[...parts, ...bad].join(', ')}`;
}

function labelLine(done: number, waiting: number): string {
  return `${LABELS}  ${done < waiting ? bar(done / waiting) : ''}${count(done)} of ${count(waiting)}`;
}

function streamLine(report: StreamReport, since: Map<string, number>, elapsedMs: number): string {
  const { stream, status, read, loaded, rejected, http, caughtUpTo } = report;
  if (status === 'skipped') return `${stream}  skipped: not available on this account`;
  const parts = [`${count(read)} read`, `${count(loaded)} loaded`];
  if (rejected > 0) parts.push(`${count(rejected)} rejected`);
  if (status === 'running' && elapsedMs > 2000)
    parts.push(`${count(Math.round((read / elapsedMs) * 1000))}/s`);
  if (http.waitMs > 1000) parts.push(`waited ${duration(http.waitMs)} for the vendor`);
  if (status !== 'running')
    return `${stream}  ${status === 'succeeded' ? '' : `${status}; `}${parts.join(', ')}`;
  if (caughtUpTo !== null) parts.push(`at ${caughtUpTo.slice(0, 10)}`);
  return `${stream}  ${bar(shareDone(report, since))}${parts.join(', ')}`;
}

/** How far: by the vendor's count where that is ahead of us, else by how far in time the stream has come since it began. */
function shareDone(report: StreamReport, since: Map<string, number>): number | undefined {
  if (report.expected !== null && report.expected > report.read) return report.read / report.expected;
  if (report.caughtUpTo === null) return undefined;
  const at = Date.parse(report.caughtUpTo);
  const first = since.get(report.stream) ?? at;
  since.set(report.stream, first);
  return (at - first) / Math.max(1, Date.now() - first);
}

function bar(share: number | undefined): string {
  if (share === undefined) return '';
  const done = Math.max(0, Math.min(1, share));
  const full = Math.round(done * 12);
  return `${'█'.repeat(full)}${'░'.repeat(12 - full)} ${Math.floor(done * 100)} %  `;
}
