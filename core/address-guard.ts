// Refuses requests to addresses inside the operator's network: base URLs, page links and redirects are not ours to trust.

/// <reference path="./undici.d.ts" />
import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { buildConnector, Dispatcher } from 'undici';
import makeConnector from 'undici/lib/core/connect.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import { PipelineError } from './errors.ts';

/** The variable that lists what is allowed all the same. */
const VARIABLE = 'PIPELINE_ALLOW_PRIVATE_HOSTS';

type Address = ReturnType<typeof ipaddr.parse>;

/** One entry of the list: a name, or a range of addresses, each perhaps on one port only. */
interface Allowance {
  readonly name?: string;
  readonly range?: readonly [Address, number];
  readonly port?: string;
}

/** All addresses of a host name, as `dns.lookup` tells them. */
export type Resolve = (
  hostname: string,
  options: { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface AddressGuardOptions {
  /** Value of PIPELINE_ALLOW_PRIVATE_HOSTS: `host`, `host:port`, address or CIDR, separated by commas. */
  readonly allow?: string | undefined;
  /** Default: `dns.lookup`. */
  readonly resolve?: Resolve;
  /** Longest silence within a body. Default 30,000. */
  readonly idleMs?: number;
}

export interface AddressGuard {
  /** The parsed URL. Throws config errors `http.bad_url`, `http.insecure` and `http.private_address`; none of them shows path or query. */
  check(url: string): URL;
  /** Connects only to addresses that were judged, and exactly to those: a name is resolved once for each connection. */
  readonly dispatcher: Dispatcher;
  close(): Promise<void>;
}

/** Throws config `http.private_hosts_invalid` when the list cannot be read. */
export function createAddressGuard(options: AddressGuardOptions = {}): AddressGuard {
  const allowances = readAllowances(options.allow ?? '');
  const resolve: Resolve = options.resolve ?? systemLookup;

  const isNameListed = (host: string, port: string): boolean =>
    allowances.some((entry) => entry.name === host && isSamePort(entry, port));
  const isAddressAllowed = (address: string, port: string): boolean =>
    isPublicAddress(address) ||
    allowances.some((entry) => isInRange(address, entry) && isSamePort(entry, port));

  function lookupFor(port: string): LookupFunction {
    return (hostname, { all }, callback) => {
      resolve(hostname, { all: true }, (error, addresses) => {
        const [first] = addresses ?? [];
        if (error !== null || first === undefined) {
          callback(error ?? Object.assign(new Error('The host has no address.'), { code: 'ENOTFOUND' }), '');
          return;
        }
        const inside = addresses.find(({ address }) => !isAddressAllowed(address, port));
        if (inside !== undefined && !isNameListed(plainHost(hostname), port)) {
          callback(refusePrivate(hostname, `resolves to ${inside.address}, which is no public address`), '');
        } else if (all === true) callback(null, addresses);
        else callback(null, first.address, first.family);
      });
    };
  }

  const connectors = new Map<string, buildConnector.connector>();
  const connect: buildConnector.connector = (target, callback) => {
    const host = plainHost(target.hostname);
    const port = target.port || (target.protocol === 'https:' ? '443' : '80');
    // The look-up is never called for an address, so that one is judged here, for callers who did not ask `check` as well.
    if (isIP(host) !== 0 && !isAddressAllowed(host, port)) {
      callback(refusePrivate(host, 'is no public address'), null);
      return;
    }
    const connector = connectors.get(port) ?? makeConnector({ lookup: lookupFor(port) });
    connectors.set(port, connector);
    connector(target, callback);
  };
  // How long headers may take is the request's own time-out; a model may think for minutes.
  const agent = new Agent({ connect, headersTimeout: 0, bodyTimeout: options.idleMs ?? 30_000 });

  return {
    check(text) {
      const url = parseUrl(text);
      const host = plainHost(url.hostname);
      const port = url.port || (url.protocol === 'https:' ? '443' : '80');
      const isAddress = isIP(host) !== 0;
      if (isAddress && !isAddressAllowed(host, port)) throw refusePrivate(host, 'is no public address');
      const isListed =
        isNameListed(host, port) ||
        allowances.some((entry) => isAddress && isInRange(host, entry) && isSamePort(entry, port));
      if (url.protocol !== 'https:' && !isListed) {
        throw new PipelineError(
          'config',
          'http.insecure',
          `${host} must be asked over https, not over http.`,
          {
            hint: `For a server of your own on a trusted network, name ${host} in ${VARIABLE}.`,
          },
        );
      }
      return url;
    },
    dispatcher: agent,
    close: () => agent.close(),
  };
}

/** Whether an address is reachable from the whole internet, by IANA's registries of special addresses (RFC 6890). */
export function isPublicAddress(text: string): boolean {
  if (isIP(text) === 0) return false;
  const address = ipaddr.parse(text);
  if (address instanceof ipaddr.IPv4) return address.range() === 'unicast' && text !== AZURE_HOST;
  // An IPv4 address in a wrapper (RFC 4291, and RFC 6052 for networks without IPv4) is as public as what it wraps.
  if (address.isIPv4MappedAddress()) return isPublicAddress(address.toIPv4Address().toString());
  if (address.match(ipaddr.IPv6.parseCIDR('64:ff9b::/96'))) {
    return isPublicAddress(address.toByteArray().slice(12).join('.'));
  }
  // All global unicast addresses lie in 2000::/3 (RFC 4291 section 2.4); what is left outside wraps or stays inside.
  return address.range() === 'unicast' && address.match(ipaddr.IPv6.parseCIDR('2000::/3'));
}

/**
 * Looks public, and is the host of every machine in Azure:
 * https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
 */
const AZURE_HOST = '168.63.129.16';

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // The text itself is not shown: it may hold a key.
  if (url === undefined) throw badUrl('The address to call is not a URL.');
  const host = plainHost(url.hostname);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw badUrl(`A URL to call must begin with https://, not with ${url.protocol}`);
  }
  if (url.username !== '' || url.password !== '') {
    throw badUrl(`The URL of ${host} holds a user name or a password.`);
  }
  return url;
}

