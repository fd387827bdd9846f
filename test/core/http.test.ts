// The fetch against loopback servers that answer, refuse, hang, cut and lie.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import OpenAI from 'openai';
import { MockAgent } from 'undici';
import { afterEach, describe, expect, test } from 'vitest';
import { type AddressGuard, createAddressGuard } from '../../core/address-guard.ts';
import { PipelineError } from '../../core/errors.ts';
import { createFetch, type FetchOptions, guardedFetch } from '../../core/http.ts';
import { responseOf } from '../../core/http-errors.ts';
import { createLimiter } from '../../core/limiter.ts';
import type { HttpMetrics, HttpRequest, Log } from '../../core/types.ts';
import { createFakeClock, settle } from './fake-clock.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function listen(server: Server | ReturnType<typeof createSocketServer>): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A vendor over HTTP; `count` is the number of the request, from 1. */
function vendor(handler: Handler): Promise<string> {
  let count = 0;
  return listen(createServer((request, response) => handler(request, response, ++count)));
}

/** A vendor that writes raw bytes into the connection. */
function rawVendor(answer: (socket: Socket, count: number) => void): Promise<string> {
  let count = 0;
  return listen(
    createSocketServer((socket) => {
      socket.once('data', () => answer(socket, ++count));
    }),
  );
}

function client(options: Partial<FetchOptions> & { readonly idleMs?: number } = {}) {
  const clock = createFakeClock({ jumps: true });
  const guard = createAddressGuard({
    allow: '127.0.0.1,localhost',
    ...(options.idleMs === undefined ? {} : { idleMs: options.idleMs }),
  });
  cleanups.push(() => guard.close());
  const metrics: HttpMetrics = { requests: 0, retries: 0, waitMs: 0, bytes: 0, rateLimited: 0 };
  const logged: string[] = [];
  const write = (event: string, fields?: object): void => {
    logged.push(JSON.stringify({ event, ...fields }));
  };
  const log: Log = { debug: write, info: write, warn: write, error: write };
  const limiter = createLimiter({ clock });
  const fetch = createFetch({
    clock,
    limiter,
    guard,
    metrics,
    log,
    signal: new AbortController().signal,
    random: () => 0,
    ...options,
  });
  const ask = (url: string, request: Partial<HttpRequest> = {}) =>
    fetch({ url, bucket: 'vendor/feed', ...request });
  const failure = async (url: string, request: Partial<HttpRequest> = {}): Promise<PipelineError> => {
    const thrown = await ask(url, request).then(
      () => 'answered',
      (error: unknown) => error,
    );
    if (!(thrown instanceof PipelineError))
      throw new Error(`No PipelineError but ${String(thrown)}`, { cause: thrown });
    return thrown;
  };
  return { ask, failure, metrics, clock, limiter, logged, guard };
}

