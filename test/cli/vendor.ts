// A Zendesk stand-in for the tests of the command, with a go-between that can change what the vendor sends.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { startZendesk, type ZendeskOptions, type ZendeskSandbox } from '../../sandbox/zendesk.ts';

export interface VendorPlace {
  readonly sandbox: ZendeskSandbox;
  /** The settings that point the command at it. */
  readonly settings: { readonly [name: string]: string };
}

/** A small account; gone when the test ends. */
export async function smallVendor(options: ZendeskOptions = {}): Promise<VendorPlace> {
  const sandbox = await startZendesk({ tickets: 12, users: 8, organizations: 2, ...options });
  onTestFinished(() => sandbox.close());
  return { sandbox, settings: settingsFor(sandbox.url, sandbox) };
}

/** The same account behind a go-between: every answer's body passes `change` with the path that was asked for. */
export async function changedVendor(
  change: (body: string, path: string) => string,
  options: ZendeskOptions = {},
): Promise<VendorPlace> {
  const { sandbox } = await smallVendor(options);
  const between = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url ?? '/';
      const { authorization, 'content-type': type } = request.headers;
      fetch(`${sandbox.url}${path}`, {
        method: request.method ?? 'GET',
        headers: {
          ...(authorization === undefined ? {} : { authorization }),
          ...(type === undefined ? {} : { 'content-type': type }),
        },
        ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
      })
        .then(async (answer) => {
          response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
          response.end(change(await answer.text(), path));
        })
        .catch((thrown: unknown) => response.destroy(thrown instanceof Error ? thrown : undefined));
    });
  });
  await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    between.closeAllConnections();
    between.close();
  });
  const url = `http://127.0.0.1:${(between.address() as AddressInfo).port}`;
  return { sandbox, settings: settingsFor(url, sandbox) };
}

function settingsFor(url: string, { credentials }: ZendeskSandbox): { readonly [name: string]: string } {
  return {
    ZENDESK_BASE_URL: url,
    ZENDESK_OAUTH_CLIENT_ID: credentials.clientId,
    ZENDESK_OAUTH_CLIENT_SECRET: credentials.clientSecret,
    PIPELINE_ALLOW_PRIVATE_HOSTS: new URL(url).host,
  };
}
