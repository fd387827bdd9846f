// Follows docs/add-a-connector.md: takes the code out of the page, puts it into a copy of the house, and does what the page says.

import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERBS } from '../../cli/verbs.ts';
import type { Sandbox } from '../../sandbox/server.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGE = readFileSync(join(ROOT, 'docs/add-a-connector.md'), 'utf8');

/** What the page's code and commands need of the house: all of it but its own connectors, pipelines and tests. */
const HOUSE = [
  '.gitignore',
  'bin',
  'biome.json',
  'cli',
  'core',
  'migrations',
  'package.json',
  'sandbox',
  'sinks',
  'state',
  'test/contracts/connector.ts',
  'test/contracts/stand-in.ts',
  'transforms',
  'tsconfig.json',
];

/** Each block of code of the page by the file name that it begins with. */
const FILES: ReadonlyMap<string, string> = new Map(
  [...PAGE.matchAll(/^```ts\n(\/\/ ([\w./-]+\.ts): [\s\S]*?)^```$/gm)].map(([, code = '', path = '']) => [
    path,
    code,
  ]),
);

/** The lines of the page's commands. */
const COMMANDS: readonly string[] = /^```sh\n([\s\S]*?)^```$/m.exec(PAGE)?.[1]?.split('\n') ?? [];

/** The page's connector with one promise broken, and the promise that must fail. */
const BROKEN = [
  {
    name: 'yields the checkpoint that it was given',
    from: 'checkpoint: at }',
    to: 'checkpoint: from }',
    breaks: 'a second reading from the last checkpoint yields all that changed and little else',
  },
  {
    name: 'follows a vendor that goes round in circles',
    from: /^.*'no progress'.*\n/m,
    to: '',
    breaks: 'a vendor that repeats a cursor or never ends is an error, never a loop and never an early end',
  },
  {
    name: 'forgets deletions',
    from: /^ *gone\.push.*\n/m,
    to: '',
    breaks:
      'deletions arrive as tombstones with key, version and time, and silence the words of what is gone',
  },
  {
    name: 'does not tell that its token has ended',
    from: "bucket: 'helpline',",
    to: "bucket: 'helpline', accept: [401],",
    breaks: 'a token that expires while pages are read is renewed, and nobody notices',
  },
] as const;

let mirror = '';

beforeAll(() => {
  mirror = mkdtempSync(join(tmpdir(), 'add-a-connector-'));
  for (const path of HOUSE) cpSync(join(ROOT, path), join(mirror, path), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(mirror, 'node_modules'));
  for (const [path, code] of FILES) put(path, code);
});

afterAll(() => {
  rmSync(mirror, { recursive: true, force: true });
});

