// Runs the real command as a user would, in a folder of its own, with nothing of ours in its environment.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { inject, onTestFinished } from 'vitest';

const BIN = fileURLToPath(new URL('../../bin/pipeline.js', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Place {
  /** The working directory. */
  readonly folder: string;
  readonly env?: { readonly [name: string]: string | undefined };
}

/** Resolves when the command has ended. `during` gets the process, to send it signals. */
export function pipeline(
  { folder, env = {} }: Place,
  args: readonly string[],
  during: (child: ReturnType<typeof spawn>) => void = () => undefined,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const { PATH, HOME } = process.env;
    const child = spawn(process.execPath, [BIN, ...args], {
      cwd: folder,
      env: Object.fromEntries(
        Object.entries({ PATH, HOME, TZ: 'Asia/Riyadh', ...env }).filter(([, value]) => value !== undefined),
      ),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }),
    );
    during(child);
  });
}

/** Standard output as JSON. */
export function parsed(outcome: Outcome): unknown {
  return JSON.parse(outcome.stdout);
}

/** An empty folder that goes when the test ends. */
export async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pipeline-cli-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder in which `pipeline demo` was run; shared by all tests of a vitest run, so that nobody may change it. */
export async function sharedDemo(): Promise<string> {
  const made = join(inject('runDirectory'), 'demo');
  if (existsSync(made)) return made;
  const client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  try {
    // Test files run side by side; whoever comes second waits for the first.
    await client.query('select pg_advisory_lock(726002)');
    if (!existsSync(made)) {
      const draft = await mkdtemp(join(inject('runDirectory'), 'draft-'));
      const { code, stderr } = await pipeline({ folder: draft }, ['demo', '--tickets', '60', '--json']);
      if (code !== 0) throw new Error(`The demo failed: ${stderr}`);
      await rename(draft, made);
    }
  } finally {
    await client.end();
  }
  return made;
}

/** A copy of the demo's folder, to be changed at will. */
export async function ownDemo(): Promise<string> {
  const folder = await emptyFolder();
  await cp(await sharedDemo(), folder, { recursive: true });
  return folder;
}

/** Every file below a folder with a hash of its bytes. */
export function fingerprint(folder: string): { readonly [path: string]: string } {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    files
      .map(({ parentPath, name }) => join(parentPath, name))
      .sort()
      .map((path) => [path, createHash('sha256').update(readFileSync(path)).digest('hex')]),
  );
}

/** The names of which one side has another value than the other. */
export function changes(
  before: { readonly [name: string]: string },
  after: { readonly [name: string]: string },
): readonly string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => before[name] !== after[name],
  );
}

/** Every row of every table of a PostgreSQL database, but for the server's own. */
export async function databasePrint(url: string): Promise<{ readonly [table: string]: string }> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
    );
    const prints: { [table: string]: string } = {};
    for (const { name } of rows) {
      const { rows: found } = await client.query<{ print: string }>(
        `select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as print from ${name} t`,
      );
      prints[name] = found[0]?.print ?? '';
    }
    return prints;
  });
}

/** Rows of one statement. */
export async function ask(
  url: string,
  sql: string,
): Promise<readonly { readonly [column: string]: unknown }[]> {
  return withClient(url, async (client) => (await client.query<Record<string, unknown>>(sql)).rows);
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
