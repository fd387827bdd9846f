// Gong's own traps, each as the vendor sets it.

import { afterEach, describe, expect, test } from 'vitest';
import { gong } from '../../connectors/gong.ts';
import type { Context, Json, Page, Row, Stream } from '../../core/types.ts';
import type { VendorRecord } from '../../sandbox/change-log.ts';
import type { GongOptions } from '../../sandbox/gong.ts';
import { type GongPlace, startPlace, truthOf } from './gong-place.ts';

const DAY_MS = 86_400_000;
const SEGMENTS = 'gong_transcript_segments';

let place: GongPlace | undefined;
afterEach(async () => {
  await place?.close();
  place = undefined;
});

async function open(options: GongOptions = {}): Promise<GongPlace> {
  place = await startPlace(options);
  return place;
}

function stream(name: string): Stream {
  const found = gong().streams.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no stream ${name}`);
  return found;
}

async function read(name: string, context: Context, from?: Json): Promise<readonly Page[]> {
  const pages: Page[] = [];
  const one = stream(name);
  for await (const page of one.read(from ?? one.start({}), context)) pages.push(page);
  return pages;
}

const rowsOf = (pages: readonly Page[], table: string): readonly Row[] =>
  pages.flatMap((page) => page.rows[table] ?? []);
const lastOf = (pages: readonly Page[]): Json => pages.at(-1)?.checkpoint ?? null;
const pendingIn = (checkpoint: Json): readonly string[] =>
  Object.keys((checkpoint as { readonly pending: { readonly [id: string]: string } }).pending);

describe('transcripts', () => {
  test('that come after their calls are waited for in the checkpoint, and read when they are there', async () => {
    const { sandbox, context } = await open({ transcriptDelaySeconds: 6 * 3600 });
    sandbox.change({ newCalls: 3 });
    const first = await read('transcripts', context());
    const waiting = pendingIn(lastOf(first));
    expect(waiting.length).toBeGreaterThanOrEqual(3);
    sandbox.clock.advance(3600_000);
    const second = await read('transcripts', context(), lastOf(first));
    expect(rowsOf(second, SEGMENTS).filter((row) => !waiting.includes(String(row['call_id'])))).toEqual([]);
    sandbox.clock.advance(6 * 3600_000);
    const third = await read('transcripts', context(), lastOf(second));
    expect(pendingIn(lastOf(third))).toEqual([]);
    const held = new Set(rowsOf([...first, ...second, ...third], SEGMENTS).map((row) => row['id']));
    const truth = truthOf('transcripts', sandbox.truth().resources).rows[SEGMENTS] ?? [];
    expect(truth.filter((row) => !held.has(row['id']))).toEqual([]);
  });

  test('that never come are told as rejects after two weeks, and not waited for any longer', async () => {
    const { sandbox, context } = await open();
    await read('transcripts', context());
    sandbox.change({ silentCalls: 2 });
    let checkpoint = lastOf(await read('transcripts', context()));
    expect(pendingIn(checkpoint)).toHaveLength(2);
    for (let day = 0; day < 13; day++) {
      sandbox.clock.advance(DAY_MS);
      const one = context();
      checkpoint = lastOf(await read('transcripts', one, checkpoint));
      expect(one.rejects).toEqual([]);
    }
    sandbox.clock.advance(2 * DAY_MS);
    const last = context();
    checkpoint = lastOf(await read('transcripts', last, checkpoint));
    expect(last.rejects.map(({ code }) => code)).toEqual(['gong.no_transcript', 'gong.no_transcript']);
    expect(pendingIn(checkpoint)).toEqual([]);
  });

  test('are not read twice, although their calls are looked at again, and what is remembered stays small', async () => {
    const { sandbox, context } = await open({ transcriptDelaySeconds: 0 });
    let checkpoint = lastOf(await read('transcripts', context()));
    for (let day = 0; day < 12; day++) {
      sandbox.clock.advance(DAY_MS);
      sandbox.change({ newCalls: 5, changedCalls: 2 });
      sandbox.clock.advance(60_000);
      const pages = await read('transcripts', context(), checkpoint);
      expect(new Set(rowsOf(pages, SEGMENTS).map((row) => row['call_id'])).size).toBe(5);
      checkpoint = lastOf(pages);
    }
    const { read: kept } = checkpoint as { readonly read: { readonly [id: string]: string } };
    expect(Object.keys(kept).length).toBeLessThanOrEqual(5 * 9);
  });

  test('make a customer only of who is from outside, and leave out whom Gong does not know', async () => {
    const { sandbox, context } = await open({ transcriptDelaySeconds: 0 });
    const rows = rowsOf(await read('transcripts', context()), SEGMENTS);
    const said = rows.flatMap((row) => stream('transcripts').feedback?.(SEGMENTS, row) ?? []);
    const parties = new Map(
      Object.values(sandbox.truth().resources['calls'] ?? {})
        .flatMap((call) => call['parties'] as readonly VendorRecord[])
        .map((party) => [String(party['id']), party]),
    );
    const unknown = rows.filter((row) => row['affiliation'] === 'Unknown');
    expect(unknown.length).toBeGreaterThan(0);
    expect(said).toHaveLength(rows.length - unknown.length);
    for (const { authorId, authorRole, authorName, text } of said) {
      const party = parties.get(String(authorId));
      expect(authorRole).toBe(party?.['affiliation'] === 'External' ? 'customer' : 'agent');
      expect(authorName).toBe(party?.['name']);
      expect(text.trim()).not.toBe('');
    }
  });
});

describe('calls', () => {
  test('keep ids of twenty digits, and instants in UTC', async () => {
    const { context } = await open();
    for (const row of rowsOf(await read('calls', context()), 'gong_calls')) {
      expect(row['id']).toMatch(/^178234227402593\d{5}$/);
      expect(row['started']).toMatch(/^\d{4}-\d\d-\d\dT[\d:]{8}\.000Z$/);
    }
  });

  test('that show or change days after they took place are found by looking back', async () => {
    const { sandbox, context } = await open();
    const first = await read('calls', context());
    sandbox.clock.advance(DAY_MS);
    sandbox.change({ lateCalls: 4, changedCalls: 3 });
    const second = await read('calls', context(), lastOf(first));
    const held = new Map(rowsOf([...first, ...second], 'gong_calls').map((row) => [row['id'], row['title']]));
    for (const row of truthOf('calls', sandbox.truth().resources).rows['gong_calls'] ?? [])
      expect(held.get(String(row['id']))).toBe(row['title']);
  });

  test('are none where Gong says that none were found, and an error where something else is not found', async () => {
    const { sandbox, context } = await open({ calls: 0 });
    const pages = await read('calls', context());
    expect(rowsOf(pages, 'gong_calls')).toEqual([]);
    expect(stream('calls').neverEmpty).toBe(true);
    sandbox.faults.set([{ kind: 'not-available', path: '/v2/calls', count: 'always' }]);
    await expect(read('calls', context())).rejects.toMatchObject({ kind: 'config', code: 'gong.not_found' });
  });

  test('cost few requests over years without any', async () => {
    const { sandbox, context } = await open({ calls: 10 });
    await read('calls', context());
    expect(sandbox.journal.list().length).toBeLessThan(40);
  });
});

describe('limits', () => {
  test('of three requests a second are never met, from one stream to the next', async () => {
    // Time passes only where somebody waits, so that the distance between requests is what was kept.
    const clock = { now: () => new Date('2026-11-20T08:00:00Z'), monotonicMs: () => 0 };
    const { sandbox, context } = await open({ limits: 'vendor', calls: 150, pageSize: 10, clock });
    const one = context();
    for (const name of ['calls', 'transcripts', 'users', 'workspaces']) await read(name, one);
    const visits = sandbox.journal.list();
    expect(visits.length).toBeGreaterThan(50);
    expect(visits.filter(({ status }) => status === 429)).toEqual([]);
  });

  test('of a day that are spent end the reading with the time to come back, never as if all were read', async () => {
    const { sandbox, context } = await open({ limits: { perSecond: 1000, perDay: 20 }, pageSize: 5 });
    const one = stream('calls');
    const pages: Page[] = [];
    const reading = async (): Promise<void> => {
      for await (const page of one.read(pages.at(-1)?.checkpoint ?? one.start({}), context()))
        pages.push(page);
    };
    await expect(reading()).rejects.toMatchObject({ kind: 'transient', code: 'http.rate_limited' });
    expect(sandbox.journal.list().filter(({ status }) => status === 429)).toHaveLength(1);
    sandbox.clock.advance(DAY_MS);
    await reading().catch(() => undefined);
    sandbox.clock.advance(DAY_MS);
    await reading();
    expect(new Set(rowsOf(pages, 'gong_calls').map((row) => row['id'])).size).toBe(60);
  });
});
