// Cursors under torture: what a feed can do to whoever reads it, as named checks that run against a stand-in of each vendor.
// Above 300 lines because it is one list of tortures, each next to how it is checked and to a connector that must not survive it.

import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { describe, it } from 'vitest';
import { PipelineError } from '../../core/errors.ts';
import type { Connector, Context, Json, Page, Row, Stream } from '../../core/types.ts';
import {
  assertComplete,
  describeError,
  isPipelineError,
  type Place,
  readAll,
  type StreamTruth,
  throughJson,
} from './connector.ts';

/**
 * What a place brings over one of its streams:
 * - `flood`: more than 10,000 records change within one instant.
 * - `late`: records change that the feed does not show yet, and later ones that it shows; after the next reading it shows all.
 * - `future`: a record is dated far in the future; after the next reading others change as usual.
 * - `sub-second`: a record changes and shows; after the next reading another changes later within the same second.
 * - `timeless`: some records have no time of change, from the beginning.
 * - `empty-page`: pages after the first hold nothing although more follows.
 * - `null-cursor`: a page says that there is more, and not where.
 * - `expired-cursor`: the vendor no longer takes the cursor of the checkpoint that is resumed from.
 */
export type Hardship =
  | 'flood'
  | 'late'
  | 'future'
  | 'sub-second'
  | 'timeless'
  | 'empty-page'
  | 'null-cursor'
  | 'expired-cursor';

/** What is done to a stream: a hardship, or what every place of the contract can do already. */
export type Torture = Hardship | 'repeated-cursor' | 'changes-while-paging';

/** A place that can also bring hardships. Its `truth` is of what the feed shows at that time. */
export interface TorturePlace extends Place {
  /** Where fresh readings begin: before all records, for feeds that are walked through day by day. Default: the beginning of time. */
  readonly since?: Date;
  /**
   * Brings a hardship over the next reading of this stream. What it returns is called after that reading: it brings the rest, ends
   * what must end, and tells whether the hardship struck at all.
   */
  bring(hardship: Hardship, stream: string): () => boolean;
}

export interface TortureSuite {
  readonly name: string;
  readonly connector: Connector;
  /** A fresh place for this connector, which may be a broken one; torture and stream decide how large the account and its pages are. */
  start(connector: Connector, torture: Torture, stream: string): Promise<TorturePlace>;
  /** Optional streams that this account of the stand-in lacks. */
  readonly unavailable?: readonly string[];
  /**
   * Why a torture does not exist at this vendor, in words: for all its streams, or by stream. Whatever is not excused here is done,
   * and what is excused is shown as skipped, with these words.
   */
  readonly excused: {
    readonly [torture in Torture]?: string | { readonly [stream: string]: string };
  };
}

/** Runs every torture on every stream, and every broken connector on the first stream that its torture can be done to. */
export function tortureContract(suite: TortureSuite): void {
  const streams = suite.connector.streams.filter(({ name }) => suite.unavailable?.includes(name) !== true);
  describe(`${suite.name} loses nothing and never loops under`, () => {
    for (const torture of TORTURES) {
      for (const stream of streams) {
        const excuse = excuseOf(suite, torture, stream);
        if (excuse === undefined)
          it(`${torture.title} (${stream.name})`, () => endure(suite, torture, stream));
        else it.skip(`${torture.title} (${stream.name}): ${excuse}`, () => undefined);
      }
    }
  });
  describe(`The tortures of ${suite.name} catch a connector that`, () => {
    for (const { name, torture: of, spoil } of TORTURED_CONNECTORS) {
      const torture = TORTURES.find((one) => one.name === of);
      const stream = torture && streams.find((one) => excuseOf(suite, torture, one) === undefined);
      if (torture === undefined || stream === undefined) {
        it.skip(`${name}: no stream of this vendor can be put to ${of}`, () => undefined);
        continue;
      }
      it(name, async () => {
        const broken = { ...suite, connector: spoil(suite.connector) };
        const caught = await endure(broken, torture, stream).then(
          () => undefined,
          (error: unknown) => error,
        );
        assert.ok(
          caught instanceof assert.AssertionError,
          `${stream.name} survives: ${describeError(caught)}`,
        );
      });
    }
  });
}

