// What every connector promises, as named checks that run against a stand-in of its vendor.
// Above 300 lines because it is one list of promises, each next to how it is checked.

import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { describe, it } from 'vitest';
import { PipelineError } from '../../core/errors.ts';
import type {
  AuthorRole,
  Connector,
  Context,
  Environment,
  Feedback,
  FieldType,
  Health,
  Json,
  Page,
  Row,
  Stream,
  Table,
  Tombstone,
} from '../../core/types.ts';

/** Something that the vendor can be told to do. */
export type Trouble =
  | 'expired-token'
  | 'forbidden'
  | 'not-available'
  | 'repeated-cursor'
  | 'never-ending'
  | 'failed-page'
  | 'broken-records';

/** What one reader who has read everything must hold of one stream. */
export interface StreamTruth {
  /** By table: some columns of every row, its key and version among them. */
  readonly rows: { readonly [table: string]: readonly Row[] };
  /** By table: the keys of records that are gone. */
  readonly gone: { readonly [table: string]: readonly Row[] };
  /** By table: the keys of records that can no longer be asked for; who read them before keeps them as they were. Default: none. */
  readonly unreachable?: { readonly [table: string]: readonly Row[] };
}

/** A connector, the stand-in that it reads, and ways to change and trouble the stand-in. */
export interface Place {
  readonly connector: Connector;
  /** As one run gets it; pages hold only a few records. `rejects` grows. */
  context(env?: Environment): Context & { readonly rejects: readonly { readonly code: string }[] };
  /** Credentials that the vendor refuses. */
  readonly wrongCredentials: Environment;
  /** What the stand-in has now. */
  truth(stream: string): StreamTruth;
  /** Lets some records of every kind change and some be born. */
  change(): void;
  /** Lets more records than a page holds change within one instant. */
  changeAtOnce(): void;
  /** Lets records be deleted; nothing where the vendor never tells. */
  remove(): void;
  /** From the second page of this stream on where there are pages; until `calm`. */
  trouble(kind: Trouble, stream: string): void;
  calm(): void;
  /** The instant of the change that a row shows; what `since` and `until` go by. */
  changedAt(table: string, row: Row): Date;
  /** Whether a stream may yield a row once more although it did not change since this checkpoint. */
  mayRepeat(stream: string, table: string, row: Row, checkpoint: Json): boolean;
  /** Who this author is; undefined when the vendor does not know. */
  roleOf(authorId: string): AuthorRole | undefined;
  close(): Promise<void>;
}

export interface ConnectorSuite {
  readonly name: string;
  start(): Promise<Place>;
  /** Optional streams that this account of the stand-in lacks. */
  readonly unavailable?: readonly string[];
  /** The credentials are given by hand and cannot be renewed: when they end, that is a matter of configuration. */
  readonly fixedToken?: true;
}

export interface Promised {
  readonly name: string;
  check(suite: ConnectorSuite): Promise<void>;
}

/** Runs every promise as a test of its own. */
export function connectorContract(suite: ConnectorSuite): void {
  describe(`${suite.name} keeps the contract of a connector`, () => {
    for (const promised of CONNECTOR_PROMISES) it(promised.name, () => promised.check(suite));
  });
}

// ------------------------------------------------------------------------------------------------------------ reading

/** More pages than any stand-in here has: beyond it a reading goes round in circles. */
const MOST_PAGES = 400;

/** What one reading brought, and what it ended with. */
export interface Reading {
  readonly pages: readonly Page[];
  readonly error: unknown;
}

/** Reads on from a checkpoint as the engine would: the checkpoint goes through JSON first. */
export async function readOn(
  stream: Stream,
  from: Json,
  context: Context,
  between?: (page: number) => void,
): Promise<Reading> {
  const pages: Page[] = [];
  try {
    await stream.tables(context);
    for await (const page of stream.read(throughJson(from), context)) {
      pages.push(page);
      if (pages.length > MOST_PAGES) {
        assert.fail(`${stream.name} yielded more than ${MOST_PAGES} pages: it goes round in circles`);
      }
      between?.(pages.length);
    }
    return { pages, error: undefined };
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    return { pages, error };
  }
}

/** The same, for readings that must succeed. */
export async function readAll(
  stream: Stream,
  from: Json,
  context: Context,
  between?: (page: number) => void,
): Promise<readonly Page[]> {
  const { pages, error } = await readOn(stream, from, context, between);
  if (error !== undefined) throw error;
  return pages;
}

