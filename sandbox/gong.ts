// A stand-in for Gong: a company with a year of Arabic calls, over HTTP, with the vendor's contract and its habits.
// Above 300 lines because it is one list of endpoints, each next to what it answers.
// https://gong.app.gong.io/settings/api/documentation

import type { VendorRecord, Version } from './change-log.ts';
import type { SandboxClock } from './clock.ts';
import type { Reply } from './delivery.ts';
import type { Fault, FaultKind } from './faults.ts';
import { type ChangeWish, createWorld, filterSecond, transcriptOf, WORKSPACES } from './gong/world.ts';
import { createLimits } from './limits.ts';
import {
  json,
  type Sandbox,
  type ServerOptions,
  startServer,
  type Vendor,
  type VendorRequest,
} from './server.ts';

export interface GongOptions extends ServerOptions {
  /** The same seed tells the same story. Default 1. */
  readonly seed?: number | string;
  /** Default 120. */
  readonly calls?: number;
  /** Default 12. */
  readonly users?: number;
  /** How many records a page holds. Default 100, as the vendor's. */
  readonly pageSize?: number;
  /** How long after its call a transcript comes. Default 1200. */
  readonly transcriptDelaySeconds?: number;
  /** `vendor`: 3 requests a second and 10,000 a day. Default: so many that nothing meets them. */
  readonly limits?: 'vendor' | { readonly perSecond: number; readonly perDay: number };
}

/** What one who has read everything must hold: by resource, then by id. Segments are those of the transcripts that are there. */
export interface GongTruth {
  readonly at: string;
  readonly resources: { readonly [resource: string]: { readonly [id: string]: VendorRecord } };
}

export interface GongSandbox extends Sandbox {
  /** The key and secret that are good now. */
  credentials(): { readonly key: string; readonly secret: string };
  truth(): GongTruth;
  change(wish: ChangeWish): { readonly changes: number };
  expireTokens(): void;
}

const VENDOR_LIMITS = { perSecond: 3, perDay: 10_000 };
const NO_LIMITS = { perSecond: 1_000_000, perDay: 1_000_000_000 };

export async function startGong(options: GongOptions = {}): Promise<GongSandbox> {
  let made: Gong | undefined;
  const sandbox = await startServer(options, ({ clock }) => {
    made = createGong(options, clock);
    return made.vendor;
  });
  if (!made) throw new Error('the server started without its vendor');
  const { vendor: _vendor, ...handle } = made;
  return { ...sandbox, ...handle };
}

interface Gong extends Omit<GongSandbox, keyof Sandbox> {
  readonly vendor: Vendor;
}

interface Row {
  readonly at: number;
  readonly id: number;
  readonly record: VendorRecord;
}