function excuseOf(suite: TortureSuite, torture: TorturePlan, stream: Stream): string | undefined {
  if (torture.of === 'time' && stream.mode === 'snapshot')
    return 'every run reads the whole list, so that there is no cursor in time';
  const excuse = suite.excused[torture.name];
  return typeof excuse === 'string' ? excuse : excuse?.[stream.name];
}

// ---------------------------------------------------------------------------------------------------------- tortures

interface TorturePlan {
  readonly name: Torture;
  /** Continues "loses nothing and never loops under …". */
  readonly title: string;
  /** Whether records are tortured, by their times of change, or pages. */
  readonly of: 'time' | 'pages';
  /** Whether the stream has been read to its end before. */
  readonly begins: 'fresh' | 'caught up';
  /** Whether a reading may end in a transient error, as long as the next one goes on. */
  readonly mayFail?: true;
  /** That the stand-in really did it. */
  struck?(place: TorturePlace, stream: string, table: string): boolean;
}

const MANY = 10_000;

const TORTURES: readonly TorturePlan[] = [
  {
    name: 'flood',
    title: 'more than 10,000 records that change within one instant',
    of: 'time',
    begins: 'fresh',
    struck(place, stream, table) {
      const sizes = new Map<number, number>();
      for (const at of instantsOf(place, stream, table)) sizes.set(at, (sizes.get(at) ?? 0) + 1);
      return Math.max(...sizes.values()) > MANY;
    },
  },
  { name: 'late', title: 'records that show behind the cursor', of: 'time', begins: 'caught up' },
  { name: 'future', title: 'a record with a date in the future', of: 'time', begins: 'caught up' },
  {
    name: 'sub-second',
    title: 'changes that only fractions of a second tell apart',
    of: 'time',
    begins: 'caught up',
    struck: (place, stream, table) =>
      instantsOf(place, stream, table).some((at, i, all) => {
        const after = all[i + 1];
        return after !== undefined && after !== at && Math.floor(after / 1000) === Math.floor(at / 1000);
      }),
  },
  { name: 'timeless', title: 'records without a time of change', of: 'time', begins: 'fresh' },
  { name: 'empty-page', title: 'empty pages before the end', of: 'pages', begins: 'fresh' },
  {
    name: 'null-cursor',
    title: 'a next page that is not named',
    of: 'pages',
    begins: 'fresh',
    mayFail: true,
  },
  { name: 'repeated-cursor', title: 'a cursor that repeats', of: 'pages', begins: 'fresh', mayFail: true },
  {
    name: 'changes-while-paging',
    title: 'changes and deletions while it pages',
    of: 'pages',
    begins: 'fresh',
  },
  { name: 'expired-cursor', title: 'cursors that expire', of: 'pages', begins: 'fresh' },
];

/** Does it, and throws an AssertionError where a row is lost, or a reading never ends. */
async function endure(suite: TortureSuite, torture: TorturePlan, { name }: Stream): Promise<void> {
  const place = await suite.start(suite.connector, torture.name, name);
  try {
    const stream = place.connector.streams.find((one) => one.name === name);
    assert.ok(stream !== undefined, `the connector has no stream ${name}`);
    if (torture.name === 'expired-cursor') await endureExpiry(place, stream);
    else await endureReadings(place, stream, torture);
  } finally {
    await place.close();
  }
}

