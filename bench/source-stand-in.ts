// The stand-in of any source in a process of its own, with so many records of one stream and no limits. Prints its settings as one line of JSON.

import { startEstuary } from '../sandbox/estuary.ts';
import { startGong } from '../sandbox/gong.ts';
import { startHubspot } from '../sandbox/hubspot.ts';
import { startIntercom } from '../sandbox/intercom.ts';
import { startSalesforce } from '../sandbox/salesforce.ts';
import { startVercel } from '../sandbox/vercel.ts';
import { startZendesk } from '../sandbox/zendesk.ts';

type Settings = { readonly [name: string]: string };

const STARTS: { readonly [source: string]: (rows: number) => Promise<Settings> } = {
  async estuary(rows) {
    const { url, apiKey } = await startEstuary({ specs: rows });
    return { ESTUARY_API_URL: url, ESTUARY_API_KEY: apiKey };
  },
  async gong(rows) {
    const sandbox = await startGong({ calls: rows, transcriptDelaySeconds: 0 });
    const { key, secret } = sandbox.credentials();
    return { GONG_BASE_URL: sandbox.url, GONG_API_KEY: key, GONG_API_SECRET: secret };
  },
  async hubspot(rows) {
    const sandbox = await startHubspot({ counts: { tickets: rows } });
    return { HUBSPOT_BASE_URL: sandbox.url, HUBSPOT_API_KEY: sandbox.credentials.token };
  },
  async intercom(rows) {
    const sandbox = await startIntercom({ conversations: rows });
    return { INTERCOM_BASE_URL: sandbox.url, INTERCOM_ACCESS_TOKEN: sandbox.token() };
  },
  async salesforce(rows) {
    const { url, credentials } = await startSalesforce({ cases: rows, dailyRequests: 1_000_000 });
    const { clientId, clientSecret } = credentials;
    return {
      SALESFORCE_LOGIN_URL: url,
      SALESFORCE_INSTANCE_URL: url,
      SALESFORCE_CLIENT_ID: clientId,
      SALESFORCE_CLIENT_SECRET: clientSecret,
    };
  },
  async vercel(rows) {
    const sandbox = await startVercel({ deployments: rows });
    return {
      VERCEL_BASE_URL: sandbox.url,
      VERCEL_ACCESS_TOKEN: sandbox.token(),
      VERCEL_TEAM_ID: sandbox.teamId,
    };
  },
  async zendesk(rows) {
    const { url, credentials } = await startZendesk({ tickets: rows, limits: 'off' });
    return {
      ZENDESK_BASE_URL: url,
      ZENDESK_OAUTH_CLIENT_ID: credentials.clientId,
      ZENDESK_OAUTH_CLIENT_SECRET: credentials.clientSecret,
    };
  },
};

const [source = '', rows = ''] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(await STARTS[source]?.(Number(rows)))}\n`);
// Ends with whoever started it.
process.stdin.resume().once('end', () => process.exit(0));