function createGong(options: GongOptions, clock: SandboxClock): Gong {
  const second = (): number => Math.floor(clock.now().getTime() / 1000);
  const { log, change } = createWorld({
    seed: options.seed ?? 1,
    calls: options.calls ?? 120,
    users: options.users ?? 12,
    transcriptDelaySeconds: options.transcriptDelaySeconds ?? 1200,
    now: second(),
  });
  const limits = createLimits(() => clock.monotonicMs());
  const { perSecond, perDay } = options.limits === 'vendor' ? VENDOR_LIMITS : (options.limits ?? NO_LIMITS);
  const size = options.pageSize ?? 100;
  let keys = 1;
  const credentials = () => ({ key: `KEY${keys}`, secret: `eyJhbGciOiJIUzI1NiJ9.secret-${keys}` });
  const expireTokens = (): void => void keys++;
  const calls = (): readonly Version[] => log.list('calls');
  const isSpoken = ({ record }: Version): boolean =>
    record['spokenAt'] !== null && Number(record['spokenAt']) <= second();

  function answer(request: VendorRequest): Reply {
    const { key, secret } = credentials();
    const basic = `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`;
    if (request.headers.authorization !== basic) return failAs(401, 'status');
    const taken = limits.take([
      { name: 'second', total: perSecond, periodSeconds: 1 },
      { name: 'day', total: perDay, periodSeconds: 86_400 },
    ]);
    const refused = taken.find(({ granted }) => !granted);
    if (refused !== undefined) {
      const reply = failAs(429, 'rate-limit');
      return { ...reply, headers: { ...reply.headers, 'retry-after': String(refused.resetSeconds) } };
    }
    switch (`${request.method} ${request.path}`) {
      case 'GET /v2/users':
        return page(request, request.query.get('cursor'), 'users', log.list('users').map(asRow));
      case 'GET /v2/workspaces':
        return showWorkspaces(request);
      case 'GET /v2/calls':
        return showCalls(request, request.query.get('cursor'), {
          fromDateTime: request.query.get('fromDateTime'),
          toDateTime: request.query.get('toDateTime'),
        });
      case 'POST /v2/calls/extensive':
      case 'POST /v2/calls/transcript': {
        const body = JSON.parse(request.body || '{}') as {
          readonly cursor?: string;
          readonly filter?: Filter;
        };
        return showCalls(request, body.cursor ?? null, body.filter ?? {});
      }
      default:
        return failAs(404, 'not-available');
    }
  }

  interface Filter {
    readonly fromDateTime?: string | null;
    readonly toDateTime?: string | null;
    readonly callIds?: readonly string[];
  }

  function showCalls(request: VendorRequest, cursor: string | null, filter: Filter): Reply {
    const [from, to] = [filter.fromDateTime, filter.toDateTime].map((text) =>
      text === null || text === undefined ? undefined : Date.parse(text) / 1000,
    );
    if (Number.isNaN(from) || Number.isNaN(to)) return failAs(400, 'status');
    const wanted = filter.callIds === undefined ? undefined : new Set(filter.callIds);
    const isTranscript = request.path.endsWith('transcript');
    const found = calls()
      .filter((call) => {
        const at = filterSecond(call.record);
        const inside = at >= (from ?? Number.NEGATIVE_INFINITY) && at < (to ?? Number.POSITIVE_INFINITY);
        return (
          inside && (wanted?.has(String(call.record['id'])) ?? true) && (!isTranscript || isSpoken(call))
        );
      })
      .map(({ id, record }) => ({ id, at: filterSecond(record), record }));
    // The vendor says of an empty list that it was not found.
    if (found.length === 0) {
      return errors(
        404,
        `No ${isTranscript ? 'transcripts' : 'calls'} found corresponding to the provided filters`,
      );
    }
    const show = (record: VendorRecord): VendorRecord => showCall(record, request.path);
    return page(request, cursor, isTranscript ? 'callTranscripts' : 'calls', found, show);
  }

  function showWorkspaces(request: VendorRequest): Reply {
    const faulty = request.fault?.kind === 'repeated-cursor' || request.fault?.kind === 'never-ending';
    if (!faulty) return json(200, { requestId: REQUEST, workspaces: WORKSPACES });
    return page(
      request,
      request.query.get('cursor'),
      'workspaces',
      WORKSPACES.map((record, id) => ({ at: 0, id, record })),
    );
  }

  /** Records in the order of their time, and of their id within a second. */
  function page(
    { fault }: VendorRequest,
    cursor: string | null,
    collection: string,
    all: readonly Row[],
    show: (record: VendorRecord) => VendorRecord = (record) => record,
  ): Reply {
    const after = readCursor(cursor);
    if (after === 'invalid' || (after !== undefined && fault?.kind === 'expired-cursor'))
      return errors(400, 'The cursor is invalid or has expired');
    const sorted = all.toSorted((a, b) => a.at - b.at || a.id - b.id);
    const isAfter = ({ at, id }: Row): boolean =>
      after === undefined || at > after.at || (at === after.at && id > after.id);
    const rest = sorted.filter(isAfter);
    const { rows, next } = spoil(fault, cursor, after, sorted, rest);
    const records = {
      totalRecords: all.length,
      currentPageSize: rows.length,
      currentPageNumber: after?.page ?? 0,
      ...(next === undefined ? {} : { cursor: next }),
    };
    return json(200, { requestId: REQUEST, records, [collection]: rows.map(({ record }) => show(record)) });
  }

  function spoil(
    fault: Fault | undefined,
    cursor: string | null,
    after: Place | undefined,
    sorted: readonly Row[],
    rest: readonly Row[],
  ): { readonly rows: readonly Row[]; readonly next: string | null | undefined } {
    const rows = rest.slice(0, size);
    const last = rows.at(-1) ?? after ?? { at: 0, id: -1 };
    const number = (after?.page ?? 0) + 1;
    const place = writeCursor({ at: last.at, id: last.id, page: number });
    const next = rest.length > size ? place : undefined;
    switch (fault?.kind) {
      case 'duplicate-page': {
        const before = after === undefined ? [] : sorted.slice(0, sorted.length - rest.length).slice(-3);
        return { rows: [...before, ...rows], next };
      }
      case 'repeated-cursor':
        return { rows, next: cursor ?? place };
      case 'never-ending':
        return { rows, next: place };
      case 'empty-page':
        return rest.length === 0
          ? { rows, next }
          : { rows: [], next: writeCursor({ ...(after ?? { at: 0, id: -1 }), page: number }) };
      case 'null-cursor':
        return { rows, next: next === undefined ? undefined : null };
      default:
        return { rows, next };
    }
  }

  const truth = (): GongTruth => {
    const shown = calls();
    const segments = () =>
      shown.filter(isSpoken).flatMap(({ record }) =>
        transcriptOf(record).map((monologue, i) => {
          const id = `${String(record['id'])}-${i}`;
          return [id, { ...monologue, id, callId: record['id'] }] as const;
        }),
      );
    const byId = (records: readonly VendorRecord[]) =>
      Object.fromEntries(records.map((record) => [String(record['id']), record]));
    return {
      at: clock.now().toISOString(),
      resources: {
        calls: byId(shown.map(({ record }) => record)),
        // Only where somebody looks: they are made from the calls.
        get segments() {
          return Object.fromEntries(segments());
        },
        users: byId(log.list('users').map(({ record }) => record)),
        workspaces: byId(WORKSPACES),
      },
    };
  };
  const changeNow = (wish: ChangeWish): { readonly changes: number } => change(wish, second());
  const vendor: Vendor = {
    name: 'gong',
    answer,
    fail: failAs,
    expireTokens,
    truth,
    change: (wish) => changeNow(wish as ChangeWish),
  };
  return {
    vendor,
    credentials,
    truth,
    change: changeNow,
    expireTokens,
  };
}

