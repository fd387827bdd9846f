// `pipeline demo`: the whole way on stand-ins, twice, and then what an analyst would ask; no account, no key, no network.

import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runPipeline } from '../core/engine.ts';
import { PipelineError } from '../core/errors.ts';
import type { Pipeline, RunRecord, Sink } from '../core/types.ts';
import { sandboxes } from '../sandbox/index.ts';
import { openState } from '../state/index.ts';
import { parseCount } from './arguments.ts';
import { count, duration, note, paint, print, printJson } from './output.ts';
import { onePipeline } from './pipelines.ts';
import { createProgress } from './progress.ts';
import { exitCode, overall, resultOf, took, totals } from './run.ts';
import { type Session, withSession } from './session.ts';
import { demoMarker, readSettings } from './settings.ts';
import { zendeskSettings } from './stand-ins.ts';
import { printTable } from './table.ts';
import type { Action } from './verbs.ts';

/** What an analyst would ask first. Each answer fits a terminal. */
const QUESTIONS: readonly { readonly title: string; readonly sql: string }[] = [
  {
    title: 'How much do customers say, and in which mood, week by week?',
    sql: `select date_trunc('week', created_date)::date as week, sum(n_feedback) as utterances, sum(n_positive) as positive,
            sum(n_neutral) as neutral, sum(n_negative) as negative, sum(n_mixed) as mixed, round(sum(sum_score) / nullif(sum(n_labelled), 0), 2) as mood
          from voc_sentiment_daily group by 1 order by 1 desc limit 8`,
  },
  {
    title: 'In which languages?',
    sql: `select coalesce(language, 'unknown') as language, count(*) as utterances, sum(case when label = 'negative' then 1 else 0 end) as negative,
            round(avg(score), 2) as mood from voc_feedback group by 1 order by 2 desc`,
  },
  {
    title: 'Which recent tickets are the worst?',
    sql: `select cast(created_date as varchar) as day, thread_id as ticket, customer_name as customer, round(score, 2) as mood, text
          from voc_feedback where kind = 'ticket' and label = 'negative' and length(text) < 400 order by created_date desc, score limit 6`,
  },
  {
    title: 'Is the data fresh?',
    sql: `select stream, status, caught_up_to, rows_loaded, rows_rejected from pipeline_freshness order by stream`,
  },
];

export const demo: Action = async (_args, options) => {
  const tickets = parseCount('--tickets', options['tickets'], 600, { most: 100_000 });
  const json = options['json'] === true;
  const { home, stateUrl } = readSettings(process.env);
  if (stateUrl !== undefined || process.env['WAREHOUSE_URL']) {
    throw new PipelineError('config', 'demo.not_here', 'The demo brings its own state and warehouse.', {
      hint: 'Unset STATE_URL and WAREHOUSE_URL for it.',
    });
  }
  await prepareHome(home);

  const started = Date.now();
  const vendor = await sandboxes.zendesk.start({ tickets });
  try {
    for (const name of Object.keys(process.env))
      if (/^(ZENDESK|OPENAI|LLM)_/.test(name)) delete process.env[name];
    Object.assign(process.env, zendeskSettings(vendor));
    const pipeline = await onePipeline('zendesk');
    return await withSession({}, async (session) => {
      const say = json ? () => {} : print;
      say(
        `${paint('1', '1')}  A stand-in for Zendesk with ${count(tickets, 'ticket')} listens at ${vendor.url}. The first run reads everything:`,
      );
      const first = await runOnce(session, pipeline, json);
      say(`   ${first.status} in ${took(first)}: ${totals(first)}`);
      const records = [first];
      if (first.status === 'succeeded') {
        vendor.change({ tickets: Math.min(25, tickets) });
        say(`\n${paint('1', '2')}  Some tickets changed meanwhile. The second run reads only what is new:`);
        const second = await runOnce(session, pipeline, json);
        say(`   ${second.status} in ${took(second)}: ${totals(second)}`);
        records.push(second);
      }
      const status = overall(records.map((record) => record.status));
      if (json) printJson({ runs: records.map((record) => resultOf([record], record.status)) });
      else if (status === 'succeeded') await tour(await session.sink(), records, home, Date.now() - started);
      else note('Why, and what to do: pipeline explain last');
      return exitCode(records, status);
    });
  } finally {
    await vendor.close();
  }
};

/** Each demo starts from nothing; what an earlier one left goes. A home that is not the demo's is never touched. */
async function prepareHome(home: string): Promise<void> {
  const marker = demoMarker(home);
  const isOurs = existsSync(marker);
  if (!isOurs && existsSync(home) && statSync(home).isDirectory() && readdirSync(home).length > 0) {
    throw new PipelineError(
      'config',
      'demo.home_taken',
      `${home} already holds a state that is not the demo's.`,
      {
        hint: 'Give the demo a place of its own: PIPELINE_HOME=.pipeline-demo pipeline demo',
      },
    );
  }
  if (isOurs) {
    // Whoever still works with the earlier demo has the state's lock, and keeps it.
    await (await openState({ home, readOnly: true })).close();
    for (const name of ['state', 'key', 'warehouse.duckdb', 'warehouse.duckdb.wal', 'warehouse.duckdb.tmp'])
      rmSync(join(home, name), { recursive: true, force: true });
  }
  try {
    mkdirSync(home, { recursive: true });
    writeFileSync(
      marker,
      'This folder was filled by `pipeline demo`. Delete it before you load an account of your own.\n',
    );
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new PipelineError(
      'config',
      'state.home_unusable',
      `The directory ${home} cannot be used (${code}).`,
      {
        hint: 'It must be a directory in which this user may write, on a disk with room.',
        cause,
      },
    );
  }
}

async function runOnce(session: Session, pipeline: Pipeline, json: boolean): Promise<RunRecord> {
  const progress = await createProgress(
    pipeline.name,
    pipeline.source.streams.map(({ name }) => name),
    json,
  );
  try {
    return await runPipeline({
      pipeline,
      io: session.io,
      state: await session.state(),
      sink: await session.sink(),
      owner: session.owner(),
      signal: session.signal,
      leaseTtlMs: session.settings.leaseTtlMs,
      onProgress: progress.show,
    });
  } finally {
    await progress.end();
  }
}

/** What there is to see, and what to try next. */
async function tour(sink: Sink, records: readonly RunRecord[], home: string, tookMs: number): Promise<void> {
  print(`\n${paint('1', '3')}  What an analyst asks:`);
  for (const question of QUESTIONS) await ask(sink, question);
  const cost = records.reduce((sum, record) => sum + record.costUsd, 0);
  print(
    `\nLabels cost ${cost.toFixed(4)} USD: without a key, a small offline model labels (docs/offline-labels.md says how good it is).`,
  );
  print(`All of it took ${duration(tookMs)} and lives in ${home}. Try next:\n`);
  for (const command of NEXT) print(`  npx pipeline ${command}`);
}

const NEXT = [
  'query "select language, label, count(*) from voc_feedback group by 1, 2 order by 3 desc"',
  'status',
  'explain last',
  'run zendesk --help',
];

async function ask(
  sink: Sink,
  { title, sql }: { readonly title: string; readonly sql: string },
): Promise<void> {
  const { columns, rows } = await sink.query(sql);
  print(`\n${title}`);
  await printTable(
    columns.map(({ name }) => name),
    rows,
    { widest: 72 },
  );
  if (rows.length === 0) note('  (nothing)');
}
