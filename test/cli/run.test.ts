// `pipeline run` against a small account, with state and warehouse in PostgreSQL: exit codes, busy lanes, signals, and dry runs that touch nothing.

import { readdirSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { createDatabase } from '../postgres.ts';
import { ask, changes, databasePrint, emptyFolder, type Place, parsed, pipeline } from './command.ts';
import { smallVendor } from './vendor.ts';

// Some of these start the real command many times over.
vi.setConfig({ testTimeout: 240_000 });

/** A folder, an account, and one fresh database that is state and warehouse at once. */
async function account(): Promise<
  Place & { readonly url: string; readonly vendor: Awaited<ReturnType<typeof smallVendor>> }
> {
  const [folder, url, vendor] = [await emptyFolder(), await createDatabase(), await smallVendor()];
  return { folder, url, vendor, env: { ...vendor.settings, STATE_URL: url, WAREHOUSE_URL: url } };
}

interface Result {
  readonly runId: string;
  readonly status: string;
  readonly pipelines: readonly {
    readonly streams: readonly { readonly stream: string; readonly read: number; readonly status: string }[];
  }[];
}

describe('a run', () => {
  it('ends with one line of JSON, and a second one reads only what is new', async () => {
    const place = await account();
    const first = await pipeline(place, ['run', 'zendesk', '--json']);
    expect(first.code).toBe(0);
    expect(first.stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(parsed(first)).toEqual({
      runId: expect.stringMatching(/^run_/),
      status: 'succeeded',
      pipelines: [
        {
          runId: expect.any(String),
          pipeline: 'zendesk',
          lane: 'live',
          status: 'succeeded',
          error: null,
          streams: expect.arrayContaining([
            {
              stream: 'tickets',
              status: 'succeeded',
              read: 12,
              loaded: expect.any(Number),
              deleted: expect.any(Number),
              rejected: 0,
              repeated: 0,
              expected: null,
              error: null,
            },
          ]),
        },
      ],
      labels: { offline: expect.any(Number) },
      costUsd: 0,
    });
    for (const line of first.stderr.trimEnd().split('\n'))
      expect(JSON.parse(line)).toMatchObject({ progress: expect.stringMatching(/^(stream|labels|note)$/) });

    place.vendor.sandbox.change({ tickets: 3 });
    const second = await pipeline(place, ['run', 'zendesk', '--streams', 'tickets', '--no-labels']);
    expect(second).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^succeeded {2}zendesk \(live\) in .*\. Run run_\w+\.\n {2}3 records read, 3 loaded/,
      ),
    });
    expect(await ask(place.url, 'select count(*)::int as n from zendesk_tickets')).toEqual([{ n: 12 }]);
  });

  it('that loses one stream of many is partial, and explains what to do', async () => {
    const place = await account();
    place.vendor.sandbox.faults.set([{ kind: 'forbidden', path: 'organizations', count: 'always' }]);
    const outcome = await pipeline(place, ['run', 'zendesk', '--streams', 'organizations,groups']);
    expect(outcome.code).toBe(3);
    expect(outcome.stdout).toMatch(/^partial {2}zendesk/);
    expect(outcome.stderr).toMatch(/Why, and what to do: pipeline explain run_\w+/);
    const { stdout } = await pipeline(place, ['explain']);
    expect(stdout).toMatch(/organizations: failed\..*\n.*\n.*forbids/);
    expect(stdout).toMatch(/What to do: set right what is named above/);
    const status = await pipeline(place, ['status']);
    expect(status.stdout).toContain('zendesk/organizations did not go well.');
  });

  it('with wrong credentials is a matter of configuration, and shows no secret', async () => {
    const place = await account();
    const env = { ...place.env, ZENDESK_OAUTH_CLIENT_SECRET: 'hunter2hunter', LOG_LEVEL: 'debug' };
    const outcomes = await Promise.all(
      [['run', 'zendesk', '--streams', 'groups'], ['check'], ['discover', 'zendesk']].map((args) =>
        pipeline({ ...place, env }, args),
      ),
    );
    for (const { code, stdout, stderr } of outcomes) {
      expect(code).toBe(2);
      expect(stdout + stderr).toContain('Zendesk refused to issue a token.');
      expect(stdout + stderr).not.toContain('hunter2');
    }
  });

  it('whose vendor is down fails, and the next one resumes', async () => {
    const place = await account();
    place.vendor.sandbox.faults.set([{ kind: 'not-available', path: 'groups', count: 'always' }]);
    const failed = await pipeline(place, ['run', 'zendesk', '--streams', 'groups', '--json']);
    expect([failed.code, (parsed(failed) as Result).status]).toEqual([expect.any(Number), 'failed']);
    place.vendor.sandbox.faults.clear();
    expect(await pipeline(place, ['run', 'zendesk', '--streams', 'groups'])).toMatchObject({ code: 0 });
  });

  it('of all pipelines leaves out those of which nothing is set, and says so', async () => {
    const place = await account();
    const outcome = await pipeline(place, ['run', '--all', '--streams', 'groups']);
    expect(outcome).toMatchObject({ code: 0 });
    expect(outcome.stdout).toMatch(/^succeeded {2}zendesk/);
    expect(outcome.stderr).toMatch(/Left out, because nothing of them is set: .*intercom/);
  });

  it('whose reader has gone goes on to its end, with its own exit code', async () => {
    const place = await account();
    const outcome = await pipeline(place, ['run', 'zendesk', '--streams', 'tickets,groups'], (child) => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    });
    expect(outcome.code).toBe(0);
    expect(await ask(place.url, 'select count(*)::int as n from zendesk_tickets')).toEqual([{ n: 12 }]);
  });

  it('of a window leaves the live bookmark as it was', async () => {
    const place = await account();
    expect(await pipeline(place, ['run', 'zendesk', '--streams', 'tickets', '--no-labels'])).toMatchObject({
      code: 0,
    });
    const live = await ask(
      place.url,
      `select * from pipeline_state.bookmarks where lane = 'zendesk/tickets'`,
    );
    const window = ['--since', '2020-01-01', '--until', '2020-02-01', '--no-labels', '--json'];
    const outcome = await pipeline(place, ['run', 'zendesk', '--streams', 'tickets', ...window]);
    expect(parsed(outcome)).toMatchObject({ pipelines: [{ lane: '2020-01-01..2020-02-01' }] });
    expect(
      await ask(place.url, `select * from pipeline_state.bookmarks where lane = 'zendesk/tickets'`),
    ).toEqual(live);
  });
});

