// The engine's promises, each on a real state and a scripted source: what is durable, where a run resumes, and how it says it went.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drySink, dryState } from '../../core/dry-run.ts';
import { PipelineError } from '../../core/errors.ts';
import type { Bookmark, Load, Sink, State } from '../../core/types.ts';
import { memorySink } from '../../sinks/memory.ts';
import { freshState, owner, rowsOf, runScripted } from './run-scripted.ts';
import { type Script, thing } from './scripted.ts';

let state: State;
beforeAll(async () => {
  state = await freshState();
});
afterAll(async () => {
  await state.close();
});

/** Each test reads a stream of its own, so that one state serves them all. */
let streams = 0;
const fresh = (): string => `s${++streams}`;
const busy = (): PipelineError => new PipelineError('transient', 'vendor.busy', 'The vendor was busy.');
const only = async (
  name: string,
  script: Script,
  more: object = {},
): Promise<Awaited<ReturnType<typeof runScripted>>['streams'][number]> => {
  const record = await runScripted({ state, streams: { [name]: script }, ...more });
  const report = record.streams[0];
  if (report === undefined) throw new Error('no report');
  return report;
};

describe('a run', () => {
  it('loads every page and leaves the bookmark behind the last one', async () => {
    const [name, sink] = [fresh(), memorySink()];
    const report = await only(
      name,
      { pages: [{ rows: [thing('a'), thing('b')] }, { rows: [thing('c')] }] },
      { sink },
    );
    expect(report).toMatchObject({
      status: 'succeeded',
      read: 3,
      loaded: 3,
      deleted: 0,
      rejected: 0,
      repeated: 0,
      error: null,
    });
    expect(await rowsOf(sink, `test_${name}`)).toEqual(
      ['a', 'b', 'c'].map((id) => ({ id, version: 1, gone: false })),
    );
    expect((await state.bookmark(`scripted/${name}`))?.checkpoint).toEqual({ at: 2 });
  });

  it('reads only what is new the next time, and commits no load when nothing is', async () => {
    const [name, sink] = [fresh(), memorySink()];
    const script: Script = { pages: [{ rows: [thing('a')] }] };
    await only(name, script, { sink });
    const before = await state.bookmark(`scripted/${name}`);
    expect(await only(name, script, { sink })).toMatchObject({ status: 'succeeded', read: 0, loads: 0 });
    expect(await state.bookmark(`scripted/${name}`)).toEqual(before);
    script.pages.push({ rows: [thing('b')] });
    expect(await only(name, script, { sink })).toMatchObject({ read: 1, loaded: 1 });
  });

  it('keeps what was read before a failure, says partial, and resumes behind it', async () => {
    const [name, sink] = [fresh(), memorySink()];
    let down = true;
    const second = (): { rows: ReturnType<typeof thing>[] } => {
      if (down) throw busy();
      return { rows: [thing('b')] };
    };
    const script: Script = { pages: [{ rows: [thing('a')] }, second] };
    expect(await only(name, script, { sink })).toMatchObject({
      status: 'partial',
      loaded: 1,
      error: { code: 'vendor.busy' },
    });
    expect((await state.bookmark(`scripted/${name}`))?.checkpoint).toEqual({ at: 1 });
    down = false;
    expect(await only(name, script, { sink })).toMatchObject({ status: 'succeeded', read: 1, loaded: 1 });
    expect(await rowsOf(sink, `test_${name}`)).toHaveLength(2);
  });

  it('fails, and moves no bookmark, when the warehouse cannot commit', async () => {
    const name = fresh();
    const sink = withLoads(memorySink(), () => ({
      commit: async () => {
        throw new PipelineError('transient', 'sink.unreachable', 'The warehouse is gone.');
      },
    }));
    const report = await only(name, { pages: [{ rows: [thing('a')] }] }, { sink });
    expect(report).toMatchObject({
      status: 'failed',
      loaded: 0,
      read: 0,
      error: { code: 'sink.unreachable' },
    });
    expect(await state.bookmark(`scripted/${name}`)).toBeUndefined();
  });

  it('repeats a load whose bookmark was lost in a crash, and no reader sees it', async () => {
    const [name, sink] = [fresh(), memorySink()];
    const script: Script = { pages: [{ rows: [thing('a'), thing('b')] }] };
    let crash = true;
    const crashing: State = {
      ...methodsOf(state),
      advance: async (move) => {
        if (crash) throw new PipelineError('transient', 'state.unreachable', 'The state is gone.');
        return state.advance(move);
      },
    };
    await runScripted({ state: crashing, sink, streams: { [name]: script } });
    expect(await state.bookmark(`scripted/${name}`)).toBeUndefined();
    expect(await rowsOf(sink, `test_${name}`)).toHaveLength(2);
    crash = false;
    // The ledger of the warehouse knows the load: nothing has to be read again at all.
    expect(await only(name, script, { sink })).toMatchObject({ status: 'succeeded', read: 0 });
    expect((await state.bookmark(`scripted/${name}`))?.checkpoint).toEqual({ at: 1 });
    expect(await rowsOf(sink, `test_${name}`)).toHaveLength(2);
  });

  it('reads from the beginning into a warehouse that never got the rows, whatever the bookmark says', async () => {
    const name = fresh();
    const script: Script = { pages: [{ rows: [thing('a')] }, { rows: [thing('b')] }] };
    await only(name, script, { sink: memorySink() });
    const other = memorySink();
    expect(await only(name, script, { sink: other })).toMatchObject({ read: 2 });
    expect(await rowsOf(other, `test_${name}`)).toHaveLength(2);
  });

  it('goes on from a load that another run committed after the lanes were planned', async () => {
    const [name, sink] = [fresh(), memorySink()];
    const script: Script = { pages: [{ rows: [thing('a')] }] };
    await only(name, script, { sink });
    let asked = 0;
    const late: Sink = { ...methodsOf(sink), ledger: async () => (asked++ === 0 ? [] : sink.ledger()) };
    expect(await only(name, script, { sink: late })).toMatchObject({ status: 'succeeded', read: 0 });
  });

  it('takes the word of an operator who reset the bookmark', async () => {
    const [name, sink] = [fresh(), memorySink()];
    const script: Script = { pages: [{ rows: [thing('a')] }, { rows: [thing('b')] }] };
    await only(name, script, { sink });
    await state.setBookmark(`scripted/${name}`, null, 'a test');
    expect(await only(name, script, { sink })).toMatchObject({ read: 2 });
    await state.setBookmark(`scripted/${name}`, { at: 1 }, 'a test');
    expect(await only(name, script, { sink })).toMatchObject({ read: 1 });
  });

  it('counts records so that the numbers add up: repeats, deletions and rejects', async () => {
    const [name, sink] = [fresh(), memorySink()];
    const pages = [
      { rows: [thing('a'), thing('b'), thing('a', 2)] },
      { rows: [thing('c'), { version: 1, words: 'no key' }], gone: ['c', 'never-seen'] },
    ];
    const report = await only(name, { pages }, { sink });
    expect(report).toMatchObject({
      status: 'succeeded',
      read: 6,
      loaded: 2,
      deleted: 2,
      rejected: 1,
      repeated: 1,
    });
    expect(report.read).toBe(report.loaded + report.deleted + report.rejected + report.repeated);
    expect(await rowsOf(sink, `test_${name}`)).toEqual([
      { id: 'a', version: 2, gone: false },
      { id: 'b', version: 1, gone: false },
      { id: 'c', version: 1_000_000, gone: true },
      { id: 'never-seen', version: 1_000_000, gone: true },
    ]);
    const [kept] = await state.rejects({ lane: `scripted/${name}` });
    expect(kept).toMatchObject({ code: 'row.no_key', row: { words: 'no key' } });
  });

  it('fails before its bookmark when too many records cannot be read', async () => {
    const name = fresh();
    const bad = Array.from({ length: 11 }, (_, i) => ({ version: i, words: 'no key' }));
    const report = await only(name, { pages: [{ rows: [...bad, thing('a')] }] });
    expect(report).toMatchObject({ status: 'failed', error: { code: 'stream.too_many_rejects' } });
    expect(await state.bookmark(`scripted/${name}`)).toBeUndefined();
    expect(await state.rejects({ lane: `scripted/${name}` })).toHaveLength(11);
  });
});

