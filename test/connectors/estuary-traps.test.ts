// Estuary's own traps, each as the vendor sets it.

import { afterEach, describe, expect, test } from 'vitest';
import { estuary } from '../../connectors/estuary.ts';
import type { Connector, Context, Json, Page, Row, Stream } from '../../core/types.ts';
import { parseQuery, problemIn } from '../../sandbox/estuary/graphql.ts';
import { TYPES } from '../../sandbox/estuary/schema.ts';
import type { EstuaryOptions } from '../../sandbox/estuary.ts';
import { type EstuaryPlace, envOf, startPlace, truthOf } from './estuary-place.ts';

const DAY_MS = 86_400_000;

let place: EstuaryPlace | undefined;
afterEach(async () => {
  await place?.close();
  place = undefined;
});

async function open(options: EstuaryOptions = {}): Promise<EstuaryPlace> {
  place = await startPlace(options);
  return place;
}

function streamOf(connector: Connector, name: string): Stream {
  const found = connector.streams.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no stream ${name}`);
  return found;
}

async function read(
  name: string,
  context: Context,
  from?: Json,
  connector: Connector = estuary(),
): Promise<readonly Page[]> {
  const pages: Page[] = [];
  const stream = streamOf(connector, name);
  for await (const page of stream.read(from ?? stream.start({}), context)) pages.push(page);
  return pages;
}

const rowsOf = (pages: readonly Page[], table: string): readonly Row[] =>
  pages.flatMap((page) => page.rows[table] ?? []);
const lastOf = (pages: readonly Page[]): Json => pages.at(-1)?.checkpoint ?? null;
const exchanges = ({ sandbox }: EstuaryPlace): number =>
  sandbox.journal.list().filter(({ path }) => path === '/rpc/generate_access_token').length;

describe('tokens', () => {
  test('are exchanged once for all streams, and renewed a minute before they end', async () => {
    const here = await open({ tokenTtlSeconds: 600 });
    const connector = estuary();
    const context = here.context();
    const names = connector.streams.map(({ name }) => name);
    await Promise.all(names.map((name) => read(name, context, undefined, connector)));
    expect(exchanges(here)).toBe(1);
    here.sandbox.clock.advance(545_000);
    await Promise.all(names.map((name) => read(name, context, undefined, connector)));
    expect(exchanges(here)).toBe(2);
    expect(here.sandbox.journal.list().filter(({ status }) => status === 401)).toEqual([]);
  });

  test('that all streams find ended at once are renewed once', async () => {
    const here = await open();
    const connector = estuary();
    const context = here.context();
    await read('captures', context, undefined, connector);
    here.sandbox.expireTokens();
    await Promise.all(connector.streams.map(({ name }) => read(name, context, undefined, connector)));
    expect(exchanges(here)).toBe(2);
  });

  test('that work once are kept before they are used, for the next process', async () => {
    const here = await open({ singleUse: true });
    await read('captures', here.context());
    expect([...here.secrets.kept.values()].join()).toContain('secret-1');
    await read('captures', here.context());
    expect([...here.secrets.kept.values()].join()).toContain('secret-2');
  });

  test('that the vendor refuses are a matter of configuration, and are not repeated in the message', async () => {
    const here = await open();
    const env = {
      ...envOf(here.sandbox),
      ESTUARY_API_KEY: Buffer.from('{"id":"a","secret":"hush-hush"}').toString('base64'),
    };
    const failed = await read('captures', here.context({ env })).catch((error: unknown) => error);
    expect(failed).toMatchObject({ kind: 'config', code: 'estuary.unauthorized' });
    expect(JSON.stringify(failed)).not.toContain('hush-hush');
  });
});

describe('specs', () => {
  test('are handed on only when their publication changed', async () => {
    const { sandbox, context } = await open();
    const first = await read('collections', context());
    expect(rowsOf(first, 'estuary_collections')).toHaveLength(20);
    sandbox.clock.advance(60_000);
    sandbox.change({ publishedSpecs: 1, newSpecs: 1 });
    const second = await read('collections', context(), lastOf(first));
    expect(rowsOf(second, 'estuary_collections')).toHaveLength(2);
    expect(rowsOf(await read('collections', context(), lastOf(second)), 'estuary_collections')).toEqual([]);
  });

  test('that cannot be seen any more are not said to be deleted', async () => {
    const { sandbox, context } = await open();
    const first = await read('captures', context());
    sandbox.revoke();
    await expect(read('captures', context(), lastOf(first))).rejects.toMatchObject({
      kind: 'config',
      code: 'estuary.forbidden',
    });
  });

  test('are not said to be deleted where another prefix is read than before, or where one of the list is hidden', async () => {
    const { sandbox, context } = await open();
    const first = await read('collections', context());
    const env = { ...envOf(sandbox), ESTUARY_PREFIX: 'acmeCo/tasks/' };
    const goneIn = (pages: readonly Page[]) =>
      pages.flatMap((page) => page.deletes?.['estuary_collections'] ?? []);
    expect(goneIn(await read('collections', context({ env }), lastOf(first)))).toEqual([]);
    sandbox.change({ deletedCollections: 1 });
    const hiding = context({
      through: (fetch) => async (request) => {
        const response = await fetch(request);
        if (!request.url.endsWith('/api/graphql')) return response;
        const text = response.text.replace(
          '"userCapability":"read","liveSpec":{',
          '"userCapability":null,"liveSpec":{',
        );
        return { ...response, json: () => JSON.parse(text) as Json };
      },
    });
    const second = await read('collections', hiding, lastOf(first));
    expect(goneIn(second)).toEqual([]);
    expect(goneIn(await read('collections', context(), lastOf(second)))).toHaveLength(1);
  });

  test('beside errors are not taken for all', async () => {
    const { context } = await open();
    const partial = context({
      through: (fetch) => async (request) => {
        const response = await fetch(request);
        const body = response.json();
        if (!request.url.endsWith('/api/graphql') || Array.isArray(body)) return response;
        return {
          ...response,
          json: () => ({ ...(body as object), errors: [{ message: 'timed out' }] }) as Json,
        };
      },
    });
    await expect(read('captures', partial)).rejects.toMatchObject({
      kind: 'transient',
      code: 'estuary.query_failed',
    });
  });

  test('are those below the prefix that was asked for', async () => {
    const { sandbox, context } = await open();
    const env = { ...envOf(sandbox), ESTUARY_PREFIX: 'acmeCo/feedback/' };
    expect(rowsOf(await read('captures', context({ env })), 'estuary_captures')).toEqual([]);
    expect(rowsOf(await read('collections', context({ env })), 'estuary_collections')).toHaveLength(20);
    const other = { ...envOf(sandbox), ESTUARY_PREFIX: 'otherCo/' };
    await expect(read('captures', context({ env: other }))).rejects.toMatchObject({
      code: 'estuary.forbidden',
    });
  });
});

describe('statistics', () => {
  test('of buckets that still change are read again for two days', async () => {
    const { sandbox, context } = await open();
    const first = await read('catalog_stats', context());
    let all = [...first];
    for (let day = 0; day < 4; day++) {
      sandbox.clock.advance(DAY_MS);
      sandbox.change({ stats: 8 });
      const next = await read('catalog_stats', context(), lastOf(all));
      expect(rowsOf(next, 'estuary_catalog_stats').length).toBeLessThan(4 * 16);
      all = [...all, ...next];
    }
    const held = new Map(
      rowsOf(all, 'estuary_catalog_stats').map((row) => [row['id'], row['docs_written_by_me']]),
    );
    for (const row of truthOf('catalog_stats', sandbox.truth().resources).rows['estuary_catalog_stats'] ?? [])
      expect(held.get(String(row['id']))).toBe(row['docs_written_by_me']);
  });
});

describe('the stand-in', () => {
  test('answers only what the vendor’s schema has', async () => {
    const { sandbox, context } = await open();
    const asked: string[] = [];
    await read(
      'captures',
      context({
        through: (fetch) => (request) => {
          if (request.body?.includes('query'))
            asked.push((JSON.parse(request.body) as { readonly query: string }).query);
          return fetch(request);
        },
      }),
    );
    expect(asked).toHaveLength(2);
    for (const query of asked) expect(problemIn(parseQuery(query), 'QueryRoot', TYPES)).toBeUndefined();
    expect(problemIn(parseQuery('{ liveSpecs { edges { node { name } } } }'), 'QueryRoot', TYPES)).toContain(
      '"name"',
    );
    expect(problemIn(parseQuery('{ liveSpecs { edges } }'), 'QueryRoot', TYPES)).toContain('subfields');
    expect(() => parseQuery('{ liveSpecs {')).toThrow(SyntaxError);
    expect(sandbox.journal.list().length).toBeGreaterThan(0);
  });
});
