// `node bin/start.js bench/sources.ts`: rows a second of one stream of each source into DuckDB, beside a bare loop that sends the very
// same requests again. What is measured: bench/README.md.

import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as ask, createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measure } from './measure.ts';
import { readName, readOptions } from './usage.ts';
import { startVendor } from './vendor-process.ts';

/** One request as it was sent. */
export interface Recorded {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
  /** Of the answer, which must be the same again: Gong tells of an empty list with a 404. */
  readonly status: number;
  /** Whether the answer was an access token: whoever repeats this signs in anew, and sends the other requests with what it gets. */
  readonly signsIn: boolean;
}

interface Subject {
  readonly source: string;
  readonly stream: string;
  readonly records: number;
  /** The vendor's limit, where it is what decides: the bare loop keeps it too. */
  readonly requestsPerSecond?: number;
}

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const START = join(ROOT, 'bin/start.js');
const MIB = 1024 * 1024;

/** The stream of each source that holds most, and how many records its account has. A conversation or a call has several rows. */
const SUBJECTS: { readonly [name: string]: Subject } = {
  salesforce: { source: 'salesforce', stream: 'cases', records: 10_000 },
  'salesforce-bulk': { source: 'salesforce', stream: 'cases', records: 30_000 },
  hubspot: { source: 'hubspot', stream: 'tickets', records: 10_000 },
  intercom: { source: 'intercom', stream: 'conversation_parts', records: 2_000 },
  gong: { source: 'gong', stream: 'transcripts', records: 2_000, requestsPerSecond: 3 },
  vercel: { source: 'vercel', stream: 'deployments', records: 10_000 },
  estuary: { source: 'estuary', stream: 'collections', records: 10_000 },
};
const NAMES = Object.keys(SUBJECTS);

const asked = readOptions(
  { sources: { type: 'string', default: NAMES.join() } },
  `
node bin/start.js bench/sources.ts [options]: one stream of each source into DuckDB beside a bare loop that sends the same requests again.

  --sources hubspot,gong  some of ${NAMES.join(', ')}; default: all

node bin/start.js bench/sources.ts --sources estuary
node bin/start.js bench/sources.ts --sources salesforce,salesforce-bulk
`,
);
const names = asked.sources.split(',').map((one) => readName('--sources', one, NAMES));

/** Passes everything on to the stand-in, and keeps what was asked. */
async function recorder(to: string) {
  const kept: Recorded[] = [];
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      const { host: _, connection: __, 'content-length': ___, ...headers } = incoming.headers;
      const url = `${to}${incoming.url ?? ''}`;
      const sent = ask(url, {
        method: incoming.method,
        headers: { ...headers, 'content-length': body.length },
      });
      sent.end(body);
      const [answer] = (await once(sent, 'response')) as [IncomingMessage];
      const method = incoming.method === 'POST' ? 'POST' : 'GET';
      kept.push({
        url,
        method,
        headers: headers as { readonly [name: string]: string },
        body: body.toString(),
        status: answer.statusCode ?? 0,
        // /services/oauth2/token, /rpc/generate_access_token
        signsIn: method === 'POST' && /token$/.test(incoming.url ?? ''),
      });
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    })();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, kept, server };
}

async function compare(name: string): Promise<string> {
  const { source, stream, records, requestsPerSecond } = SUBJECTS[name] ?? {
    source: '',
    stream: '',
    records: 0,
  };
  const standIn = await startVendor(source, records);
  const home = await mkdtemp(join(tmpdir(), 'pipeline-bench-'));
  const [, url = ''] = Object.entries(standIn.settings).find(([name]) => name.endsWith('_URL')) ?? [];
  const between = await recorder(url);
  try {
    const env = Object.fromEntries(
      Object.entries(standIn.settings).map(([name, value]) => [name, value === url ? between.url : value]),
    );
    const settings = { ...env, PIPELINE_HOME: home, PIPELINE_ALLOW_PRIVATE_HOSTS: '127.0.0.1' };
    const program = join(ROOT, 'bin/pipeline.js');
    await measure([program, 'status', '--json'], { cwd: home, env: settings });
    const run = [program, 'run', source, '--streams', stream, '--json', '--no-labels'];
    const ours = await measure(run, { cwd: home, env: settings });
    const { status, pipelines } = JSON.parse(ours.stdout) as {
      readonly status: string;
      readonly pipelines: readonly { readonly streams: readonly { readonly loaded: number }[] }[];
    };
    const rows = pipelines[0]?.streams[0]?.loaded ?? 0;
    if (status !== 'succeeded' || rows === 0) throw new Error(`${source} ended ${status} with ${rows} rows`);
    const recording = join(home, 'requests.json');
    const requests = between.kept
      .splice(0)
      .map((one) => ({ ...one, url: one.url.replace(url, between.url) }));
    await writeFile(recording, JSON.stringify(requests));
    const again = [START, join(ROOT, 'bench/replay-loop.ts'), recording];
    const bare = await measure([...again, join(home, 'bare.duckdb'), String(requestsPerSecond ?? '')], {
      cwd: home,
    });
    const cells = [
      `${name} \`${stream}\``,
      rows.toLocaleString('en'),
      String(requests.length),
      ours.seconds.toFixed(1),
      Math.round(rows / ours.seconds).toLocaleString('en'),
      bare.seconds.toFixed(1),
      (bare.seconds / ours.seconds).toFixed(2),
      ((ours.cpuSeconds / rows) * 1e6).toFixed(0),
      ((bare.cpuSeconds / rows) * 1e6).toFixed(0),
      (ours.peakBytes / MIB).toFixed(0),
    ];
    return `| ${cells.join(' | ')} |\n`;
  } finally {
    between.server.closeAllConnections();
    between.server.close();
    await standIn.stop();
    await rm(home, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  process.stdout.write(
    '| source | rows | requests | pipeline, s | rows/s | bare loop, s | of bare | CPU µs/row | bare CPU µs/row | peak MiB |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n',
  );
  for (const name of names) process.stdout.write(await compare(name));
}

await main();
