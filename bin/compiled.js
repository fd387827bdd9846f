// Compiles the TypeScript once for every state of the sources and keeps the result, so that a start costs no compiling.
//
// There is no build step to remember or to forget: what is kept is named by the path, size and time of every source file, so a
// changed file is another name, compiled when it is first run. Where nothing can be kept, tsx compiles in memory, every time.
// The packages that every run loads are compiled in, which spares some 500 files to find and read; the rest is loaded from
// node_modules as ever. `NODE_OPTIONS=--enable-source-maps` shows the lines of the sources in a stack.

import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const ROOMS = [
  'cli',
  'connectors',
  'core',
  'migrations',
  'pipelines',
  'sandbox',
  'sinks',
  'state',
  'transforms',
];
const COMPILED_IN = new Set([
  'bidi-js',
  'commander',
  'htmlparser2',
  'ipaddr.js',
  'kysely',
  'libphonenumber-js',
  'lossless-json',
  'p-limit',
  'p-retry',
  'pg',
  'pg-copy-streams',
  'pino',
  'undici',
]);
/** Longer than any run that may still load a part of what it was started from. */
const KEPT_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * The URL to import in place of a TypeScript file, given as a path below `root`; `more` are folders that it imports from besides
 * the rooms. Two processes may compile at once: the first to end is kept, and both run. What cannot be compiled or kept is left
 * to tsx, which then tells what is wrong with a source.
 */
export async function compiled(entry, { root = ROOT, more = [] } = {}) {
  const kept = join(root, 'node_modules/.cache/voc-pipeline');
  const folder = join(kept, nameOf(root, [...ROOMS, ...more], entry));
  const file = join(folder, `${basename(entry, '.ts')}.js`);
  if (existsSync(file) || (await makeKept(root, entry, kept, folder))) return pathToFileURL(file).href;
  const { register } = await import('tsx/esm/api');
  register();
  return pathToFileURL(join(root, entry)).href;
}

async function makeKept(root, entry, kept, folder) {
  let draft;
  try {
    mkdirSync(kept, { recursive: true });
    draft = mkdtempSync(join(kept, 'draft-'));
    await compile(root, entry, draft);
    keep(draft, folder);
    removeOld(kept);
    return true;
  } catch {
    return false;
  } finally {
    if (draft !== undefined) rmSync(draft, { recursive: true, force: true });
  }
}

function nameOf(root, rooms, entry) {
  const hash = createHash('sha256').update(JSON.stringify([root, process.version, entry]));
  const add = (path) => {
    // A copy of the sources may come without its lock file.
    const { size, mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? {};
    hash.update(`${path}\n${size}\n${mtimeMs}\n`);
  };
  add(fileURLToPath(import.meta.url));
  add(join(root, 'package.json'));
  add(join(root, 'package-lock.json'));
  for (const room of rooms.filter((one) => existsSync(join(root, one)))) {
    for (const path of readdirSync(join(root, room), { recursive: true }).sort()) {
      if (path.endsWith('.ts')) add(join(root, room, path));
    }
  }
  return hash.digest('hex').slice(0, 24);
}

async function compile(root, entry, outdir) {
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outbase: dirname(entry),
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: `node${process.versions.node}`,
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'silent',
    // What is shorter is read faster, which counts where all of it is read at every start; names stay for the stacks. Exported
    // numbers are written where they are used.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 200,
    // pg looks here for Cloudflare, and where there is no navigator, as in Node 20, it loads all of Node's fetch to find out.
    define: { navigator: JSON.stringify({ userAgent: 'Node.js' }) },
    // Packages of the older kind call `require`, which a module has to make for itself.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    plugins: [packagesOutside, placesOfSources],
  });
}

/** Leaves packages where they are, but for those compiled in and what these import themselves. */
const packagesOutside = {
  name: 'packages outside',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ path, importer, kind }) => {
      if (kind === 'entry-point' || /[\\/]node_modules[\\/]/.test(importer)) return undefined;
      const name = path.split('/', path.startsWith('@') ? 2 : 1).join('/');
      return COMPILED_IN.has(name) ? undefined : { path, external: true };
    });
  },
};

/** Files are found beside the source that names them, wherever the compiled code stands. */
const placesOfSources = {
  name: 'places of sources',
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      if (!text.includes('import.meta.url')) return undefined;
      const place = JSON.stringify(pathToFileURL(path).href);
      return { contents: text.replaceAll('import.meta.url', place), loader: 'ts' };
    });
  },
};

/** Gives the draft its name. All of it is on the disk before: a name must never stand for half of the code. */
function keep(draft, folder) {
  for (const file of readdirSync(draft)) {
    const handle = openSync(join(draft, file), 'r');
    fsyncSync(handle);
    closeSync(handle);
  }
  try {
    renameSync(draft, folder);
  } catch (error) {
    // Another process was faster: what it kept is the same.
    if (!existsSync(folder)) throw error;
  }
}

function removeOld(kept) {
  for (const name of readdirSync(kept)) {
    const path = join(kept, name);
    // Another process may remove the same folder.
    const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
    if (Date.now() - mtimeMs > KEPT_MS) rmSync(path, { recursive: true, force: true });
  }
}
