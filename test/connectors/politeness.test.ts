// At the limits that a vendor publishes fewer than one request in two hundred is refused, from one stream to the next. Gong and Zendesk
// have the same among their own traps; Salesforce counts by the day alone, and Estuary publishes no limit.

import { expect, onTestFinished, test } from 'vitest';
import { hubspot } from '../../connectors/hubspot.ts';
import { intercom } from '../../connectors/intercom.ts';
import { vercel } from '../../connectors/vercel.ts';
import { createAddressGuard } from '../../core/address-guard.ts';
import type { Connector, Environment } from '../../core/types.ts';
import type { SandboxClock } from '../../sandbox/clock.ts';
import { startHubspot } from '../../sandbox/hubspot.ts';
import { startIntercom } from '../../sandbox/intercom.ts';
import type { Sandbox } from '../../sandbox/server.ts';
import { startVercel } from '../../sandbox/vercel.ts';
import { contextOf, memorySecrets } from '../contracts/stand-in.ts';
import { settingsOf as hubspotSettings } from './hubspot-place.ts';
import { settingsOf as vercelSettings } from './vercel-place.ts';

/** Time passes only where somebody waits, so that the distance between requests is what was kept. */
const clock: SandboxClock = { now: () => new Date('2026-11-20T08:00:00Z'), monotonicMs: () => 0 };

interface Subject {
  readonly title: string;
  start(): Promise<{ readonly connector: Connector; readonly sandbox: Sandbox; readonly env: Environment }>;
}

const SUBJECTS: readonly Subject[] = [
  {
    title: 'HubSpot: 5 searches a second, 190 requests in ten seconds',
    async start() {
      const counts = {
        contacts: 260,
        tickets: 260,
        companies: 60,
        deals: 60,
        notes: 60,
        emails: 60,
        calls: 60,
      };
      const sandbox = await startHubspot({ clock, counts, limits: 'vendor', mostPerPage: 4 });
      return { connector: hubspot(), sandbox, env: hubspotSettings(sandbox, 'token') };
    },
  },
  {
    title: 'Intercom: so many in each slice of ten seconds',
    async start() {
      const sandbox = await startIntercom({ clock, conversations: 150, limits: 40, largestPage: 10 });
      sandbox.clock.advance(120_000);
      const env = { INTERCOM_BASE_URL: sandbox.url, INTERCOM_ACCESS_TOKEN: sandbox.token() };
      return { connector: intercom(), sandbox, env };
    },
  },
  {
    title: 'Vercel: so many a minute of an endpoint',
    async start() {
      const sandbox = await startVercel({ clock, deployments: 900, perMinute: 60, mostPerPage: 5 });
      return { connector: vercel(), sandbox, env: vercelSettings(sandbox) };
    },
  },
];

test.for(SUBJECTS)('$title', async ({ start }) => {
  const { connector, sandbox, env } = await start();
  const guard = createAddressGuard({ allow: '127.0.0.1' });
  onTestFinished(async () => {
    await sandbox.close();
    await guard.close();
  });
  const context = contextOf(sandbox, { guard, env, secrets: memorySecrets() });
  const begunMs = sandbox.clock.monotonicMs();
  for (const stream of connector.streams) {
    await stream.tables(context);
    let checkpoint = stream.start({});
    // A first reading, and the one that follows it.
    for (let reading = 0; reading < 2; reading++) {
      for await (const page of stream.read(checkpoint, context)) checkpoint = page.checkpoint;
    }
  }
  const visits = sandbox.journal.list();
  const refused = visits.filter(({ status }) => status === 429);
  expect(visits.length).toBeGreaterThan(150);
  expect(refused.length / visits.length).toBeLessThan(0.005);
  // The limits were met: somebody had to wait.
  expect(sandbox.clock.monotonicMs()).toBeGreaterThan(begunMs);
  expect(visits.filter(({ earlyMs = 0 }) => earlyMs > 0)).toEqual([]);
});