/** A checkpoint as a bookmark keeps it. */
export function throughJson(value: Json): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

function lastCheckpoint(pages: readonly Page[], from: Json): Json {
  return pages.at(-1)?.checkpoint ?? from;
}

export interface Held {
  readonly rows: Map<string, Row>;
  readonly gone: Map<string, Tombstone>;
}

/** What a warehouse would hold: the newest version of each key; of equal versions, the one that was read last. */
export async function hold(
  stream: Stream,
  context: Context,
  pages: readonly Page[],
): Promise<ReadonlyMap<string, Held>> {
  const held = new Map<string, Held>();
  for (const table of await stream.tables(context))
    held.set(table.name, { rows: new Map(), gone: new Map() });
  const tables = new Map((await stream.tables(context)).map((table) => [table.name, table]));
  for (const page of pages) {
    for (const [name, rows] of Object.entries(page.rows)) {
      const table = tables.get(name);
      const into = held.get(name);
      assert.ok(
        table !== undefined && into !== undefined,
        `${stream.name} yields rows for undeclared ${name}`,
      );
      for (const row of rows) {
        const key = keyOf(table, row);
        const known = into.rows.get(key);
        if (known !== undefined && isNewer(table, known, row)) continue;
        into.rows.set(key, row);
      }
    }
    for (const [name, tombstones] of Object.entries(page.deletes ?? {})) {
      const table = tables.get(name);
      if (table !== undefined)
        for (const one of tombstones) held.get(name)?.gone.set(keyOf(table, one.key), one);
    }
  }
  return held;
}

function isNewer(table: Table, known: Row, row: Row): boolean {
  if (table.version === undefined) return false;
  return compare(known[table.version], row[table.version]) > 0;
}

function compare(a: Json | undefined, b: Json | undefined): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return Date.parse(String(a)) - Date.parse(String(b));
}

export function keyOf(table: Table, row: Row): string {
  return table.key.map((column) => String(row[column])).join('\u0000');
}

/** Nothing lost, nothing stale, nothing invented. */
export async function assertComplete(
  place: Place,
  stream: Stream,
  context: Context,
  pages: readonly Page[],
): Promise<void> {
  const truth = place.truth(stream.name);
  const held = await hold(stream, context, pages);
  for (const table of await stream.tables(context)) {
    const rows = held.get(table.name)?.rows ?? new Map<string, Row>();
    const expected = truth.rows[table.name] ?? [];
    const gone = truth.gone[table.name] ?? [];
    // A record that is gone may have left its row, or never have had one.
    const keys = new Set([...expected, ...gone].map((row) => keyOf(table, row)));
    for (const row of expected) {
      const key = keyOf(table, row);
      const found = rows.get(key);
      assert.ok(found !== undefined, `${stream.name} lost ${table.name} ${key}`);
      for (const [column, value] of Object.entries(row)) {
        assert.deepEqual(found[column], value, `${stream.name}: ${column} of ${table.name} ${key}`);
      }
    }
    for (const key of rows.keys()) assert.ok(keys.has(key), `${stream.name} invented ${table.name} ${key}`);
    for (const key of gone) {
      const tombstone = held.get(table.name)?.gone.get(keyOf(table, key));
      assert.ok(tombstone !== undefined, `${stream.name} does not tell that ${keyOf(table, key)} is gone`);
    }
  }
}

/** The streams that this account has. */
function present(suite: ConnectorSuite, place: Place): readonly Stream[] {
  return place.connector.streams.filter((stream) => suite.unavailable?.includes(stream.name) !== true);
}

function incremental(suite: ConnectorSuite, place: Place): readonly Stream[] {
  return present(suite, place).filter((stream) => stream.mode === 'incremental');
}

/** A fresh place for one check. */
async function inPlace(suite: ConnectorSuite, check: (place: Place) => Promise<void>): Promise<void> {
  const place = await suite.start();
  try {
    await check(place);
  } finally {
    await place.close();
  }
}

const FITS: { readonly [type in FieldType]: (value: Json) => boolean } = {
  string: (value) => typeof value === 'string',
  integer: (value) => Number.isSafeInteger(value) || (typeof value === 'string' && /^-?\d+$/.test(value)),
  decimal: (value) =>
    typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)),
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  timestamp: (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value),
  date: (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value),
  json: () => true,
};

