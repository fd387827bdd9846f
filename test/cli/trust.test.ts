// What must never happen on the way: a token that is lost, a secret or a customer's word in a log, a hostile record that harms.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { newId } from '../../core/ids.ts';
import { startOpenAI } from '../../sandbox/openai.ts';
import { openState } from '../../state/index.ts';
import { createDatabase } from '../postgres.ts';
import { ask, emptyFolder, parsed, pipeline } from './command.ts';
import { changedVendor, smallVendor } from './vendor.ts';

// Some of these start the real command many times over.
vi.setConfig({ testTimeout: 240_000 });

describe('a refresh token that works once', () => {
  it('is kept by verbs that write nothing else, so that the next one can sign in, and is never shown', async () => {
    const { sandbox, settings } = await smallVendor();
    const url = await createDatabase();
    const place = {
      folder: await emptyFolder(),
      env: {
        ...settings,
        ZENDESK_OAUTH_REFRESH_TOKEN: sandbox.credentials.refreshToken,
        LOG_LEVEL: 'debug',
        STATE_URL: url,
        WAREHOUSE_URL: url,
      },
    };
    const [said, tokens]: [string[], string[]] = [[], []];
    for (const args of [
      ['check'],
      ['discover', 'zendesk', '--streams', 'tickets'],
      ['preview', 'zendesk', 'groups', '--rows', '1'],
      ['run', 'zendesk', '--streams', 'groups', '--dry-run'],
      ['run', 'zendesk', '--streams', 'groups'],
    ]) {
      // Every access token ends, so that each verb has to use the newest refresh token up.
      sandbox.expireTokens();
      tokens.push(sandbox.refreshToken());
      const outcome = await pipeline(place, args);
      expect(outcome, args.join(' ')).toMatchObject({ code: 0 });
      expect(sandbox.refreshToken(), 'the stand-in rotates').not.toBe(tokens.at(-1));
      said.push(outcome.stdout, outcome.stderr);
    }
    // Two at once: one renews, and the other takes what it stored.
    sandbox.expireTokens();
    sandbox.faults.set([{ kind: 'delay', path: 'oauth/tokens', ms: 4000, count: 'always' }]);
    for (const { code } of await Promise.all([pipeline(place, ['check']), pipeline(place, ['check'])]))
      expect(code).toBe(0);
    const counts = `select (select count(*) from pipeline_state.secrets)::int as secrets, (select count(*) from pipeline_state.runs)::int as runs`;
    expect(await ask(url, counts), 'only the real run left a record').toEqual([{ secrets: 1, runs: 1 }]);
    for (const token of [...tokens, sandbox.refreshToken(), 'sandbox-access-'])
      expect(said.join('\n')).not.toContain(token);
  });

  it('is kept in the embedded state, too, where there was none before', async () => {
    const { sandbox, settings } = await smallVendor();
    const env = { ...settings, ZENDESK_OAUTH_REFRESH_TOKEN: sandbox.credentials.refreshToken };
    const place = { folder: await emptyFolder(), env };
    for (const args of [['check'], ['preview', 'zendesk', 'groups', '--rows', '1']]) {
      sandbox.expireTokens();
      expect(await pipeline(place, args), args.join(' ')).toMatchObject({ code: 0 });
    }
    expect(readdirSync(join(place.folder, '.pipeline')).sort()).toEqual(['key', 'state']);
  });
});

const WORD = 'كلمةسرية';
const LATIN = 'canaryword';

/** Plants canary words in what customers write, and once a record that cannot be read at all. */
function plant(body: string, path: string): string {
  if (!path.includes('/incremental/tickets')) return body.replaceAll('"body":"', `"body":"${WORD} ${LATIN} `);
  const page = JSON.parse(body) as { tickets: { [field: string]: unknown }[] };
  page.tickets.forEach((ticket, i) => {
    ticket['subject'] = `${WORD} ${LATIN}`;
    ticket['description'] = `${WORD} ${LATIN} ${String(ticket['description'])}`;
    if (i === 3) delete ticket['id'];
  });
  return JSON.stringify(page);
}

