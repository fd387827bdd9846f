// The Estuary stand-in as a place for the contract of connectors, and for tests of Estuary's own traps.

import { estuary } from '../../connectors/estuary.ts';
import { createAddressGuard } from '../../core/address-guard.ts';
import type {
  Connector,
  Environment,
  Fetch,
  HttpResponse,
  Json,
  Row,
  SecretStore,
} from '../../core/types.ts';
import type { VendorRecord } from '../../sandbox/change-log.ts';
import { type EstuaryOptions, type EstuarySandbox, startEstuary } from '../../sandbox/estuary.ts';
import type { Place, StreamTruth } from '../contracts/connector.ts';
import { contextOf, memorySecrets, placeOf, type TestContext } from '../contracts/stand-in.ts';

const NOW = new Date('2026-11-20T08:00:00Z');
const DAY_MS = 86_400_000;

/** By stream: what its specs are called in the catalog. */
const KINDS: { readonly [stream: string]: string } = {
  captures: 'capture',
  collections: 'collection',
  materializations: 'materialization',
};

export const PATHS: { readonly [stream: string]: string } = {
  captures: '/api/graphql',
  collections: '/api/graphql',
  materializations: '/api/graphql',
  catalog_stats: '/catalog_stats',
};

/** All specs are read at one path: the kind in the body tells the stream. */
export const CONTAINS: { readonly [stream: string]: string } = Object.fromEntries(
  Object.entries(KINDS).map(([stream, kind]) => [stream, `"catalogType":"${kind}"`]),
);

export const envOf = (sandbox: EstuarySandbox): Environment => ({
  ESTUARY_API_URL: `${sandbox.url}/`,
  ESTUARY_API_KEY: sandbox.apiKey,
});

export interface EstuaryPlace {
  readonly sandbox: EstuarySandbox;
  readonly secrets: ReturnType<typeof memorySecrets>;
  context(options?: {
    readonly env?: Environment;
    readonly secrets?: SecretStore;
    readonly through?: (fetch: Fetch) => Fetch;
  }): TestContext;
  close(): Promise<void>;
}

export async function startPlace(options: EstuaryOptions = {}): Promise<EstuaryPlace> {
  const sandbox = await startEstuary({ now: NOW, ...options });
  const guard = createAddressGuard({ allow: '127.0.0.1' });
  const secrets = memorySecrets();
  return {
    sandbox,
    secrets,
    context: ({ env = envOf(sandbox), ...rest } = {}) => contextOf(sandbox, { guard, env, secrets, ...rest }),
    async close() {
      await sandbox.close();
      await guard.close();
    },
  };
}

/** A place for the contract; its pages hold a dozen records. `removing` tells whose specs `remove` takes, call by call. */
export async function contractPlace(
  connector: Connector = estuary(),
  removing: readonly string[] = Object.keys(KINDS),
  account: EstuaryOptions = {},
): Promise<Place & { readonly sandbox: EstuarySandbox }> {
  const sandbox = await startEstuary({ specs: 30, largestPage: 12, now: NOW, ...account });
  let removals = 0;
  const changedAt = (table: string, row: Row): Date =>
    new Date(String(row[table === 'estuary_catalog_stats' ? 'ts' : 'updated_at']));
  const place = placeOf({
    connector,
    sandbox,
    env: () => envOf(sandbox),
    wrong: { ESTUARY_API_KEY: Buffer.from('{"id":"11:22","secret":"not-the-secret"}').toString('base64') },
    paths: PATHS,
    contains: CONTAINS,
    spoil: withBrokenNodes,
    truth: (stream) => truthOf(stream, sandbox.truth().resources),
    change: () => void sandbox.change({ newSpecs: 2, publishedSpecs: 3, stats: 4 }),
    changeAtOnce: () => void sandbox.change({ burst: 25, stats: 6 }),
    remove() {
      const stream = removing[Math.min(removals++, removing.length - 1)];
      if (stream === 'captures') sandbox.change({ deletedCaptures: 1 });
      if (stream === 'collections') sandbox.change({ deletedCollections: 1 });
      if (stream === 'materializations') sandbox.change({ deletedMaterializations: 1 });
    },
    changedAt,
    mayRepeat(stream, table, row, checkpoint) {
      const { from } = checkpoint as { readonly from: string };
      return stream === 'catalog_stats' && changedAt(table, row).getTime() >= Date.parse(from) - 2 * DAY_MS;
    },
  });
  return { ...place, sandbox };
}

const BROKEN: readonly Json[] = [null, 'text', 7, [], { node: { catalogName: 'no spec' } }];

/** The answer with things that are no specs and no buckets, where it lists any. */
function withBrokenNodes(response: HttpResponse): HttpResponse {
  const body = response.json();
  if (Array.isArray(body)) {
    if (body.length === 0) return response;
    return { ...response, json: () => [...BROKEN, ...(body as readonly Json[]), { ts: null }] };
  }
  const data = (body as { readonly data: { readonly liveSpecs?: { readonly edges: readonly Json[] } } }).data;
  if (data.liveSpecs === undefined) return response;
  const liveSpecs = { ...data.liveSpecs, edges: [...BROKEN, ...data.liveSpecs.edges] };
  return { ...response, json: () => ({ data: { ...data, liveSpecs } }) };
}

type Resources = ReturnType<EstuarySandbox['truth']>['resources'];

/** What the stand-in knows, in the columns of our tables; only what can be compared without repeating the connector's mapping. */
export function truthOf(stream: string, resources: Resources): StreamTruth {
  const all = (resource: string): readonly VendorRecord[] => Object.values(resources[resource] ?? {});
  const table = `estuary_${stream}`;
  const kind = KINDS[stream];
  if (kind === undefined) {
    const rows = all('catalog_stats').map((bucket): Row => {
      const ts = new Date(String(bucket['ts'])).toISOString();
      return {
        id: `daily ${ts} ${String(bucket['catalog_name'])}`,
        ts,
        docs_written_by_me: bucket['docs_written_by_me'] as Json,
        bytes_written_by_me: bucket['bytes_written_by_me'] as Json,
      };
    });
    return { rows: { [table]: rows }, gone: {} };
  }
  const rowOf = (spec: VendorRecord): Row => ({
    id: String(spec['liveSpecId']),
    catalog_name: spec['catalogName'] as Json,
    updated_at: spec['updatedAt'] as Json,
    last_pub_id: spec['lastPubId'] as Json,
    is_disabled: spec['isDisabled'] as Json,
    model: spec['model'] as Json,
  });
  const isGone = (spec: VendorRecord): boolean => spec['gone'] === true;
  return {
    rows: {
      [table]: all(kind)
        .filter((spec) => !isGone(spec))
        .map(rowOf),
    },
    gone: {
      [table]: all(kind)
        .filter(isGone)
        .map((spec) => ({ id: String(spec['liveSpecId']) })),
    },
  };
}
