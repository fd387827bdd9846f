// The stand-in for Zendesk in a process of its own: so many tickets of about 3 KB, no limits. Prints its settings as one line of JSON.

import { startZendesk } from '../sandbox/zendesk.ts';

const sandbox = await startZendesk({ bulk: true, tickets: Number(process.argv[2]), limits: 'off' });
process.stdout.write(
  `${JSON.stringify({
    url: sandbox.url,
    token: sandbox.credentials.accessToken,
    settings: {
      ZENDESK_BASE_URL: sandbox.url,
      ZENDESK_OAUTH_CLIENT_ID: sandbox.credentials.clientId,
      ZENDESK_OAUTH_CLIENT_SECRET: sandbox.credentials.clientSecret,
      PIPELINE_ALLOW_PRIVATE_HOSTS: new URL(sandbox.url).host,
    },
  })}\n`,
);
// Ends with whoever started it.
process.stdin.resume().once('end', () => process.exit(0));
