// A stand-in for Estuary's control plane: GraphQL for the specs of a tenant, PostgREST for its statistics, tokens that are exchanged.
// https://docs.estuary.dev

import type { VendorRecord } from './change-log.ts';
import type { SandboxClock } from './clock.ts';
import type { Reply } from './delivery.ts';
import { parseQuery, problemIn, project } from './estuary/graphql.ts';
import { TYPES } from './estuary/schema.ts';
import { type ChangeWish, createWorld, KINDS, type Kind, PREFIX } from './estuary/world.ts';
import type { Fault, FaultKind } from './faults.ts';
import {
  json,
  type Sandbox,
  type ServerOptions,
  startServer,
  type Vendor,
  type VendorRequest,
} from './server.ts';

export interface EstuaryOptions extends ServerOptions {
  /** The same seed tells the same story. Default 1. */
  readonly seed?: number | string;
  /** Of each kind. Default 20. */
  readonly specs?: number;
  /** Days with statistics. Default 10. */
  readonly days?: number;
  /** However many are asked for, a page holds at most so many. Default: as the vendor. */
  readonly largestPage?: number;
  /** How long an access token lives. Default 3600. */
  readonly tokenTtlSeconds?: number;
  /** Whether a refresh token works once, and is answered with the next one. Default false. */
  readonly singleUse?: boolean;
}

/** What one who has read everything must hold: by resource, then by id. `gone` marks what was deleted. */
export interface EstuaryTruth {
  readonly at: string;
  readonly resources: { readonly [resource: string]: { readonly [id: string]: VendorRecord } };
}

export interface EstuarySandbox extends Sandbox {
  /** The key as the dashboard shows it. */
  readonly apiKey: string;
  truth(): EstuaryTruth;
  change(wish: ChangeWish): { readonly changes: number };
  expireTokens(): void;
  /** The key's user loses its capability on the prefix: nothing of it shows any more. */
  revoke(): void;
}

const MOST_ROWS = 1000;
const TOKEN_ID = '11:22:33:44:55:66:77:88';

export async function startEstuary(options: EstuaryOptions = {}): Promise<EstuarySandbox> {
  let made: Estuary | undefined;
  const sandbox = await startServer(options, ({ clock }) => {
    made = createEstuary(options, clock);
    return made.vendor;
  });
  if (!made) throw new Error('the server started without its vendor');
  const { vendor: _vendor, ...handle } = made;
  return { ...sandbox, ...handle };
}

interface Estuary extends Omit<EstuarySandbox, keyof Sandbox> {
  readonly vendor: Vendor;
}

