// Hostile URLs and names against the guard; no connection to a forbidden address is ever made.

import type { LookupAddress } from 'node:dns';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fetch } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAddressGuard, isPublicAddress, type Resolve } from '../../core/address-guard.ts';
import { PipelineError } from '../../core/errors.ts';

/** A resolver that answers from a table, and counts. */
function resolver(table: Record<string, readonly string[]>): Resolve & { asked: string[] } {
  const asked: string[] = [];
  const resolve: Resolve = (hostname, _options, callback) => {
    asked.push(hostname);
    const addresses: LookupAddress[] = (table[hostname] ?? []).map((address) => ({
      address,
      family: address.includes(':') ? 6 : 4,
    }));
    if (addresses.length === 0) callback(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' }), []);
    else callback(null, addresses);
  };
  return Object.assign(resolve, { asked });
}

/** The PipelineError somewhere in the causes of what undici throws. */
async function refusalOf(request: Promise<unknown>): Promise<PipelineError | undefined> {
  const thrown: unknown = await request.catch((error: unknown) => error);
  let error = thrown;
  while (error instanceof Error && !(error instanceof PipelineError)) error = error.cause;
  return error instanceof PipelineError ? error : undefined;
}

const INSIDE = [
  // Loopback in all the ways in which a URL spells it.
  'https://127.0.0.1/',
  'https://127.1/',
  'https://127.0.1/',
  'https://0x7f000001/',
  'https://0x7f.0.0.1/',
  'https://2130706433/',
  'https://017700000001/',
  'https://0177.0.0.1/',
  'https://①②⑦.⓪.⓪.①/',
  'https://127。0。0。1/',
  'https://127.0.0.1./',
  'https://127.255.255.254/',
  'https://0/',
  'https://0.0.0.0/',
  'https://0.1.2.3/',
  'https://%31%32%37.0.0.1/',
  'https://127.0.0.1:443/',
  'https:127.0.0.1/',
  'https:\\\\127.0.0.1\\',
  'https:///127.0.0.1/',
  'https://[::1]/',
  'https://[::]/',
  'https://[0:0:0:0:0:0:0:1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:7f00:1]/',
  'https://[::127.0.0.1]/',
  'https://[::7f00:1]/',
  'https://[64:ff9b::127.0.0.1]/',
  'https://[64:ff9b::7f00:1]/',
  'https://[64:ff9b:1::7f00:1]/',
  'https://[2002:7f00:1::]/',
  'https://[2002:7f00:0001::1]/',
  'https://[::ffff:0:127.0.0.1]/',
  // The networks of the house.
  'https://10.0.0.1/',
  'https://10.255.255.255/',
  'https://172.16.0.1/',
  'https://172.31.255.254/',
  'https://192.168.0.1/',
  'https://192.168.1/',
  'https://0300.0250.0.1/',
  'https://[fc00::1]/',
  'https://[fd12:3456:789a::1]/',
  'https://[fec0::1]/',
  'https://[::ffff:10.0.0.1]/',
  'https://[::ffff:c0a8:1]/',
  'https://[64:ff9b::10.0.0.1]/',
  'https://[2002:0a00:0001::]/',
  // Where clouds keep the credentials of their machines.
  'https://169.254.169.254/latest/meta-data/',
  'https://2852039166/',
  'https://0xa9fea9fe/',
  'https://[::ffff:a9fe:a9fe]/',
  'https://[fd00:ec2::254]/',
  'https://100.100.100.200/',
  'https://192.0.0.192/',
  'https://168.63.129.16/',
  'https://169.254.170.2/',
  // Link-local, shared, documentation, benchmarking, multicast, broadcast and reserved.
  'https://[fe80::1]/',
  'https://100.64.0.1/',
  'https://192.0.2.1/',
  'https://198.18.0.1/',
  'https://198.51.100.7/',
  'https://203.0.113.9/',
  'https://224.0.0.1/',
  'https://239.255.255.250/',
  'https://240.0.0.1/',
  'https://255.255.255.255/',
  'https://192.88.99.1/',
  'https://[ff02::1]/',
  'https://[2001:db8::1]/',
  'https://[2001::1]/',
  'https://[100::1]/',
  'https://[4000::1]/',
  'https://[::ffff:0.0.0.0]/',
];

describe('what the guard refuses before it connects', () => {
  const guard = createAddressGuard();
  afterAll(() => guard.close());

  test('there are more than sixty hostile URLs here', () => {
    expect(new Set(INSIDE).size).toBeGreaterThan(60);
  });

  test.each(INSIDE)('%s', (url) => {
    expect(() => guard.check(url)).toThrow(
      expect.objectContaining({ kind: 'config', code: 'http.private_address' }),
    );
  });

  test.each(INSIDE)('%s, also for a caller who did not ask first', async (url) => {
    const refusal = await refusalOf(fetch(url, { dispatcher: guard.dispatcher }));
    expect(refusal?.code).toBe('http.private_address');
  });

  test.each([
    'http://example.com/',
    'HTTP://EXAMPLE.COM/',
    'http://8.8.8.8/',
    'http://localhost/',
    'http://user-content.example.com:443/',
  ])('%s, because it is not encrypted', (url) => {
    expect(() => guard.check(url)).toThrow(
      expect.objectContaining({ kind: 'config', code: 'http.insecure' }),
    );
  });

  test.each([
    '',
    'example.com',
    '//example.com/',
    '/etc/passwd',
    'https://',
    'https://exa mple.com/',
    'https://[::1/',
    'https://256.1.1.1/',
    'file:///etc/passwd',
    'ftp://example.com/',
    'gopher://127.0.0.1:6379/_FLUSHALL',
    'data:text/html,hi',
    'javascript:alert(1)',
    'ws://example.com/',
    'unix:/var/run/docker.sock',
    'blob:https://example.com/1',
    'https://user@example.com/',
    'https://user:password@example.com/',
    'https://example.com@127.0.0.1/',
    'https://:password@example.com/',
  ])('%s, because it is no plain URL', (url) => {
    expect(() => guard.check(url)).toThrow(expect.objectContaining({ kind: 'config', code: 'http.bad_url' }));
  });

  test('names the host and the variable, and never path, query or credentials', () => {
    for (const url of [
      'https://10.0.0.1/hidden?token=hidden',
      'http://example.com/hidden?hidden',
      'https://hidden:hidden@example.com/',
    ]) {
      try {
        guard.check(url);
        expect.unreachable();
      } catch (error) {
        expect(String(error)).not.toContain('hidden');
        expect(error instanceof PipelineError ? `${error.message} ${error.hint}` : '').toMatch(
          /10\.0\.0\.1.*PIPELINE_ALLOW_PRIVATE_HOSTS|example\.com/,
        );
      }
    }
  });

  test.each([
    'https://example.zendesk.com/api/v2',
    'https://8.8.8.8/',
    'https://[2606:4700::1111]/',
    'https://[64:ff9b::8.8.8.8]/',
    'https://شركة.السعودية/',
  ])('but not %s', (url) => {
    expect(guard.check(url).href).toBe(new URL(url).href);
  });
});

describe('what a name resolves to', () => {
  let hits = 0;
  const server = createServer((_request, response) => {
    hits += 1;
    response.end('reached');
  });
  let port = 0;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  test.each([
    ['one address inside', ['127.0.0.1']],
    ['a public address and one inside', ['8.8.8.8', '127.0.0.1']],
    ['an address inside and a public one', ['127.0.0.1', '8.8.8.8']],
    ['IPv4 in IPv6', ['::ffff:127.0.0.1']],
    ['loopback of IPv6', ['::1']],
    ['the cloud', ['169.254.169.254']],
    ['a scoped address', ['fe80::1%eth0']],
    ['what is no address', ['localhost']],
  ])('is refused for %s, without a connection', async (_what, addresses) => {
    const guard = createAddressGuard({ resolve: resolver({ 'rebind.example': addresses }) });
    const refusal = await refusalOf(
      fetch(`http://rebind.example:${port}/?token=hidden`, { dispatcher: guard.dispatcher }),
    );
    expect(refusal).toMatchObject({ kind: 'config', code: 'http.private_address' });
    expect(refusal?.message).toContain('rebind.example');
    expect(refusal?.message).not.toContain('hidden');
    expect(hits).toBe(0);
    await guard.close();
  });

  test('is asked once for each connection, so that a second answer cannot slip in', async () => {
    const resolve = resolver({ 'allowed.example': ['127.0.0.1'] });
    const guard = createAddressGuard({ resolve, allow: '127.0.0.1' });
    const response = await fetch(`http://allowed.example:${port}/`, { dispatcher: guard.dispatcher });
    expect(await response.text()).toBe('reached');
    expect(resolve.asked).toEqual(['allowed.example']);
    hits = 0;
    await guard.close();
  });

  test('is an ordinary failure where the name is unknown', async () => {
    const guard = createAddressGuard({ resolve: resolver({}) });
    const thrown = await fetch('https://unknown.example/', { dispatcher: guard.dispatcher }).catch(
      (error: unknown) => error,
    );
    expect(thrown).toMatchObject({ cause: { code: 'ENOTFOUND' } });
    await guard.close();
  });

  test.each([
    ['by name', 'stand-in.example'],
    ['by name in capitals with a dot', 'Stand-In.Example.'],
    ['by name and port', () => `stand-in.example:${port}`],
    ['by address', '127.0.0.1'],
    ['by address and port', () => `127.0.0.1:${port}`],
    ['by range', '10.0.0.0/8, 127.0.0.0/8'],
    ['among others', 'a.example,, b.example:1 ,stand-in.example'],
  ])('may lie inside where the operator allowed it %s', async (_how, list) => {
    const allow = typeof list === 'string' ? list : list();
    const guard = createAddressGuard({ allow, resolve: resolver({ 'stand-in.example': ['127.0.0.1'] }) });
    const response = await fetch(`http://stand-in.example:${port}/`, { dispatcher: guard.dispatcher });
    expect(await response.text()).toBe('reached');
    hits = 0;
    await guard.close();
  });

  test.each([
    ['another name', 'other.example'],
    ['a part of the name', 'in.example'],
    ['another port', 'stand-in.example:1'],
    ['another address', '127.0.0.2'],
    ['the address on another port', '127.0.0.1:1'],
    ['another range', '10.0.0.0/8'],
    ['a range of IPv6', '::/0'],
  ])('stays refused where the operator allowed only %s', async (_what, allow) => {
    const guard = createAddressGuard({ allow, resolve: resolver({ 'stand-in.example': ['127.0.0.1'] }) });
    const refusal = await refusalOf(
      fetch(`http://stand-in.example:${port}/`, { dispatcher: guard.dispatcher }),
    );
    expect(refusal?.code).toBe('http.private_address');
    expect(hits).toBe(0);
    await guard.close();
  });
});

describe('the list of what is allowed', () => {
  test.each([
    ['127.0.0.1', 'http://127.0.0.1:8080/'],
    ['127.0.0.1:8080', 'http://127.0.0.1:8080/'],
    ['127.0.0.0/8', 'http://127.9.9.9/'],
    ['::1', 'http://[::1]:3000/'],
    ['[::1]:3000', 'http://[::1]:3000/'],
    ['fd00::/8', 'https://[fd00::5]/'],
    ['localhost', 'http://localhost:5000/'],
    ['vault.corp:80', 'http://vault.corp/'],
    ['مثال.السعودية', 'http://مثال.السعودية/'],
  ])('%s allows %s', (allow, url) => {
    expect(createAddressGuard({ allow }).check(url).href).toBe(new URL(url).href);
  });

  test.each([
    ['127.0.0.1:8080', 'https://127.0.0.1:8081/'],
    ['127.0.0.1', 'https://127.0.0.2/'],
    ['localhost', 'https://127.0.0.1/'],
    ['localhost:80', 'http://localhost:81/'],
    ['corp', 'http://vault.corp/'],
    ['0.0.0.0/0', 'https://[::1]/'],
  ])('%s does not allow %s', (allow, url) => {
    expect(() => createAddressGuard({ allow }).check(url)).toThrow(PipelineError);
  });

  test.each([
    'http://localhost',
    'a b',
    'host:port',
    'host:99999',
    '10.0.0.0/99',
    '*.corp',
    '[::1',
    'user@host',
    '10.0.0.999',
  ])('is refused with its bad entry: %s', (allow) => {
    expect(() => createAddressGuard({ allow: `good.example,${allow}` })).toThrow(
      expect.objectContaining({
        code: 'http.private_hosts_invalid',
        message: expect.stringContaining(`"${allow}"`),
      }),
    );
  });
});

test('an address that cannot be read is not public', () => {
  for (const text of ['', 'localhost', '1.2.3', '8.8.8.8.8', '::g', 'fe80::1%eth0'])
    expect(isPublicAddress(text)).toBe(false);
});
