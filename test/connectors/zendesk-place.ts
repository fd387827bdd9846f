// The Zendesk stand-in as a place for the contract of connectors, and for tests of Zendesk's own traps.

import { createAddressGuard } from '../../core/address-guard.ts';
import type {
  AuthorRole,
  Connector,
  Environment,
  Fetch,
  HttpRequest,
  HttpResponse,
  Json,
  Row,
  SecretStore,
} from '../../core/types.ts';
import type { VendorRecord } from '../../sandbox/change-log.ts';
import type { FaultKind } from '../../sandbox/faults.ts';
import { startZendesk, type ZendeskOptions, type ZendeskSandbox } from '../../sandbox/zendesk.ts';
import type { Place, StreamTruth, Trouble } from '../contracts/connector.ts';
import { contextOf, memorySecrets, type TestContext, withBrokenRecords } from '../contracts/stand-in.ts';

/** Where each stream reads, as a part of its path. */
export const PATHS: { readonly [stream: string]: string } = {
  tickets: 'incremental/tickets/cursor',
  ticket_events: 'incremental/ticket_events',
  users: 'incremental/users/cursor',
  organizations: 'incremental/organizations',
  ticket_fields: 'ticket_fields?',
  groups: 'groups?',
  brands: 'brands?',
  satisfaction_ratings: 'satisfaction_ratings',
  survey_responses: 'guide/survey_responses',
};

export interface ZendeskPlace {
  readonly sandbox: ZendeskSandbox;
  readonly secrets: ReturnType<typeof memorySecrets>;
  readonly env: Environment;
  /** `intercept` may answer in the stand-in's place, or change what it answers. */
  context(options?: {
    readonly env?: Environment;
    readonly secrets?: SecretStore;
    readonly intercept?: (request: HttpRequest, fetch: Fetch) => Promise<HttpResponse>;
    readonly attempts?: number;
    readonly signal?: AbortSignal;
  }): TestContext;
  close(): Promise<void>;
}

export async function startPlace(options: ZendeskOptions = {}): Promise<ZendeskPlace> {
  const sandbox = await startZendesk({
    tickets: 60,
    users: 24,
    organizations: 30,
    now: new Date('2026-11-20T08:00:00Z'),
    ...options,
  });
  const guard = createAddressGuard({ allow: '127.0.0.1' });
  const secrets = memorySecrets();
  const env: Environment = {
    ZENDESK_BASE_URL: `${sandbox.url}/api/v2/`,
    ZENDESK_OAUTH_CLIENT_ID: sandbox.credentials.clientId,
    ZENDESK_OAUTH_CLIENT_SECRET: sandbox.credentials.clientSecret,
  };
  return {
    sandbox,
    secrets,
    env,
    context({ attempts, intercept, ...wish } = {}) {
      const through = (fetch: Fetch): Fetch => {
        const asked: Fetch = attempts === undefined ? fetch : (request) => fetch({ ...request, attempts });
        return intercept === undefined ? asked : (request) => intercept(request, asked);
      };
      return contextOf(sandbox, { guard, env, secrets, ...wish, through });
    },
    async close() {
      await sandbox.close();
      await guard.close();
    },
  };
}

/** The same request for pages of a few records, so that a small account has many page edges. */
export function withPagesOf(records: number, request: HttpRequest): HttpRequest {
  const url = new URL(request.url);
  for (const name of ['per_page', 'page[size]']) {
    if (url.searchParams.has(name))
      url.searchParams.set(name, String(Math.min(records, Number(url.searchParams.get(name)))));
  }
  return { ...request, url: url.href };
}