export function isPipelineError(error: unknown): error is PipelineError {
  return error instanceof PipelineError;
}

export function describeError(error: unknown): string {
  return isPipelineError(error) ? `${error.kind} ${error.code}` : String(error);
}

/** A check may also throw why the vendor refuses us; the command shows both alike. */
function toHealth(thrown: unknown): Health {
  if (!isPipelineError(thrown) || thrown.kind !== 'config') throw thrown;
  return {
    ok: false,
    message: thrown.message,
    ...(thrown.hint === undefined ? {} : { hint: thrown.hint }),
  };
}

function freeze(value: Json | undefined): void {
  if (typeof value !== 'object' || value === null) return;
  Object.freeze(value);
  for (const inner of Object.values(value)) freeze(inner as Json);
}

// ----------------------------------------------------------------------------------------------------------- promises

export const CONNECTOR_PROMISES: readonly Promised[] = [
  {
    name: 'every stream reads the whole truth from the beginning',
    check: (suite) =>
      inPlace(suite, async (place) => {
        for (const stream of present(suite, place)) {
          const context = place.context();
          const pages = await readAll(stream, stream.start({}), context);
          assert.ok(pages.length > 0, `${stream.name} yielded no page`);
          await assertComplete(place, stream, context, pages);
        }
      }),
  },
  {
    name: 'resumed from every checkpoint that it yielded, it loses nothing',
    check: (suite) =>
      inPlace(suite, async (place) => {
        for (const stream of present(suite, place)) {
          const context = place.context();
          const pages = await readAll(stream, stream.start({}), context);
          for (let i = 0; i < pages.length; i++) {
            const rest = await readAll(stream, lastCheckpoint(pages.slice(0, i + 1), null), place.context());
            await assertComplete(place, stream, context, [...pages.slice(0, i + 1), ...rest]);
          }
        }
      }),
  },
  {
    name: 'a second reading from the last checkpoint yields all that changed and little else',
    check: (suite) =>
      inPlace(suite, async (place) => {
        for (const stream of incremental(suite, place)) {
          const context = place.context();
          const first = await readAll(stream, stream.start({}), context);
          const checkpoint = lastCheckpoint(first, null);
          const before = await hold(stream, context, first);
          place.change();
          const second = await readAll(stream, checkpoint, context);
          await assertComplete(place, stream, context, [...first, ...second]);
          for (const table of await stream.tables(context)) {
            for (const row of second.flatMap((page) => page.rows[table.name] ?? [])) {
              const known = before.get(table.name)?.rows.get(keyOf(table, row));
              const changed = known === undefined || !isDeepStrictEqual(known, row);
              const allowed = changed || place.mayRepeat(stream.name, table.name, row, checkpoint);
              assert.ok(allowed, `${stream.name} reads ${table.name} ${keyOf(table, row)} again, unchanged`);
            }
          }
        }
      }),
  },
  {
    name: 'many changes within one instant, over the edges of pages, lose nothing',
    check: (suite) =>
      inPlace(suite, async (place) => {
        for (const stream of incremental(suite, place)) {
          const context = place.context();
          const first = await readAll(stream, stream.start({}), context);
          place.changeAtOnce();
          const second = await readAll(stream, lastCheckpoint(first, null), context);
          await assertComplete(place, stream, context, [...first, ...second]);
        }
      }),
  },
  {
    name: 'records that change while they are paged converge to their newest version',
    check: (suite) =>
      inPlace(suite, async (place) => {
        for (const stream of present(suite, place)) {
          const context = place.context();
          const first = await readAll(stream, stream.start({}), context, (page) => {
            if (page <= 4) place.change();
          });
          const second = await readAll(stream, lastCheckpoint(first, null), context);
          await assertComplete(place, stream, context, [...first, ...second]);
        }
      }),
  },
  {
    name: 'deletions arrive as tombstones with key, version and time, and silence the words of what is gone',
    check: (suite) =>
      inPlace(suite, async (place) => {
        const deleting = incremental(suite, place).filter((stream) => stream.deletes === 'tombstones');
        let removed = 0;
        for (const stream of deleting) {
          const context = place.context();
          const first = await readAll(stream, stream.start({}), context);
          place.remove();
          const second = await readAll(stream, lastCheckpoint(first, null), context);
          await assertComplete(place, stream, context, [...first, ...second]);
          const tables = new Map((await stream.tables(context)).map((table) => [table.name, table]));
          const told = [...first, ...second].flatMap((page) => Object.entries(page.deletes ?? {}));
          const silenced = new Set(
            told
              .filter(([name]) => name === 'feedback')
              .flatMap(([, all]) => all.map(({ key }) => key['feedback_id'])),
          );
          const gone = Object.values(place.truth(stream.name).gone).flat();
          removed += gone.length;
          if (stream.feedback !== undefined && gone.length > 0) {
            assert.ok(silenced.size >= gone.length, `${stream.name} lets the words of deleted records stand`);
          }
          for (const [name, tombstones] of told) {
            for (const { key, version, deletedAt } of tombstones) {
              assert.ok(FITS.timestamp(deletedAt), `${name}: deletedAt is ${deletedAt}`);
              assert.ok(
                version !== undefined && version !== null,
                `${name}: a tombstone without its version`,
              );
              const table = tables.get(name);
              if (table !== undefined) assert.deepEqual(Object.keys(key), [...table.key]);
            }
          }
        }
        assert.ok(deleting.length === 0 || removed > 0, 'the stand-in removed nothing');
        place.remove();
        for (const stream of present(suite, place).filter(({ deletes }) => deletes === 'none')) {
          const gone = Object.values(place.truth(stream.name).gone).flat();
          assert.deepEqual(gone, [], `${stream.name} says "none", and its vendor tells of deletions`);
        }
      }),
  },
  {
    name: 'pages hold rows of declared tables only, each with its key, each value in a declared column of its type',
    check: (suite) =>
      inPlace(suite, async (place) => {
        for (const stream of present(suite, place)) {
          const context = place.context();
          const tables = new Map((await stream.tables(context)).map((table) => [table.name, table]));
          for (const table of tables.values()) {
            assert.match(table.name, /^[a-z_][a-z0-9_]{0,62}$/);
            assert.ok(table.key.length > 0, `${table.name} has no key`);
            for (const column of [...table.key, table.version ?? table.key[0] ?? '']) {
              assert.ok(table.fields[column] !== undefined, `${table.name} does not declare its ${column}`);
            }
            for (const [name, field] of Object.entries(table.fields)) {
              assert.match(name, /^[a-z_][a-z0-9_]{0,62}$/);
              assert.ok(field.description ?? field.label, `${table.name}.${name} says nothing of itself`);
            }
          }
          for (const page of await readAll(stream, stream.start({}), context)) {
            for (const [name, rows] of Object.entries(page.rows)) {
              const table = tables.get(name);
              assert.ok(table !== undefined, `${stream.name} yields rows for undeclared ${name}`);
              for (const row of rows) {
                for (const column of table.key) {
                  const value = row[column];
                  assert.ok(value !== null && value !== undefined && value !== '', `${name}: no ${column}`);
                }
                for (const [column, value] of Object.entries(row)) {
                  const field = table.fields[column];
                  assert.ok(field !== undefined, `${name}: the column ${column} is not declared`);
                  if (value === null || value === undefined) continue;
                  const shown = `${name}.${column} is no ${field.type}: ${JSON.stringify(value)}`;
                  assert.ok(FITS[field.type](value), shown);
                }
              }
            }
          }
          assert.deepEqual(place.context().rejects, []);
        }
      }),
  },
  {
    name: 'checkpoints are JSON, and starting is pure',
    check: (suite) =>
      inPlace(suite, async (place) => {
        for (const stream of present(suite, place)) {
          const window = { since: new Date('2026-01-01T00:00:00Z'), until: new Date('2026-02-01T00:00:00Z') };
          assert.deepEqual(stream.start(window), stream.start(window));
          const checkpoints = [stream.start({}), stream.start(window)];
          for (const page of await readAll(stream, stream.start({}), place.context()))
            checkpoints.push(page.checkpoint);
          for (const checkpoint of checkpoints) {
            assert.notEqual(
              checkpoint,
              null,
              `${stream.name}: null means "from the beginning" to the engine`,
            );
            assert.deepEqual(throughJson(checkpoint), checkpoint);
          }
        }
      }),
  },
  {
    name: 'a window holds all that changed within it and nothing else',
    check: (suite) =>
      inPlace(suite, async (place) => {
        for (const stream of incremental(suite, place)) {
          const context = place.context();
          const tables = await stream.tables(context);
          const main = tables[0];
          assert.ok(main !== undefined);
          const all = (place.truth(stream.name).rows[main.name] ?? []).toSorted(
            (a, b) => place.changedAt(main.name, a).getTime() - place.changedAt(main.name, b).getTime(),
          );
          const since = place.changedAt(main.name, all[Math.floor(all.length / 4)] ?? {});
          const until = place.changedAt(main.name, all[Math.floor((all.length * 3) / 4)] ?? {});
          const inside = (row: Row): boolean => {
            const at = place.changedAt(main.name, row).getTime();
            return at >= since.getTime() && at < until.getTime();
          };
          const pages = await readAll(stream, stream.start({ since, until }), context);
          const rows = (await hold(stream, context, pages)).get(main.name)?.rows ?? new Map<string, Row>();
          const wanted = all.filter(inside);
          assert.ok(wanted.length > 0, `${stream.name}: the stand-in has nothing in the window`);
          for (const row of wanted) {
            assert.ok(
              rows.has(keyOf(main, row)),
              `${stream.name} leaves ${keyOf(main, row)} out of the window`,
            );
          }
          for (const [key, row] of rows)
            assert.ok(inside(row), `${stream.name} yields ${key} from outside the window`);
          const again = await readAll(stream, lastCheckpoint(pages, null), context);
          for (const row of again.flatMap((page) => page.rows[main.name] ?? [])) {
            assert.ok(inside(row), `${stream.name} leaves the window when it is resumed at its end`);
          }
        }
      }),
  },
  {
    name: 'a token that expires while pages are read is renewed, and nobody notices',
    check: (suite) =>
      inPlace(suite, async (place) => {
        for (const stream of present(suite, place)) {
          place.trouble('expired-token', stream.name);
          const context = place.context();
          const { pages, error } = await readOn(stream, stream.start({}), context);
          place.calm();
          if (suite.fixedToken !== true) {
            if (error !== undefined) throw error;
            await assertComplete(place, stream, context, pages);
            continue;
          }
          assert.ok(
            isPipelineError(error) && error.kind === 'config' && (error.hint ?? '') !== '',
            `${stream.name} does not tell that the token has ended: ${describeError(error)}`,
          );
          // The next context has the new token.
          const rest = await readAll(stream, lastCheckpoint(pages, stream.start({})), place.context());
          await assertComplete(place, stream, context, [...pages, ...rest]);
        }
      }),
  },
  {
    name: 'a page that fails for good is an error, and reading on from the last checkpoint loses nothing',
    check: (suite) =>
      inPlace(suite, async (place) => {
        for (const stream of present(suite, place)) {
          const context = place.context();
          place.trouble('failed-page', stream.name);
          const { pages, error } = await readOn(stream, stream.start({}), context);
          assert.ok(
            isPipelineError(error),
            `${stream.name} hides that a page failed: ${describeError(error)}`,
          );
          assert.equal(error.kind, 'transient', `${stream.name}: ${error.code}`);
          place.calm();
          const rest = await readAll(stream, lastCheckpoint(pages, stream.start({})), place.context());
          await assertComplete(place, stream, context, [...pages, ...rest]);
        }
      }),
  },
  {
    name: 'an optional stream that the account lacks is not available, and no other stream may be',
    check: (suite) =>
      inPlace(suite, async (place) => {
        for (const stream of place.connector.streams) {
          place.trouble('not-available', stream.name);
          const { pages, error } = await readOn(stream, stream.start({}), place.context());
          assert.ok(
            isPipelineError(error),
            `${stream.name} takes a missing endpoint for ${pages.length} good pages`,
          );
          assert.equal(
            error.code.endsWith('.not_available'),
            stream.optional === true,
            `${stream.name}: ${error.code}`,
          );
          place.calm();
        }
      }),
  },
  {
    name: 'a forbidden stream is a matter of configuration, with a hint',
    check: (suite) =>
      inPlace(suite, async (place) => {
        for (const stream of place.connector.streams) {
          place.trouble('forbidden', stream.name);
          const { error } = await readOn(stream, stream.start({}), place.context());
          assert.ok(isPipelineError(error), `${stream.name} takes 403 for success: ${describeError(error)}`);
          assert.equal(error.kind, 'config', `${stream.name}: ${error.code}`);
          assert.ok(
            !error.code.endsWith('.not_available'),
            `${stream.name} takes 403 for a feature that is not there`,
          );
          assert.ok((error.hint ?? '').length > 0, `${stream.name}: no hint`);
          place.calm();
        }
      }),
  },
  {
    name: 'a vendor that repeats a cursor or never ends is an error, never a loop and never an early end',
    check: (suite) =>
      inPlace(suite, async (place) => {
        for (const stream of present(suite, place)) {
          for (const kind of ['repeated-cursor', 'never-ending'] as const) {
            place.trouble(kind, stream.name);
            const { error } = await readOn(stream, stream.start({}), place.context());
            assert.ok(
              isPipelineError(error),
              `${stream.name} does not notice a ${kind}: ${describeError(error)}`,
            );
            place.calm();
          }
        }
      }),
  },
  {
    name: 'records that cannot be read are set aside with a code, and all others arrive',
    check: (suite) =>
      inPlace(suite, async (place) => {
        for (const stream of present(suite, place)) {
          place.trouble('broken-records', stream.name);
          const context = place.context();
          const pages = await readAll(stream, stream.start({}), context);
          place.calm();
          assert.ok(context.rejects.length > 0, `${stream.name} swallows what it cannot read`);
          for (const { code } of context.rejects) assert.match(code, /^[a-z]+\.[a-z_]+$/);
          await assertComplete(place, stream, context, pages);
        }
      }),
  },
  {
    name: 'check tells who we are with right credentials, and fails with wrong ones',
    check: (suite) =>
      inPlace(suite, async (place) => {
        const right = await place.connector.check(place.context());
        assert.equal(right.ok, true, right.message);
        const refused = place.connector.check(place.context(place.wrongCredentials));
        const wrong = await refused.catch(toHealth);
        assert.equal(wrong.ok, false, 'wrong credentials pass the check');
        assert.ok((wrong.hint ?? '').length > 0, 'no hint what to do about wrong credentials');
        for (const secret of Object.values(place.wrongCredentials)) {
          if (secret !== undefined && !URL.canParse(secret) && secret.length > 8) {
            assert.ok(!`${wrong.message} ${wrong.hint}`.includes(secret), 'the message repeats a secret');
          }
        }
      }),
  },
  {
    name: 'problems tells all that is missing at once, and nothing when nothing is',
    check: (suite) =>
      inPlace(suite, async (place) => {
        assert.deepEqual(place.connector.problems(place.context().env), []);
        const problems = place.connector.problems({});
        const told = new Set(problems.map(({ name }) => name));
        assert.ok(told.size > 0, 'nothing is told to be missing where nothing is set');
        const { env } = place.context();
        for (const setting of Object.keys(env)) {
          for (const { name } of place.connector.problems({ ...env, [setting]: undefined }))
            assert.ok(told.has(name), `${name} is told only when the other settings are there`);
        }
        for (const { name, problem, where } of problems)
          assert.ok(name !== '' && problem !== '' && where !== '');
        assert.equal(told.size, problems.length);
      }),
  },
  {
    name: 'feedback is pure, unique, and knows who speaks',
    check: (suite) =>
      inPlace(suite, async (place) => {
        let utterances = 0;
        for (const stream of present(suite, place)) {
          const { feedback } = stream;
          if (feedback === undefined) continue;
          const context = place.context();
          const held = await hold(stream, context, await readAll(stream, stream.start({}), context));
          const ids = new Set<string>();
          for (const [table, { rows }] of held) {
            for (const row of rows.values()) {
              for (const value of Object.values(row)) freeze(value);
              const said: readonly Feedback[] = feedback.call(stream, table, Object.freeze(row));
              assert.deepEqual(
                feedback.call(stream, table, row),
                said,
                `${stream.name}: feedback is not pure`,
              );
              for (const one of said) {
                utterances += 1;
                const id = `${one.kind} ${one.nativeId}`;
                assert.ok(!ids.has(id), `${stream.name} says ${id} twice`);
                ids.add(id);
                assert.ok(
                  one.text.trim() !== '' || one.rating !== null || one.title !== null,
                  `${id} says nothing`,
                );
                assert.ok(
                  FITS.timestamp(one.createdAt) && FITS.timestamp(one.updatedAt),
                  `${id} has no time`,
                );
                assert.ok(one.rating === null || Math.abs(one.rating) <= 1, `${id} is rated ${one.rating}`);
                const role = one.authorId === null ? undefined : place.roleOf(one.authorId);
                if (role !== undefined) assert.equal(one.authorRole, role, `${id} is by ${one.authorId}`);
              }
            }
          }
        }
        assert.ok(utterances > 0, 'nobody says anything');
      }),
  },
];