function createEstuary(options: EstuaryOptions, clock: SandboxClock): Estuary {
  const second = (): number => Math.floor(clock.now().getTime() / 1000);
  const { log, change } = createWorld({
    seed: options.seed ?? 1,
    specs: options.specs ?? 20,
    days: options.days ?? 10,
    now: second(),
  });
  const largest = options.largestPage ?? MOST_ROWS;
  let readable = true;
  let secrets = 0;
  let issued = 0;
  let access: { readonly token: string; readonly expiresAt: number } | undefined;
  const secret = (): string => `secret-${secrets}`;

  function answer(request: VendorRequest): Reply {
    if (request.method === 'POST' && request.path === '/rpc/generate_access_token') return exchange(request);
    const now = second();
    if (
      access === undefined ||
      now >= access.expiresAt ||
      request.headers.authorization !== `Bearer ${access.token}`
    )
      return json(401, { message: 'JWT expired' });
    if (request.method === 'POST' && request.path === '/api/graphql') return answerQuery(request);
    if (request.method === 'GET' && request.path === '/catalog_stats') return answerStats(request);
    return failAs(404, 'not-available');
  }

  function exchange(request: VendorRequest): Reply {
    const sent = JSON.parse(request.body || '{}') as VendorRecord;
    if (sent['refresh_token_id'] !== TOKEN_ID || sent['secret'] !== secret())
      return json(400, { code: 'P0001', message: 'invalid refresh token', details: null, hint: null });
    const expiresAt = second() + (options.tokenTtlSeconds ?? 3600);
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    access = { token: `${part({ alg: 'HS256' })}.${part({ exp: expiresAt, n: ++issued })}.x`, expiresAt };
    if (options.singleUse !== true) return json(200, { access_token: access.token });
    secrets += 1;
    return json(200, { access_token: access.token, refresh_token: { id: TOKEN_ID, secret: secret() } });
  }

  function answerQuery({ body, fault }: VendorRequest): Reply {
    const sent = JSON.parse(body) as { readonly query: string; readonly variables?: VendorRecord };
    try {
      const selection = parseQuery(sent.query);
      const problem = problemIn(selection, 'QueryRoot', TYPES);
      if (problem !== undefined) return json(200, { data: null, errors: [{ message: problem }] });
      const data: { [field: string]: unknown } = {};
      for (const { field, fields } of selection) {
        const connection = field === 'prefixes' ? prefixes() : liveSpecs(sent.variables ?? {}, fault);
        if (typeof connection === 'string')
          return json(200, { data: null, errors: [{ message: connection }] });
        data[field] = project(connection, fields);
      }
      return json(200, { data });
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return json(200, { data: null, errors: [{ message: error.message }] });
    }
  }

  function prefixes() {
    const edges = readable ? [{ cursor: 'p', node: { prefix: PREFIX, userCapability: 'read' } }] : [];
    return { edges, pageInfo: { hasNextPage: false, endCursor: null } };
  }

  /** A Relay connection in the order of names, or what is wrong. */
  function liveSpecs(variables: VendorRecord, fault: Fault | undefined) {
    const by = (variables['by'] ?? {}) as { readonly prefix?: string; readonly catalogType?: Kind };
    if (by.prefix === undefined) return 'one of `prefix` or `names` is required';
    const kinds = KINDS.filter((kind) => by.catalogType === undefined || kind === by.catalogType);
    const all = kinds
      .flatMap((kind) => log.list(kind))
      .map(({ record }) => record)
      .filter(
        (record) => readable && record['gone'] === undefined && nameOf(record).startsWith(by.prefix ?? ''),
      )
      .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
    const after = variables['after'];
    if (typeof after === 'string' && fault?.kind === 'expired-cursor') return 'invalid cursor';
    const rest = typeof after === 'string' ? all.filter((record) => nameOf(record) > decode(after)) : all;
    const size = Math.min(100, largest);
    let page = rest.slice(0, size);
    let endCursor: string | null = encode(
      page.length === 0 ? decode(String(after ?? '')) : nameOf(page.at(-1)),
    );
    let hasNextPage = rest.length > size;
    switch (fault?.kind) {
      case 'duplicate-page':
        page = [...all.slice(0, all.length - rest.length).slice(-3), ...page];
        break;
      case 'repeated-cursor':
        endCursor = typeof after === 'string' ? after : endCursor;
        hasNextPage = true;
        break;
      case 'never-ending':
        hasNextPage = true;
        endCursor = `${endCursor}${hasNextPage && rest.length === 0 ? 'A' : ''}`;
        break;
      case 'empty-page':
        if (rest.length === 0) break;
        page = [];
        hasNextPage = true;
        endCursor = typeof after === 'string' ? `${after}=` : encode('!');
        break;
      case 'null-cursor':
        endCursor = null;
        break;
      default:
    }
    return {
      edges: page.map((record) => ({ cursor: encode(nameOf(record)), node: reference(record) })),
      pageInfo: { hasNextPage, endCursor, hasPreviousPage: false, startCursor: null },
    };
  }

  /** As PostgREST answers: filters by column, and a keyset in `and`. */
  function answerStats({ query, fault }: VendorRequest): Reply {
    const like = /catalog_name\.like\."([^"]*)\*"/.exec(query.get('or') ?? '')?.[1];
    const and = query.get('and') ?? '';
    const from = /ts\.gte\.([^,()]+)/.exec(and)?.[1];
    const to = /ts\.lt\.([^,()]+)/.exec(and)?.[1];
    if (
      like === undefined ||
      from === undefined ||
      to === undefined ||
      query.get('order') !== 'ts.asc,catalog_name.asc'
    )
      return json(400, { code: 'PGRST100', message: 'failed to parse filter', details: null, hint: null });
    const key = /or\(ts\.gt\.([^,()]+),and\(ts\.eq\.[^,()]+,catalog_name\.gt\."((?:[^"\\]|\\.)*)"\)\)/.exec(
      and,
    );
    const at = (record: VendorRecord): number => Date.parse(String(record['ts']));
    const all = log
      .list('catalog_stats')
      .map(({ record }) => record)
      .filter(
        (record) =>
          readable &&
          `eq.${String(record['grain'])}` === query.get('grain') &&
          nameOf(record, 'catalog_name').startsWith(like),
      )
      .filter((record) => at(record) >= Date.parse(from) && at(record) < Date.parse(to))
      .sort((a, b) => at(a) - at(b) || (nameOf(a, 'catalog_name') < nameOf(b, 'catalog_name') ? -1 : 1));
    const isAfter = (record: VendorRecord): boolean => {
      if (key?.[1] === undefined || key[2] === undefined) return true;
      const place = Date.parse(key[1]);
      return at(record) > place || (at(record) === place && nameOf(record, 'catalog_name') > key[2]);
    };
    const rest = all.filter(isAfter);
    const size = Math.min(Number(query.get('limit') ?? MOST_ROWS), largest);
    if (fault?.kind === 'repeated-cursor') return json(200, all.slice(0, size));
    if (fault?.kind === 'never-ending')
      return json(200, rest.length === 0 ? all.slice(-1) : rest.slice(0, size));
    if (fault?.kind === 'duplicate-page') {
      const before = all.slice(0, all.length - rest.length).slice(-3);
      return json(200, rest.length === 0 ? [] : [...before, ...rest.slice(0, size)]);
    }
    return json(200, rest.slice(0, size));
  }

  const truth = (): EstuaryTruth => ({
    at: clock.now().toISOString(),
    resources: Object.fromEntries([
      ...KINDS.map((kind) => [
        kind,
        Object.fromEntries(log.list(kind).map(({ record }) => [String(record['liveSpecId']), record])),
      ]),
      [
        'catalog_stats',
        Object.fromEntries(log.list('catalog_stats').map(({ id, record }) => [String(id), record])),
      ],
    ]),
  });
  const changeNow = (wish: ChangeWish): { readonly changes: number } => change(wish, second());
  const expireTokens = (): void => {
    access = undefined;
  };
  const vendor: Vendor = {
    name: 'estuary',
    answer,
    fail: failAs,
    expireTokens,
    truth,
    change: (wish) => changeNow(wish as ChangeWish),
  };
  return {
    vendor,
    apiKey: Buffer.from(JSON.stringify({ id: TOKEN_ID, secret: 'secret-0' })).toString('base64'),
    truth,
    change: changeNow,
    expireTokens,
    revoke() {
      readable = false;
    },
  };
}

function reference({ gone: _gone, ...liveSpec }: VendorRecord): VendorRecord {
  const status = { summary: 'OK', type: 'OK' };
  return { catalogName: liveSpec['catalogName'], userCapability: 'read', liveSpec, status };
}

function nameOf(record: VendorRecord | undefined, column = 'catalogName'): string {
  return String(record?.[column] ?? '');
}

function encode(name: string): string {
  return Buffer.from(name).toString('base64');
}

function decode(cursor: string): string {
  return Buffer.from(cursor, 'base64').toString();
}

function failAs(status: number, kind: FaultKind): Reply {
  if (kind === 'forbidden')
    return json(403, { code: '42501', message: 'permission denied', details: null, hint: null });
  if (status === 429) return json(429, { message: 'too many requests' });
  return json(status, { message: `status ${status}` });
}
