// What labels cost and how fast they come: one text a request, packs, a cascade, batches, and a queue after an outage, each over the
// same tickets against the stand-in of OpenAI. `npm run bench` runs it behind the loads; alone: npm run bench -- --part labels

import { performance } from 'node:perf_hooks';
import { createAddressGuard } from '../core/address-guard.ts';
import { systemClock } from '../core/clock.ts';
import type { Io } from '../core/context.ts';
import { type EnrichOptions, enrich, estimate } from '../core/enrich.ts';
import { createFetch } from '../core/http.ts';
import { newId } from '../core/ids.ts';
import { createLimiter } from '../core/limiter.ts';
import { createLog } from '../core/log.ts';
import { pipeline } from '../core/pipeline.ts';
import type { Labeller, State } from '../core/types.ts';
import { type OpenAISandbox, startOpenAI } from '../sandbox/openai.ts';
import { createRandom } from '../sandbox/random.ts';
import { composeUtterance } from '../sandbox/utterance.ts';
import { memorySink } from '../sinks/memory.ts';
import { openState, thisProcess } from '../state/index.ts';
import { runScripted } from '../test/core/run-scripted.ts';
import { scripted, thing } from '../test/core/scripted.ts';
import { language } from '../transforms/language.ts';
import { redactor } from '../transforms/redact.ts';
import { sentiment } from '../transforms/sentiment.ts';
import { text } from '../transforms/text.ts';

const MODEL = 'gpt-4o-mini';
/** Those of the stand-in, for a million tokens. */
const PRICES = { [MODEL]: { input: 0.15, output: 0.6, cached: 0.075 } };
const TRANSFORMS = [text({ redactor: redactor() }), language()];
/** How long a model thinks about a pack, for the queue after an outage: the stand-in itself answers at once. */
const THINKS_MS = 1_000;
/** Texts that customers write in an hour, for the same. */
const TEXTS_AN_HOUR = 3_600;

interface Row {
  readonly what: string;
  readonly records: number;
  readonly asked: number;
  readonly requests: number;
  readonly tokens: number;
  readonly usd: number;
  readonly estimatedUsd: number;
  readonly seconds: number;
}

/** Prints two tables in Markdown; `tickets` texts, labelled four times over, in a state of its own on this server. */
export async function benchLabels(stateUrl: string, home: string, tickets: number): Promise<void> {
  const state = await openState({ url: stateUrl, home });
  const vendor = await startOpenAI({ batchMs: 0 });
  try {
    const words = utterances(tickets);
    const rows: Row[] = [];
    const measure = async (what: string, labels: Partial<Labeller>, more: Partial<EnrichOptions> = {}) => {
      rows.push(await labelAll(state, vendor, words, what, labels, more));
      process.stderr.write(`${what}: ${rows.at(-1)?.seconds.toFixed(1)} s\n`);
    };
    await measure('one text a request', { packSize: 1, canaries: [] });
    await measure('packs', {});
    await measure('packs, cascade 40 %', {}, { cascade: 0.4 });
    await measure('packs, cascade 40 %, batch', {}, { cascade: 0.4, batch: true });
    printCosts(rows);
    await drain(state, vendor, words.slice(0, 600));
  } finally {
    await vendor.close();
    await state.close();
  }
}

function utterances(count: number): readonly string[] {
  const random = createRandom('labels');
  return Array.from({ length: count }, (_, i) => composeUtterance(random.fork(`${i}`)).text);
}

function ioTo(vendor: OpenAISandbox): Io {
  const log = createLog({ level: 'warn', destination: process.stderr, scrub: (text) => text });
  const limiter = createLimiter({ clock: systemClock });
  const guard = createAddressGuard({ allow: '127.0.0.1' });
  return {
    env: {
      OPENAI_API_KEY: vendor.apiKey,
      OPENAI_BASE_URL: vendor.baseUrl,
      LLM_MODEL: MODEL,
      LLM_DAILY_BUDGET_USD: '100000',
    },
    clock: systemClock,
    log,
    fetch: (metrics, signal) => createFetch({ clock: systemClock, limiter, guard, metrics, log, signal }),
  };
}