/** A place for the contract, with the connector that is under test. `perPage` is how many records the pages of a request hold. */
export async function contractPlace(
  connector: Connector,
  csat: 'legacy' | 'surveys',
  account: ZendeskOptions = {},
  perPage = (url: string): number => (url.includes('ticket_events') ? 60 : 12),
): Promise<Place & { readonly sandbox: ZendeskSandbox }> {
  const place = await startPlace({ ...account, csat });
  const { sandbox } = place;
  let breaking: string | undefined;
  const resources = () => sandbox.truth().resources;
  const intercept = async (request: HttpRequest, fetch: Fetch): Promise<HttpResponse> => {
    const response = await fetch(withPagesOf(perPage(request.url), request));
    const spoils =
      breaking !== undefined &&
      request.url.includes(PATHS[breaking] ?? '') &&
      !request.url.includes('/count');
    return spoils && response.status === 200 ? withBrokenRecords(response) : response;
  };
  return {
    sandbox,
    connector,
    context: (env) => place.context({ ...(env === undefined ? {} : { env }), intercept, attempts: 2 }),
    wrongCredentials: { ...place.env, ZENDESK_OAUTH_CLIENT_SECRET: 'not-the-secret' },
    truth: (stream) => truthOf(stream, resources()),
    change() {
      sandbox.clock.advance(5_000);
      sandbox.change({ tickets: 5, newTickets: 2, silent: 2, ratings: 2, users: 3, organizations: 2 });
      sandbox.clock.advance(65_000);
    },
    changeAtOnce() {
      sandbox.clock.advance(5_000);
      sandbox.change({ burst: 40 });
      sandbox.clock.advance(65_000);
    },
    remove() {
      sandbox.clock.advance(5_000);
      sandbox.change({ deletes: 4 });
      sandbox.clock.advance(65_000);
    },
    trouble(kind, stream) {
      const path = PATHS[stream] ?? stream;
      if (kind === 'broken-records') breaking = stream;
      else sandbox.faults.set([{ path, ...faultOf(kind, stream) }]);
    },
    calm() {
      breaking = undefined;
      sandbox.faults.clear();
    },
    changedAt: (table, row) => new Date(secondOf(table, row) * 1000),
    mayRepeat(stream, table, row, checkpoint) {
      if (stream === 'satisfaction_ratings' || stream === 'survey_responses') return true;
      const { startTime } = checkpoint as { readonly startTime: number };
      return stream !== 'tickets' && stream !== 'users' && secondOf(table, row) >= startTime;
    },
    roleOf: (author): AuthorRole | undefined => {
      if (author === '-1') return 'bot';
      const role = resources()['users']?.[author]?.['role'];
      return role === undefined ? undefined : role === 'end-user' ? 'customer' : 'agent';
    },
    close: () => place.close(),
  };
}

/** Lists of one page have no second page to fail on. */
function faultOf(kind: Exclude<Trouble, 'broken-records'>, stream: string) {
  const nth =
    ['groups', 'brands'].includes(stream) || kind === 'forbidden' || kind === 'not-available' ? 1 : 2;
  if (kind === 'failed-page') return { kind: 'status' as const, status: 500, nth, count: 'always' as const };
  if (kind === 'expired-token') return { kind: 'expired-token' as const, nth, count: 1 };
  return { kind: kind satisfies FaultKind, nth: 1, count: 'always' as const };
}

function secondOf(table: string, row: Row): number {
  if (table === 'zendesk_tickets') return Number(row['generated_timestamp']);
  if (table === 'zendesk_ticket_events') return Number(row['timestamp']);
  return Date.parse(String(row['updated_at'] ?? row['created_at'])) / 1000;
}

type Resources = ReturnType<ZendeskSandbox['truth']>['resources'];

/** What the stand-in knows, in the columns of our tables; only what can be compared without repeating the connector's mapping. */
function truthOf(stream: string, resources: Resources): StreamTruth {
  const all = (resource: string): readonly VendorRecord[] => Object.values(resources[resource] ?? {});
  const columns = (record: VendorRecord, ...names: readonly string[]): Row =>
    Object.fromEntries(names.map((name) => [name, record[name] as Json]));
  const id = (record: VendorRecord): string => String(record['id']);
  const listed = (resource: string, ...names: readonly string[]): StreamTruth => ({
    rows: {
      [`zendesk_${resource}`]: all(resource).map((record) => ({
        id: id(record),
        ...columns(record, ...names),
      })),
    },
    gone: {},
  });
  switch (stream) {
    case 'tickets': {
      const names = ['generated_timestamp', 'updated_at', 'status', 'subject', 'description', 'tags'];
      const gone = all('tickets').filter((record) => record['status'] === 'deleted');
      return {
        ...listed('tickets', ...names),
        gone: { zendesk_tickets: gone.map((record) => ({ id: id(record) })) },
      };
    }
    case 'ticket_events':
      return {
        rows: {
          ...listed('ticket_events', 'timestamp', 'created_at').rows,
          zendesk_ticket_comments: all('comments').map((record) => ({
            id: id(record),
            ticket_id: String(record['ticket_id']),
            author_id: String(record['author_id']),
            ...columns(record, 'body', 'public', 'created_at'),
          })),
        },
        gone: {},
      };
    case 'users': {
      const gone = all('users').filter((record) => record['active'] === false);
      const names = ['updated_at', 'name', 'email', 'notes', 'active', 'role'];
      return {
        ...listed('users', ...names),
        gone: { zendesk_users: gone.map((record) => ({ id: id(record) })) },
      };
    }
    case 'satisfaction_ratings':
      return listed('satisfaction_ratings', 'updated_at', 'score', 'comment');
    case 'survey_responses':
      return {
        rows: {
          zendesk_survey_responses: all('survey_responses').map((record) => {
            const answers = record['answers'] as readonly { readonly created_at: string }[];
            return { id: id(record), created_at: answers[0]?.created_at ?? null };
          }),
        },
        gone: {},
      };
    default:
      return listed(stream, 'updated_at');
  }
}
