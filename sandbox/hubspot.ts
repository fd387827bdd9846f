// A stand-in for HubSpot: an account with a year of Arabic tickets, mails, notes and calls, over HTTP, with the vendor's contract and its habits.
// https://developers.hubspot.com/docs/api-reference/overview

import type { VendorRecord } from './change-log.ts';
import type { Reply } from './delivery.ts';
import { type Credentials, createGate } from './hubspot/auth.ts';
import {
  listOwners,
  listPipelines,
  listProperties,
  OWNER_RECORDS,
  PIPELINE_RECORDS,
} from './hubspot/lists.ts';
import { associations, batchRead, list, showOne } from './hubspot/objects.ts';
import { failAs, invalid, noSuchPage, type Policy, tooMany } from './hubspot/replies.ts';
import { isObjectType, OBJECT_TYPES, type ObjectType } from './hubspot/schema.ts';
import { searchObjects } from './hubspot/search.ts';
import { type ChangeWish, createWorld, type World } from './hubspot/world.ts';
import { type BucketPlan, createLimits } from './limits.ts';
import { type Sandbox, type ServerOptions, startServer, type Vendor, type VendorRequest } from './server.ts';

export interface HubspotLimits {
  readonly searchPerSecond: number;
  readonly perTenSeconds: number;
  readonly perDay: number;
}

export interface HubspotOptions extends ServerOptions {
  /** The same seed tells the same story. Default 1. */
  readonly seed?: number | string;
  /** How many of each kind there are; by default some dozens. */
  readonly counts?: { readonly [type in ObjectType]?: number };
  /** `vendor`: as a professional account has them. `off` (default): so large that nothing meets them. */
  readonly limits?: 'vendor' | 'off' | Partial<HubspotLimits>;
  /** How long an access token lives. Default 1800, as the vendor's. */
  readonly tokenTtlSeconds?: number;
  /** How long a change stays out of the search. Default 5. */
  readonly searchLagSeconds?: number;
  /** The largest page that is given, whatever is asked for: a small account then has many page edges. */
  readonly mostPerPage?: number;
  /** Changes of every kind that happen on each search, before it is answered, `total` times in all. Default none. */
  readonly churn?: { readonly perRequest: number; readonly total: number };
}

/** What one who has read everything must hold. */
export interface HubspotTruth {
  readonly at: string;
  /** By kind, then by id: the newest record as the API shows it, with `gone` where it left. */
  readonly resources: { readonly [resource: string]: { readonly [id: string]: VendorRecord } };
}

export interface HubspotSandbox extends Sandbox {
  /** `token` is the private app's that is good now. */
  readonly credentials: Credentials;
  truth(at?: Date): HubspotTruth;
  change(wish: ChangeWish): { readonly changes: number };
  /** All access tokens end now, and the private app's token is rotated. */
  expireTokens(): void;
  /** Ids that a record is associated with. */
  readonly links: World['links'];
}

const COUNTS: { readonly [type in ObjectType]: number } = {
  contacts: 60,
  companies: 20,
  tickets: 60,
  deals: 25,
  notes: 40,
  emails: 50,
  calls: 30,
};
const VENDOR_LIMITS: HubspotLimits = { searchPerSecond: 5, perTenSeconds: 190, perDay: 650_000 };
const NO_LIMITS: HubspotLimits = { searchPerSecond: 1e9, perTenSeconds: 1e9, perDay: 1e9 };
const CREDENTIALS = {
  clientId: 'sandbox-client',
  clientSecret: 'sandbox-secret',
  refreshToken: 'sandbox-refresh',
};