describe('two runs at once', () => {
  it('on PostgreSQL: the second ends with 75 and one clear sentence, and looking goes on', async () => {
    const place = await account();
    place.vendor.sandbox.faults.set([{ kind: 'hang', path: 'groups', count: 'always' }]);
    const hanging = await untilRequest(place, ['run', 'zendesk', '--streams', 'groups'], '/groups');
    const [second, json, status] = await Promise.all([
      pipeline(place, ['run', 'zendesk', '--streams', 'groups']),
      pipeline(place, ['run', 'zendesk', '--streams', 'groups', '--json']),
      pipeline(place, ['status', '--json']),
    ]);
    expect(second).toMatchObject({ code: 75, stdout: '' });
    expect(second.stderr).toMatch(
      /^Error: zendesk\/groups is being worked on by run run_\w+ \(process \d+ on .+\)\.\nNext: Wait until that run ends\./,
    );
    expect(json).toMatchObject({ code: 75, stdout: '' });
    expect(JSON.parse(json.stderr)).toMatchObject({ error: { code: 'lane.busy' } });
    expect(parsed(status)).toMatchObject({ lanes: [{ lane: 'zendesk/groups', status: 'running' }] });
    expect((await hanging.stop()).code).toBe(130);
  });

  it('on the embedded state: so does whatever needs it, with who has it since when', async () => {
    const { vendor } = await account();
    const place = { folder: await emptyFolder(), env: vendor.settings };
    vendor.sandbox.faults.set([{ kind: 'hang', path: 'groups', count: 'always' }]);
    const hanging = await untilRequest(place, ['run', 'zendesk', '--streams', 'groups'], '/groups');
    for (const args of [['run', 'zendesk'], ['status']]) {
      const outcome = await pipeline(place, args);
      expect(outcome).toMatchObject({ code: 75, stdout: '' });
      expect(outcome.stderr).toMatch(
        /^Error: The state in \.pipeline\/state is in use by process \d+ \(pipeline run zendesk\) since 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ\.\n/,
      );
    }
    const stopped = await hanging.stop();
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain('Stopping in good order');
    expect(stopped.stdout).toMatch(/^interrupted {2}zendesk/);
    // The orderly end gives everything back, and the record says how it ended.
    expect((await pipeline(place, ['explain'])).stdout).toMatch(/was interrupted after .*nothing is lost/);
    expect(readdirSync(`${place.folder}/.pipeline`).filter((name) => name.startsWith('state.'))).toEqual([]);
  });
});

