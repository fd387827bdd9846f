// A stand-in for Zendesk Support: an account with a year of Arabic tickets, over HTTP, with the vendor's contract and its habits.
// https://developer.zendesk.com/api-reference/

import type { VendorRecord } from './change-log.ts';
import type { SandboxClock } from './clock.ts';
import type { Reply } from './delivery.ts';
import { createLimits } from './limits.ts';
import {
  json,
  type Sandbox,
  type ServerOptions,
  startServer,
  type Vendor,
  type VendorRequest,
} from './server.ts';
import type { Label } from './utterance.ts';
import { CREDENTIALS, type Credentials, createGate } from './zendesk/auth.ts';
import {
  bucketsOf,
  describeLimits,
  NO_LIMITS,
  VENDOR_LIMITS,
  type ZendeskLimits,
} from './zendesk/buckets.ts';
import { type BulkTruth, createBulkTickets } from './zendesk/bulk.ts';
import type { Csat } from './zendesk/desk.ts';
import { type ExportPlace, horizon } from './zendesk/place.ts';
import { failAs, forbidden, noSuchEndpoint, unauthenticated } from './zendesk/replies.ts';
import { type Churn, createRoutes } from './zendesk/routes.ts';
import { toSeconds } from './zendesk/shapes.ts';
import { type ChangeWish, createWorld } from './zendesk/world.ts';

export type { ZendeskLimits } from './zendesk/buckets.ts';

export interface ZendeskOptions extends ServerOptions {
  /** The same seed tells the same story. Default 1. */
  readonly seed?: number | string;
  /** Default 400. */
  readonly tickets?: number;
  /** Default 120; at least 7, of whom six are agents. */
  readonly users?: number;
  /** Default 25. */
  readonly organizations?: number;
  /** Customers' texts are at least this long. */
  readonly textBytes?: number;
  /** Which of the two ratings the account has; the other answers 404. Default `legacy`. */
  readonly csat?: Csat;
  /** `vendor`: as an Enterprise account has them. `off` (default): so large that nothing meets them. */
  readonly limits?: 'vendor' | 'off' | ZendeskLimits;
  /** How long an access token lives. Default 1800, as the vendor's. */
  readonly tokenTtlSeconds?: number;
  /** How long a change stays out of the exports. Default 60, as the vendor's. */
  readonly settleSeconds?: number;
  /** Changes that happen on each request of the tickets export, before it is answered, `total` in all. Default none. */
  readonly churn?: Churn;
  /** For benchmarks: up to 89 million tickets of about 3 KB, made while they are sent; no events, no ratings, no changes. */
  readonly bulk?: boolean;
}

/** What one who has read everything must hold. */
export interface ZendeskTruth {
  readonly at: string;
  /** By resource, then by id: the newest record. Numbers above 2^53 are bigints. */
  readonly resources: { readonly [resource: string]: { readonly [id: string]: VendorRecord } };
  /** What the customer's first words meant, by ticket id. */
  readonly labels: { readonly [ticketId: string]: Label };
  /** In place of the tickets of a bulk account. */
  readonly bulk?: BulkTruth;
}

export interface ZendeskSandbox extends Sandbox {
  readonly credentials: Credentials;
  /** Default: all that exports show now. */
  truth(at?: Date): ZendeskTruth;
  change(wish: ChangeWish): { readonly changes: number };
  /** All access tokens end now. */
  expireTokens(): void;
  /** The one refresh token that still works. */
  refreshToken(): string;
}

export async function startZendesk(options: ZendeskOptions = {}): Promise<ZendeskSandbox> {
  let made: Zendesk | undefined;
  const sandbox = await startServer(options, ({ url, clock }) => {
    made = createZendesk(options, url, clock);
    return made.vendor;
  });
  if (!made) throw new Error('the server started without its vendor');
  const { vendor: _vendor, ...handle } = made;
  return { ...sandbox, credentials: CREDENTIALS, ...handle };
}