async function endureReadings(place: TorturePlace, stream: Stream, torture: TorturePlan): Promise<void> {
  const context = place.context();
  const pages: Page[] = [];
  const rejects: unknown[] = [];
  const readOn = async (dies: boolean, between?: (page: number) => void): Promise<unknown> => {
    const from = pages.at(-1)?.checkpoint ?? beginning(place, stream);
    const { error, ...brought } = await readInterrupted(stream, from, place, { between, dies });
    pages.push(...brought.pages);
    rejects.push(...brought.rejects);
    const tolerated = torture.mayFail === true && isPipelineError(error) && error.kind === 'transient';
    if (error instanceof assert.AssertionError) throw error;
    assert.ok(error === undefined || tolerated, `${stream.name} breaks: ${describeError(error)}`);
    return error;
  };
  const complete = (): Promise<void> =>
    assertComplete(rejects.length === 0 ? place : withoutRejected(place, rejects), stream, context, pages);

  if (torture.begins === 'caught up') await readOn(true);
  const { end, between } = begin(place, stream, torture);
  // Where the feed itself breaks, dying after every page would only hide it.
  const error = await readOn(torture.mayFail !== true, between);
  // Who reports no error has claimed to be complete, unless the feed itself goes on to change.
  if (torture.of === 'pages' && torture.name !== 'changes-while-paging' && error === undefined)
    await complete();
  assert.ok(end(), `${torture.name} did not strike ${stream.name}`);
  const [main] = await stream.tables(context);
  assert.ok(main !== undefined);
  await readOn(true);
  assert.ok(
    torture.struck?.(place, stream.name, main.name) ?? true,
    `${torture.name} did not strike ${stream.name}: the truth shows nothing of it`,
  );
  await complete();
}

/** Starts what comes over the next reading; `end` tells whether it came. */
function begin(
  place: TorturePlace,
  stream: Stream,
  { name }: TorturePlan,
): { readonly end: () => boolean; readonly between?: (page: number) => void } {
  switch (name) {
    case 'repeated-cursor':
      place.trouble('repeated-cursor', stream.name);
      return {
        end() {
          place.calm();
          return true;
        },
      };
    case 'changes-while-paging': {
      let struck = false;
      const between = (page: number): void => {
        if (page > 4) return;
        if (page % 2 === 1) place.change();
        else place.remove();
        struck = true;
      };
      return { between, end: () => struck };
    }
    default:
      return { end: place.bring(name, stream.name) };
  }
}

/** From every checkpoint, once with a cursor that the vendor has forgotten. */
async function endureExpiry(place: TorturePlace, stream: Stream): Promise<void> {
  const context = place.context();
  const pages = await readAll(stream, beginning(place, stream), context);
  let struck = false;
  for (let i = 0; i < pages.length; i++) {
    const end = place.bring('expired-cursor', stream.name);
    const rest = await readAll(stream, pages[i]?.checkpoint ?? null, place.context());
    struck = end() || struck;
    await assertComplete(place, stream, context, [...pages.slice(0, i + 1), ...rest]);
  }
  assert.ok(struck, `expired-cursor did not strike ${stream.name}`);
}

function beginning({ since }: TorturePlace, stream: Stream): Json {
  return stream.start(since === undefined ? {} : { since });
}

/** More pages than any account here has, were they read twice. */
const MOST_PAGES = 3_000;

/**
 * Reads on. With `dies`, as a runner would that dies after every page and takes the page after it along: each reading goes on from
 * the last checkpoint alone. A page that leaves the checkpoint where it was is no place to die at, or nothing would ever get on.
 */
