// A stand-in for Salesforce: an org with a year of Arabic cases, over HTTP, with the vendor's contract and its habits.
// https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/

import type { VendorRecord } from './change-log.ts';
import type { MovableClock } from './clock.ts';
import type { Reply } from './delivery.ts';
import { createLimits } from './limits.ts';
import { CREDENTIALS, type Credentials, createGate, type Gate } from './salesforce/auth.ts';
import { generateAccounts } from './salesforce/generated.ts';
import { createJobs } from './salesforce/jobs.ts';
import { isPurged } from './salesforce/org.ts';
import { createQueries, type QueryPlace } from './salesforce/queries.ts';
import { replicate } from './salesforce/replication.ts';
import { failAs, MISBEHAVIOURS, noSession, notFound, quotaSpent, refuse } from './salesforce/replies.ts';
import { describeObject, OBJECTS, objectOf } from './salesforce/schema.ts';
import { toSeconds } from './salesforce/shapes.ts';
import { type ChangeWish, createWorld } from './salesforce/world.ts';
import {
  json,
  type Sandbox,
  type ServerOptions,
  startServer,
  type Vendor,
  type VendorRequest,
} from './server.ts';

export interface SalesforceOptions extends ServerOptions {
  /** The same seed tells the same story. Default 1. */
  readonly seed?: number | string;
  /** Default 200; accounts, contacts and deals are half as many. */
  readonly cases?: number;
  /** Records of a page of a query. Default 2,000, as the vendor's. */
  readonly pageRows?: number;
  /** Rows of a page of bulk results. Default 100,000. */
  readonly bulkPageRows?: number;
  /** API requests a day. Default 15,000, as of a developer's org. */
  readonly dailyRequests?: number;
  /** How many of them others have used already. */
  readonly usedRequests?: number;
  /** How long after its time a change becomes visible to queries. Default 0. */
  readonly lagSeconds?: number;
  /** How long a session lives without a request. Default 7,200, as the vendor's. */
  readonly sessionSeconds?: number;
  /** Whether refresh tokens work once. Default true. */
  readonly rotates?: boolean;
  /** Objects that this org does not have. */
  readonly without?: readonly string[];
  /** Deletions that one answer may tell. Default 600,000, as the vendor's. */
  readonly mostDeleted?: number;
  /** Deletions before this instant are no longer told. */
  readonly deletesPurgedBefore?: Date;
  /** Changes that happen on each query of records, before it is answered. */
  readonly churn?: { readonly perRequest: number; readonly total: number };
  /** For benchmarks: so many accounts in place of the others, made while they are sent, by bulk queries only. */
  readonly generatedAccounts?: number;
}

/** What one who has read everything must hold. */
export interface SalesforceTruth {
  readonly at: string;
  /** By object, then by id: the newest record, those in the recycle bin included. */
  readonly objects: { readonly [object: string]: { readonly [id: string]: VendorRecord } };
  /** By object: the ids of what left the recycle bin. */
  readonly purged: { readonly [object: string]: readonly string[] };
}

export interface SalesforceSandbox extends Sandbox {
  readonly credentials: Credentials;
  truth(): SalesforceTruth;
  change(wish: ChangeWish): { readonly changes: number };
  /** All sessions end now. */
  expireTokens(): void;
  /** The one refresh token that still works. */
  refreshToken(): string;
  /** The RSA key in PEM that signs assertions. */
  privateKey(): string;
  /** All bulk jobs are gone. */
  forgetJobs(): void;
  /** Changes that queries do not show until what this returns is called. */
  changeUnseen(wish: ChangeWish): () => void;
}

export async function startSalesforce(options: SalesforceOptions = {}): Promise<SalesforceSandbox> {
  let made: Salesforce | undefined;
  const sandbox = await startServer(
    options,
    ({ url, clock }) => {
      made = createSalesforce(options, url, clock);
      return made.vendor;
    },
    [...Object.keys(MISBEHAVIOURS), 'cut_csv', 'failed_job'],
  );
  if (!made) throw new Error('the server started without its vendor');
  const { vendor: _vendor, ...handle } = made;
  return { ...sandbox, credentials: CREDENTIALS, ...handle };
}

interface Salesforce
  extends Pick<
    SalesforceSandbox,
    'truth' | 'change' | 'changeUnseen' | 'expireTokens' | 'refreshToken' | 'privateKey' | 'forgetJobs'
  > {
  readonly vendor: Vendor;
}

const DAY_SECONDS = 86_400;