interface Zendesk extends Pick<ZendeskSandbox, 'truth' | 'change' | 'expireTokens' | 'refreshToken'> {
  readonly vendor: Vendor;
}

function createZendesk(options: ZendeskOptions, baseUrl: string, clock: SandboxClock): Zendesk {
  const settleSeconds = options.settleSeconds ?? 60;
  const csat = options.csat ?? 'legacy';
  const seed = options.seed ?? 1;
  const tickets = options.tickets ?? 400;
  const users = options.users ?? 120;
  const organizations = options.organizations ?? 25;
  const bulk = options.bulk
    ? createBulkTickets({
        count: tickets,
        baseUrl,
        seed,
        users,
        organizations,
        textBytes: options.textBytes,
        ...yearBefore(clock.now()),
      })
    : undefined;
  const world = createWorld({
    seed,
    baseUrl,
    tickets: bulk ? 0 : tickets,
    users,
    organizations,
    textBytes: options.textBytes,
    csat,
    now: toSeconds(clock.now()),
  });
  const gate = createGate(() => clock.now().getTime(), options.tokenTtlSeconds ?? 1800);
  const limits = createLimits(() => clock.monotonicMs());
  const sizes =
    options.limits === 'vendor'
      ? VENDOR_LIMITS
      : typeof options.limits === 'object'
        ? { ...NO_LIMITS, ...options.limits }
        : NO_LIMITS;
  const routes = createRoutes({ world, csat, bulk, churn: options.churn });

  const place = (): ExportPlace => ({
    baseUrl,
    log: world.desk.log,
    now: toSeconds(clock.now()),
    settleSeconds,
  });

  function answer(request: VendorRequest): Reply {
    if (request.method === 'POST' && request.path === '/oauth/tokens') return gate.issue(request);
    if (!request.path.startsWith('/api/v2/')) return noSuchEndpoint();
    const taken = limits.take(bucketsOf(request.path, sizes));
    const headers = describeLimits(taken);
    const refused = taken.find((bucket) => !bucket.granted);
    if (refused) {
      const reply = failAs(429, 'rate-limit');
      return {
        ...reply,
        headers: { ...reply.headers, ...headers, 'retry-after': String(refused.resetSeconds) },
      };
    }
    const reply = admit(request);
    return { ...reply, headers: { ...reply.headers, ...headers } };
  }

  function admit(request: VendorRequest): Reply {
    const caller = gate.identify(request);
    // The one endpoint that answers strangers: a client that takes its 200 for a proof of credentials is fooled.
    if (request.path === '/api/v2/users/me' && caller === 'anonymous')
      return json(200, {
        user: {
          id: null,
          name: 'Anonymous user',
          email: 'invalid@example.com',
          role: 'end-user',
          active: false,
          verified: false,
        },
      });
    if (caller === 'anonymous') return unauthenticated();
    if (caller === 'unscoped') return forbidden();
    return routes.answer(request, place());
  }

  const truth = (at?: Date): ZendeskTruth => {
    const until = at ? toSeconds(at) : horizon(place());
    const { log, labels } = world.desk;
    return {
      at: new Date(until * 1000).toISOString(),
      resources: Object.fromEntries(
        log.resources().map((resource) => [resource, log.truth(resource, until)]),
      ),
      labels: Object.fromEntries(labels),
      ...(bulk ? { bulk: bulk.truth() } : {}),
    };
  };
  const change = (wish: ChangeWish): { readonly changes: number } => {
    if (bulk) throw new TypeError('a bulk account does not change');
    return world.change(wish, horizon(place()));
  };
  const vendor: Vendor = {
    name: 'zendesk',
    answer,
    fail: failAs,
    expireTokens: gate.expireAll,
    truth,
    change: (wish) => change(wish as ChangeWish),
  };
  return { vendor, truth, change, expireTokens: gate.expireAll, refreshToken: gate.refreshToken };
}

function yearBefore(now: Date): { readonly begin: number; readonly end: number } {
  const end = toSeconds(now) - 3600;
  return { begin: end - 365 * 86_400, end };
}