/** The tickets in a warehouse of their own; the cache knows none of them, because their prompt has a name of its own. */
async function place(
  state: State,
  vendor: OpenAISandbox,
  words: readonly string[],
  what: string,
  more: Partial<Labeller>,
): Promise<EnrichOptions> {
  const labels: Labeller = {
    ...sentiment({ prices: PRICES }),
    promptVersion: newId('bench', new Date()),
    ...more,
  };
  const stream = `bench${what.replace(/\W/g, '').length}`;
  const pages = [{ rows: words.map((text, i) => thing(String(i).padStart(6, '0'), 1, text)) }];
  const streams = { [stream]: { feedback: true, pages } };
  const sink = memorySink();
  await runScripted({ state, sink, streams, transforms: TRANSFORMS, labels: false, labeller: labels });
  return {
    pipeline: pipeline({ name: 'scripted', source: scripted(streams), transforms: TRANSFORMS, labels }),
    io: ioTo(vendor),
    state,
    sink,
    owner: { runId: newId('run', new Date()), ...thisProcess() },
    signal: new AbortController().signal,
    leaseTtlMs: 30_000,
  };
}

async function labelAll(
  state: State,
  vendor: OpenAISandbox,
  words: readonly string[],
  what: string,
  labels: Partial<Labeller>,
  more: Partial<EnrichOptions>,
): Promise<Row> {
  const options = { ...(await place(state, vendor, words, what, labels)), ...more };
  const expected = await estimate(options);
  const before = vendor.invoice();
  const spentBefore = (await state.spend(today())).spentUsd;
  const startedMs = performance.now();
  let done = await enrich(options);
  // A batch is taken by the run after.
  if (done.openBatches > 0) done = await enrich(options);
  const seconds = (performance.now() - startedMs) / 1000;
  const after = vendor.invoice();
  const usd = after.usd - before.usd;
  const booked = (await state.spend(today())).spentUsd - spentBefore;
  if (done.stopped !== null || done.openBatches > 0) throw new Error(`${what}: ${JSON.stringify(done)}`);
  // Each settled request is rounded up to the micro-dollar.
  if (Math.abs(booked - usd) > 1e-6 * (after.billed - before.billed)) {
    throw new Error(`${what}: the ledger says ${booked} USD, the invoice ${usd}`);
  }
  return {
    what,
    records: words.length,
    asked: expected.providers.reduce((sum, one) => sum + one.texts, 0),
    requests: after.billed - before.billed,
    tokens: after.promptTokens + after.completionTokens - before.promptTokens - before.completionTokens,
    usd,
    estimatedUsd: expected.usd,
    seconds,
  };
}

/** Every request fails for a whole run; then the queue is worked off by a model that takes its time. */
async function drain(state: State, vendor: OpenAISandbox, words: readonly string[]): Promise<void> {
  const options = await place(state, vendor, words, 'drain', {});
  vendor.faults.set([{ kind: 'status', status: 503, path: '/chat/completions', count: 'always' }]);
  const outage = await enrich(options);
  if (outage.labels.pending !== words.length) throw new Error(`outage: ${JSON.stringify(outage.labels)}`);
  vendor.faults.set([{ kind: 'delay', ms: THINKS_MS, path: '/chat/completions', count: 'always' }]);
  const startedMs = performance.now();
  const drained = await enrich(options);
  const seconds = (performance.now() - startedMs) / 1000;
  vendor.faults.clear();
  if (drained.labels.labelled !== words.length) throw new Error(`drain: ${JSON.stringify(drained.labels)}`);
  const anHour = (words.length / seconds) * 3600;
  process.stdout.write(
    `\n| queue after an outage | texts | seconds | texts an hour | as fast as ${TEXTS_AN_HOUR.toLocaleString('en')} texts an hour came in |\n| --- | ---: | ---: | ---: | ---: |\n| ${THINKS_MS / 1000} s a request | ${words.length} | ${seconds.toFixed(1)} | ${Math.round(anHour).toLocaleString('en')} | ${(anHour / TEXTS_AN_HOUR).toFixed(1)} × |\n`,
  );
}

function printCosts(rows: readonly Row[]): void {
  const [base] = rows;
  if (base === undefined) return;
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |\n`;
  const headings = ['labels', 'records', 'texts asked', 'requests', 'tokens/record', 'of one by one', 'USD'];
  let out = line([...headings, 'of one by one', 'estimated', 'texts/s']);
  out += line([...headings, '', '', ''].map((_, i) => (i === 0 ? '---' : '---:')));
  for (const row of rows) {
    out += line([
      row.what,
      row.records,
      row.asked,
      row.requests,
      (row.tokens / row.records).toFixed(1),
      (row.tokens / base.tokens).toFixed(2),
      row.usd.toFixed(4),
      (row.usd / base.usd).toFixed(3),
      `${((100 * row.estimatedUsd) / row.usd).toFixed(0)} %`,
      Math.round(row.records / row.seconds),
    ]);
  }
  process.stdout.write(out);
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}
