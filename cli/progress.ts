// Shows how a run goes: lines that stay in place on a terminal, one JSON line at a time elsewhere.

import type { Progress } from '../core/engine.ts';
import type { StreamReport } from '../core/types.ts';
import { count, divertNotes, duration, note } from './output.ts';

export interface ProgressView {
  show(progress: Progress): void;
  /** Resolves when nothing more will be drawn; the last state of each line stays on the screen. */
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

/** One line a stream, by listr2, on standard error; a line that waits for the vendor's limit says so. */
async function terminalView(streams: readonly string[]): Promise<ProgressView> {
  const { Listr, ListrLogger, ProcessOutput, DefaultRenderer } = await import('listr2');
  /** listr2 draws only where standard output is a terminal; ours may be a file while a person looks at standard error. */
  class Renderer extends DefaultRenderer {
    static override nonTTY = true;
  }
  const lines = new Map<string, Line>();
  const names = [...streams, LABELS, NOTES];
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const screen = new ProcessOutput(process.stderr, process.stdout);
  const list = new Listr(
    names.map((name) => ({
      // A line without a title is not drawn: labels and notes show when there is something to say.
      ...(streams.includes(name) ? { title: name } : {}),
      task: (_: unknown, task: Line['task']) =>
        new Promise<void>((resolve, reject) => {
          lines.set(name, { task, resolve, reject });
          if (lines.size === names.length) begin();
        }),
      rendererOptions: { bottomBar: name === NOTES ? 20 : false, persistentOutput: name === NOTES },
    })),
    {
      renderer: Renderer,
      rendererOptions: {
        logger: new ListrLogger({ processOutput: screen }),
        formatOutput: 'truncate',
        showErrorMessage: false,
        collapseErrors: false,
      },
      concurrent: true,
      exitOnError: false,
      // The signals are the session's: it lets the run end in good order.
      registerSignalListeners: false,
    },
  );
  // A second Ctrl-C ends the process in the middle: the cursor comes back, and what was to be said is said.
  const restore = (): void => screen.release();
  process.once('exit', restore);
  const startedMs = Date.now();
  const since = new Map<string, number>();
  const drawn = list.run();
  // What is shown before there is a line for it would be lost, and an end before it would never come.
  await Promise.race([begun, drawn]);
  const notes = lines.get(NOTES);
  if (notes !== undefined) {
    divertNotes((text) => {
      notes.task.output = text;
    });
  }

  return {
    show(progress) {
      if (progress.at === 'note') return note(progress.message);
      const name = progress.at === 'labels' ? LABELS : progress.report.stream;
      const line = lines.get(name);
      if (line === undefined) return;
      line.task.title =
        progress.at === 'labels'
          ? labelLine(progress.done, progress.waiting)
          : streamLine(progress.report, since, Date.now() - startedMs);
      if (!isLast(progress)) return;
      const failed = progress.at === 'stream' && !/^(succeeded|skipped)$/.test(progress.report.status);
      if (failed) line.reject(new Error(progress.report.status));
      else line.resolve();
    },
    async end() {
      for (const { resolve } of lines.values()) resolve();
      await drawn;
      process.off('exit', restore);
      divertNotes(undefined);
    },
  };
}

const LABELS = 'labels';
const NOTES = 'notes';

interface Line {
  readonly task: { title: string | undefined; output: string };
  resolve(): void;
  reject(error: Error): void;
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
