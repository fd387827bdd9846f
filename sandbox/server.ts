// The server under every stand-in: reads requests, meets faults, keeps the journal and answers the admin paths.

import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClock, type MovableClock, type SandboxClock } from './clock.ts';
import { deliver, type Reply } from './delivery.ts';
import { encode } from './encode.ts';
import { createFaults, type Fault, type FaultKind, type Faults } from './faults.ts';
import { createJournal, type Journal } from './journal.ts';

export interface VendorRequest {
  readonly method: string;
  /** Without a trailing `.json`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly pathAndQuery: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The fault that the vendor itself must act out: a page that repeats, a model that lies. */
  readonly fault: Fault | undefined;
}

/** One vendor's part of a stand-in. */
export interface Vendor {
  readonly name: string;
  answer(request: VendorRequest): Reply | Promise<Reply>;
  /** An error in the vendor's own shape. */
  fail(status: number, kind: FaultKind): Reply;
  expireTokens(): void;
  truth(at: Date | undefined): unknown;
  /** Makes changes happen; the wish comes from the admin path as it was sent. */
  change(wish: unknown): unknown;
  /** More admin paths, by their last part. */
  readonly admin?: { readonly [name: string]: () => unknown };
}

export interface ServerOptions {
  /** 0 or absent: any free port. */
  readonly port?: number;
  readonly faults?: readonly Fault[];
  /** Added to every answer. */
  readonly latencyMs?: number;
  /** Where the stand-in's time starts; it runs on from there. Default: the real time. */
  readonly now?: Date;
  /** A clock that a test controls, instead of `now`. */
  readonly clock?: SandboxClock;
}

export interface Sandbox {
  readonly url: string;
  readonly port: number;
  readonly faults: Faults;
  readonly journal: Journal;
  readonly clock: MovableClock;
  /** Cuts every connection and stops. */
  close(): Promise<void>;
}

const ADMIN = '/__sandbox/';
const LARGEST_BODY = 32 * 1024 * 1024;
/** Faults that the vendor acts out itself, inside a whole answer. */
const ACTED: ReadonlySet<FaultKind> = new Set<FaultKind>([
  'duplicate-page',
  'repeated-cursor',
  'never-ending',
  'empty-page',
  'null-cursor',
  'expired-cursor',
  'model',
]);