/** Starts the command and resolves when the vendor has got the request; `stop` sends SIGINT and waits for the end. */
async function untilRequest(
  place: Place & { readonly vendor?: Awaited<ReturnType<typeof smallVendor>> },
  args: readonly string[],
  path: string,
) {
  const address = place.env?.['ZENDESK_BASE_URL'] ?? '';
  let interrupt: () => void = () => undefined;
  const ended = pipeline(place, args, (child) => {
    interrupt = () => child.kill('SIGINT');
  });
  for (;;) {
    const { journal } = (await (await fetch(`${address}/__sandbox/journal`)).json()) as {
      journal: { path: string }[];
    };
    if (journal.some((visit) => visit.path.includes(path))) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    stop: () => {
      interrupt();
      return ended;
    },
  };
}

describe('verbs that write nothing', () => {
  const LOOKS = [
    ['run', 'zendesk', '--dry-run', '--json'],
    ['check'],
    ['discover', 'zendesk', '--streams', 'tickets'],
    ['preview', 'zendesk', 'tickets', '--rows', '2'],
  ];

  it('make no file where nothing was before', async () => {
    const { vendor } = await account();
    const place = { folder: await emptyFolder(), env: vendor.settings };
    for (const args of LOOKS) expect(await pipeline(place, args), args.join(' ')).toMatchObject({ code: 0 });
    expect(readdirSync(place.folder)).toEqual([]);
  });

  it('touch no table, neither of an empty database nor of a full one', async () => {
    const place = await account();
    for (const args of LOOKS) expect(await pipeline(place, args), args.join(' ')).toMatchObject({ code: 0 });
    expect(await databasePrint(place.url)).toEqual({});
    expect(await pipeline(place, ['run', 'zendesk'])).toMatchObject({ code: 0 });
    place.vendor.sandbox.change({ tickets: 4 });
    const before = await databasePrint(place.url);
    expect(Object.keys(before).length).toBeGreaterThan(20);
    const [dry] = await Promise.all(LOOKS.map((args) => pipeline(place, args)));
    // It starts where a real run would.
    const tickets = (parsed(dry ?? { code: 1, stdout: '', stderr: '' }) as Result).pipelines[0]?.streams.find(
      ({ stream }) => stream === 'tickets',
    );
    expect(tickets).toMatchObject({ status: 'succeeded', read: 4, loaded: 4 });
    expect(changes(before, await databasePrint(place.url))).toEqual([]);
    expect(readdirSync(place.folder)).toEqual([]);
  });
});

describe('a database', () => {
  it('that refuses, is missing or is away is told in one sentence, and its password never', async () => {
    const { vendor, url } = await account();
    const change = (edit: (to: URL) => void): string => {
      const to = new URL(url);
      edit(to);
      return to.href;
    };
    const wrong = change((to) => {
      to.password = 'hunter2hunter';
    });
    const missing = change((to) => {
      to.pathname = '/no_such_database';
    });
    const away = 'postgres://me:hunter2hunter@127.0.0.1:1/db';
    const cases: readonly [Place['env'], readonly string[], number, RegExp][] = [
      [{ STATE_URL: wrong }, ['status'], 2, /refuses the user or the password in STATE_URL/],
      [{ STATE_URL: missing }, ['status'], 2, /there is no such database/],
      [{ STATE_URL: away }, ['run', 'zendesk'], 1, /does not answer \(ECONNREFUSED\)/],
      [
        { STATE_URL: url, WAREHOUSE_URL: wrong },
        ['run', 'zendesk'],
        2,
        /refused the user name or the password/,
      ],
      [{ WAREHOUSE_URL: missing }, ['query', 'select 1'], 2, /has no such database/],
      [{ WAREHOUSE_URL: away }, ['query', 'select 1'], 1, /could not be reached/],
      [{}, ['query', 'select 1', '--to', wrong], 2, /refused the user name or the password/],
    ];
    for (const [env, args, code, message] of cases) {
      const folder = await emptyFolder();
      const outcome = await pipeline({ folder, env: { ...vendor.settings, ...env } }, args);
      expect(outcome.stderr).toMatch(message);
      expect(outcome.stderr.match(/^Error: /gm), outcome.stderr).toHaveLength(1);
      expect(outcome).toMatchObject({ code, stdout: '' });
      expect(outcome.stderr).not.toMatch(/hunter2|\n\s+at /);
      expect(readdirSync(folder)).toEqual([]);
    }
  });
});
