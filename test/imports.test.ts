// Reads the import lines of every file, and fails on an edge between rooms that the plan of the house forbids.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** Which room may import which; docs/architecture.md shows the same table. */
const MAY_IMPORT: { readonly [room: string]: readonly string[] } = {
  core: [],
  connectors: ['core'],
  transforms: ['core'],
  sinks: ['core'],
  state: ['core', 'migrations'],
  migrations: [],
  pipelines: ['core', 'connectors', 'transforms', 'sinks'],
  cli: ['core', 'state', 'sinks', 'sandbox'],
  sandbox: [],
};

interface Edge {
  readonly from: string;
  readonly to: string;
}

/** The relative imports in this text: static, dynamic and re-exported. */
function importsIn(text: string): readonly string[] {
  const pattern = /(?:from\s*|import\s*\(?\s*)['"](\.{1,2}\/[^'"]+)['"]/g;
  return [...text.matchAll(pattern)].map((match) => match[1] ?? '');
}

function forbidden({ from, to }: Edge): string | undefined {
  const [room = '', ...inner] = from.split(sep);
  const [target = '', ...targetInner] = to.split(sep);
  const allowed = MAY_IMPORT[room] ?? [];
  if (room !== target)
    return allowed.includes(target)
      ? undefined
      : `${from} imports ${to}: ${room} may import ${allowed.join(', ') || 'nothing of ours'}`;
  if (room !== 'connectors') return undefined;
  const name = (path: readonly string[]): string => (path[0] ?? '').replace(/\.ts$/, '');
  return name(inner) === name(targetInner)
    ? undefined
    : `${from} imports ${to}: one vendor never leans on another`;
}

function edges(): readonly Edge[] {
  const found: Edge[] = [];
  for (const room of Object.keys(MAY_IMPORT)) {
    for (const file of readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue;
      const from = join(room, file);
      for (const target of importsIn(readFileSync(join(ROOT, from), 'utf8'))) {
        found.push({ from, to: normalize(join(dirname(from), target)) });
      }
    }
  }
  return found;
}

describe('the rooms', () => {
  it('import only what the plan allows', () => {
    const all = edges();
    expect(all.length).toBeGreaterThan(100);
    expect(all.map(forbidden).filter((problem) => problem !== undefined)).toEqual([]);
  });

  it('would be caught if they did not', () => {
    expect(forbidden({ from: join('core', 'engine.ts'), to: join('sinks', 'duckdb.ts') })).toContain(
      'nothing of ours',
    );
    expect(forbidden({ from: join('sandbox', 'zendesk.ts'), to: join('core', 'json.ts') })).toContain(
      'sandbox',
    );
    expect(
      forbidden({ from: join('connectors', 'gong.ts'), to: join('connectors', 'zendesk', 'client.ts') }),
    ).toContain('never leans');
    expect(
      forbidden({ from: join('connectors', 'gong.ts'), to: join('connectors', 'gong', 'client.ts') }),
    ).toBeUndefined();
    expect(
      importsIn(
        `export * from './a.ts';\nconst b = await import('../b.ts');\nimport type { C } from "./c.ts";`,
      ),
    ).toEqual(['./a.ts', '../b.ts', './c.ts']);
  });
});