function createSalesforce(options: SalesforceOptions, url: string, clock: MovableClock): Salesforce {
  const now = (): number => toSeconds(clock.now());
  const nowMs = (): number => clock.now().getTime();
  const world = createWorld({ seed: options.seed ?? 1, cases: options.cases ?? 200, now: now() });
  const { org } = world;
  const gate = createGate({
    url,
    nowMs,
    sessionSeconds: options.sessionSeconds ?? 7200,
    rotates: options.rotates ?? true,
  });
  const generated =
    options.generatedAccounts === undefined
      ? undefined
      : generateAccounts(options.generatedAccounts, now() - 3600);
  const queries = createQueries(options.pageRows ?? 2000);
  const jobs = createJobs(generated, options.bulkPageRows ?? 100_000);
  const limits = createLimits(() => clock.monotonicMs());
  const daily = { name: 'daily', total: options.dailyRequests ?? 15_000, periodSeconds: DAY_SECONDS };
  limits.take([{ ...daily, cost: options.usedRequests ?? 0 }]);
  const lagSeconds = options.lagSeconds ?? 0;
  let churned = 0;

  function churn(request: VendorRequest): void {
    const { perRequest, total } = options.churn ?? { perRequest: 0, total: 0 };
    if (!request.pathAndQuery.includes('ORDER+BY')) return;
    const due = Math.min(perRequest, total - churned);
    churned += due;
    if (due > 0) world.change({ object: 'Case', changes: due }, now());
  }

  function answer(request: VendorRequest): Reply {
    const date = { date: clock.now().toUTCString() };
    const reply = route(request);
    return { ...reply, headers: { ...date, ...reply.headers } };
  }

  function route(request: VendorRequest): Reply {
    const path = request.path.replace(/\/+$/, '');
    const misbehaviour = MISBEHAVIOURS[request.fault?.what ?? ''];
    if (misbehaviour !== undefined) return misbehaviour();
    if (request.method === 'POST' && path === '/services/oauth2/token') return gate.issue(request);
    // The one list that strangers get: a client that takes its 200 for a proof of credentials is fooled.
    if (path === '/services/data')
      return json(200, [{ label: 'Winter ’25', version: '62.0', url: '/services/data/v62.0' }]);
    if (!gate.admits(request)) return noSession();
    if (path === '/services/oauth2/userinfo') {
      return json(200, {
        user_id: '005000000000001AAA',
        organization_id: '00D000000000001AAA',
        preferred_username: CREDENTIALS.username,
      });
    }
    const [taken] = limits.take([daily]);
    if (taken?.granted === false) return quotaSpent();
    const used = daily.total - (taken?.remaining ?? 0);
    const headers = { 'sforce-limit-info': `api-usage=${used}/${daily.total}` };
    const version = /^\/services\/data\/v(\d{2}\.0)(?:\/|$)(.*)$/s.exec(path);
    if (version === null || Number(version[1]) > 67) return notFound();
    const reply = api(request, version[2] ?? '', version[1] ?? '', used);
    return { ...reply, headers: { ...headers, ...reply.headers } };
  }

  function api(request: VendorRequest, path: string, version: string, used: number): Reply {
    const place: QueryPlace = {
      org,
      version,
      until: lagSeconds === 0 ? undefined : now() - lagSeconds,
    };
    const [head = '', ...rest] = path.split('/');
    switch (head) {
      case 'limits':
        return json(200, { DailyApiRequests: { Max: daily.total, Remaining: daily.total - used } });
      case 'query':
      case 'queryAll': {
        if (rest.length > 0) return queries.more(rest.join('/'), place);
        if (lacks(request.query.get('q') ?? ''))
          return refuse(400, 'INVALID_TYPE', 'sObject type is not supported.');
        churn(request);
        if (
          generated !== undefined &&
          /^SELECT COUNT\(\) FROM Account\b/.test(request.query.get('q') ?? '')
        ) {
          return json(200, { totalSize: options.generatedAccounts, done: true, records: [] });
        }
        return queries.answer(request, head === 'queryAll', place);
      }
      case 'jobs':
        return rest[0] === 'query'
          ? jobs.answer(request, rest.slice(1).join('/'), place, nowMs())
          : notFound();
      case 'sobjects':
        return sobjects(request, rest);
      default:
        return notFound();
    }
  }

  function lacks(soql: string): boolean {
    return options.without?.some((object) => new RegExp(`FROM ${object}\\b`).test(soql)) === true;
  }

  function sobjects(request: VendorRequest, [name, part]: readonly string[]): Reply {
    const present = OBJECTS.filter((plan) => options.without?.includes(plan.name) !== true);
    if (name === undefined) {
      return json(200, {
        encoding: 'UTF-8',
        maxBatchSize: 200,
        sobjects: present.map((plan) => describeObject(plan, [])),
      });
    }
    const plan = objectOf(name);
    if (plan === undefined || !present.includes(plan)) return notFound();
    if (part === 'describe') return json(200, describeObject(plan, org.late.get(plan.name) ?? []));
    if (part === 'deleted' || part === 'updated') {
      return replicate(org, plan, part, request, {
        nowMs: nowMs(),
        mostIds: options.mostDeleted ?? 600_000,
        purgedBeforeMs: options.deletesPurgedBefore?.getTime() ?? 0,
        lagMs: 0,
      });
    }
    const record = part === undefined ? undefined : org.find(plan.name, part);
    return record === undefined || record['IsDeleted'] === true ? notFound() : json(200, record);
  }

  const truth = (): SalesforceTruth => ({
    at: clock.now().toISOString(),
    objects: Object.fromEntries(
      OBJECTS.map(({ name }) => [
        name,
        Object.fromEntries(org.visible(name).map((record) => [String(record['Id']), record])),
      ]),
    ),
    purged: Object.fromEntries(
      OBJECTS.map(({ name }) => [
        name,
        org.log.list(name).flatMap(({ record }) => (isPurged(record) ? String(record['Id']) : [])),
      ]),
    ),
  });
  const change = (wish: ChangeWish): { readonly changes: number } => world.change(wish, now());
  const changeUnseen = (wish: ChangeWish): (() => void) => {
    const before = org.log.lastAt();
    change(wish);
    const fresh = OBJECTS.flatMap(({ name }) =>
      org.log.after(name, { at: before, id: Number.MAX_SAFE_INTEGER }, 10_000, Number.POSITIVE_INFINITY),
    );
    for (const { record } of fresh) org.hidden.add(String(record['Id']));
    return () => org.hidden.clear();
  };
  const handle: Pick<Gate, 'refreshToken' | 'privateKey'> = gate;
  return {
    vendor: {
      name: 'salesforce',
      answer,
      fail: failAs,
      expireTokens: gate.expireAll,
      truth,
      change: (wish) => change(wish as ChangeWish),
    },
    truth,
    change,
    changeUnseen,
    expireTokens: gate.expireAll,
    refreshToken: handle.refreshToken,
    privateKey: handle.privateKey,
    forgetJobs: jobs.forget,
  };
}