describe('success means complete', () => {
  it('is partial when the vendor counts more than it sent', async () => {
    expect(await only(fresh(), { pages: [{ rows: [thing('a')], expected: 2 }] })).toMatchObject({
      status: 'partial',
      expected: 2,
      error: { code: 'stream.incomplete' },
    });
  });

  it('is partial when there is nothing where there must be something', async () => {
    expect(await only(fresh(), { neverEmpty: true, pages: [{}] })).toMatchObject({
      status: 'partial',
      error: { code: 'stream.unexplained_zero' },
    });
    expect(await only(fresh(), { pages: [{}] })).toMatchObject({ status: 'succeeded' });
  });

  it('skips an optional stream that the account does not have, visibly, and fails any other', async () => {
    const absent = (): never => {
      throw new PipelineError('config', 'vendor.not_available', 'This plan has no surveys.');
    };
    expect(await only(fresh(), { optional: true, pages: [absent] })).toMatchObject({ status: 'skipped' });
    expect(await only(fresh(), { pages: [absent] })).toMatchObject({ status: 'failed' });
  });

  it('is partial as a whole when one stream fails beside another that succeeds', async () => {
    const forbidden = (): never => {
      throw new PipelineError('config', 'vendor.forbidden', 'This needs an administrator.');
    };
    const record = await runScripted({
      state,
      streams: { [fresh()]: { pages: [{ rows: [thing('a')] }] }, [fresh()]: { pages: [forbidden] } },
    });
    expect(record.status).toBe('partial');
    const none = await runScripted({ state, streams: { [fresh()]: { pages: [forbidden] } } });
    expect(none.status).toBe('failed');
  });

  it('calls an unclassified failure a bug, and says so', async () => {
    const broken = (): never => {
      throw new TypeError('x is not a function');
    };
    expect(await only(fresh(), { pages: [broken] })).toMatchObject({
      status: 'failed',
      error: { kind: 'bug' },
    });
  });
});