it('no secret and no word of a customer is in any log, event, error or report', async () => {
  const { sandbox, settings } = await changedVendor(plant);
  const model = await startOpenAI({ faults: [{ kind: 'model', what: 'rubbish', count: 2 }] });
  try {
    const [url, folder] = [await createDatabase(), await emptyFolder()];
    const env = {
      ...settings,
      STATE_URL: url,
      WAREHOUSE_URL: url,
      LOG_LEVEL: 'debug',
      PIPELINE_KEY: Buffer.alloc(32, 7).toString('base64'),
      OPENAI_BASE_URL: model.baseUrl,
      OPENAI_API_KEY: model.apiKey,
      LLM_MODEL: 'gpt-4o-mini',
      PIPELINE_ALLOW_PRIVATE_HOSTS: `${settings['PIPELINE_ALLOW_PRIVATE_HOSTS']},${new URL(model.url).host}`,
    };
    sandbox.faults.set([
      { kind: 'truncated', path: 'incremental/ticket_events' },
      { kind: 'status', status: 503, path: 'incremental/users' },
      { kind: 'html', path: 'satisfaction_ratings' },
      { kind: 'expired-token', path: 'groups' },
      { kind: 'forbidden', path: 'brands', count: 'always' },
    ]);
    const place = { folder, env };
    const outcomes = [];
    for (const args of [
      ['check'],
      ['run', 'zendesk'],
      ['run', 'zendesk', '--since', '2020-01-01', '--json'],
      ['enrich', '--stale'],
      ['status'],
      ['runs', '--json'],
      ['explain', '--json'],
      ['logs', '--json'],
      ['rejects', 'list', '--json'],
      ['rejects', 'replay', '--all'],
      ['state', 'show'],
    ])
      outcomes.push(await pipeline(place, args));
    expect(outcomes.map(({ code }) => code)).not.toContain(null);
    const stored = await ask(
      url,
      `select string_agg(t::text, ' ') as text from (
         select to_jsonb(e) as t from pipeline_state.run_events e union all select to_jsonb(r) from pipeline_state.runs r
       ) all_records`,
    );
    const said = [
      ...outcomes.flatMap(({ stdout, stderr }) => [stdout, stderr]),
      String(stored[0]?.['text']),
    ].join('\n');

    // The words did arrive, and so did the reject: otherwise this would prove nothing.
    const [row] = await ask(
      url,
      `select count(*)::int as n from feedback where text_original like '%${LATIN}%'`,
    );
    expect(row?.['n']).toBeGreaterThan(5);
    expect(parsed(outcomes[8] ?? { code: 1, stdout: '', stderr: '' })).toMatchObject([
      { code: 'zendesk.no_id', lane: 'zendesk/tickets@2020-01-01..' },
      { code: 'zendesk.no_id', lane: 'zendesk/tickets' },
    ]);
    expect(said.length).toBeGreaterThan(2000);
    for (const canary of [
      WORD,
      LATIN,
      JSON.stringify(Buffer.from(WORD).toString('base64')).slice(1, 12),
      sandbox.credentials.clientSecret,
      'sandbox-access-',
      model.apiKey,
      env.PIPELINE_KEY,
      new URL(url).password,
    ])
      expect(said).not.toContain(canary);
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true }).filter(
      (f) => f.isFile(),
    );
    for (const { parentPath, name } of files)
      expect(readFileSync(join(parentPath, name), 'latin1')).not.toContain(LATIN);
  } finally {
    await model.close();
  }
});

/** What no vendor should send, and some do. */
const LONG = 'شكوى طويلة '.repeat(3500);
const HOSTILE: { readonly [field: string]: string } = {
  description: JSON.stringify(`\u0000nul \u001b[2J ${LONG}`).replace('nul', 'nul \\ud800 lone \\udc00'),
  external_id: '9007199254740993123',
  subject: JSON.stringify(`'; drop table zendesk_tickets; -- \u202e=1+1`),
};

it('hostile records land unharmed in both warehouses, and nothing is lost', async () => {
  const { settings } = await changedVendor((body, path) => {
    if (!path.includes('/incremental/tickets')) return body;
    const page = JSON.parse(body) as { tickets: { [field: string]: unknown }[] };
    const [ticket] = page.tickets;
    if (ticket === undefined) return body;
    ticket['id'] = 'ID';
    for (const field of Object.keys(HOSTILE)) ticket[field] = `<${field}>`;
    let text = JSON.stringify(page).replaceAll('"ID"', '9007199254740995');
    for (const [field, json] of Object.entries(HOSTILE)) text = text.replaceAll(`"<${field}>"`, () => json);
    return text;
  });
  const url = await createDatabase();
  const columns = `id, subject, external_id, length(description) as n, length(raw::text) > 38000 as whole`;
  const answers: unknown[] = [];
  for (const warehouse of [url, 'duckdb:warehouse.duckdb']) {
    const env = { ...settings, STATE_URL: await createDatabase(), WAREHOUSE_URL: warehouse };
    const place = { folder: await emptyFolder(), env };
    const run = await pipeline(place, ['run', 'zendesk', '--streams', 'tickets', '--json']);
    expect(run.stderr).not.toContain('شكوى');
    expect(parsed(run)).toMatchObject({
      status: 'succeeded',
      pipelines: [{ streams: [{ read: 12, rejected: 0 }] }],
    });
    const query = `select ${columns} from zendesk_tickets where id = '9007199254740995'`;
    answers.push(parsed(await pipeline(place, ['query', query, '--json'])));
    const catalog = await pipeline(place, ['catalog', 'zendesk_tickets', '--json']);
    expect(parsed(catalog)).toContainEqual(
      expect.objectContaining({ column_name: 'custom_almdynh', label: 'المدينة', type: 'string' }),
    );
    const table = await pipeline(place, ['query', `select description from zendesk_tickets`]);
    expect(table.stdout).not.toMatch(/[\u0000\u001b\u202e]/);
  }
  expect(answers[0]).toEqual([
    {
      id: '9007199254740995',
      subject: expect.stringContaining("'; drop table zendesk_tickets; --"),
      external_id: '9007199254740993123',
      n: expect.any(Number),
      whole: true,
    },
  ]);
  expect((answers[0] as { n: number }[])[0]?.n).toBeGreaterThan(LONG.length);
  expect(answers[1]).toEqual(answers[0]);
});