async function readInterrupted(
  stream: Stream,
  start: Json,
  place: Place,
  { between, dies }: { readonly between: ((page: number) => void) | undefined; readonly dies: boolean },
): Promise<{
  readonly pages: readonly Page[];
  readonly rejects: readonly unknown[];
  readonly error: unknown;
}> {
  const read: Page[] = [];
  const rejects: unknown[] = [];
  let from = throughJson(start);
  try {
    for (;;) {
      const context = place.context();
      await stream.tables(context);
      const pages = stream.read(from, context)[Symbol.asyncIterator]();
      let next = await pages.next();
      for (;;) {
        if (next.done === true) {
          rejects.push(...context.rejects);
          return { pages: read, rejects, error: undefined };
        }
        read.push(next.value);
        assert.ok(read.length <= MOST_PAGES, `${stream.name} goes round in circles: ${MOST_PAGES} pages`);
        const checkpoint = throughJson(next.value.checkpoint);
        between?.(read.length);
        next = await pages.next();
        if (next.done === true || !dies || isDeepStrictEqual(checkpoint, from)) continue;
        from = checkpoint;
        await pages.return?.();
        break;
      }
      rejects.push(...context.rejects);
    }
  } catch (error) {
    return { pages: read, rejects, error };
  }
}

/** A record that has no time of change may also be set aside, with its reason. */
function withoutRejected(place: TorturePlace, rejects: readonly unknown[]): Place {
  const truth = (stream: string): StreamTruth => {
    const whole = place.truth(stream);
    const timeless = (table: string, row: Row): boolean =>
      Number.isNaN(place.changedAt(table, row).getTime());
    const rows = Object.entries(whole.rows);
    const aside = rows.flatMap(([table, all]) => all.filter((row) => timeless(table, row)));
    if (aside.length === 0 || rejects.length < aside.length) return whole;
    return {
      ...whole,
      rows: Object.fromEntries(
        rows.map(([table, all]) => [table, all.filter((row) => !timeless(table, row))]),
      ),
    };
  };
  return { ...place, truth };
}

/** In order; equal ones side by side. */
function instantsOf(place: Place, stream: string, table: string): readonly number[] {
  const rows = place.truth(stream).rows[table] ?? [];
  return rows.map((row) => place.changedAt(table, row).getTime()).toSorted((a, b) => a - b);
}

// ------------------------------------------------------------------------------------------------- broken connectors

interface TorturedConnector {
  /** Continues "a connector that …". */
  readonly name: string;
  /** The torture that it must not survive. */
  readonly torture: Torture;
  spoil(good: Connector): Connector;
}

/** The connector with the reading of every stream changed. `versionOf` is what a row of its first table goes by. */
function eachReading(
  good: Connector,
  change: (reading: {
    readonly stream: Stream;
    readonly from: Json;
    readonly context: Context;
    readonly versionOf: (row: Row) => Json;
  }) => AsyncIterable<Page>,
): Connector {
  const streams = good.streams.map((stream): Stream => {
    const spoilt: Stream = {
      ...stream,
      async *read(from, context) {
        const [main] = await stream.tables(context);
        const column = main?.version;
        const versionOf = (row: Row): Json => (column === undefined ? null : (row[column] ?? null));
        yield* change({ stream, from, context, versionOf });
      },
    };
    return spoilt;
  });
  return { ...good, streams };
}

/** The pages, with only some of their rows. */
async function* keeping(pages: AsyncIterable<Page>, keep: (row: Row) => boolean): AsyncIterable<Page> {
  for await (const page of pages) {
    const rows = Object.entries(page.rows).map(([table, all]) => [table, all.filter(keep)] as const);
    yield { ...page, rows: Object.fromEntries(rows) };
  }
}

function millisecondsOf(version: Json): number {
  return typeof version === 'number' ? version * 1000 : Date.parse(String(version));
}

/** By a clock that runs ahead of the vendor's: what has not settled looks settled, and the future looks past. */
function aheadBy(ms: number, { stream, from, context }: { stream: Stream; from: Json; context: Context }) {
  const { clock } = context;
  const ahead = { ...clock, now: () => new Date(clock.now().getTime() + ms) };
  return stream.read(from, { ...context, clock: ahead });
}

/** Reads until it breaks, and calls that the end. */
async function* untilItBreaks(pages: AsyncIterable<Page>): AsyncIterable<Page> {
  try {
    yield* pages;
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
  }
}

const DAY_MS = 86_400_000;

