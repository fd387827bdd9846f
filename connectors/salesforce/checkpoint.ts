// Where the reading of an object stands; stored as JSON and read back with suspicion, because operators may edit it.

import { PipelineError } from '../../core/errors.ts';
import type { Json, Window } from '../../core/types.ts';
import { asRecord, idOf, instantOf, textOf, type VendorRecord } from './records.ts';
import type { Span } from './soql.ts';

/** A bulk job whose results are being read. Locators stay good as long as the job is kept, which is seven days. */
export type Job = {
  readonly id: string;
  /** Its results can be read by the version that made it only. */
  readonly apiVersion: string;
  /** The next page; none for the first. */
  readonly locator?: string;
  /** Rows of the pages before it. */
  readonly rows: number;
};

/** One way through everything that changed within a span; `from` and `after` move on with each page. */
export type Pass = Span & {
  /** Where it began: a pass that proves incomplete is repeated from here. */
  readonly since: string;
  readonly job?: Job;
  /** A whole reading, for the sake of formulas. */
  readonly whole?: true;
};

export type Checkpoint = {
  /** Everything that changed before this instant is read. */
  readonly since: string;
  /** The first instant that is no longer wanted. */
  readonly until?: string;
  /** The feed was caught up at `since`: what became visible late may lie before it. */
  readonly caughtUp?: true;
  readonly pass?: Pass;
  /** Deletions before this instant are told. */
  readonly deletedSince?: string;
  /** When formulas were last read everywhere. */
  readonly wholeAt?: string;
};

/** The beginning of a window, as the first checkpoint. */
export function startOf({ since, until }: Window): Checkpoint {
  return {
    since: (since ?? new Date(0)).toISOString(),
    ...(until === undefined ? {} : { until: until.toISOString() }),
  };
}

/** Throws config `salesforce.bad_checkpoint` for what is none. */
export function readCheckpoint(from: Json): Checkpoint {
  const record = asRecord(from);
  const since = instantOf(record?.['since']);
  if (record === undefined || since === undefined) {
    throw new PipelineError(
      'config',
      'salesforce.bad_checkpoint',
      'A Salesforce checkpoint must hold "since" as an instant, such as 2026-01-31T00:00:00.000Z.',
      {
        hint: 'Reset it with `pipeline state reset`, or give it that form with `pipeline state set`.',
      },
    );
  }
  const pass = readPass(asRecord(record['pass']));
  const until = instantOf(record['until']);
  const deletedSince = instantOf(record['deletedSince']);
  const wholeAt = instantOf(record['wholeAt']);
  return {
    since,
    ...(until === undefined ? {} : { until }),
    ...(record['caughtUp'] === true ? { caughtUp: true } : {}),
    ...(pass === undefined ? {} : { pass }),
    ...(deletedSince === undefined ? {} : { deletedSince }),
    ...(wholeAt === undefined ? {} : { wholeAt }),
  };
}

/** A pass that cannot be read is begun anew, which repeats rows and skips none. */
function readPass(record: VendorRecord | undefined): Pass | undefined {
  const [since, from, to] = [record?.['since'], record?.['from'], record?.['to']].map(instantOf);
  if (record === undefined || since === undefined || from === undefined || to === undefined) return undefined;
  const after = idOf(record['after']);
  const job = readJob(asRecord(record['job']));
  return {
    since,
    from,
    to,
    ...(after === undefined ? {} : { after }),
    ...(job === undefined ? {} : { job }),
    ...(record['whole'] === true ? { whole: true } : {}),
  };
}

function readJob(record: VendorRecord | undefined): Job | undefined {
  const id = idOf(record?.['id']);
  const apiVersion = textOf(record?.['apiVersion']);
  if (id === undefined || apiVersion === null || !/^\d{2,3}\.0$/.test(apiVersion)) return undefined;
  const locator = textOf(record?.['locator']);
  const rows = record?.['rows'];
  return {
    id,
    apiVersion,
    ...(locator === null ? {} : { locator }),
    rows: typeof rows === 'number' && rows >= 0 ? rows : 0,
  };
}
