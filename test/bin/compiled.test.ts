import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compiled } from '../../bin/compiled.js';

const COMPILER = new URL('../../bin/compiled.js', import.meta.url).href;

describe('The compiled sources', () => {
  let root: string;
  const kept = (): string => join(root, 'node_modules/.cache/voc-pipeline');
  const write = (word: string): void =>
    writeFileSync(
      join(root, 'cli/main.ts'),
      `import { shout } from '../core/shout.ts';\nexport const said: string = shout(${JSON.stringify(word)});\nexport const place = import.meta.url;\n`,
    );
  const load = async (url: string): Promise<unknown> => (await import(url)) as unknown;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'compiled-'));
    for (const room of ['cli', 'core']) mkdirSync(join(root, room));
    writeFileSync(join(root, 'package.json'), '{"type":"module"}');
    writeFileSync(
      join(root, 'core/shout.ts'),
      'export function shout(word: string): string { return `${word}!`; }\n',
    );
    write('hello');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('run, and know where their sources stand', async () => {
    const url = await compiled('cli/main.ts', { root });
    expect(url).toContain('/node_modules/.cache/');
    expect(await load(url)).toMatchObject({
      said: 'hello!',
      place: pathToFileURL(join(root, 'cli/main.ts')).href,
    });
  });

  it('are kept for the next start, and nothing else is left beside them', async () => {
    const url = await compiled('cli/main.ts', { root });
    const { ino } = statSync(fileURLToPath(url));
    expect(await compiled('cli/main.ts', { root })).toBe(url);
    expect(statSync(fileURLToPath(url)).ino).toBe(ino);
    expect(readdirSync(kept())).toHaveLength(1);
  });

  it('are made anew when a source has changed, even one of the same size', async () => {
    const before = await compiled('cli/main.ts', { root });
    write('adieu');
    const after = await compiled('cli/main.ts', { root });
    expect(after).not.toBe(before);
    expect(await load(after)).toMatchObject({ said: 'adieu!' });
  });

  it('are one when two starts meet', async () => {
    const [one, two] = await Promise.all([
      compiled('cli/main.ts', { root }),
      compiled('cli/main.ts', { root }),
    ]);
    expect(one).toBe(two);
    expect(readdirSync(kept())).toHaveLength(1);
    expect(await load(one)).toMatchObject({ said: 'hello!' });
  });

  it('go when they are older than a week and others take their place', async () => {
    const before = await compiled('cli/main.ts', { root });
    const longAgo = new Date(Date.now() - 8 * 24 * 60 * 60 * 1000);
    for (const name of readdirSync(kept())) utimesSync(join(kept(), name), longAgo, longAgo);
    write('adieu');
    await compiled('cli/main.ts', { root });
    expect(() => statSync(fileURLToPath(before))).toThrow('ENOENT');
  });

  it('are not needed: where none can be kept, the sources run as they are', () => {
    writeFileSync(join(root, 'node_modules'), 'no folder');
    const program = `const { compiled } = await import(${JSON.stringify(COMPILER)});
      const url = await compiled('cli/main.ts', { root: ${JSON.stringify(root)} });
      console.log(url.endsWith('/cli/main.ts'), (await import(url)).said);`;
    const said = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
    });
    expect(said).toBe('true hello!\n');
  });

  it('are what the command starts from', async () => {
    expect(await compiled('cli/main.ts')).toContain('/node_modules/.cache/voc-pipeline/');
  });
});
