// The traps of Vercel: states that change late, both kinds of cursor, ties, and secrets in projects.

import { afterEach, describe, expect, it } from 'vitest';
import { vercel } from '../../connectors/vercel.ts';
import { PipelineError } from '../../core/errors.ts';
import type { Json, Page, Row, Stream } from '../../core/types.ts';
import { vercelPlace } from './vercel-place.ts';

type Place = Awaited<ReturnType<typeof vercelPlace>>;
const opened: Place[] = [];
async function open(options: Parameters<typeof vercelPlace>[1] = {}): Promise<Place> {
  const place = await vercelPlace(vercel(), options);
  opened.push(place);
  return place;
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map((place) => place.close()));
});

function streamOf(place: Place, name: string): Stream {
  const stream = place.connector.streams.find((one) => one.name === name);
  if (stream === undefined) throw new Error(`no stream ${name}`);
  return stream;
}

async function read(place: Place, name: string, from?: Json): Promise<readonly Page[]> {
  const stream = streamOf(place, name);
  const pages: Page[] = [];
  for await (const page of stream.read(from ?? stream.start({}), place.context())) pages.push(page);
  return pages;
}

const rowsOf = (pages: readonly Page[], table: string): readonly Row[] =>
  pages.flatMap((page) => page.rows[table] ?? []);
const HOUR_MS = 3_600_000;

describe('A deployment of Vercel', () => {
  it('that is on its way for days is read again until it has arrived, and no longer', async () => {
    const place = await open();
    place.sandbox.change({ born: 1 });
    let from = (await read(place, 'deployments')).at(-1)?.checkpoint;
    for (const [hours, arrives, again] of [
      [40, 0, 1],
      [40, 1, 1],
      [30, 0, 0],
    ] as const) {
      place.sandbox.clock.advance(hours * HOUR_MS);
      place.sandbox.change({ arrived: arrives });
      const pages = await read(place, 'deployments', from);
      expect(rowsOf(pages, 'vercel_deployments')).toHaveLength(again);
      from = pages.at(-1)?.checkpoint;
    }
  });

  it('that is promoted within a day is read again, with a version that is not older', async () => {
    const place = await open();
    place.sandbox.change({ born: 3 });
    place.sandbox.change({ arrived: 3 });
    const first = await read(place, 'deployments');
    place.sandbox.clock.advance(HOUR_MS);
    expect(place.sandbox.change({ promoted: 3 }).changes).toBeGreaterThan(0);
    const second = await read(place, 'deployments', first.at(-1)?.checkpoint);
    const before = new Map(rowsOf(first, 'vercel_deployments').map((row) => [row['id'], row]));
    const promoted = rowsOf(second, 'vercel_deployments').filter(
      (row) => row['ready_substate'] === 'PROMOTED',
    );
    expect(promoted.length).toBeGreaterThan(0);
    for (const row of promoted)
      expect(String(row['updated_at']) >= String(before.get(row['id'])?.['updated_at'])).toBe(true);
  });

  it('is not lost where several share the millisecond at the edge of a page', async () => {
    for (const mostPerPage of [3, 4, 5, 6]) {
      const place = await open({ mostPerPage });
      const ids = rowsOf(await read(place, 'deployments'), 'vercel_deployments').map((row) => row['id']);
      expect(new Set(ids).size).toBe(60);
    }
  });

  it('fails loudly where a whole page shares one millisecond', async () => {
    const place = await open();
    place.sandbox.change({ bornAtOnce: 20 });
    await expect(read(place, 'deployments')).rejects.toMatchObject({ code: 'vercel.stuck_page' });
    await expect(read(place, 'deployments')).rejects.toBeInstanceOf(PipelineError);
  });
});

describe('Projects of Vercel', () => {
  it.each(['time', 'token'] as const)('are read whole where their cursor is a %s', async (projectCursor) => {
    const place = await open({ projectCursor });
    const ids = rowsOf(await read(place, 'projects'), 'vercel_projects').map((row) => row['id']);
    expect(new Set(ids).size).toBe(18);
    const cursors = place.sandbox.journal
      .list()
      .map(({ path }) => new URLSearchParams(path.split('?')[1]).get('from'));
    expect(cursors.slice(1).every((one) => /^\d+$/.test(one ?? '') === (projectCursor === 'time'))).toBe(
      true,
    );
  });

  it('leave the values of their environment variables behind', async () => {
    const place = await open();
    const pages = await read(place, 'projects');
    expect(JSON.stringify(pages)).not.toContain('must-not-leave');
    expect(rowsOf(pages, 'vercel_projects')[0]?.['raw']).toMatchObject({ framework: 'nextjs' });
  });
});

describe('Settings of Vercel', () => {
  it('send the team with every request, and tell a token of another scope', async () => {
    const place = await open();
    const { env } = place.context();
    await place.connector.check(place.context());
    expect(
      place.sandbox.journal.list().every(({ path }) => path.includes(`teamId=${place.sandbox.teamId}`)),
    ).toBe(true);
    const health = await place.connector.check(place.context({ ...env, VERCEL_TEAM_ID: 'team_other' }));
    expect(health).toMatchObject({ ok: false });
    expect(health.hint).toContain('VERCEL_TEAM_ID');
  });
});
