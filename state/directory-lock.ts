// Keeps a second process out of the embedded state's directory: PGlite has no lock of its own, and two owners lose rows.
//
// Each opener puts a claim of its own, `state.lock-<random>`, beside the directory and then looks for others. As everyone
// writes first and looks second, two can never both find themselves alone; a claim whose process is gone is swept away, and
// since no two claims share a name, nobody can sweep away a living one by mistake.

import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PipelineError } from '../core/errors.ts';
import { isGone, isVisible, type ProcessIdentity, thisProcess } from './process.ts';

interface Claim extends ProcessIdentity {
  /** What the process was asked to do: `run zendesk`. */
  readonly command: string;
  readonly since: string;
}

const PREFIX = 'state.lock-';
const HEARTBEAT_MS = 10_000;
/** A claim from another container or host, whose process cannot be looked up, counts as left behind without a sign of life for this long. */
const SILENT_MS = 120_000;
const ATTEMPTS = 4;

/**
 * Resolves with the function that gives the directory back. Throws transient `state.locked` while another process has it,
 * config `state.home_unusable` where no directory can be.
 */
export async function lockDirectory(home: string): Promise<() => Promise<void>> {
  return claim(home).catch((cause: unknown) => unusable(home, cause));
}

/** Throws `state.locked` when another living process has the directory; takes nothing. */
export async function requireUnlocked(home: string): Promise<void> {
  const rival = await findRival(home, undefined).catch((cause: unknown) => unusable(home, cause));
  if (rival !== undefined) throw locked(home, rival);
}

function unusable(home: string, cause: unknown): never {
  if (cause instanceof PipelineError) throw cause;
  const why = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
  throw new PipelineError('config', 'state.home_unusable', `The directory ${home} cannot be used${why}.`, {
    hint: 'It must be a directory in which this user may write, on a disk with room.',
    cause,
  });
}

async function claim(home: string): Promise<() => Promise<void>> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  const mine = PREFIX + randomBytes(8).toString('hex');
  const path = join(home, mine);
  for (let attempt = 1; ; attempt++) {
    await writeClaim(home, path);
    const rival = await findRival(home, mine);
    if (rival === undefined) break;
    await unlink(path);
    if (attempt === ATTEMPTS) throw locked(home, rival);
    // Two that started at the same instant both step back; whoever wakes first gets in.
    await sleep(Math.random() * 40 * attempt);
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    // Should the claim be gone, the next opener is not kept out; there is nobody to tell, and closing still works.
    utimes(path, now, now).catch(() => clearInterval(heartbeat));
  }, HEARTBEAT_MS).unref();
  return async () => {
    clearInterval(heartbeat);
    await unlink(path).catch(unlessMissing);
  };
}

/** Complete as soon as it can be seen. */
async function writeClaim(home: string, path: string): Promise<void> {
  const draft = join(home, `state.claim-${randomBytes(8).toString('hex')}`);
  const words = process.argv.slice(2);
  const end = words.findIndex((word) => !/^[\w./-]+$/.test(word) || word.startsWith('-'));
  // Only the leading plain words: what follows an option may be a URL with a password in it.
  const command = words.slice(0, end === -1 ? 4 : Math.min(end, 4)).join(' ');
  const since = new Date(Date.now() - process.uptime() * 1000).toISOString();
  await writeFile(draft, JSON.stringify({ ...thisProcess(), command, since } satisfies Claim), {
    flag: 'wx',
    mode: 0o600,
  });
  await rename(draft, path);
}

/** Sweeps away the claims of processes that are gone, and returns one that lives. */
async function findRival(home: string, mine: string | undefined): Promise<Claim | undefined> {
  const names = (await readdir(home).catch(unlessMissing)) ?? [];
  for (const name of names.filter((name) => name.startsWith(PREFIX) && name !== mine)) {
    const path = join(home, name);
    const claim = await readClaim(path);
    if (claim === undefined) continue;
    if (isGone(claim) || (!isVisible(claim) && (await isSilent(path))))
      await unlink(path).catch(unlessMissing);
    else return claim;
  }
  return undefined;
}

async function readClaim(path: string): Promise<Claim | undefined> {
  const text = await readFile(path, 'utf8').catch(unlessMissing);
  if (text === undefined) return undefined;
  try {
    const { host, pid, processStartedAt, command, since }: Partial<Claim> = JSON.parse(text) ?? {};
    if (typeof host === 'string' && typeof pid === 'number' && typeof processStartedAt === 'string') {
      return { host, pid, processStartedAt, command: String(command), since: String(since) };
    }
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  throw new PipelineError(
    'config',
    'state.lock_unreadable',
    `The lock file ${path} holds no claim of ours.`,
    {
      hint: 'When no other `pipeline` is running here, delete that file.',
    },
  );
}

async function isSilent(path: string): Promise<boolean> {
  const lastSign = await stat(path).catch(unlessMissing);
  return lastSign !== undefined && Date.now() - lastSign.mtimeMs > SILENT_MS;
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

function locked(home: string, rival: Claim): PipelineError {
  const who = `process ${rival.pid}${rival.command === '' ? '' : ` (pipeline ${rival.command})`}`;
  const where = isVisible(rival) ? '' : ` in another container or on another host (${rival.host})`;
  return new PipelineError(
    'transient',
    'state.locked',
    `The state in ${join(home, 'state')} is in use by ${who}${where} since ${rival.since.slice(0, 19)}Z.`,
    {
      hint: 'Wait until it ends. With STATE_URL=postgres://… any number of processes share one state.',
    },
  );
}
