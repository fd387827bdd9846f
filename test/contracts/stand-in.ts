// Makes a place for the contract of connectors out of a stand-in, so that a new vendor's test says only what is its own.

import { type AddressGuard, createAddressGuard } from '../../core/address-guard.ts';
import { createFetch } from '../../core/http.ts';
import { createLimiter } from '../../core/limiter.ts';
import { createColumnPins } from '../../core/names.ts';
import type {
  Clock,
  Connector,
  Context,
  Environment,
  Fetch,
  HttpRequest,
  HttpResponse,
  Json,
  Log,
  Row,
  SecretStore,
} from '../../core/types.ts';
import type { VendorRecord } from '../../sandbox/change-log.ts';
import type { Fault } from '../../sandbox/faults.ts';
import type { Sandbox } from '../../sandbox/server.ts';
import type { Place, StreamTruth, Trouble } from './connector.ts';

/** What differs from vendor to vendor. */
export interface StandIn {
  readonly connector: Connector;
  /** Its pages must hold only a few records. */
  readonly sandbox: Sandbox;
  /** The settings that point the connector at the stand-in. Asked for each context, so that a new token is found. */
  env(): Environment;
  /** Those of them that the vendor refuses, such as a wrong token. */
  readonly wrong: Environment;
  /** Where a stream reads, as a part of its path. Default: `/` and the stream's name. */
  readonly paths?: { readonly [stream: string]: string };
  truth(stream: string): StreamTruth;
  /** Lets some records of every kind change and some be born. */
  change(): void;
  /** Lets more records than a page holds change within one instant. */
  changeAtOnce(): void;
  /** Lets records be deleted; does nothing where the vendor never tells. */
  remove(): void;
  /** Streams whose whole list is one page: what strikes in the middle of a reading strikes it at once. Default: none. */
  readonly onePage?: readonly string[];
  /** A part of the body of a stream's requests, where all streams read at one path. */
  readonly contains?: { readonly [stream: string]: string };
  /** An answer with things in its list that are no records. Default: in the first list of its body. */
  readonly spoil?: (response: HttpResponse) => HttpResponse;
  /** Default: `updated_at`. */
  readonly changedAt?: Place['changedAt'];
  /** Default: no row comes again unless it changed. */
  readonly mayRepeat?: Place['mayRepeat'];
  /** Default: nobody is known. */
  readonly roleOf?: Place['roleOf'];
}

/**
 * The truth of one table whose key is `id`, from the vendor's records by that id: of each record that is there, these columns,
 * which must be spelled alike in both and include what `since` goes by; of each that is gone, its id.
 * @public docs/add-a-connector.md calls it.
 */
export function truthOf(
  table: string,
  records: { readonly [id: string]: VendorRecord },
  columns: readonly string[],
  isGone: (record: VendorRecord) => boolean = () => false,
): StreamTruth {
  const all = Object.entries(records);
  const here = all.filter(([, record]) => !isGone(record));
  return {
    rows: {
      [table]: here.map(([id, record]) => {
        const row = Object.fromEntries(columns.map((column) => [column, record[column] as Json]));
        return { ...row, id };
      }),
    },
    gone: { [table]: all.filter(([, record]) => isGone(record)).map(([id]) => ({ id })) },
  };
}

/**
 * A hardship that the stand-in acts out itself; the outcome ends it, and tells whether it struck.
 * @public the torture of each vendor calls it.
 */
export function bringFault({ faults }: Sandbox, ...rules: readonly Fault[]): () => boolean {
  faults.set(rules);
  return () => {
    const struck = faults.list().every(({ fired }) => fired > 0);
    faults.clear();
    return struck;
  };
}

/** Longer than any vendor keeps a change back. */
const SETTLED_MS = 120_000;

/**
 * The place. What the stand-in is asked to change lies in the past of the next request, so that every feed shows it.
 * @public docs/add-a-connector.md calls it.
 */