describe('a backfill', () => {
  const since = new Date('2026-01-01T00:00:00Z');

  it('leaves the live bookmark byte for byte as it was, and resumes where it was cut', async () => {
    const [name, sink] = [fresh(), memorySink()];
    let down = true;
    const script: Script = { pages: [{ rows: [thing('a')] }, { rows: [thing('b')] }] };
    await only(name, script, { sink });
    const live = await state.bookmark(`scripted/${name}`);
    script.pages = [
      { rows: [thing('a')] },
      () => {
        if (down) throw busy();
        return { rows: [thing('b'), thing('c')] };
      },
    ];
    const lane = `scripted/${name}@2026-01-01..`;
    expect(await only(name, script, { sink, window: { since } })).toMatchObject({ status: 'partial', lane });
    expect(await state.bookmark(lane)).toMatchObject({
      checkpoint: { at: 1, since: since.toISOString() },
      done: false,
    });
    down = false;
    expect(await only(name, script, { sink, window: { since } })).toMatchObject({
      status: 'succeeded',
      read: 2,
      lane,
    });
    expect(await state.bookmark(lane)).toMatchObject({ done: true });
    expect(await state.bookmark(`scripted/${name}`)).toEqual(live);
    expect(await rowsOf(sink, `test_${name}`)).toHaveLength(3);
    // Asked for again after it reached its end, it starts anew.
    expect(await only(name, script, { sink, window: { since } })).toMatchObject({
      status: 'succeeded',
      read: 3,
    });
  });

  it('never overwrites a newer row with an older one', async () => {
    const [name, sink] = [fresh(), memorySink()];
    await only(name, { pages: [{ rows: [thing('a', 9)] }] }, { sink });
    await only(name, { pages: [{ rows: [thing('a', 3)] }] }, { sink, window: { since } });
    expect(await rowsOf(sink, `test_${name}`)).toEqual([{ id: 'a', version: 9, gone: false }]);
  });

  it('becomes the start of the live lane where nothing was read yet, and says so', async () => {
    const name = fresh();
    const notes: string[] = [];
    const report = await only(
      name,
      { pages: [{ rows: [thing('a')] }] },
      {
        window: { since },
        onProgress: (progress: { at: string; message?: string }) => {
          if (progress.at === 'note') notes.push(progress.message ?? '');
        },
      },
    );
    expect(report.lane).toBe(`scripted/${name}`);
    expect(notes.join()).toContain('starts at 2026-01-01');
    expect((await state.bookmark(`scripted/${name}`))?.checkpoint).toMatchObject({
      since: since.toISOString(),
    });
  });
});

