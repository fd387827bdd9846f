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
import { CREDENTIALS, type Credentials, createGate } from './zendesk/auth.ts';
import {
  bucketsOf,
  describeLimits,
  NO_LIMITS,
  VENDOR_LIMITS,
  type ZendeskLimits,
} from './zendesk/buckets.ts';
import type { Csat } from './zendesk/desk.ts';
import { type ExportPlace, exportByCursor, exportByTime, horizon } from './zendesk/exports.ts';
import { listRecords, showRecord } from './zendesk/lists.ts';
import {
  LISTED,
  listRatings,
  listSurveyResponses,
  listTickets,
  showFirst,
  showMany,
} from './zendesk/records.ts';
import { failAs, forbidden, noSuchEndpoint, notFound, unauthenticated } from './zendesk/replies.ts';
import { toSeconds } from './zendesk/shapes.ts';
import type { Label } from './zendesk/text.ts';
import { createTicketCreation } from './zendesk/tickets-api.ts';
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
  readonly churn?: { readonly perRequest: number; readonly total: number };
}

/** What one who has read everything must hold. */
export interface ZendeskTruth {
  readonly at: string;
  /** By resource, then by id: the newest record. Numbers above 2^53 are bigints. */
  readonly resources: { readonly [resource: string]: { readonly [id: string]: VendorRecord } };
  /** What the customer's first words meant, by ticket id. */
  readonly labels: { readonly [ticketId: string]: Label };
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
  const world = createWorld({
    seed: options.seed ?? 1,
    baseUrl,
    tickets: options.tickets ?? 400,
    users: options.users ?? 120,
    organizations: options.organizations ?? 25,
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
  const creation = createTicketCreation(world);
  let churned = 0;

  const place = (): ExportPlace => ({
    baseUrl,
    log: world.desk.log,
    now: toSeconds(clock.now()),
    settleSeconds,
  });

  function churn(): void {
    const { perRequest, total } = options.churn ?? { perRequest: 0, total: 0 };
    const due = Math.min(perRequest, total - churned);
    if (due <= 0) return;
    churned += due;
    world.change({ tickets: due }, horizon(place()));
  }

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
    return route(request);
  }

  function route(request: VendorRequest): Reply {
    const path = request.path.slice('/api/v2/'.length);
    const { log } = world.desk;
    if (request.method === 'POST' && path === 'tickets')
      return creation.create(request, horizon(place()), clock.now().getTime());
    if (request.method !== 'GET') return noSuchEndpoint();
    switch (path) {
      case 'incremental/tickets/cursor':
        churn();
        return exportByCursor(place(), 'tickets', request);
      case 'incremental/users/cursor':
        return exportByCursor(place(), 'users', request);
      case 'incremental/tickets':
      case 'incremental/users':
      case 'incremental/organizations':
      case 'incremental/ticket_events':
        return exportByTime(place(), path.slice('incremental/'.length) as 'tickets', request);
      case 'users/me':
        return showFirst('user', log.list('users'));
      case 'users/show_many':
        return showMany(log, request);
      case 'satisfaction_ratings':
        return csat === 'legacy' ? listRatings(place(), request) : noSuchEndpoint();
      case 'guide/survey_responses':
        return csat === 'surveys' ? listSurveyResponses(place(), request) : noSuchEndpoint();
      case 'tickets':
        return listRecords(baseUrl, 'tickets', listTickets(log, request), request);
      case 'deleted_tickets':
        return listRecords(
          baseUrl,
          'deleted_tickets',
          log.list('tickets').filter((one) => one.record['status'] === 'deleted'),
          request,
        );
      default:
        return routeByShape(path, request);
    }
  }

  function routeByShape(path: string, request: VendorRequest): Reply {
    const { log } = world.desk;
    const [resource = '', id, part] = path.split('/');
    const listed = LISTED.get(resource);
    if (listed === undefined) return noSuchEndpoint();
    if (resource === 'satisfaction_ratings' && csat !== 'legacy') return noSuchEndpoint();
    const live = resource === 'tickets' ? listTickets(log, undefined) : log.list(resource);
    if (id === undefined) return listRecords(baseUrl, resource, live, request);
    if (id === 'count')
      return json(200, { count: { value: live.length, refreshed_at: clock.now().toISOString() } });
    const record = /^\d+$/.test(id) ? log.latest(resource, Number(id)) : undefined;
    if (!record || record.record['status'] === 'deleted') return notFound();
    if (part === undefined) return showRecord(listed, record);
    if (resource !== 'tickets' || part !== 'comments') return noSuchEndpoint();
    const comments = (world.desk.comments.get(record.id) ?? []).flatMap(
      (one) => log.latest('comments', one) ?? [],
    );
    return listRecords(baseUrl, 'comments', comments, request);
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
    };
  };
  const change = (wish: ChangeWish): { readonly changes: number } => world.change(wish, horizon(place()));
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
