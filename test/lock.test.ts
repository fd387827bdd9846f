// `npm ci` must work on every platform: the lock file holds every optional package, also those of other platforms.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      { readonly optionalDependencies?: Readonly<Record<string, string>>; readonly resolved?: string }
    >
  >;
}

const path = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const script = fileURLToPath(new URL('../scripts/complete-lock.mjs', import.meta.url));
const text = readFileSync(path, 'utf8');
const lock: Lock = JSON.parse(text);

/** By the last part of the path, wherever in the tree it is. */
function missing({ packages }: Lock): readonly string[] {
  const held = new Set(
    Object.keys(packages).map((at) => at.slice(at.lastIndexOf('node_modules/') + 'node_modules/'.length)),
  );
  return Object.values(packages).flatMap(({ optionalDependencies = {} }) =>
    Object.keys(optionalDependencies).filter((name) => !held.has(name)),
  );
}

test('no optional dependency of any platform is missing from the lock', () => {
  expect(missing(lock)).toEqual([]);
});

test('the lock names no registry of one machine', () => {
  expect(Object.values(lock.packages).filter(({ resolved }) => resolved !== undefined)).toEqual([]);
});

test('what npm left out is put back as it was, and a complete lock is left alone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-lock-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const copy = join(folder, 'package-lock.json');
  const foreign = '@biomejs/cli-openbsd-mips64el';
  const [parent] = Object.entries(lock.packages).find(
    ([, entry]) => entry.optionalDependencies !== undefined,
  ) ?? [''];
  const entry = {
    ...lock.packages[parent],
    optionalDependencies: { ...lock.packages[parent]?.optionalDependencies, [foreign]: '1.2.3' },
  };
  writeFileSync(copy, JSON.stringify({ ...lock, packages: { ...lock.packages, [parent]: entry } }));

  execFileSync(process.execPath, [script, copy]);
  const completed: Lock = JSON.parse(readFileSync(copy, 'utf8'));
  expect(missing(completed)).toEqual([]);
  expect(completed.packages[`node_modules/${foreign}`]).toMatchObject({
    version: '1.2.3',
    os: ['openbsd'],
    cpu: ['mips64el'],
    optional: true,
  });

  writeFileSync(copy, text);
  execFileSync(process.execPath, [script, copy]);
  expect(readFileSync(copy, 'utf8')).toBe(text);
});
