// Connectors that break one promise each, by a wrapper around a good one: the contract suite must catch every one of them.
// Above 300 lines because it is one list with an entry for every way to break a promise.

import { PipelineError } from '../../core/errors.ts';
import type { Connector, Context, HttpRequest, Json, Page, Row, Stream, Window } from '../../core/types.ts';

export interface BrokenConnector {
  /** Continues "a connector that …". */
  readonly name: string;
  /** The promise that must fail. */
  readonly breaks: string;
  spoil(good: Connector): Connector;
}

/** The connector with every stream changed. */
function eachStream(good: Connector, change: (stream: Stream) => Partial<Stream>): Connector {
  return { ...good, streams: good.streams.map((stream) => ({ ...stream, ...change(stream) })) };
}

/** The connector with every page changed. */
function eachPage(
  good: Connector,
  change: (page: Page, before: Page | undefined, stream: Stream) => Page,
): Connector {
  return eachStream(good, (stream) => ({
    async *read(from, context) {
      let before: Page | undefined;
      for await (const page of stream.read(from, context)) {
        yield change(page, before, stream);
        before = page;
      }
    },
  }));
}

function eachRow(page: Page, change: (row: Row) => Row | undefined): Page {
  const rows: { [table: string]: readonly Row[] } = {};
  for (const [table, all] of Object.entries(page.rows)) {
    rows[table] = all.map(change).filter((row) => row !== undefined);
  }
  return { ...page, rows };
}

/** The instant that a row of any of our tables goes by. */
function instant(row: Row): Json | undefined {
  return row['generated_timestamp'] ?? row['timestamp'] ?? row['updated_at'] ?? row['created_at'];
}

/** A context whose requests go through this. */
function through(context: Context, change: (request: HttpRequest) => HttpRequest): Context {
  const spoilt: Context = { ...context, fetch: (request) => context.fetch(change(request)) };
  return spoilt;
}

