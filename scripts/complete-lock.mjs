// Completes package-lock.json with the optional packages of other platforms, so that `npm ci` accepts it everywhere.
//
// npm leaves an optional package out of the lock when the registry it was made with does not have it; on the next machine
// `npm ci` then calls the lock out of step. Each missing one gets an entry with its version and platform and no hash: npm skips
// it where the platform does not match, and looks it up where it does. Run by `npm run lock`, after every change of a dependency.

import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const PROCESSORS = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64'];

/** The optional dependencies that the lock names and does not hold, as [path, entry] pairs. */
function missingEntries(packages) {
  return Object.entries(packages).flatMap(([path, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name]) => !isHeld(packages, path, name))
      .map(([name, range]) => [`node_modules/${name}`, stub(name, range, entry)]),
  );
}

/** Node looks in the package's own folder first, then in each folder above. */
function isHeld(packages, path, name) {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) {
    if (`${at === '' ? '' : `${at}/`}node_modules/${name}` in packages) return true;
    if (at === '') return false;
  }
}

function stub(name, range, parent) {
  const version = range.replace(/^[\^~]/, '');
  if (!/^\d+\.\d+\.\d+/.test(version)) throw new Error(`${name}: no version can be read from "${range}".`);
  const words = name.split(/[/-]/).map((word) => (word === 'windows' ? 'win32' : word));
  const os = SYSTEMS.filter((system) => words.includes(system));
  const cpu = PROCESSORS.filter((processor) => words.includes(processor));
  // Without a platform npm would try to install it everywhere.
  if (os.length === 0 && cpu.length === 0) throw new Error(`${name}: no platform can be read from its name.`);
  const musl = words.some((word) => word.startsWith('musl'));
  const glibc = words.some((word) => word.startsWith('gnu'));
  const libc = !os.includes('linux') ? [] : musl ? ['musl'] : glibc ? ['glibc'] : [];
  return {
    version,
    ...(cpu.length > 0 && { cpu }),
    ...(parent.dev && { dev: true }),
    ...(libc.length > 0 && { libc }),
    optional: true,
    ...(os.length > 0 && { os }),
  };
}

const file = process.argv[2] ?? fileURLToPath(new URL('../package-lock.json', import.meta.url));
const lock = JSON.parse(readFileSync(file, 'utf8'));
const missing = missingEntries(lock.packages);
if (missing.length > 0) {
  // In npm's own order, so that its next change of the file shows no more than what it changed.
  const packages = Object.entries(lock.packages)
    .concat(missing)
    .sort(([a], [b]) => a.localeCompare(b, 'en'));
  writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 2)}\n`);
}
process.stdout.write(`${file}: ${missing.length} entries added\n`);