it('a reject is replayed once its cause is mended, is loaded exactly once, and leaves a record', async () => {
  const { sandbox, settings } = await smallVendor();
  const url = await createDatabase();
  const env = { ...settings, STATE_URL: url, WAREHOUSE_URL: url };
  const place = { folder: await emptyFolder(), env };
  const [ticket] = Object.values(sandbox.truth().resources['tickets'] ?? {});
  const record = JSON.parse(
    JSON.stringify(ticket, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
  );
  const state = await openState({ url, home: place.folder });
  const reject = {
    lane: 'zendesk/tickets',
    table: 'zendesk_tickets',
    code: 'zendesk.unreadable',
    reason: 'It could not be mapped.',
  };
  await state.addRejects(newId('run', new Date()), [
    { ...reject, row: record },
    { ...reject, row: { subject: 'no id' }, code: 'zendesk.no_id', reason: 'The record has no id.' },
  ]);
  await state.close();

  const waiting = parsed(await pipeline(place, ['rejects', 'list', '--json'])) as { rejectId: string }[];
  expect(waiting).toHaveLength(2);
  expect(JSON.stringify(waiting)).not.toContain('no id"');
  const first = await pipeline(place, ['rejects', 'replay', '--all', '--json']);
  expect(first.code).toBe(3);
  expect(parsed(first)).toEqual({
    loaded: 1,
    stillRejected: [{ rejectId: expect.any(String), reason: 'The record has no id.' }],
  });
  const count = `select (select count(*) from zendesk_tickets)::int as tickets, (select count(distinct _run_id) from zendesk_tickets)::int as runs`;
  expect(await ask(url, count)).toEqual([{ tickets: 1, runs: 1 }]);
  const [run] = parsed(await pipeline(place, ['runs', '--json'])) as { runId: string }[];
  expect(run).toMatchObject({
    lane: 'replay',
    status: 'partial',
    streams: [{ stream: 'tickets', read: 2, loaded: 1, rejected: 1 }],
  });
  expect(await ask(url, 'select _run_id as id from zendesk_tickets')).toEqual([{ id: run?.runId }]);
  expect((await pipeline(place, ['explain'])).stdout).toMatch(/rejects that were tried again.*ended partial/);

  // Again: only the one that waits is tried, and what is loaded stays as it is.
  const second = await pipeline(place, ['rejects', 'replay', '--all', '--json']);
  expect(parsed(second)).toMatchObject({ loaded: 0, stillRejected: [{}] });
  expect(await ask(url, count)).toEqual([{ tickets: 1, runs: 1 }]);
  const status = await pipeline(place, ['status', '--json']);
  expect(parsed(status)).toMatchObject({ lanes: [] });
});

it('labels that are given later leave a record of their own', async () => {
  const { settings } = await smallVendor();
  const url = await createDatabase();
  const place = { folder: await emptyFolder(), env: { ...settings, STATE_URL: url, WAREHOUSE_URL: url } };
  await pipeline(place, ['run', 'zendesk', '--streams', 'tickets', '--no-labels']);
  const outcome = await pipeline(place, ['enrich', '--json']);
  expect(outcome.code).toBe(0);
  const [result] = parsed(outcome) as {
    runId: string;
    labels: { offline: number };
    costUsd: number;
    stopped: null;
  }[];
  expect(result).toMatchObject({
    pipeline: 'zendesk',
    costUsd: 0,
    stopped: null,
    labels: { offline: expect.any(Number) },
  });
  expect(parsed(await pipeline(place, ['runs', '--json']))).toMatchObject([
    { runId: result?.runId, lane: 'labels', status: 'succeeded' },
    { lane: 'live' },
  ]);
  expect(await ask(url, 'select distinct _run_id as id from sentiment')).toEqual([{ id: result?.runId }]);
});