const TORTURED_CONNECTORS: readonly TorturedConnector[] = [
  {
    name: 'takes no more than 10,000 records of one instant',
    torture: 'flood',
    spoil(good) {
      const seen = new Map<Json, Set<Json | undefined>>();
      return eachReading(good, ({ stream, from, context, versionOf }) =>
        keeping(stream.read(from, context), (row) => {
          const ids = seen.get(versionOf(row)) ?? new Set();
          seen.set(versionOf(row), ids);
          if (ids.size < MANY) ids.add(row['id']);
          return ids.has(row['id']);
        }),
      );
    },
  },
  {
    name: 'does not wait until records have settled',
    torture: 'late',
    spoil: (good) => eachReading(good, (reading) => aheadBy(DAY_MS, reading)),
  },
  {
    name: 'lets a date in the future move its cursor',
    torture: 'future',
    spoil: (good) => eachReading(good, (reading) => aheadBy(100 * 365 * DAY_MS, reading)),
  },
  {
    name: 'rounds its cursor up to the next second',
    torture: 'sub-second',
    spoil(good) {
      let newest = Number.NEGATIVE_INFINITY;
      return eachReading(good, ({ stream, from, context, versionOf }) => {
        const begun = newest;
        return keeping(stream.read(from, context), (row) => {
          const second = Math.floor(millisecondsOf(versionOf(row)) / 1000);
          newest = Math.max(newest, second);
          return second > begun;
        });
      });
    },
  },
  {
    name: 'drops records without a time of change',
    torture: 'timeless',
    spoil: (good) =>
      eachReading(good, ({ stream, from, context, versionOf }) =>
        keeping(stream.read(from, { ...context, reject: () => undefined }), (row) => versionOf(row) !== null),
      ),
  },
  {
    name: 'takes an empty page for the end',
    torture: 'empty-page',
    spoil: (good) =>
      eachReading(good, async function* ({ stream, from, context }) {
        for await (const page of stream.read(from, context)) {
          if (Object.values(page.rows).every((rows) => rows.length === 0)) return;
          yield page;
        }
      }),
  },
  {
    name: 'takes a next page without a name for the end',
    torture: 'null-cursor',
    spoil: (good) =>
      eachReading(good, ({ stream, from, context }) => untilItBreaks(stream.read(from, context))),
  },
  {
    name: 'takes a cursor that repeats for the end',
    torture: 'repeated-cursor',
    spoil: (good) =>
      eachReading(good, ({ stream, from, context }) => untilItBreaks(stream.read(from, context))),
  },
  {
    name: 'reads a cursor that repeats for ever',
    torture: 'repeated-cursor',
    spoil(good) {
      // From reading to reading: who notices the repetition at once has no page in the reading that breaks.
      const held = new Map<string, Page>();
      return eachReading(good, async function* ({ stream, from, context }) {
        try {
          for await (const page of stream.read(from, context)) {
            held.set(stream.name, page);
            yield page;
          }
        } catch (error) {
          const last = held.get(stream.name);
          if (last === undefined) throw error;
          for (;;) yield last;
        }
      });
    },
  },
  {
    name: 'takes a record that it has seen for one that cannot change',
    torture: 'changes-while-paging',
    spoil(good) {
      const seen = new Set<string>();
      return eachReading(good, ({ stream, from, context }) =>
        keeping(stream.read(from, context), (row) => {
          const key = `${stream.name} ${String(row['id'])}`;
          return !seen.has(key) && seen.add(key).size > 0;
        }),
      );
    },
  },
  {
    name: 'ends with the page that it begins again with when its cursor has expired',
    torture: 'expired-cursor',
    spoil(good) {
      const begun = new Set<string>();
      return eachReading(good, async function* ({ stream, from, context }) {
        const resumes = begun.has(stream.name);
        begun.add(stream.name);
        for await (const page of stream.read(from, context)) {
          yield page;
          if (resumes) return;
        }
      });
    },
  },
];
