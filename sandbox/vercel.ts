// A stand-in for Vercel: deployments whose states change after they were made, projects and teams, over HTTP, with both kinds of cursor.
// Above 300 lines because it is one list of endpoints, each next to what it answers.
// https://vercel.com/docs/rest-api

import { createChangeLog, type VendorRecord, type Version } from './change-log.ts';
import type { Reply } from './delivery.ts';
import type { FaultKind } from './faults.ts';
import { createLimits } from './limits.ts';
import { createRandom } from './random.ts';
import {
  json,
  type Sandbox,
  type ServerOptions,
  startServer,
  type Vendor,
  type VendorRequest,
} from './server.ts';

export interface VercelOptions extends ServerOptions {
  /** The same seed tells the same story. Default 1. */
  readonly seed?: number | string;
  /** Default 60. */
  readonly deployments?: number;
  /** Default 12. */
  readonly projects?: number;
  /** Default 4. */
  readonly teams?: number;
  /** Whether `next` of projects is a time or a token that says nothing; the vendor has both. Default `token`. */
  readonly projectCursor?: 'time' | 'token';
  /** The largest page that is given, whatever is asked for. */
  readonly mostPerPage?: number;
  /** Requests that an endpoint takes in a minute. Default: none that anything meets. */
  readonly perMinute?: number;
}

export interface VercelChange {
  /** Deployments that are made, one after the other, and are on their way. */
  readonly born?: number;
  /** Deployments that are made all within one millisecond. */
  readonly bornAtOnce?: number;
  /** Deployments that arrive: the oldest that are on their way. */
  readonly arrived?: number;
  /** Ready deployments of the last day that are promoted. */
  readonly promoted?: number;
  /** Deployments of the last day that are deleted, and show it. */
  readonly deleted?: number;
  /** Projects that change. */
  readonly projects?: number;
  /** When it happens, in milliseconds of Unix time, instead of now. */
  readonly at?: number;
}

/** What one who has read everything must hold. */
export interface VercelTruth {
  readonly at: string;
  readonly resources: { readonly [resource: string]: { readonly [id: string]: VendorRecord } };
}

export interface VercelSandbox extends Sandbox {
  /** The token that is good now. */
  token(): string;
  readonly teamId: string;
  truth(): VercelTruth;
  change(wish: VercelChange): { readonly changes: number };
  expireTokens(): void;
}

const DAY_MS = 86_400_000;
const TEAM = 'team_sandbox0';
const WISHES: ReadonlySet<string> = new Set<keyof VercelChange>([
  'born',
  'bornAtOnce',
  'arrived',
  'promoted',
  'deleted',
  'projects',
  'at',
]);
const LARGEST_PAGE = 100;
const NAMES = ['متجر', 'مدونة', 'لوحة التحكم', 'docs', 'موقع الدعم'];