/** Starts listening on the loopback address. `describe` gets the address, for the links that a vendor puts into its answers; `misbehaviours` are what its faults of kind `model` may be. */
export async function startServer(
  options: ServerOptions,
  describe: (place: { readonly url: string; readonly clock: MovableClock }) => Vendor,
  misbehaviours: readonly string[] = [],
): Promise<Sandbox> {
  const clock = createClock(options.now, options.clock);
  const faults = createFaults(options.faults, misbehaviours);
  const journal = createJournal();
  let vendor: Vendor | undefined;

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const pathAndQuery = incoming.url ?? '/';
    const method = incoming.method ?? 'GET';
    const body = await readBody(incoming);
    const url = new URL(pathAndQuery, 'http://127.0.0.1');
    if (vendor === undefined) throw new Error('a request came before the stand-in was ready');
    if (url.pathname.startsWith(ADMIN)) {
      const reply = administer(vendor, { faults, journal, clock }, method, url, body);
      return deliver(response, reply, undefined);
    }
    const begunMs = performance.now();
    const visit = journal.open({ at: clock.now(), method, path: pathAndQuery });
    const earlyMs = journal.earliness(pathAndQuery, clock.monotonicMs());
    if (earlyMs > 0) visit.earlyMs = Math.round(earlyMs);
    const fault = faults.meet(method, pathAndQuery, body);
    if (fault) visit.fault = fault.what ?? fault.kind;
    if (fault?.kind === 'expired-token') vendor.expireTokens();
    if (fault?.kind === 'reset') return void response.socket?.resetAndDestroy();
    if (fault?.kind === 'hang') return;
    const request: VendorRequest = {
      method,
      path: url.pathname.replace(/\.json$/, ''),
      query: url.searchParams,
      pathAndQuery,
      headers: incoming.headers,
      body,
      fault: fault && ACTED.has(fault.kind) ? fault : undefined,
    };
    const reply = refuse(vendor, fault, clock.now()) ?? (await vendor.answer(request));
    if (fault?.kind === 'lost-answer') return void response.socket?.resetAndDestroy();
    const waitMs = (options.latencyMs ?? 0) + (fault?.kind === 'delay' ? (fault.ms ?? 1000) : 0);
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    visit.status = reply.status;
    visit.ms = Math.round(performance.now() - begunMs);
    const retryMs = readRetryAfter(reply, clock.now());
    if (retryMs > 0) journal.closeUntil(pathAndQuery, clock.monotonicMs() + retryMs);
    deliver(response, reply, fault);
  }

  const server = createServer((incoming, response) => {
    serve(incoming, response).catch((error: unknown) => {
      // A stand-in that breaks must not look like a vendor that breaks: tests tell them apart by this status.
      if (response.headersSent) return void response.destroy();
      response.writeHead(599, { 'content-type': 'text/plain' });
      response.end(`the stand-in itself failed: ${error instanceof Error ? error.stack : String(error)}`);
    });
  });
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  vendor = describe({ url, clock });
  return {
    url,
    port,
    faults,
    journal,
    clock,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The faults that answer in the vendor's place. */
function refuse(vendor: Vendor, fault: Fault | undefined, now: Date): Reply | undefined {
  switch (fault?.kind) {
    case 'rate-limit': {
      const seconds = fault.retryAfterSeconds ?? 1;
      const reply = vendor.fail(429, fault.kind);
      if (fault.retryAfter === 'none') return reply;
      const value =
        fault.retryAfter === 'date'
          ? new Date(now.getTime() + seconds * 1000).toUTCString()
          : String(seconds);
      // An instant is meant by the server's own clock, which a test may have moved on.
      const date = fault.retryAfter === 'date' ? { date: now.toUTCString() } : {};
      return { ...reply, headers: { ...reply.headers, ...date, 'retry-after': value } };
    }
    case 'status':
      return vendor.fail(fault.status ?? 500, fault.kind);
    case 'forbidden':
      return vendor.fail(403, fault.kind);
    case 'not-available':
      return vendor.fail(404, fault.kind);
    case 'html':
      return {
        status: 200,
        headers: { 'content-type': 'text/html; charset=utf-8' },
        body: '<!doctype html><html><title>صيانة</title><body>We will be right back</body></html>',
      };
    default:
      return undefined;
  }
}

function administer(
  vendor: Vendor,
  parts: { readonly faults: Faults; readonly journal: Journal; readonly clock: MovableClock },
  method: string,
  url: URL,
  body: string,
): Reply {
  const { faults, journal, clock } = parts;
  const name = url.pathname.slice(ADMIN.length);
  const more = vendor.admin?.[name];
  try {
    if (more && method === 'GET') return json(200, more());
    switch (`${method} ${name}`) {
      case 'GET faults':
        return json(200, { faults: faults.list() });
      case 'PUT faults': {
        const sent = JSON.parse(body) as readonly Fault[] | { readonly faults: readonly Fault[] };
        faults.set('faults' in sent ? sent.faults : sent);
        return json(200, { faults: faults.list() });
      }
      case 'DELETE faults':
        faults.clear();
        return json(200, { faults: [] });
      case 'GET journal':
        return json(200, { journal: journal.list() });
      case 'DELETE journal':
        journal.clear();
        return json(200, { journal: [] });
      case 'GET truth': {
        const at = url.searchParams.get('at');
        return json(200, vendor.truth(at === null ? undefined : new Date(at)));
      }
      case 'POST changes':
        return json(200, vendor.change(body === '' ? {} : JSON.parse(body)) ?? {});
      case 'POST clock': {
        const sent = JSON.parse(body) as { readonly advanceMs?: number };
        clock.advance(sent.advanceMs ?? 0);
        return json(200, { now: clock.now().toISOString() });
      }
      default:
        return json(404, {
          error: 'no such admin path',
          paths: ['faults', 'journal', 'truth', 'changes', 'clock', ...Object.keys(vendor.admin ?? {})],
        });
    }
  } catch (error) {
    return json(400, { error: error instanceof Error ? error.message : String(error) });
  }
}

export function json(status: number, value: unknown, headers: Reply['headers'] = {}): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: encode(value),
  };
}

function readRetryAfter(reply: Reply, now: Date): number {
  const value = reply.headers?.['retry-after'];
  if (value === undefined) return 0;
  return /^\d+$/.test(value) ? Number(value) * 1000 : new Date(value).getTime() - now.getTime();
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of incoming) {
    const bytes = part as Buffer;
    size += bytes.length;
    if (size > LARGEST_BODY) throw new RangeError('the request body is larger than 32 MiB');
    parts.push(bytes);
  }
  return Buffer.concat(parts).toString('utf8');
}
