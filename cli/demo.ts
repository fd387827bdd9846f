// `pipeline demo`: the whole way on stand-ins, twice, and then what an analyst would ask; no account, no key, no network.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { runPipeline } from '../core/engine.ts';
import { PipelineError } from '../core/errors.ts';
import type { RunRecord, Sink } from '../core/types.ts';
import { sandboxes } from '../sandbox/index.ts';
import { count, duration, note, paint, print, printJson, printTable } from './output.ts';
import { createProgress } from './progress.ts';
import { resultOf } from './run.ts';
import { demoMarker, loadPipelines, parseCount, readSettings, withSession } from './session.ts';
import { zendeskSettings } from './stand-ins.ts';
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
  const tickets = parseCount('--tickets', options['tickets'], 600);
  const json = options['json'] === true;
  const settings = readSettings(process.env);
  if (settings.stateUrl !== undefined || process.env['WAREHOUSE_URL']) {
    throw new PipelineError('config', 'demo.not_here', 'The demo brings its own state and warehouse.', {
      hint: 'Unset STATE_URL and WAREHOUSE_URL for it.',
    });
  }
  const marker = demoMarker(settings.home);
  if (existsSync(settings.home) && !existsSync(marker) && readdirSync(settings.home).length > 0) {
    throw new PipelineError(
      'config',
      'demo.home_taken',
      `${settings.home} already holds a state that is not the demo's.`,
      { hint: 'Give the demo a place of its own: PIPELINE_HOME=.pipeline-demo pipeline demo' },
    );
  }
  mkdirSync(settings.home, { recursive: true });
  writeFileSync(
    marker,
    'This folder was filled by `pipeline demo`. Delete it before you load an account of your own.\n',
  );

  const started = Date.now();
  const vendor = await sandboxes.zendesk.start({ tickets });
  try {
    for (const name of Object.keys(process.env))
      if (/^(ZENDESK|OPENAI|LLM)_/.test(name)) delete process.env[name];
    Object.assign(process.env, zendeskSettings(vendor));
    const [pipeline] = await loadPipelines(['zendesk']);
    if (pipeline === undefined) return 1;
    return await withSession({}, async (session) => {
      const [state, sink] = [await session.state(), await session.sink()];
      const runOnce = async (): Promise<RunRecord> => {
        const progress = await createProgress(pipeline, json);
        try {
          return await runPipeline({
            pipeline,
            io: session.io,
            state,
            sink,
            owner: session.owner(),
            signal: session.signal,
            leaseTtlMs: session.settings.leaseTtlMs,
            onProgress: json ? () => {} : progress.show,
          });
        } finally {
          await progress.end();
        }
      };
      if (!json)
        print(
          `${paint('1', '1')}  A stand-in for Zendesk with ${count(tickets)} tickets listens at ${vendor.url}. The first run reads everything:`,
        );
      const first = await runOnce();
      if (!json) print(sentence(first));
      vendor.change({ tickets: 25 });
      if (!json)
        print(`\n${paint('1', '2')}  25 tickets changed meanwhile. The second run reads only what is new:`);
      const second = await runOnce();
      if (!json) print(sentence(second));
      const records = [first, second];
      const ok = records.every((record) => record.status === 'succeeded');
      if (json) {
        printJson({ runs: records.map((record) => resultOf([record], record.status)) });
        return ok ? 0 : 3;
      }
      print(`\n${paint('1', '3')}  What an analyst asks:`);
      for (const question of QUESTIONS) await ask(sink, question);
      const cost = records.reduce((sum, record) => sum + record.costUsd, 0);
      print(
        `\nLabels cost ${cost.toFixed(4)} USD: without a key, a small offline model labels (docs/offline-labels.md says how good it is).`,
      );
      print(
        `All of it took ${duration(Date.now() - started)} and lives in ${session.settings.home}. Try next:\n`,
      );
      print(
        '  npx pipeline query "select language, label, count(*) from voc_feedback group by 1, 2 order by 3 desc"',
      );
      print('  npx pipeline explain last');
      print('  npx pipeline run zendesk --help');
      return ok ? 0 : 3;
    });
  } finally {
    await vendor.close();
  }
};

function sentence(record: RunRecord): string {
  const sum = (of: 'read' | 'loaded' | 'deleted' | 'rejected'): string =>
    count(record.streams.reduce((n, s) => n + s[of], 0));
  const requests = record.streams.reduce((n, s) => n + s.http.requests, 0);
  const took = duration(Date.parse(record.endedAt ?? record.startedAt) - Date.parse(record.startedAt));
  return `   ${record.status}: ${sum('read')} records read, ${sum('loaded')} loaded, ${sum('deleted')} deleted, ${sum('rejected')} rejected; ${count(requests)} requests, ${took}.`;
}

async function ask(
  sink: Sink,
  { title, sql }: { readonly title: string; readonly sql: string },
): Promise<void> {
  const { columns, rows } = await sink.query(sql);
  print(`\n${title}`);
  await printTable(
    columns.map(({ name }) => name),
    rows,
    72,
  );
  if (rows.length === 0) note('  (nothing)');
}