const REQUEST = '4al018gzaztcr8nbukw';

function asRow({ id, record }: Version): Row {
  return { at: 0, id, record };
}

function showCall({ parties, number, spokenAt, ...metaData }: VendorRecord, path: string): VendorRecord {
  if (path.endsWith('transcript')) {
    return { callId: metaData['id'], transcript: transcriptOf({ ...metaData, parties }) };
  }
  if (path === '/v2/calls') return metaData;
  const objects = [{ objectType: 'Account', objectId: `0015500001${Number(number) % 9}`, fields: [] }];
  return { metaData, context: [{ system: 'Salesforce', objects }], parties };
}

function errors(status: number, message: string): Reply {
  return json(status, { requestId: REQUEST, errors: [message] });
}

function failAs(status: number, kind: FaultKind): Reply {
  if (status === 429) return errors(429, 'API request limit exceeded');
  if (kind === 'forbidden') return errors(403, 'Forbidden: the key lacks a scope');
  if (status === 404) return errors(404, 'Resource not found');
  if (status === 401) return errors(401, 'Failed to verify key/secret');
  return errors(status, 'Failed to complete the operation due to an unexpected error');
}

interface Place {
  readonly at: number;
  readonly id: number;
  readonly page: number;
}

function writeCursor({ at, id, page }: Place): string {
  return Buffer.from(JSON.stringify([at, id, page])).toString('base64url');
}

function readCursor(text: string | null): Place | undefined | 'invalid' {
  if (text === null || text === '') return undefined;
  try {
    const [at, id, page] = JSON.parse(Buffer.from(text, 'base64url').toString()) as readonly number[];
    return at === undefined || id === undefined || page === undefined ? 'invalid' : { at, id, page };
  } catch {
    return 'invalid';
  }
}
