// How one stream went: complete or not, and what is told of it. Success is said only where everything is there.

import { asPipelineError, PipelineError } from './errors.ts';
import type { Tally } from './tally.ts';
import type { ErrorReport, LedgerEntry, Pipeline, Reject, Stream, StreamReport, Window } from './types.ts';

/** What was asked to be read. */
interface Read {
  readonly pipeline: Pipeline;
  readonly stream: Stream;
  readonly window: Window;
  readonly ledger: LedgerEntry | undefined;
}

/** Throws data `stream.too_many_rejects` when so much cannot be read that going on would hide it. */
export function checkRejects({ pipeline, stream }: Read, tally: Tally, newest: readonly Reject[]): void {
  const allowed = Math.max(10, tally.read * (pipeline.maxRejectShare ?? 0.05));
  if (tally.rejected <= allowed) return;
  const codes = [...new Set(newest.map((r) => r.code))].join(', ');
  throw new PipelineError(
    'data',
    'stream.too_many_rejects',
    `${tally.rejected} of ${tally.read} records of ${stream.name} could not be read (${codes}).`,
    {
      hint: `Look at them with \`pipeline rejects list\`. The bookmark stays before them; raise maxRejectShare in pipelines/${pipeline.name}.ts to go on without them.`,
    },
  );
}

/** Success means complete: fewer records than the vendor counts, or none where there must be some, is partial. */
export function verdict({ stream, window, ledger }: Read, tally: Tally): ErrorReport | null {
  if (tally.expected !== null && tally.read < tally.expected) {
    tally.status = 'partial';
    return {
      kind: 'transient',
      code: 'stream.incomplete',
      message: `${stream.name}: the vendor counts ${tally.expected} records and sent ${tally.read}.`,
      hint: 'Run again. If it stays short, the credentials may not see everything: compare with what an administrator sees.',
    };
  }
  const fromBeginning = window.since === undefined && ledger === undefined;
  if (
    stream.neverEmpty === true &&
    fromBeginning &&
    tally.read === 0 &&
    tally.loads === 0 &&
    tally.pages > 0
  ) {
    tally.status = 'partial';
    return {
      kind: 'config',
      code: 'stream.unexplained_zero',
      message: `${stream.name}: the vendor sent no record at all, though every account has at least one.`,
      hint: 'The credentials probably do not see this data: check role and scopes with `pipeline check`.',
    };
  }
  return null;
}

export function isSourceFailure(thrown: unknown): boolean {
  const { code } = asPipelineError(thrown);
  return !/^(sink|state|lane|bookmark|bug|stream\.too_many)/.test(code);
}

export function statusAfter(
  error: PipelineError,
  stream: Stream,
  tally: Tally,
  aborted: boolean,
): StreamReport['status'] {
  if (stream.optional === true && error.code.endsWith('.not_available')) return 'skipped';
  if (aborted && error.code !== 'lane.lost') return 'interrupted';
  return tally.loads > 0 ? 'partial' : 'failed';
}

export function toReport(error: PipelineError): ErrorReport {
  return { kind: error.kind, code: error.code, message: error.message, hint: error.hint ?? null };
}