function badUrl(message: string): PipelineError {
  return new PipelineError('config', 'http.bad_url', message, {
    hint: 'Give the base URL as https://host, and credentials in their own variables.',
  });
}

function refusePrivate(host: string, why: string): PipelineError {
  return new PipelineError('config', 'http.private_address', `${plainHost(host)} ${why}; it is not called.`, {
    hint: `If it is a server of yours, name ${plainHost(host)} in ${VARIABLE}.`,
  });
}

/** Lower case, without the brackets of IPv6 and the dot of the root zone. */
function plainHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}

function isSamePort(entry: Allowance, port: string): boolean {
  return entry.port === undefined || entry.port === port;
}

function isInRange(address: string, { range }: Allowance): boolean {
  if (range === undefined || !ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return parsed.kind() === range[0].kind() && parsed.match([range[0], range[1]]);
}

function readAllowances(list: string): readonly Allowance[] {
  return list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map(readAllowance);
}

function readAllowance(entry: string): Allowance {
  if (ipaddr.isValidCIDR(entry)) return { range: ipaddr.parseCIDR(entry) };
  if (isIP(entry) !== 0) return { range: rangeOfOne(entry) };
  const [, host = '', port] = /^(\[[0-9a-fA-F:.]+\]|[\p{L}\p{N}._-]+)(?::(\d{1,5}))?$/u.exec(entry) ?? [];
  const onPort = port === undefined ? {} : { port: String(Number(port)) };
  if (!URL.canParse(`https://${host}`) || Number(port ?? 0) > 65_535) {
    throw new PipelineError(
      'config',
      'http.private_hosts_invalid',
      `${VARIABLE} holds "${entry}"; allowed are host, host:port, an address, or a range such as 10.0.0.0/8, separated by commas.`,
    );
  }
  const name = plainHost(new URL(`https://${host}`).hostname);
  return isIP(name) === 0 ? { name, ...onPort } : { range: rangeOfOne(name), ...onPort };
}

function rangeOfOne(address: string): readonly [Address, number] {
  const parsed = ipaddr.process(address);
  return [parsed, parsed.kind() === 'ipv4' ? 32 : 128];
}