describe('two runs at once', () => {
  it('end with one working and the other busy, in one clear sentence', async () => {
    const name = fresh();
    const started = deferred<void>();
    const go = deferred<void>();
    const script: Script = {
      pages: [
        async () => {
          started.resolve();
          await go.promise;
          return { rows: [thing('a')] };
        },
      ],
    };
    const first = only(name, script);
    await started.promise;
    await expect(only(name, script)).rejects.toMatchObject({ code: 'lane.busy', kind: 'transient' });
    go.resolve();
    expect(await first).toMatchObject({ status: 'succeeded' });
  });

  it('never let a runner commit that lost its lane while it was paused', async () => {
    const [name, sink] = [fresh(), memorySink()];
    const lane = `scripted/${name}`;
    const script: Script = {
      pages: [
        async () => {
          // Another runner takes the lane over and raises the fence, as after a long pause of this one.
          await state.release(await takenLeases(state, lane));
          const [lease] = await state.acquire([lane], owner(), 30_000);
          await sink.fence(lane, lease?.epoch ?? 0);
          return { rows: [thing('a')] };
        },
      ],
    };
    const report = await only(name, script, { sink });
    expect(report).toMatchObject({ status: 'failed', loaded: 0 });
    expect(report.error?.code).toMatch(/^lane\.(fenced|lost)$/);
    expect(await state.bookmark(lane)).toBeUndefined();
  });
});

describe('a dry run', () => {
  it('counts what it would load and writes nothing anywhere', async () => {
    const [name, sink] = [fresh(), memorySink()];
    const script: Script = { pages: [{ rows: [thing('a')] }, { rows: [thing('b')] }] };
    await only(name, { pages: script.pages.slice(0, 1) }, { sink });
    const bookmarks: readonly Bookmark[] = await state.bookmarks();
    const runs = (await state.runs({ limit: 1000 })).length;
    const record = await runScripted({
      state: dryState(state),
      sink: drySink(sink),
      streams: { [name]: script },
    });
    expect(record.streams[0]).toMatchObject({ status: 'succeeded', read: 1, loaded: 1 });
    expect(await state.bookmarks()).toEqual(bookmarks);
    expect((await state.runs({ limit: 1000 })).length).toBe(runs);
  });
});

function withLoads(sink: Sink, change: (load: Load) => Partial<Load>): Sink {
  return {
    ...methodsOf(sink),
    begin: async (start) => {
      const load = await sink.begin(start);
      return { ...methodsOf(load), ...change(load) };
    },
  };
}

/** The methods of an object with a lifetime, as a plain object that can be spread. */
function methodsOf<T extends object>(object: T): T {
  return new Proxy({} as T, {
    get: (_target, name) => {
      const value = Reflect.get(object, name, object) as unknown;
      return typeof value === 'function' ? value.bind(object) : value;
    },
    ownKeys: () => [...allKeys(object)],
    getOwnPropertyDescriptor: (_target, name) => ({
      enumerable: true,
      configurable: true,
      value: Reflect.get(object, name, object),
    }),
  });
}

function allKeys(object: object): Set<string | symbol> {
  const keys = new Set<string | symbol>();
  for (
    let at: object | null = object;
    at !== null && at !== Object.prototype;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    for (const key of Reflect.ownKeys(at)) if (key !== 'constructor') keys.add(key);
  }
  return keys;
}

async function takenLeases(from: State, lane: string): Promise<Parameters<State['release']>[0]> {
  return (await from.leases()).filter((lease) => lease.lane === lane);
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