function sendJson(
  response: ServerResponse,
  body: unknown,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

describe('an answer', () => {
  test('comes with status, headers, text and lossless JSON', async () => {
    const seen: IncomingMessage[] = [];
    const base = await vendor((request, response) => {
      seen.push(request);
      sendJson(response, '{"id":9007199254740993,"subject":"الحالة"}', 200, { 'x-rate-limit': '700' });
    });
    const { ask, metrics } = client();
    const answer = await ask(`${base}/tickets?page=2`, { headers: { authorization: 'Bearer x' } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('X-Rate-Limit')).toBe('700');
    expect(answer.text).toContain('الحالة');
    expect(answer.json()).toEqual({ id: '9007199254740993', subject: 'الحالة' });
    expect(answer.json()).toBe(answer.json());
    expect(seen[0]).toMatchObject({
      method: 'GET',
      url: '/tickets?page=2',
      headers: { authorization: 'Bearer x', accept: 'application/json' },
    });
    expect(metrics).toEqual({
      requests: 1,
      retries: 0,
      waitMs: 0,
      bytes: Buffer.byteLength(answer.text),
      rateLimited: 0,
    });
  });

  test('follows the method and body of the request', async () => {
    const base = await vendor(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      sendJson(response, { method: request.method, body, type: request.headers['content-type'] }, 201);
    });
    const answer = await client().ask(base, {
      method: 'POST',
      body: '{"a":"ب"}',
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.json()).toEqual({ method: 'POST', body: '{"a":"ب"}', type: 'application/json' });
  });

  test('of three megabytes in small pieces is read whole, compressed or not', async () => {
    const text = JSON.stringify({
      rows: Array.from({ length: 20_000 }, (_, id) => ({ id, text: 'شكوى من العميل'.repeat(5) })),
    });
    const base = await vendor((request, response) => {
      const gzip = request.url === '/gzip';
      response.writeHead(200, {
        'content-type': 'application/json',
        ...(gzip ? { 'content-encoding': 'gzip' } : {}),
      });
      const bytes = gzip ? gzipSync(text) : Buffer.from(text);
      for (let at = 0; at < bytes.length; at += 50_001) response.write(bytes.subarray(at, at + 50_001));
      response.end();
    });
    const { ask, metrics } = client();
    expect((await ask(`${base}/plain`)).text).toBe(text);
    expect((await ask(`${base}/gzip`)).text).toBe(text);
    expect(metrics.bytes).toBe(2 * Buffer.byteLength(text));
    expect(metrics.retries).toBe(0);
  });

  test('loses its byte order mark, and nothing else', async () => {
    const base = await vendor((_request, response) => sendJson(response, '\uFEFF{"a":"\uFEFF"}'));
    expect((await client().ask(base)).text).toBe('{"a":"\uFEFF"}');
  });

  test('may be empty where a body has no right to be', async () => {
    const base = await vendor((request, response) => {
      response.writeHead(request.method === 'POST' ? 202 : 204, { 'content-type': 'application/json' });
      response.end();
    });
    expect((await client().ask(base)).status).toBe(204);
    expect((await client().ask(base, { method: 'POST' })).text).toBe('');
  });

  test('of a status that the request accepts is returned as it is', async () => {
    const base = await vendor((_request, response) => {
      response.writeHead(403, { 'content-type': 'text/html' });
      response.end();
    });
    const { ask, metrics } = client();
    expect(await ask(base, { accept: [403, 404] })).toMatchObject({ status: 403, text: '' });
    expect(metrics.requests).toBe(1);
  });

  test('that is no JSON says so when it is asked for JSON', async () => {
    const base = await vendor((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/csv' });
      response.end('Id,Text\n1,private words\n');
    });
    const answer = await client().ask(base);
    expect(answer.text).toContain('private words');
    expect(() => answer.json()).toThrow(
      expect.objectContaining({ kind: 'transient', code: 'http.not_json' }),
    );
    expect(() => answer.json()).toThrow(/^(?!.*private words)/);
  });
});

describe('what cannot be answered', () => {
  test.each([
    [400, 'bug', 'http.bad_request', 1],
    [401, 'config', 'http.unauthorized', 1],
    [403, 'config', 'http.forbidden', 1],
    [404, 'data', 'http.not_found', 1],
    [408, 'transient', 'http.server_error', 3],
    [409, 'bug', 'http.bad_request', 1],
    [410, 'data', 'http.not_found', 1],
    [422, 'bug', 'http.bad_request', 1],
    [425, 'transient', 'http.server_error', 3],
    [429, 'transient', 'http.rate_limited', 3],
    [500, 'transient', 'http.server_error', 3],
    [502, 'transient', 'http.server_error', 3],
    [503, 'transient', 'http.server_error', 3],
    [504, 'transient', 'http.server_error', 3],
  ])('status %i is a %s error %s after %i requests', async (status, kind, code, requests) => {
    const base = await vendor((_request, response) => sendJson(response, { error: 'private words' }, status));
    const { failure, metrics, logged } = client();
    const error = await failure(`${base}/api/v2/tickets?token=hidden`, { attempts: 3 });
    expect(error).toMatchObject({ kind, code, status });
    expect(metrics.requests).toBe(requests);
    expect(metrics.retries).toBe(requests - 1);
    expect(error.message).toContain(`GET ${new URL(base).host}/api/v2/tickets`);
    expect(`${error.message} ${error.hint} ${error.stack} ${logged.join(' ')}`).not.toMatch(/hidden|private/);
    expect(responseOf(error)).toMatchObject({ status, text: '{"error":"private words"}' });
    expect(responseOf(error)?.json()).toEqual({ error: 'private words' });
  });

  test('keeps the vendor’s body away from what a log would print', async () => {
    const base = await vendor((_request, response) => sendJson(response, { error: 'private words' }, 400));
    const error = await client().failure(base);
    const { inspect } = await import('node:util');
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('private');
    expect(responseOf(new Error('another'))).toBeUndefined();
    expect(responseOf(undefined)).toBeUndefined();
  });

  test('an error body that is cut, endless or no UTF-8 does not hide the status', async () => {
    const base = await rawVendor((socket, count) => {
      const body = ['short', 'x'.repeat(3_000_000), '\xff\xfe'][count - 1] ?? '';
      socket.write(
        `HTTP/1.1 404 Not Found\r\nContent-Length: ${count === 1 ? 1000 : body.length}\r\nConnection: close\r\n\r\n`,
      );
      socket.end(Buffer.from(body, 'latin1'));
    });
    const { failure } = client();
    for (let i = 0; i < 3; i++) expect((await failure(base)).code).toBe('http.not_found');
  });

  test('a header that cannot be sent is named, without its value', async () => {
    const base = await vendor((_request, response) => sendJson(response, {}));
    for (const value of ['hidden\nx: y', 'hiddenمفتاح', 'hidden\0']) {
      const error = await client().failure(base, { headers: { authorization: value } });
      expect(error).toMatchObject({ kind: 'config', code: 'http.bad_header' });
      expect(error.message).toContain('authorization');
      expect(`${error.stack} ${error.hint} ${String(error.cause)}`).not.toContain('hidden');
    }
  });

  test('a private address is refused before any request', async () => {
    const { failure, metrics } = client();
    expect((await failure('https://10.0.0.1/x?token=hidden')).code).toBe('http.private_address');
    expect((await failure('https://user:hidden@example.com/')).code).toBe('http.bad_url');
    expect(metrics.requests).toBe(0);
  });

  test('a name that resolves inside is refused once, and not tried again', async () => {
    const guard = createAddressGuard({
      resolve: (_host, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]),
    });
    const { failure, metrics } = client({ guard });
    const error = await failure('https://rebind.example/');
    expect(error).toMatchObject({ kind: 'config', code: 'http.private_address' });
    expect(metrics.requests).toBe(1);
    await guard.close();
  });
});

describe('trouble on the way', () => {
  test('a refused connection is tried again, whatever the method', async () => {
    const base = await vendor(() => {});
    await cleanups.pop()?.();
    for (const method of ['GET', 'POST'] as const) {
      const { failure, metrics } = client();
      const error = await failure(base, { method, attempts: 3 });
      expect(error).toMatchObject({ kind: 'transient', code: 'http.unreachable' });
      expect(error.message).toContain('ECONNREFUSED');
      expect(metrics.requests).toBe(3);
    }
  });

  test.each([
    ['before headers', ''],
    ['within headers', 'HTTP/1.1 200 OK\r\nContent-Ty'],
    ['where the body should begin', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n'],
    [
      'within a body of known length',
      'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a":1}',
    ],
    ['within a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{"a":1}\r\n10\r\n{"a'],
    ['before the last chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{"a":1}\r\n'],
    ['within JSON of unknown length', 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"a":[1,2'],
    ['before any JSON', 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n'],
    ['by something that is not HTTP', 'SSH-2.0-OpenSSH\r\n'],
    [
      'by damaged compression',
      'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 7\r\n\r\n{"a":1}',
    ],
  ])('a connection cut %s is tried again', async (_where, bytes) => {
    const base = await rawVendor((socket, count) => {
      const whole =
        'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\nConnection: close\r\n\r\n{"whole":42}';
      socket.end(count < 3 ? bytes : whole);
    });
    const { ask, metrics } = client();
    expect((await ask(base)).json()).toEqual({ whole: 42 });
    expect(metrics).toMatchObject({ requests: 3, retries: 2 });
  });

  test.each([
    ['a cut body', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"a":1}', 'http.bad_body'],
    ['a cut connection', '', 'http.unreachable'],
    ['cut JSON', 'HTTP/1.1 200 OK\r\nContent-Type: application/vnd.api+json\r\n\r\n{"a":', 'http.not_json'],
    [
      'an HTML page',
      'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<h1>private words</h1>',
      'http.not_json',
    ],
    [
      'an HTML page that calls itself JSON',
      'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n<h1>private words</h1>',
      'http.not_json',
    ],
    [
      'bytes that are not UTF-8',
      'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"a":"\xff"}',
      'http.bad_body',
    ],
    [
      'a letter of UTF-8 cut in the middle',
      'HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n\r\na,\xd8',
      'http.bad_body',
    ],
    ['parser trouble', 'HTTP/1.1 2x0 private words\r\n\r\n', 'http.unreachable'],
  ])('%s that stays so ends as a transient error', async (_what, bytes, code) => {
    const base = await rawVendor((socket) => socket.end(Buffer.from(bytes, 'latin1')));
    const { failure, metrics } = client();
    const error = await failure(`${base}/?hidden`, { attempts: 2 });
    expect(error).toMatchObject({ kind: 'transient', code });
    expect(metrics.requests).toBe(2);
    const { inspect } = await import('node:util');
    expect(inspect(error, { depth: 10 })).not.toMatch(/private words|hidden/);
  });

  test.each([
    [{ method: 'POST' }, 1],
    [{ method: 'PUT' }, 1],
    [{ method: 'PATCH' }, 1],
    [{ method: 'DELETE' }, 1],
    [{ method: 'POST', idempotent: true }, 3],
    [{ method: 'GET', idempotent: false }, 1],
    [{}, 3],
  ] as const)('%j that failed half-way is sent %i times', async (request, times) => {
    for (const handler of [
      (_: IncomingMessage, response: ServerResponse) => sendJson(response, {}, 503),
      (_: IncomingMessage, response: ServerResponse) => response.destroy(),
      (_: IncomingMessage, response: ServerResponse) => sendJson(response, '{"cut'),
    ]) {
      const base = await vendor(handler);
      const { failure, metrics } = client();
      expect((await failure(base, { ...request, attempts: 3 })).kind).toBe('transient');
      expect(metrics.requests).toBe(times);
    }
  });

  test('a refused POST is sent again: a vendor that counts to its limit did nothing else', async () => {
    const base = await vendor((_request, response, count) =>
      sendJson(response, { ok: count }, count < 3 ? 429 : 200),
    );
    const { ask, metrics } = client();
    expect((await ask(base, { method: 'POST', body: 'x' })).json()).toEqual({ ok: 3 });
    expect(metrics).toMatchObject({ requests: 3, retries: 2, rateLimited: 2 });
  });

  test.each([
    ['CERT_HAS_EXPIRED', 'config', 'http.certificate', 1],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'config', 'http.certificate', 1],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'config', 'http.certificate', 1],
    ['UND_ERR_CONNECT_TIMEOUT', 'transient', 'http.timeout', 2],
    ['ENOTFOUND', 'transient', 'http.unreachable', 2],
    ['ECONNRESET', 'transient', 'http.unreachable', 2],
  ])('%s is a %s error %s after %i requests', async (code, kind, ours, requests) => {
    const agent = new MockAgent();
    agent.disableNetConnect();
    agent
      .get('https://vendor.example')
      .intercept({ path: '/' })
      .replyWithError(Object.assign(new Error('tls'), { code }))
      .persist();
    const guard: AddressGuard = {
      check: (url) => new URL(url),
      dispatcher: agent,
      close: () => agent.close(),
    };
    cleanups.push(() => guard.close());
    const { failure, metrics } = client({ guard });
    const error = await failure('https://vendor.example/', { attempts: 2 });
    expect(error).toMatchObject({ kind, code: ours });
    expect(error.message).toContain(code);
    expect(metrics.requests).toBe(requests);
  });
});

describe('time', () => {
  test.each([
    ['before headers', (_: IncomingMessage, __: ServerResponse) => {}],
    [
      'after headers',
      (_: IncomingMessage, response: ServerResponse) => response.writeHead(200).flushHeaders(),
    ],
    [
      'with a byte now and then',
      (_: IncomingMessage, response: ServerResponse) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const timer = setInterval(() => response.write(' '), 5);
        response.on('close', () => clearInterval(timer));
      },
    ],
  ])('runs out for a server that hangs %s', async (_where, handler) => {
    const base = await vendor(handler);
    const { failure, metrics } = client();
    const error = await failure(base, { timeoutMs: 60, attempts: 2 });
    expect(error).toMatchObject({ kind: 'transient', code: 'http.timeout' });
    expect(metrics.requests).toBe(2);
  });

  test('runs out for a body that falls silent long before the time-out of the request', async () => {
    const base = await vendor((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"a":');
    });
    const error = await client({ idleMs: 50 }).failure(base, { timeoutMs: 3_600_000, attempts: 1 });
    expect(error).toMatchObject({ kind: 'transient', code: 'http.timeout' });
  });

  test('is up at once when the run is interrupted, whatever the request is doing', async () => {
    const hanging: readonly (readonly [Handler, 'in flight' | 'asleep'])[] = [
      [() => {}, 'in flight'],
      [(_request, response) => response.writeHead(200).flushHeaders(), 'in flight'],
      [(_request, response) => sendJson(response, {}, 503), 'asleep'],
      [(_request, response) => sendJson(response, {}, 429, { 'retry-after': '600' }), 'asleep'],
    ];
    for (const [handler, state] of hanging) {
      const stop = new AbortController();
      const clock = createFakeClock();
      let arrived = false;
      const base = await vendor((request, response, count) => {
        handler(request, response, count);
        arrived = true;
      });
      const { failure, metrics } = client({ signal: stop.signal, clock, limiter: createLimiter({ clock }) });
      const failing = failure(base);
      while (!arrived || (state === 'asleep' && clock.slept.length === 0)) await settle();
      stop.abort();
      expect((await failing).code).toBe('run.interrupted');
      expect(metrics.requests).toBe(1);
    }
  });

  test('is up before it begins for a run that was interrupted already', async () => {
    const base = await vendor((_request, response) => sendJson(response, {}));
    const { failure, metrics } = client({ signal: AbortSignal.abort() });
    expect((await failure(base)).code).toBe('run.interrupted');
    expect(metrics.requests).toBe(0);
  });

  test('does not run out in many requests side by side, nor warns of a leak', async () => {
    const warnings: Error[] = [];
    const remember = (warning: Error): unknown => warnings.push(warning);
    process.on('warning', remember);
    const base = await vendor((_request, response) => sendJson(response, {}));
    const { ask } = client();
    await Promise.all(Array.from({ length: 60 }, (_, i) => ask(base, { bucket: `b${i % 4}` })));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', remember);
    expect(warnings).toEqual([]);
  });
});

describe('waiting between tries', () => {
  test('doubles from the base up to thirty seconds', async () => {
    const base = await vendor((_request, response) => sendJson(response, {}, 500));
    const { failure, clock, metrics } = client();
    await failure(base, { attempts: 9 });
    expect(clock.slept).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    expect(metrics).toMatchObject({ requests: 9, retries: 8, waitMs: 91_500 });
  });

  test('is spread by up to twice as long, so that many clients do not come back together', async () => {
    const base = await vendor((_request, response) => sendJson(response, {}, 500));
    const { failure, clock } = client({ random: () => 0.5, backoffMs: 10 });
    await failure(base, { attempts: 3 });
    expect(clock.slept).toEqual([15, 30]);
  });

  test.each([
    ['2', 2000],
    ['90', 90_000],
    ['0.75', 750],
    ['Sun, 01 Mar 2026 00:02:00 GMT', 120_000],
    ['0', 500],
    ['-5', 500],
    ['0.001', 500],
    ['soon', 500],
    ['Sat, 28 Feb 2026 23:00:00 GMT', 500],
    [undefined, 500],
  ])('takes as long as Retry-After %s asks, and never nothing', async (value, waited) => {
    for (const status of [429, 503]) {
      const base = await vendor((_request, response, count) => {
        response.sendDate = false;
        if (count > 1) sendJson(response, { ok: true });
        else sendJson(response, {}, status, value === undefined ? {} : { 'retry-after': value });
      });
      const { ask, metrics } = client();
      expect((await ask(base)).json()).toEqual({ ok: true });
      expect(metrics.waitMs).toBe(waited);
    }
  });

  test('grows where the server says zero each time', async () => {
    const base = await vendor((_request, response) => sendJson(response, {}, 429, { 'retry-after': '0' }));
    const { failure, clock } = client();
    await failure(base, { attempts: 4 });
    expect(clock.slept).toEqual([500, 1000, 2000]);
  });

  test('reckons a date by the server’s clock, not by ours', async () => {
    const base = await vendor((_request, response, count) => {
      const headers = {
        date: 'Tue, 05 May 2026 10:00:00 GMT',
        'retry-after': 'Tue, 05 May 2026 10:00:42 GMT',
      };
      sendJson(response, {}, count > 1 ? 200 : 429, headers);
    });
    const { ask, metrics } = client();
    await ask(base);
    expect(metrics.waitMs).toBe(42_000);
  });

  test('is given up where the server asks for more than fifteen minutes', async () => {
    const base = await vendor((_request, response) => sendJson(response, {}, 429, { 'retry-after': '3600' }));
    const { failure, metrics } = client();
    const error = await failure(base);
    expect(error).toMatchObject({
      kind: 'transient',
      code: 'http.rate_limited',
      retryAfterMs: 3_600_000,
      status: 429,
    });
    // The others of the bucket are not sent to meet the same answer.
    expect(await failure(base)).toMatchObject({ code: 'http.rate_limited', retryAfterMs: 3_600_000 });
    expect(metrics).toMatchObject({ requests: 1, waitMs: 0, rateLimited: 1 });
  });

  test('is shared: one refusal stops the whole bucket, and no other', async () => {
    const clock = createFakeClock();
    const limiter = createLimiter({ clock });
    const base = await vendor((_request, response, count) => {
      sendJson(response, { count }, count === 1 ? 429 : 200, count === 1 ? { 'retry-after': '10' } : {});
    });
    const { ask } = client({ clock, limiter });
    const first = ask(base);
    while (clock.slept.length === 0) await settle();
    const second = ask(base);
    expect((await ask(base, { bucket: 'other' })).json()).toEqual({ count: 2 });
    await clock.advance(9_999);
    await clock.advance(1);
    const counts = (await Promise.all([first, second])).map((answer) => answer.json());
    expect(counts).toEqual(expect.arrayContaining([{ count: 3 }, { count: 4 }]));
  });

  test('keeps to what the vendor says of its limits, on success and on failure', async () => {
    const base = await vendor((_request, response, count) => {
      sendJson(response, {}, count === 1 ? 500 : 200, { 'x-remaining': '0', 'x-reset': '7' });
    });
    const { ask, metrics } = client();
    const limits: HttpRequest['limits'] = (headers) => [
      {
        bucket: 'vendor',
        remaining: Number(headers.get('x-remaining')),
        resetMs: Number(headers.get('x-reset')) * 1000,
      },
    ];
    await ask(base, { limits });
    expect(metrics.waitMs).toBe(7000);
    await ask(base, { limits });
    expect(metrics.waitMs).toBe(14_000);
  });
});

describe('size', () => {
  test('a body above the cap is refused, not tried again, and not read on', async () => {
    let written = 0;
    const base = await vendor((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const pump = (): void => {
        while (!response.destroyed && written < 50_000_000) {
          written += 65_536;
          if (!response.write('x'.repeat(65_536))) {
            response.once('drain', pump);
            return;
          }
        }
        response.end();
      };
      pump();
    });
    const { failure, metrics } = client();
    expect(await failure(base, { maxBytes: 100_000 })).toMatchObject({
      kind: 'data',
      code: 'http.too_large',
    });
    expect(metrics.requests).toBe(1);
    expect(written).toBeLessThan(50_000_000);
  });

  test('counts after decompression', async () => {
    const bomb = gzipSync(Buffer.alloc(5_000_000, 0x20));
    const base = await vendor((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(bomb);
    });
    expect(bomb.length).toBeLessThan(10_000);
    expect((await client().failure(base, { maxBytes: 1_000_000 })).code).toBe('http.too_large');
    expect((await client().ask(base, { maxBytes: 5_000_000 })).text).toHaveLength(5_000_000);
  });
});

describe('a redirect', () => {
  const redirecting = (to: (path: string) => string | undefined, status = 302): Promise<string> =>
    vendor((request, response) => {
      const location = to(request.url ?? '');
      if (location === undefined)
        sendJson(response, { path: request.url, authorization: request.headers.authorization });
      else response.writeHead(status, { location }).end('moved');
    });

  test.each([301, 302, 303, 307, 308])('%i within the same origin is followed', async (status) => {
    const base = await redirecting((path) => (path === '/old' ? '/new?x=1' : undefined), status);
    const { ask, metrics } = client();
    const answer = await ask(`${base}/old`, { headers: { authorization: 'Bearer x' } });
    expect(answer.json()).toEqual({ path: '/new?x=1', authorization: 'Bearer x' });
    expect(metrics).toMatchObject({ requests: 2, retries: 0 });
  });

  test('is followed three times and no more', async () => {
    const base = await redirecting((path) =>
      Number(path.slice(1)) < 4 ? `/${Number(path.slice(1)) + 1}` : undefined,
    );
    expect((await client().ask(`${base}/1`)).json()).toMatchObject({ path: '/4' });
    expect(await client().failure(`${base}/0`)).toMatchObject({ kind: 'config', code: 'http.redirected' });
  });

  test('in a circle ends', async () => {
    const base = await redirecting(() => '/again');
    const { failure, metrics } = client();
    expect((await failure(base)).code).toBe('http.redirected');
    expect(metrics.requests).toBe(4);
  });

  test('to another host, port, scheme or nowhere is an error, and the credentials stay here', async () => {
    let reached = 0;
    const other = await vendor((_request, response) => {
      reached += 1;
      response.end();
    });
    const port = new URL(other).port;
    for (const location of [
      other,
      `//localhost:${port}/`,
      'https://example.com/?hidden',
      'file:///etc/passwd',
      'http://[',
      `http://127.0.0.1@localhost:${port}/`,
    ]) {
      const base = await redirecting(() => location);
      const error = await client().failure(`${base}/x`, { headers: { authorization: 'Bearer x' } });
      expect(error).toMatchObject({ kind: 'config', code: 'http.redirected' });
      expect(error.message).not.toContain('hidden');
    }
    expect(reached).toBe(0);
  });

  test('to credentials on the same origin is refused by the guard', async () => {
    const base = await redirecting((path) =>
      path === '/x' ? `http://u:p@${new URL(base).host}/y` : undefined,
    );
    expect((await client().failure(`${base}/x`)).code).toBe('http.bad_url');
  });

  test('of a POST is an error: its body was not meant for elsewhere', async () => {
    const base = await redirecting((path) => (path === '/old' ? '/new' : undefined), 307);
    const { failure, metrics } = client();
    expect((await failure(`${base}/old`, { method: 'POST', body: '{}' })).code).toBe('http.redirected');
    expect(metrics.requests).toBe(1);
  });

  test('is an answer where the request accepts it', async () => {
    const base = await redirecting(() => 'https://elsewhere.example/file');
    const answer = await client().ask(base, { accept: [302] });
    expect(answer.headers.get('location')).toBe('https://elsewhere.example/file');
  });
});

describe('the fetch for vendors’ own clients', () => {
  const completion = {
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'جيد' } }],
  };

  test('carries the client of OpenAI', async () => {
    const base = await vendor(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      sendJson(response, {
        ...completion,
        model: `${request.headers.authorization} ${JSON.parse(body).model}`,
      });
    });
    const { guard } = client();
    const openai = new OpenAI({
      apiKey: 'k',
      baseURL: `${base}/v1`,
      fetch: guardedFetch(guard),
      maxRetries: 0,
    });
    const answer = await openai.chat.completions.create({
      model: 'gpt',
      messages: [{ role: 'user', content: 'مرحبا' }],
    });
    expect(answer.choices[0]?.message.content).toBe('جيد');
    expect(answer.model).toBe('Bearer k gpt');
  });

  test('refuses private addresses, and follows no redirect', async () => {
    const { guard } = client();
    const fetch = guardedFetch(guard);
    await expect(fetch('https://169.254.169.254/latest')).rejects.toMatchObject({
      code: 'http.private_address',
    });
    await expect(fetch(new URL('http://example.com/'))).rejects.toMatchObject({ code: 'http.insecure' });
    const rebinding = createAddressGuard({
      resolve: (_host, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]),
    });
    cleanups.push(() => rebinding.close());
    await expect(guardedFetch(rebinding)('https://rebind.example/')).rejects.toMatchObject({
      cause: { code: 'http.private_address' },
    });
    const base = await vendor((_request, response) =>
      response.writeHead(302, { location: 'https://10.0.0.1/' }).end(),
    );
    expect((await fetch(base)).status).toBe(302);
  });
});