export async function startHubspot(options: HubspotOptions = {}): Promise<HubspotSandbox> {
  let handle: Omit<HubspotSandbox, keyof Sandbox> | undefined;
  const sandbox = await startServer(options, ({ url, clock }) => {
    const nowMs = (): number => Math.floor(clock.now().getTime());
    const world = createWorld({ seed: options.seed ?? 1, counts: { ...COUNTS, ...options.counts }, nowMs });
    const gate = createGate(nowMs, options.tokenTtlSeconds ?? 1800, CREDENTIALS);
    const limits = createLimits(() => clock.monotonicMs());
    const given = options.limits ?? 'off';
    const sizes = given === 'vendor' ? VENDOR_LIMITS : { ...NO_LIMITS, ...(given === 'off' ? {} : given) };
    const place = { world, baseUrl: url, mostPerPage: options.mostPerPage ?? Number.POSITIVE_INFINITY };
    const lagMs = (options.searchLagSeconds ?? 5) * 1000;
    let churned = 0;

    function answer(request: VendorRequest): Reply {
      if (request.path === '/oauth/v1/token') return gate.issue(request);
      const searches = request.path.endsWith('/search');
      const refused = gate.refuse(request);
      if (refused !== undefined) return refused;
      const plans: (BucketPlan & { readonly policy: Policy })[] = [
        { name: 'day', total: sizes.perDay, periodSeconds: 86_400, policy: 'DAILY' },
        searches
          ? { name: 'search', total: sizes.searchPerSecond, periodSeconds: 1, policy: 'SECONDLY' }
          : { name: 'burst', total: sizes.perTenSeconds, periodSeconds: 10, policy: 'TEN_SECONDLY_ROLLING' },
      ];
      const taken = limits.take(plans);
      const over = taken.findIndex(({ granted }) => !granted);
      const reply = over < 0 ? route(request) : tooMany(plans[over]?.policy ?? 'DAILY');
      const [day, burst] = taken;
      // Searches tell nothing of their limit.
      if (searches || day === undefined || burst === undefined) return reply;
      return {
        ...reply,
        headers: {
          ...reply.headers,
          'x-hubspot-ratelimit-max': String(burst.total),
          'x-hubspot-ratelimit-remaining': String(burst.remaining),
          'x-hubspot-ratelimit-interval-milliseconds': String(burst.periodSeconds * 1000),
          'x-hubspot-ratelimit-daily': String(day.total),
          'x-hubspot-ratelimit-daily-remaining': String(day.remaining),
        },
      };
    }

    function route(request: VendorRequest): Reply {
      const { method, path, query } = request;
      const [family = '', first = '', second = '', third = '', fourth = ''] = belowVersion(path);
      if (family === 'owners' && first === '') return listOwners(request, place.mostPerPage);
      if (family === 'pipelines') return listPipelines(request, first);
      if (family === 'properties') return listProperties(first);
      const body = method === 'POST' ? parse(request.body) : {};
      if (body === undefined) return invalid('Invalid input JSON');
      if (family === 'associations' && third === 'batch' && fourth === 'read' && method === 'POST')
        return associations(place, first, second, body);
      if (family !== 'objects' || !isObjectType(first)) return noSuchPage();
      if (method === 'POST' && second === 'search') {
        const { perRequest, total } = options.churn ?? { perRequest: 0, total: 0 };
        if (churned < total) {
          churned += 1;
          world.change({ changed: perRequest });
        }
        return searchObjects({ ...place, now: nowMs(), lagMs }, first, body, request.fault);
      }
      if (method === 'POST' && second === 'batch' && third === 'read') return batchRead(place, first, body);
      if (method !== 'GET') return noSuchPage();
      if (second === '') return list(place, first, request);
      return /^\d+$/.test(second) ? showOne(place, first, Number(second), query) : noSuchPage();
    }

    const truth = (at?: Date): HubspotTruth => {
      const until = at?.getTime() ?? nowMs();
      return {
        at: new Date(until).toISOString(),
        resources: {
          ...Object.fromEntries(OBJECT_TYPES.map((type) => [type, world.log.truth(type, until)])),
          owners: Object.fromEntries(OWNER_RECORDS.map((owner) => [String(owner['id']), owner])),
          pipelines: Object.fromEntries(
            Object.entries(PIPELINE_RECORDS).flatMap(([type, all]) =>
              all.map((one) => [`${type}/${one.id}`, one]),
            ),
          ),
        },
      };
    };
    const change = (wish: ChangeWish) => world.change(wish);
    handle = {
      truth,
      change,
      expireTokens: gate.expireAll,
      links: world.links,
      get credentials() {
        return { ...CREDENTIALS, token: gate.token() };
      },
    };
    const vendor: Vendor = {
      name: 'hubspot',
      answer,
      fail: failAs,
      expireTokens: gate.expireAll,
      truth,
      change: (wish) => change(wish as ChangeWish),
    };
    return vendor;
  });
  if (handle === undefined) throw new Error('the server started without its vendor');
  return Object.defineProperties(sandbox, Object.getOwnPropertyDescriptors(handle)) as HubspotSandbox;
}

/** The parts of a path after its version: `/crm/v3/objects/contacts` and `/crm/objects/2026-03/contacts` are one. */
function belowVersion(path: string): readonly string[] {
  const dated = /^\/crm\/(\w+)\/\d{4}-\d{2}(\/.*)?$/.exec(path);
  const plain = /^\/crm\/v[34]\/(\w+)(\/.*)?$/.exec(path);
  const [, family = '', rest = ''] = dated ?? plain ?? [];
  return [family, ...rest.split('/').filter((part) => part !== '')];
}

function parse(body: string): VendorRecord | undefined {
  try {
    const value = JSON.parse(body) as unknown;
    return typeof value === 'object' && value !== null ? (value as VendorRecord) : undefined;
  } catch {
    return undefined;
  }
}