export async function startVercel(options: VercelOptions = {}): Promise<VercelSandbox> {
  const log = createChangeLog();
  const random = createRandom(options.seed ?? 1);
  const created = new Map<number, number>();
  let rotations = 0;
  let nextId = 1;
  const token = (): string => `vercel-token-${rotations}`;
  let nowMs = (): number => 0;

  const put = (resource: string, id: number, at: number, record: VendorRecord): void =>
    log.append(resource, { id, at, record });
  const latest = (id: number): VendorRecord => log.latest('deployments', id)?.record ?? {};

  function deploy(at: number, state: string): void {
    const id = nextId++;
    const project = 1 + (id % (options.projects ?? 12));
    created.set(id, at);
    const ready =
      state === 'READY' ? { buildingAt: at + 900, ready: at + 60_000, readySubstate: 'PROMOTED' } : {};
    put('deployments', id, at, {
      uid: `dpl_${id}`,
      name: random.pick(NAMES),
      projectId: `prj_${project}`,
      url: state === 'READY' ? `site-${id}.vercel.app` : null,
      created: at,
      createdAt: at,
      state,
      readyState: state,
      type: 'LAMBDAS',
      source: random.pick(['git', 'cli']),
      target: random.pick(['production', null]),
      creator: { uid: `user_${1 + (id % 5)}`, username: 'noura' },
      inspectorUrl: `https://vercel.com/x/${id}`,
      meta: { githubCommitRef: 'main', githubCommitSha: `sha${id}`, githubCommitMessage: 'إصلاح العربة' },
      ...(state === 'ERROR' ? { errorCode: 'BUILD_FAILED' } : {}),
      ...ready,
    });
  }

  function tell(): void {
    const end = nowMs() - 3_600_000;
    const count = options.deployments ?? 60;
    const slot = (300 * DAY_MS) / Math.max(1, count);
    for (let i = 0; i < count; i++) {
      // Every fifth is made in the very millisecond of the one before.
      const at = Math.floor(end - (count - (i % 5 === 4 ? i - 1 : i)) * slot);
      deploy(at, random.pick(['READY', 'READY', 'READY', 'ERROR', 'CANCELED']));
    }
    for (let i = 1; i <= (options.projects ?? 12); i++) {
      const at = end - (300 - Math.floor(i / 3)) * DAY_MS;
      put('projects', i, at, {
        id: `prj_${i}`,
        accountId: TEAM,
        name: `${random.pick(NAMES)}-${i}`,
        framework: 'nextjs',
        nodeVersion: '22.x',
        directoryListing: false,
        alias: [],
        deploymentExpiration: {},
        resourceConfig: { functionDefaultRegions: ['fra1'] },
        defaultResourceConfig: { functionDefaultRegions: ['fra1'] },
        env: [{ key: 'SECRET', value: 'must-not-leave', type: 'plain' }],
        live: true,
        createdAt: at,
        updatedAt: at,
      });
    }
    for (let i = 0; i < (options.teams ?? 4); i++) {
      const at = end - (200 - (i % 2)) * DAY_MS;
      const membership = { confirmed: true, role: 'OWNER', createdAt: at, created: at };
      const id = `team_sandbox${i}`;
      put('teams', i + 1, at, {
        id,
        slug: `team-${i}`,
        name: `فريق ${i}`,
        avatar: null,
        description: null,
        creatorId: 'user_1',
        stagingPrefix: '',
        membership,
        createdAt: at,
        updatedAt: at,
      });
    }
  }

  function change(wish: VercelChange): { readonly changes: number } {
    for (const [name, value] of Object.entries(wish)) {
      if (!WISHES.has(name))
        throw new TypeError(`cannot change "${name}"; known are: ${[...WISHES].join(', ')}`);
      if (!Number.isInteger(value) || value < 0) throw new TypeError(`"${name}" must be a whole number`);
    }
    let at = wish.at ?? nowMs();
    let changes = 0;
    const alter = (id: number, more: VendorRecord): void => {
      at = Math.max(at, log.latest('deployments', id)?.at ?? 0);
      put('deployments', id, at, { ...latest(id), ...more });
      at += 1;
      changes += 1;
    };
    for (let i = 0; i < (wish.born ?? 0); i++, at += wish.at === undefined ? 1 : 0, changes += 1)
      deploy(at, random.pick(['QUEUED', 'BUILDING']));
    for (let i = 0; i < (wish.bornAtOnce ?? 0); i++, changes += 1) deploy(at, 'BUILDING');
    const all = log.list('deployments');
    const recent = all.filter(({ id }) => (created.get(id) ?? 0) > at - DAY_MS / 2);
    const inState = (list: readonly Version[], ...states: readonly string[]): readonly number[] =>
      list.filter(({ record }) => states.includes(String(record['state']))).map(({ id }) => id);
    for (const id of inState(all, 'QUEUED', 'BUILDING').slice(0, wish.arrived ?? 0)) {
      const state = random.pick(['READY', 'READY', 'ERROR']);
      const arrival =
        state === 'READY' ? { ready: at, readySubstate: 'STAGED', url: `site-${id}.vercel.app` } : {};
      alter(id, { state, readyState: state, buildingAt: at - 10, ...arrival });
    }
    for (const id of inState(recent, 'READY').slice(0, wish.promoted ?? 0))
      alter(id, { readySubstate: 'PROMOTED' });
    for (const id of inState(recent, 'READY', 'ERROR', 'BUILDING', 'QUEUED').slice(0, wish.deleted ?? 0))
      alter(id, { state: 'DELETED', readyState: 'DELETED', deleted: at });
    for (const { id, record } of log.list('projects').slice(0, wish.projects ?? 0)) {
      put('projects', id, at, { ...record, updatedAt: at, name: `نسخة-${at}` });
      changes += 1;
    }
    return { changes };
  }

  /** Newest first by `timeName`; a time as cursor leaves its own millisecond out. */
  function page(
    request: VendorRequest,
    plan: {
      readonly key: string;
      readonly timeName: string;
      readonly cursorName: string;
      readonly kind: 'time' | 'token';
    },
  ): Reply {
    const { query, fault } = request;
    const twist = fault?.kind;
    const limit = Number(query.get('limit') ?? 20);
    if (!Number.isInteger(limit) || limit < 1 || limit > LARGEST_PAGE)
      return fail(400, `limit must be from 1 to ${LARGEST_PAGE}`, 'bad_request');
    const timeOf = ({ record }: Version): number => Number(record[plan.timeName]);
    const since = Number(query.get('since') ?? 0);
    const shown = log
      .list(plan.key)
      .filter((one) => timeOf(one) >= since)
      .toSorted((a, b) => timeOf(b) - timeOf(a) || b.id - a.id);
    const cursor = query.get(plan.cursorName);
    let rest: readonly Version[] = shown;
    let turn = 0;
    if (cursor !== null && plan.kind === 'time') {
      if (!/^\d+$/.test(cursor)) return fail(400, 'the cursor is no time', 'bad_request');
      rest = shown.filter((one) => timeOf(one) < Number(cursor));
    } else if (cursor !== null) {
      const held = /^o(\d+)\.(\d+)\.(\d+)$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'));
      if (held === null || twist === 'expired-cursor')
        return fail(400, 'unknown continuation token', 'bad_request');
      const [ms, id] = [Number(held[1]), Number(held[2])];
      turn = Number(held[3]);
      rest = shown.filter((one) => timeOf(one) < ms || (timeOf(one) === ms && one.id < id));
    }
    const rows = twist === 'empty-page' ? [] : rest.slice(0, Math.min(limit, options.mostPerPage ?? limit));
    const goesOn = twist === 'never-ending' || twist === 'empty-page' || twist === 'repeated-cursor';
    const last = rows.at(-1);
    const from = last ?? rest[0];
    const lost = twist === 'null-cursor';
    let next: string | number | null = null;
    if (rest.length > rows.length || goesOn) {
      const ms = from === undefined ? 1 : timeOf(from);
      if (plan.kind === 'time')
        // A page that holds nothing points just above what follows it; one that goes on for ever, a little further each time.
        next = last === undefined ? (from === undefined ? Math.max(1, Number(cursor) - 1) : ms + 1) : ms;
      else {
        const id = last?.id ?? (from === undefined ? 0 : from.id + 1);
        next = Buffer.from(`o${ms}.${id}.${last === undefined ? turn + 1 : 0}`).toString('base64url');
      }
      if (twist === 'repeated-cursor' && cursor !== null)
        next = plan.kind === 'time' ? Number(cursor) - 1 : cursor;
    }
    const repeated = twist === 'duplicate-page' ? shown.slice(0, 2) : [];
    const records = [...repeated, ...rows].map(({ record }) => record);
    const prev = plan.kind === 'time' ? { prev: rows[0] === undefined ? null : timeOf(rows[0]) } : {};
    return json(200, {
      [plan.key]: records,
      pagination: { count: records.length, ...(lost ? {} : { next }), ...prev },
    });
  }

  const sandbox = await startServer(options, ({ clock }) => {
    nowMs = () => Math.floor(clock.now().getTime());
    tell();
    const limits = createLimits(() => clock.monotonicMs());
    const answer = (request: VendorRequest): Reply => {
      const { path, query, headers, method } = request;
      if (headers.authorization !== `Bearer ${token()}`)
        return fail(403, 'Not authorized', 'forbidden', true);
      const team = query.get('teamId');
      if (team !== null && team !== TEAM) return fail(403, 'Not authorized for this scope', 'forbidden');
      const plan = { name: path, total: options.perMinute ?? 1e9, periodSeconds: 60 };
      const [bucket] = limits.take([plan]);
      const reset = Math.ceil(nowMs() / 1000) + (bucket?.resetSeconds ?? 60);
      const told = {
        'x-ratelimit-limit': String(plan.total),
        'x-ratelimit-remaining': String(bucket?.remaining ?? 0),
        'x-ratelimit-reset': String(reset),
      };
      const reply =
        bucket?.granted === false ? fail(429, 'Rate limit exceeded', 'rate_limited') : route(method, request);
      return { ...reply, headers: { ...reply.headers, ...told } };
    };
    const route = (method: string, request: VendorRequest): Reply => {
      if (method !== 'GET') return fail(404, 'Not found', 'not_found');
      switch (request.path.replace(/^\/v\d+/, '')) {
        case '/deployments':
          return page(request, {
            key: 'deployments',
            timeName: 'created',
            cursorName: 'until',
            kind: 'time',
          });
        case '/projects': {
          const kind = options.projectCursor ?? 'token';
          return page(request, { key: 'projects', timeName: 'updatedAt', cursorName: 'from', kind });
        }
        case '/teams':
          return page(request, { key: 'teams', timeName: 'createdAt', cursorName: 'until', kind: 'time' });
        default:
          return fail(404, 'Not found', 'not_found');
      }
    };
    const vendor: Vendor = {
      name: 'vercel',
      answer,
      fail: (status: number, kind: FaultKind) =>
        fail(status, kind, CODES.get(status) ?? 'internal_server_error'),
      expireTokens: () => void rotations++,
      truth,
      change: (wish) => change(wish as VercelChange),
    };
    return vendor;
  });

  function truth(): VercelTruth {
    const idOf = (record: VendorRecord): string => String(record['uid'] ?? record['id']);
    return {
      at: new Date(nowMs()).toISOString(),
      resources: Object.fromEntries(
        log
          .resources()
          .map((resource) => [
            resource,
            Object.fromEntries(log.list(resource).map(({ record }) => [idOf(record), record])),
          ]),
      ),
    };
  }
  return { ...sandbox, token, teamId: TEAM, truth, change, expireTokens: () => void rotations++ };
}

const CODES: ReadonlyMap<number, string> = new Map([
  [403, 'forbidden'],
  [404, 'not_found'],
  [429, 'rate_limited'],
]);

/** `{"error":{"code","message"}}`; a token that is not taken is a 403 with `invalidToken`. */
function fail(status: number, message: string, code: string, invalidToken = false): Reply {
  return json(status, { error: { code, message, ...(invalidToken ? { invalidToken } : {}) } });
}
