// The stream of one object: passes over spans of time by query or in bulk, then what was deleted.

import { asPipelineError, PipelineError } from '../../core/errors.ts';
import type { Context, Feedback, Page, Row, Stream } from '../../core/types.ts';
import { readInBulk } from './bulk.ts';
import { type Checkpoint, type Pass, readCheckpoint, startOf } from './checkpoint.ts';
import type { Client } from './client.ts';
import { areDeletionsDue, readDeleted } from './deleted.ts';
import { type Described, describe, valuesOf, type Wish } from './describe.ts';
import { NO_BULK, NO_OBJECT, TOO_SLOW } from './errors.ts';
import { isTooWide, readByQuery } from './query.ts';
import { count, type Reading } from './reading.ts';
import { asRecord } from './records.ts';
import { WORDS } from './words.ts';

/** One object as a stream. */
export interface ObjectSpec extends Wish {
  readonly stream: string;
  /** Some orgs have no such object. */
  readonly optional?: true;
  /** Every org has at least one. */
  readonly neverEmpty?: true;
  /** Its records are never deleted. */
  readonly kept?: true;
}

export interface ReadOptions {
  /** A change may become visible so long after its time; nothing newer is read. */
  readonly settleSeconds: number;
  /** What a run reads again of the time before, for changes that became visible later still. */
  readonly lookBackSeconds: number;
  /** From so many records on, a span is read in bulk. */
  readonly bulkFromRows: number;
  /** An object with formulas is read whole so often; 0 is never. */
  readonly rereadEveryDays: number;
}

const EPOCH = new Date(0).toISOString();
const DAY_MS = 86_400_000;
/** A wide object whose list of fields fits into no address is read in bulk from so many rows on: otherwise 200 rows a request. */
const BULK_FROM_WIDE_ROWS = 2_000;
/** Spans that the vendor cannot sort in time are halved so often, down to a second. */
const MOST_HALVINGS = 40;
const SHORTEST_SPAN_MS = 1_000;
const SHORTEST_REST_MS = 60_000;

export function objectStream(
  spec: ObjectSpec,
  connect: (context: Context) => Client,
  options: ReadOptions,
): Stream {
  // What `tables` described, for the `read` of the same run.
  const known = new WeakMap<Context, { readonly described: Described; readonly client: Client }>();

  async function learn(context: Context) {
    const client = connect(context);
    try {
      const described = await describe(spec, client, context);
      known.set(context, { described, client });
      return { described, client };
    } catch (thrown) {
      const error = asPipelineError(thrown);
      if (spec.optional !== true || error.code !== NO_OBJECT) throw error;
      const { message, hint, status } = error;
      throw new PipelineError('config', 'salesforce.not_available', message, {
        ...(hint === undefined ? {} : { hint }),
        ...(status === undefined ? {} : { status }),
      });
    }
  }

  return {
    name: spec.stream,
    description: spec.description,
    deletes: spec.kept === true ? 'none' : 'tombstones',
    mode: 'incremental',
    ...(spec.neverEmpty === undefined ? {} : { neverEmpty: spec.neverEmpty }),
    ...(spec.optional === undefined ? {} : { optional: spec.optional }),
    tables: async (context) => [(await learn(context)).described.table],
    start: startOf,
    async *read(from, context) {
      const { described, client } = known.get(context) ?? (await learn(context));
      const words = WORDS[spec.object];
      const reading: Reading = { described, client, context, words, related: true, gone: new Set() };
      yield* readObject(reading, readCheckpoint(from), options);
    },
    remap(_table, record, context) {
      const values = asRecord(record);
      return values === undefined ? undefined : known.get(context)?.described.map(valuesOf(values));
    },
    ...(WORDS[spec.object] === undefined
      ? {}
      : {
          feedback: (_table: string, row: Row): readonly Feedback[] => listOf(WORDS[spec.object]?.say(row)),
        }),
  };
}

function listOf(said: Feedback | undefined): readonly Feedback[] {
  return said === undefined ? [] : [said];
}