describe('docs/add-a-connector.md', () => {
  it('shows a connector, its stand-in, its test and its pipeline', () => {
    expect([...FILES.keys()]).toEqual([
      'connectors/helpline.ts',
      'sandbox/helpline.ts',
      'test/connectors/helpline.test.ts',
      'pipelines/helpline.ts',
    ]);
  });

  it('has code whose types and form are right', async () => {
    put(
      'tsconfig.page.json',
      JSON.stringify({ extends: './tsconfig.json', include: [], files: [...FILES.keys()] }),
    );
    const types = await run('typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.page.json');
    expect(types.code, types.output).toBe(0);
    const form = await run('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', ...FILES.keys());
    expect(form.code, form.errors + form.output).toBe(0);
  });

  it('has a connector that keeps every promise of the suite, which catches it when it does not', async () => {
    const connector = FILES.get('connectors/helpline.ts') ?? '';
    const test = FILES.get('test/connectors/helpline.test.ts') ?? '';
    for (const [i, { from, to }] of BROKEN.entries()) {
      const broken = connector.replace(from, to);
      expect(broken).not.toBe(connector);
      put(`connectors/broken${i}.ts`, broken);
      put(
        `test/connectors/broken${i}.test.ts`,
        test.replace('connectors/helpline.ts', `connectors/broken${i}.ts`),
      );
    }
    const { output, errors } = await run(
      'vitest/vitest.mjs',
      'run',
      '--reporter=json',
      '--testTimeout=60000',
    );
    expect(output, errors).toContain('"testResults"');
    const results = (JSON.parse(output) as Report).testResults;
    const failedIn = (file: string): readonly string[] => {
      const found = results.find(({ name }) => name.endsWith(`/${file}`));
      expect(found?.assertionResults.length, `${file} ran no test`).toBeGreaterThan(15);
      return (
        found?.assertionResults.filter(({ status }) => status !== 'passed').map(({ title }) => title) ?? []
      );
    };
    expect(failedIn('helpline.test.ts')).toEqual([]);
    for (const [i, { name, breaks }] of BROKEN.entries())
      expect(failedIn(`broken${i}.test.ts`), `a connector that ${name}`).toContain(breaks);
  });

  it('has commands that bring the calls to an analyst', async () => {
    const verbs = COMMANDS.flatMap((line) => /^npx pipeline (\w+)/.exec(line)?.[1] ?? []);
    const known = VERBS.map(({ usage }) => usage.split(' ')[0]);
    expect(verbs).toEqual(expect.arrayContaining(['check', 'discover', 'preview', 'run', 'query']));
    expect(verbs.filter((verb) => !known.includes(verb))).toEqual([]);

    const { startHelpline } = (await import(
      pathToFileURL(join(mirror, 'sandbox/helpline.ts')).href
    )) as StandIn;
    const sandbox = await startHelpline();
    const settings = {
      HELPLINE_URL: sandbox.url,
      HELPLINE_TOKEN: sandbox.token(),
      PIPELINE_ALLOW_PRIVATE_HOSTS: new URL(sandbox.url).host,
    };
    const pipeline = async (...args: readonly string[]): Promise<string> => {
      const { code, output, errors } = await start([join(mirror, 'bin/pipeline.js'), ...args], settings);
      expect(code, `pipeline ${args.join(' ')}: ${errors}`).toBe(0);
      return output;
    };
    try {
      expect(await pipeline('run', 'helpline')).toContain('40 records read, 40 loaded');
      const answer = await pipeline('query', inCommands(/^npx pipeline query "(.*)"/));
      expect(answer).toContain('المندوب تأخر');
      expect(answer).toContain('negative');
      const body = inCommands(/^curl .*\/changes -d '(.*)'/);
      const changed = await fetch(`${sandbox.url}/__sandbox/changes`, { method: 'POST', body });
      expect(await changed.json()).toEqual({ changes: 9 });
    } finally {
      await sandbox.close();
    }
  });
});

interface StandIn {
  startHelpline(): Promise<Sandbox & { token(): string }>;
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[];
  }[];
}

/** What the page's commands say at this place. */
function inCommands(pattern: RegExp): string {
  const found = COMMANDS.map((line) => pattern.exec(line)?.[1]).find((text) => text !== undefined);
  if (found === undefined) throw new Error(`the page has no command like ${pattern}`);
  return found;
}

function put(path: string, text: string): void {
  mkdirSync(dirname(join(mirror, path)), { recursive: true });
  writeFileSync(join(mirror, path), text);
}

interface Outcome {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs a program of node_modules in the copy. */
function run(program: string, ...args: readonly string[]): Promise<Outcome> {
  return start([join(ROOT, 'node_modules', program), ...args]);
}

/** Runs Node in the copy, with no setting of ours but these and nothing of what this test run put into the environment. */
function start(args: readonly string[], settings: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const inherited = ['PATH', 'HOME', 'TMPDIR', 'LANG'].map((name) => [name, process.env[name]] as const);
  const env = { ...Object.fromEntries(inherited), ...settings };
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: mirror, env, maxBuffer: 2 ** 25 }, (error, output, errors) => {
      resolve({ code: error === null ? 0 : Number(error.code), output, errors });
    });
  });
}
