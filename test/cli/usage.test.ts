// How the command answers those who do not know it yet: one clear sentence, what to do next, and the right exit code.

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pipelineNames } from '../../cli/pipelines.ts';
import { VERBS, type Verb } from '../../cli/verbs.ts';
import { emptyFolder, type Outcome, pipeline } from './command.ts';

/** Exactly one error, told as a sentence of one paragraph, with nothing of Node's own around it. */
function expectOneError({ stdout, stderr }: Outcome): void {
  expect(stderr.match(/^Error: /gm)).toHaveLength(1);
  expect(stderr).not.toMatch(/\n\s+at |node:internal|bug\.unclassified/);
  expect(stdout).toBe('');
}

describe('the help', () => {
  it('names every verb, without one it is an error, and the version is told', async () => {
    const folder = await emptyFolder();
    const [help, none, version] = await Promise.all(
      [['--help'], [], ['--version']].map((args) => pipeline({ folder }, args)),
    );
    expect(help?.code).toBe(0);
    for (const { usage } of VERBS) expect(help?.stdout).toContain(`  ${usage.split(' ')[0]}`);
    expect(help?.stdout).toContain('pipeline demo');
    expect(none).toMatchObject({ code: 2, stdout: '' });
    expect(none?.stderr).toContain('Usage: pipeline');
    expect(version?.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('of every verb has examples, which begin with the verb itself', () => {
    const walk = (verbs: readonly Verb[], path: string): void => {
      for (const verb of verbs) {
        const name = `${path} ${verb.usage.split(' ')[0]}`;
        expect(verb.examples.length, name).toBeGreaterThan(0);
        for (const example of verb.examples) expect(example.startsWith(name), example).toBe(true);
        walk(verb.verbs ?? [], name);
      }
    };
    walk(VERBS, 'pipeline');
  });

  it('of one verb shows its options and examples', async () => {
    const { code, stdout } = await pipeline({ folder: await emptyFolder() }, ['state', 'set', '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/--yes[\s\S]*--json[\s\S]*Examples:\n {2}\$ pipeline state set /);
  });
});

describe('a mistake', () => {
  it.each([
    [['rnu', 'zendesk'], "Unknown command 'rnu'.", 'Did you mean run?'],
    [['state', 'shw'], "Unknown command 'shw'.", 'Did you mean show?'],
    [['run', 'zendesk', '--sinc', '2026-01-01'], "Unknown option '--sinc'.", 'Did you mean --since?'],
    [['--all', 'run'], "Unknown option '--all'.", 'Options go after the verb.'],
    [['query'], "Missing required argument 'sql'.", '`pipeline query --help` shows what is possible.'],
    [
      ['query', 'select 1', '--shape', '--format', 'json'],
      '--shape draws Arabic for the eye; JSON keeps the letters as they are.',
      'Leave out --shape',
    ],
    [
      ['query', 'select 1', '--shape', '--format', 'csv'],
      '--shape draws Arabic for the eye; CSV keeps the letters as they are.',
      'or ask for a table.',
    ],
    [['run'], 'Which pipeline?', `Name one (${pipelineNames().join(', ')}), or run all with --all.`],
    [['run', 'zendsk'], 'There is no pipeline “zendsk”.', `${pipelineNames().join(', ')}.`],
    [['run', 'zendesk', '--streams', ''], '--streams names no stream.', 'There are: tickets,'],
    [
      ['run', 'zendesk', '--since', '2026-13-45'],
      '--since “2026-13-45” is no date.',
      'such as --since 2026-01-01',
    ],
    [['run', 'zendesk', '--since', '2999-01-01'], '--since 2999-01-01 lies in the future.', ''],
    [
      ['run', 'zendesk', '--since', '2026-02-01', '--until', '2026-01-01'],
      '--until 2026-01-01 is not later than --since 2026-02-01.',
      '',
    ],
    [['run', 'zendesk', '--until', '2026-01-01'], '--until needs --since.', 'Name both ends'],
    [['preview', 'zendesk', 'nope'], 'There is no stream “nope”.', 'There are: tickets,'],
    [['explain'], 'There is no run yet.', 'See `pipeline runs`.'],
    [
      ['query', 'select 1'],
      'There is no warehouse at .pipeline/warehouse.duckdb yet.',
      'Run a pipeline first',
    ],
    [
      ['query', 'select 1', '--to', 'mysql://u:hunter2hunter@h/d'],
      'The warehouse URL begins with mysql:',
      'duckdb:',
    ],
    [['state', 'import', 'nofile'], 'nofile cannot be read (ENOENT).', 'pipeline state export'],
    [['sandbox', 'zendesk', '--port', '99999'], '--port “99999” is no whole number from 0 to 65535.', ''],
    [['rejects', 'replay'], 'Which rejects?', '--all'],
    [['rejects', 'show', 'rej_x'], 'There is no waiting reject “rej_x”.', 'pipeline rejects list'],
  ])('%j is told in one sentence', async (args, message, next) => {
    const folder = await emptyFolder();
    const outcome = await pipeline({ folder }, args);
    expectOneError(outcome);
    expect(outcome.stderr).toContain(`Error: ${message}`);
    if (next !== '') expect(outcome.stderr.split('\n')[1]).toContain(next);
    expect(outcome.stderr).not.toContain('hunter2');
    expect(outcome.code).toBe(2);
    // Whoever only made a mistake finds the folder as it was.
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([[['run', '--nope', '--json']], [['run', 'zendsk', '--json']], [['explain', 'run_x', '--json']]])(
    '%j is one line of JSON on standard error',
    async (args) => {
      const { code, stdout, stderr } = await pipeline({ folder: await emptyFolder() }, args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
      expect(JSON.parse(stderr)).toEqual({
        error: {
          kind: 'config',
          code: expect.stringMatching(/^[a-z]+\.[a-z_]+$/),
          message: expect.any(String),
          hint: expect.any(String),
        },
      });
    },
  );
});

describe('the settings', () => {
  it('that are missing are all told at once, each on its line with where to get it', async () => {
    const place = {
      folder: await emptyFolder(),
      env: { OPENAI_API_KEY: 'a key', LLM_DAILY_BUDGET_USD: 'lots' },
    };
    const { code, stderr } = await pipeline(place, ['run', 'zendesk']);
    expect(code).toBe(2);
    expect(stderr).toContain('5 settings are missing or wrong:');
    for (const name of [
      'ZENDESK_SUBDOMAIN',
      'ZENDESK_OAUTH_CLIENT_ID',
      'ZENDESK_OAUTH_CLIENT_SECRET',
      'OPENAI_API_KEY',
      'LLM_DAILY_BUDGET_USD',
    ])
      expect(stderr).toMatch(new RegExp(`^  ${name} .+ \\(.+\\)$`, 'm'));
    expect(stderr).toContain('pipeline demo');
    expect(stderr).not.toContain('a key');
  });

  it('are read from .env, and the environment counts more', async () => {
    const folder = await emptyFolder();
    writeFileSync(join(folder, '.env'), 'ZENDESK_SUBDOMAIN=from file!\nZENDESK_OAUTH_CLIENT_ID=x\n');
    const fromFile = await pipeline({ folder }, ['run', 'zendesk']);
    expect(fromFile.stderr).toContain('ZENDESK_SUBDOMAIN must be the subdomain alone');
    expect(fromFile.stderr).not.toContain('ZENDESK_OAUTH_CLIENT_ID');
    const fromBoth = await pipeline({ folder, env: { ZENDESK_SUBDOMAIN: 'acme' } }, ['run', 'zendesk']);
    expect(fromBoth.stderr).toContain('A setting is missing or wrong:\n  ZENDESK_OAUTH_CLIENT_SECRET');
  });

  it.each([
    [{ LOG_LEVEL: 'loud' }, 2, 'LOG_LEVEL “loud” is not known.'],
    [{ PIPELINE_LEASE_SECONDS: 'soon' }, 2, 'PIPELINE_LEASE_SECONDS must be a number'],
    [{ STATE_URL: 'rubbish' }, 2, 'STATE_URL is no address of a PostgreSQL database.'],
    [{ STATE_URL: 'postgres://me:100%@127.0.0.1:1/db' }, 1, 'PostgreSQL at 127.0.0.1:1/db does not answer'],
    [
      { STATE_URL: 'postgres://me:hunter2hunter@127.0.0.1:1/db' },
      1,
      'PostgreSQL at 127.0.0.1:1/db does not answer',
    ],
    [{ PIPELINE_HOME: '/dev/null/home' }, 2, 'The directory /dev/null/home cannot be used (ENOTDIR).'],
  ])('%j is told in one sentence', async (env, code, message) => {
    const outcome = await pipeline({ folder: await emptyFolder(), env }, ['status']);
    expectOneError(outcome);
    expect(outcome.stderr).toContain(message);
    expect(outcome.stderr).not.toContain('hunter2');
    expect(outcome.code).toBe(code);
  });

  it('in a .env that cannot be read are told so', async () => {
    const folder = await emptyFolder();
    mkdirSync(join(folder, '.env'));
    const outcome = await pipeline({ folder }, ['status']);
    expectOneError(outcome);
    expect(outcome).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('The file .env here cannot be read.'),
    });
  });
});

it('before anything was read, what only looks says so, succeeds, and makes no file', async () => {
  const folder = await emptyFolder();
  const verbs = [['status'], ['runs'], ['rejects', 'list'], ['state', 'show'], ['state', 'export']];
  for (const [args, outcome] of await Promise.all(
    verbs.map(async (args) => [args, await pipeline({ folder }, args)] as const),
  )) {
    expect(outcome.code, args.join(' ')).toBe(0);
    expect(outcome.stdout).toBe('');
  }
  for (const args of [
    ['runs', '--json'],
    ['rejects', 'list', '--json'],
    ['state', 'show', '--json'],
  ]) {
    expect(await pipeline({ folder }, args)).toMatchObject({ code: 0, stdout: '[]\n' });
  }
  expect(readdirSync(folder)).toEqual([]);
});