async function* readObject(
  reading: Reading,
  from: Checkpoint,
  options: ReadOptions,
): AsyncGenerator<Page<Checkpoint>> {
  const { client, context, described } = reading;
  const settled = client.now().getTime() - options.settleSeconds * 1000;
  const until = from.until === undefined ? Number.POSITIVE_INFINITY : Date.parse(from.until);
  const target = Math.min(settled, until);
  const tellsDeleted = described.tellsDeleted && from.until === undefined;
  let at: Checkpoint = from;
  const note = (checkpoint: Checkpoint): void => {
    at = checkpoint;
  };
  let gap: PipelineError | undefined;
  // Deletions come behind the records that they delete. Those that the last reading did not get to come first now, or a reader that
  // stops behind each pass would never hear of them.
  if (tellsDeleted && at.pass === undefined && at.caughtUp === true && areDeletionsDue(at)) {
    gap = yield* noting(readDeleted(reading, at, Date.parse(at.since)), note);
  }
  let halvings = 0;
  let isFirst = true;
  while (at.pass !== undefined || isDue(at, target)) {
    const pass = at.pass ?? nextPass(reading, at, target, isFirst, options);
    isFirst = false;
    try {
      const complete = yield* noting(readPass(reading, at, pass, options), note);
      if (!complete) return;
    } catch (thrown) {
      if (asPipelineError(thrown).code !== TOO_SLOW || halvings === MOST_HALVINGS) throw thrown;
      const half = halfOf(at.pass ?? pass);
      if (half === undefined) throw thrown;
      halvings += 1;
      at = { ...at, pass: half };
      context.log.warn('salesforce.span_halved', { object: described.object, to: half.to });
    }
  }
  if (isFirst && at.caughtUp === true) yield { rows: {}, checkpoint: at, caughtUpTo: at.since };
  if (tellsDeleted) gap = (yield* noting(readDeleted(reading, at, target), note)) ?? gap;
  if (gap !== undefined) throw gap;
}

/** A feed that was caught up a moment ago has nothing new that has settled; to look back once more would only repeat. */
function isDue({ since, caughtUp }: Checkpoint, target: number): boolean {
  return Date.parse(since) + (caughtUp === true ? SHORTEST_REST_MS : 0) < target;
}

/** The pages, and word of each checkpoint. */
async function* noting<T>(
  pages: AsyncGenerator<Page<Checkpoint>, T>,
  note: (checkpoint: Checkpoint) => void,
): AsyncGenerator<Page<Checkpoint>, T> {
  for (;;) {
    const step = await pages.next();
    if (step.done === true) return step.value;
    note(step.value.checkpoint);
    yield step.value;
  }
}

/** The first half of a pass, without its job; undefined where it is too short for halves. */
function halfOf({ job: _slow, ...pass }: Pass): Pass | undefined {
  const begin = Date.parse(pass.from);
  const half = Math.floor((Date.parse(pass.to) - begin) / 2);
  return half < SHORTEST_SPAN_MS ? undefined : { ...pass, to: new Date(begin + half).toISOString() };
}

/** Everything since the last pass, and what may have become visible late; or, where formulas are due, everything. */
function nextPass(
  { described }: Reading,
  at: Checkpoint,
  target: number,
  isFirst: boolean,
  options: ReadOptions,
): Pass {
  const to = new Date(target).toISOString();
  const mustRead =
    isFirst &&
    described.hasFormulas &&
    at.caughtUp === true &&
    options.rereadEveryDays > 0 &&
    target - Date.parse(at.wholeAt ?? EPOCH) >= options.rereadEveryDays * DAY_MS;
  if (mustRead || at.since === EPOCH) return { since: EPOCH, from: EPOCH, to, whole: true };
  // What goes on behind the first half of a whole reading belongs to it.
  const whole = !isFirst && at.wholeAt === at.since;
  const looksBack = isFirst && at.caughtUp === true;
  const from = looksBack
    ? new Date(Math.max(0, Date.parse(at.since) - options.lookBackSeconds * 1000)).toISOString()
    : at.since;
  return { since: from, from, to, ...(whole ? { whole } : {}) };
}

/** Small spans by query, large ones and those that cannot be counted in bulk; returns whether all of it came. */
async function* readPass(
  reading: Reading,
  at: Checkpoint,
  pass: Pass,
  options: ReadOptions,
): AsyncGenerator<Page<Checkpoint>, boolean> {
  let span = pass;
  const counted = span.job === undefined ? await count(reading, span) : undefined;
  const bulkFrom = isTooWide(reading, span) ? BULK_FROM_WIDE_ROWS : options.bulkFromRows;
  if (span.job !== undefined || counted === undefined || counted >= bulkFrom) {
    try {
      return yield* readInBulk(reading, at, span);
    } catch (thrown) {
      if (asPipelineError(thrown).code !== NO_BULK) throw thrown;
      reading.context.log.warn('salesforce.no_bulk', { object: reading.described.object });
      const { job: _refused, ...rest } = span;
      span = rest;
    }
  }
  return yield* readByQuery(reading, at, span, counted);
}