export function placeOf(standIn: StandIn): Place {
  const { connector, sandbox } = standIn;
  const guard = createAddressGuard({ allow: '127.0.0.1' });
  const secrets = memorySecrets();
  let broken: string | undefined;

  const settled = (change: () => void): void => {
    sandbox.clock.advance(SETTLED_MS);
    change();
    sandbox.clock.advance(SETTLED_MS);
  };
  const breaking =
    (fetch: Fetch): Fetch =>
    async (request: HttpRequest) => {
      const response = await fetch({ ...request, attempts: 2 });
      return broken !== undefined && response.status === 200 && new URL(request.url).pathname.includes(broken)
        ? (standIn.spoil ?? withBrokenRecords)(response)
        : response;
    };

  return {
    connector,
    context: (env = standIn.env()) => contextOf(sandbox, { guard, env, secrets, through: breaking }),
    wrongCredentials: { ...standIn.env(), ...standIn.wrong },
    truth: standIn.truth,
    change: () => settled(standIn.change),
    changeAtOnce: () => settled(standIn.changeAtOnce),
    remove: () => settled(standIn.remove),
    trouble(kind, stream) {
      const path = standIn.paths?.[stream] ?? `/${stream}`;
      if (kind === 'broken-records') broken = path;
      else {
        const contains = standIn.contains?.[stream];
        const fault = { path, ...FAULTS[kind], ...(contains === undefined ? {} : { contains }) };
        const isOne = standIn.onePage?.includes(stream) === true;
        sandbox.faults.set([isOne ? { ...fault, nth: 1 } : fault]);
      }
    },
    calm() {
      broken = undefined;
      sandbox.faults.clear();
    },
    changedAt: standIn.changedAt ?? updatedAt,
    mayRepeat: standIn.mayRepeat ?? (() => false),
    roleOf: standIn.roleOf ?? (() => undefined),
    async close() {
      await sandbox.close();
      await guard.close();
    },
  };
}

/** What strikes in the middle of a reading comes with its second page. */
const FAULTS: { readonly [kind in Exclude<Trouble, 'broken-records'>]: Fault } = {
  'expired-token': { kind: 'expired-token', nth: 2 },
  'failed-page': { kind: 'status', status: 500, nth: 2, count: 'always' },
  forbidden: { kind: 'forbidden', count: 'always' },
  'not-available': { kind: 'not-available', count: 'always' },
  'repeated-cursor': { kind: 'repeated-cursor', count: 'always' },
  'never-ending': { kind: 'never-ending', count: 'always' },
};

function updatedAt(table: string, row: Row): Date {
  const at = new Date(String(row['updated_at']));
  if (Number.isNaN(at.getTime())) {
    throw new Error(
      `the truth of ${table} shows no updated_at: name it among its columns, or give changedAt`,
    );
  }
  return at;
}

/** The answer with things that are no records in the first list of its body, where that holds any. */
export function withBrokenRecords(response: HttpResponse): HttpResponse {
  const body = response.json() as { readonly [name: string]: Json };
  const [list, records] = Object.entries(body).find(([, value]) => Array.isArray(value)) ?? ['', []];
  const whole = records as readonly Json[];
  if (whole.length === 0) return response;
  const spoilt = { ...body, [list]: [null, 'text', 7, [], { name: 'no id' }, ...whole, { id: null }] };
  return { ...response, text: JSON.stringify(spoilt), json: () => spoilt };
}

// ------------------------------------------------------------------------------------------------------------ context

export type TestContext = Context & {
  readonly rejects: { readonly table: string; readonly code: string; readonly row: Json }[];
};

const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** A context as one run gets it, by the stand-in's time. `through` may change what is asked and what is answered. */
export function contextOf(
  sandbox: Sandbox,
  given: {
    readonly guard: AddressGuard;
    readonly env: Environment;
    readonly secrets: SecretStore;
    readonly signal?: AbortSignal | undefined;
    readonly through?: (fetch: Fetch) => Fetch;
  },
): TestContext {
  const { guard, env, secrets, signal = new AbortController().signal, through = (fetch) => fetch } = given;
  const clock = clockOf(sandbox);
  const rejects: { readonly table: string; readonly code: string; readonly row: Json }[] = [];
  const fetch = createFetch({
    clock,
    limiter: createLimiter({ clock }),
    guard,
    metrics: { requests: 0, retries: 0, waitMs: 0, bytes: 0, rateLimited: 0 },
    log: SILENT,
    signal,
    backoffMs: 1,
  });
  return {
    signal,
    log: SILENT,
    clock,
    env,
    secrets,
    fetch: through(fetch),
    rejects,
    reject: (reject) => void rejects.push(reject),
    column: createColumnPins([]).column,
  };
}

/** The stand-in's time; who sleeps moves it on. */
export function clockOf({ clock }: Pick<Sandbox, 'clock'>): Clock {
  return {
    now: () => clock.now(),
    monotonicMs: () => clock.monotonicMs(),
    sleep(ms, signal) {
      signal?.throwIfAborted();
      clock.advance(ms);
      return Promise.resolve();
    },
  };
}

/** Secrets in memory. */
export function memorySecrets(): SecretStore & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>();
  let last: Promise<unknown> = Promise.resolve();
  return {
    kept,
    get: (name) => Promise.resolve(kept.get(name)),
    put: (name, value) => {
      kept.set(name, value);
      return Promise.resolve();
    },
    locked(_name, work) {
      const mine = last.then(work);
      last = mine.catch(() => undefined);
      return mine;
    },
  };
}