export const BROKEN_CONNECTORS: readonly BrokenConnector[] = [
  {
    name: 'drops the last record of its pages',
    breaks: 'every stream reads the whole truth from the beginning',
    spoil: (good) =>
      eachPage(good, (page) => {
        let last = true;
        const rows = Object.fromEntries(
          Object.entries(page.rows).map(([table, all]) => {
            const kept = last ? all.slice(0, -1) : all;
            last = false;
            return [table, kept];
          }),
        );
        return { ...page, rows };
      }),
  },
  {
    name: 'skips a page when it resumes',
    breaks: 'resumed from every checkpoint that it yielded, it loses nothing',
    spoil: (good) =>
      eachStream(good, (stream) => ({
        async *read(from, context) {
          let skip = JSON.stringify(from) !== JSON.stringify(stream.start({}));
          for await (const page of stream.read(from, context)) {
            if (!skip) yield page;
            skip = false;
          }
        },
      })),
  },
  {
    name: 'yields checkpoints that run ahead of their rows',
    breaks: 'resumed from every checkpoint that it yielded, it loses nothing',
    spoil: (good) =>
      eachStream(good, (stream) => ({
        async *read(from, context) {
          const pages: Page[] = [];
          for await (const page of stream.read(from, context)) pages.push(page);
          for (const [i, page] of pages.entries()) {
            yield { ...page, checkpoint: (pages[i + 1] ?? page).checkpoint };
          }
        },
      })),
  },
  {
    name: 'reads everything again each time',
    breaks: 'a second reading from the last checkpoint yields all that changed and little else',
    spoil: (good) =>
      eachStream(good, (stream) => ({ read: (_from, context) => stream.read(stream.start({}), context) })),
  },
  {
    name: 'drops records that tie with the record before the page',
    breaks: 'many changes within one instant, over the edges of pages, lose nothing',
    spoil: (good) =>
      eachPage(good, (page, before) => {
        const last = Object.values(before?.rows ?? {})[0]?.at(-1);
        return eachRow(page, (row) =>
          last !== undefined && instant(row) === instant(last) ? undefined : row,
        );
      }),
  },
  {
    name: 'takes a record that it has seen for one that cannot change',
    breaks: 'records that change while they are paged converge to their newest version',
    spoil: (good) =>
      eachStream(good, (stream) => {
        const handedOut = new Set<string>();
        return {
          async *read(from, context) {
            for await (const page of stream.read(from, context)) {
              yield eachRow(page, (row) => {
                const id = String(row['id']);
                if (handedOut.has(id)) return undefined;
                handedOut.add(id);
                return row;
              });
            }
          },
        };
      }),
  },
  {
    name: 'forgets deletions',
    breaks:
      'deletions arrive as tombstones with key, version and time, and silence the words of what is gone',
    spoil: (good) => eachPage(good, ({ deletes: _forgotten, ...page }) => page),
  },
  {
    name: 'lets the words of deleted records stand',
    breaks:
      'deletions arrive as tombstones with key, version and time, and silence the words of what is gone',
    spoil: (good) => eachPage(good, (page) => ({ ...page, deletes: { ...page.deletes, feedback: [] } })),
  },
  {
    name: 'tells deletions without their version',
    breaks:
      'deletions arrive as tombstones with key, version and time, and silence the words of what is gone',
    spoil: (good) =>
      eachPage(good, (page) => ({
        ...page,
        deletes: Object.fromEntries(
          Object.entries(page.deletes ?? {}).map(([table, all]) => [
            table,
            all.map(({ key, deletedAt }) => ({ key, deletedAt })),
          ]),
        ),
      })),
  },
  {
    name: 'yields a column that it did not declare',
    breaks:
      'pages hold rows of declared tables only, each with its key, each value in a declared column of its type',
    spoil: (good) => eachPage(good, (page) => eachRow(page, (row) => ({ ...row, surprise: 'x' }))),
  },
  {
    name: 'yields rows for a table that it did not declare',
    breaks:
      'pages hold rows of declared tables only, each with its key, each value in a declared column of its type',
    spoil: (good) => eachPage(good, (page) => ({ ...page, rows: { ...page.rows, stray: [{ id: '1' }] } })),
  },
  {
    name: 'yields ids as numbers',
    breaks:
      'pages hold rows of declared tables only, each with its key, each value in a declared column of its type',
    spoil: (good) =>
      eachPage(good, (page) => eachRow(page, (row) => ({ ...row, id: Number(row['id']) || 1 }))),
  },
  {
    name: 'yields rows without a key',
    breaks:
      'pages hold rows of declared tables only, each with its key, each value in a declared column of its type',
    spoil: (good) => eachPage(good, (page) => eachRow(page, (row) => ({ ...row, id: null }))),
  },
  {
    name: 'yields checkpoints that JSON cannot hold',
    breaks: 'checkpoints are JSON, and starting is pure',
    spoil: (good) =>
      eachPage(good, (page) => ({
        ...page,
        checkpoint: { at: page.checkpoint, when: new Date(0) as unknown as Json },
      })),
  },
  {
    name: 'starts where the clock stands',
    breaks: 'checkpoints are JSON, and starting is pure',
    spoil: (good) => {
      let calls = 0;
      return eachStream(good, (stream) => ({
        start: (window: Window) => ({ ...(stream.start(window) as { [name: string]: Json }), call: calls++ }),
      }));
    },
  },
  {
    name: 'ignores since',
    breaks: 'a window holds all that changed within it and nothing else',
    spoil: (good) =>
      eachStream(good, (stream) => ({
        start: ({ until }: Window) => stream.start(until === undefined ? {} : { until }),
      })),
  },
  {
    name: 'ignores until',
    breaks: 'a window holds all that changed within it and nothing else',
    spoil: (good) =>
      eachStream(good, (stream) => ({
        start: ({ since }: Window) => stream.start(since === undefined ? {} : { since }),
      })),
  },
  {
    name: 'takes the last instant of a window for its own',
    breaks: 'a window holds all that changed within it and nothing else',
    spoil: (good) =>
      eachStream(good, (stream) => ({
        start: ({ since, until }: Window) =>
          stream.start({
            ...(since === undefined ? {} : { since }),
            ...(until === undefined ? {} : { until: new Date(until.getTime() + 1000) }),
          }),
      })),
  },
  {
    name: 'does not renew its token',
    breaks: 'a token that expires while pages are read is renewed, and nobody notices',
    spoil: (good) =>
      eachStream(good, (stream) => ({
        read: (from, context) =>
          stream.read(
            from,
            through(context, (request) => ({
              ...request,
              ...(request.accept === undefined
                ? {}
                : { accept: request.accept.filter((status) => status !== 401) }),
            })),
          ),
      })),
  },
  {
    name: 'ends in peace when a page fails',
    breaks: 'a page that fails for good is an error, and reading on from the last checkpoint loses nothing',
    spoil: (good) =>
      eachStream(good, (stream) => ({
        async *read(from, context) {
          try {
            yield* stream.read(from, context);
          } catch (error) {
            context.log.warn('page.failed', { error: String(error) });
          }
        },
      })),
  },
  {
    name: 'moves its checkpoint past a page that failed',
    breaks: 'a page that fails for good is an error, and reading on from the last checkpoint loses nothing',
    spoil: (good) =>
      eachStream(good, (stream) => ({
        async *read(from, context) {
          let last: Page | undefined;
          try {
            for await (const page of stream.read(from, context)) {
              if (last !== undefined) yield last;
              last = page;
            }
          } catch (error) {
            if (last !== undefined) yield { ...last, rows: {} };
            throw error;
          }
          if (last !== undefined) yield last;
        },
      })),
  },
  {
    name: 'takes a missing endpoint for an empty one',
    breaks: 'an optional stream that the account lacks is not available, and no other stream may be',
    spoil: (good) =>
      eachStream(good, (stream) => ({
        async *read(from, context) {
          try {
            yield* stream.read(from, context);
          } catch (error) {
            if (!(error instanceof PipelineError) || error.status !== 404) throw error;
          }
        },
      })),
  },
  {
    name: 'calls every missing stream not available',
    breaks: 'an optional stream that the account lacks is not available, and no other stream may be',
    spoil: (good) =>
      eachStream(good, (stream) => ({
        async *read(from, context) {
          try {
            yield* stream.read(from, context);
          } catch {
            throw new PipelineError('config', 'vendor.not_available', 'Not available.');
          }
        },
      })),
  },
  {
    name: 'takes 403 for an empty stream',
    breaks: 'a forbidden stream is a matter of configuration, with a hint',
    spoil: (good) =>
      eachStream(good, (stream) => ({
        async *read(from, context) {
          try {
            yield* stream.read(from, context);
          } catch (error) {
            if (!(error instanceof PipelineError) || error.status !== 403) throw error;
          }
        },
      })),
  },
  {
    name: 'reads a stuck page for ever',
    breaks: 'a vendor that repeats a cursor or never ends is an error, never a loop and never an early end',
    spoil: (good) =>
      eachStream(good, (stream) => ({
        async *read(from, context) {
          let last: Page | undefined;
          try {
            for await (const page of stream.read(from, context)) {
              last = page;
              yield page;
            }
          } catch (error) {
            if (last === undefined) throw error;
            for (;;) yield last;
          }
        },
      })),
  },
  {
    name: 'ends early at a stuck page',
    breaks: 'a vendor that repeats a cursor or never ends is an error, never a loop and never an early end',
    spoil: (good) =>
      eachStream(good, (stream) => ({
        async *read(from, context) {
          const pages = stream.read(from, context)[Symbol.asyncIterator]();
          for (;;) {
            const next = await pages.next().catch(() => ({ done: true, value: undefined }) as const);
            if (next.done === true) return;
            yield next.value;
          }
        },
      })),
  },
  {
    name: 'swallows records that it cannot read',
    breaks: 'records that cannot be read are set aside with a code, and all others arrive',
    spoil: (good) =>
      eachStream(good, (stream) => ({
        read: (from, context) => stream.read(from, { ...context, reject: () => undefined }),
      })),
  },
  {
    name: 'passes any credentials',
    breaks: 'check tells who we are with right credentials, and fails with wrong ones',
    spoil: (good) => ({ ...good, check: () => Promise.resolve({ ok: true, message: 'Fine.' }) }),
  },
  {
    name: 'tells one missing setting at a time',
    breaks: 'problems tells all that is missing at once, and nothing when nothing is',
    spoil: (good) => ({ ...good, problems: (env) => good.problems(env).slice(0, 1) }),
  },
  {
    name: 'calls everybody a customer',
    breaks: 'feedback is pure, unique, and knows who speaks',
    spoil: (good) =>
      eachStream(good, ({ feedback }) =>
        feedback === undefined
          ? {}
          : {
              feedback: (table, row) =>
                feedback(table, row).map((one) => ({ ...one, authorRole: 'customer' as const })),
            },
      ),
  },
  {
    name: 'says something else each time it is asked',
    breaks: 'feedback is pure, unique, and knows who speaks',
    spoil: (good) => {
      let calls = 0;
      return eachStream(good, ({ feedback }) =>
        feedback === undefined
          ? {}
          : {
              feedback: (table, row) => feedback(table, row).map((one) => ({ ...one, title: `${calls++}` })),
            },
      );
    },
  },
];
