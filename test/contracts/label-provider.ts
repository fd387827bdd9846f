// What every label provider must keep, one named promise each; run against its stand-in, live and in batches, and on providers
// broken on purpose. Above 300 lines because it is one list: each promise stands alone.

import { describe, expect, test } from 'vitest';
import { asPipelineError, type PipelineError } from '../../core/errors.ts';
import type {
  Context,
  ErrorReport,
  LabelAnswer,
  LabelBatches,
  LabelProvider,
  LabelRequest,
} from '../../core/types.ts';
import type { Fault } from '../../sandbox/faults.ts';
import type { Sandbox } from '../../sandbox/server.ts';
import type { BilledReport } from '../../transforms/sentiment/provider.ts';
import { loopbackContext } from '../transforms/llm-context.ts';
import {
  BATCH_HARDSHIPS,
  CUT,
  DECLINED,
  FOR_THE_OPERATOR,
  PASSING,
  READABLE,
  UNUSABLE,
} from './label-hardships.ts';

/** A provider, and the stand-in that it talks to; nobody else uses it meanwhile. */
export interface LabelVendor {
  readonly sandbox: Sandbox;
  /** A new one with the right key, as `openAIProvider(env)` makes it. */
  provider(): LabelProvider;
  /** The same with a key that the vendor refuses. */
  stranger(): LabelProvider;
  /** The key, which must never show. */
  readonly secret: string;
  /** US dollars billed so far. */
  invoiceUsd(): number;
  /** A part of the path of a live request; faults strike there and nowhere else. */
  readonly livePath: string;
  /** Where batches are offered. */
  readonly batch?: {
    /** A part of the path of the request that brings the questions, and of the one that makes the batch of them. */
    readonly questionsPath: string;
    readonly submitPath: string;
    /** A part of the path of the request that reads results. */
    readonly resultsPath: string;
    /** Lets so much time pass that every batch has ended; results are still kept. */
    pass(): void;
    /** When the vendor shows whose a batch is; until then `find` is transient and never tells that there is none. Default: at once. */
    readonly intentShows?: 'once it has ended';
  };
  /** Hardships, by their names in label-hardships.ts, that this vendor has in another shape, or (undefined) cannot have. */
  readonly unlike?: { readonly [hardship: string]: Fault | undefined };
}

type Check = (vendor: LabelVendor) => Promise<void>;

/** Texts whose mood every stand-in reads the same way; one carries a word that faults can look for. */
export const POISON = 'زفت';
const TEXTS: readonly (readonly [text: string, label: string])[] = [
  ['الخدمة ممتازة، شكرا لكم', 'positive'],
  [`التطبيق ${POISON} ويعلق`, 'negative'],
  ['المندوب محترم، بس التطبيق يعلق كل مرة', 'mixed'],
  ['الطلب متأخر وما أحد يرد، أسوأ خدمة', 'negative'],
  ['ارجو تعديل العنوان', 'neutral'],
];
const PACK: readonly LabelRequest[] = TEXTS.map(([text], i) => ({ id: `t${i}x`, text, language: 'ar' }));
const TRUTH: Readonly<Record<string, string>> = Object.fromEntries(
  TEXTS.map(([, label], i) => [`t${i}x`, label]),
);
/** As packs of a batch: names of ours, of which the second carries the poison. */
const PACKS: ReadonlyMap<string, readonly LabelRequest[]> = new Map([
  ['pack-1', PACK.slice(0, 1)],
  ['pack-2', PACK.slice(1, 3)],
  ['pack-3', PACK.slice(3)],
]);
const POISONED = 'pack-2';

// ------------------------------------------------------------------------------------------------------- what is told

/** The label or the status and reason of each text. */
function told(answer: LabelAnswer): Readonly<Record<string, string>> {
  return Object.fromEntries(
    answer.outcomes.map((outcome) => [
      outcome.id,
      outcome.status === 'labelled' ? outcome.label.label : `${outcome.status}: ${outcome.reason}`,
    ]),
  );
}

const truthOf = (pack: readonly LabelRequest[]): Readonly<Record<string, string>> =>
  Object.fromEntries(pack.map(({ id }) => [id, TRUTH[id] ?? '']));

async function failure(work: Promise<unknown>): Promise<PipelineError> {
  const outcome = await work.then(
    () => undefined,
    (thrown: unknown) => asPipelineError(thrown),
  );
  if (outcome === undefined) throw new Error('It ended well, where it should have failed.');
  return outcome;
}

const isReport = (one: LabelAnswer | ErrorReport): one is ErrorReport => 'kind' in one;

function costOf(answer: LabelAnswer | ErrorReport): number {
  if (!isReport(answer)) return answer.costUsd;
  const { billed }: BilledReport = answer;
  return billed?.usd ?? 0;
}

function batchesOf(provider: LabelProvider): LabelBatches {
  if (provider.batches === undefined) throw new Error('This provider has no batches.');
  return provider.batches;
}

/** Every live request meets the fault. */
const meetLive = ({ sandbox, livePath }: LabelVendor, fault: Fault): void =>
  sandbox.faults.set([{ count: 'always', path: livePath, ...fault }]);

/** Runs `work` for each hardship of a table that the vendor can have. */
async function each<H extends { readonly fault: Fault }>(
  vendor: LabelVendor,
  hardships: Readonly<Record<string, H>>,
  work: (hardship: H, name: string) => Promise<void>,
): Promise<void> {
  const { unlike = {}, sandbox } = vendor;
  for (const [name, hardship] of Object.entries(hardships)) {
    const fault = name in unlike ? unlike[name] : hardship.fault;
    if (fault === undefined) continue;
    try {
      await work({ ...hardship, fault }, name);
    } catch (error) {
      throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    } finally {
      sandbox.faults.clear();
    }
  }
}

/** How often the vendor was asked live while `work` ran. */
async function asked({ sandbox, livePath }: LabelVendor, work: () => Promise<unknown>): Promise<number> {
  const count = (): number => sandbox.journal.list().filter(({ path }) => path.includes(livePath)).length;
  const before = count();
  await work();
  return count() - before;
}

/** Halves the pack on data errors, as the engine does, until each text has an end: its outcome, or the code of an error. */
async function settle(
  provider: LabelProvider,
  pack: readonly LabelRequest[],
  context: Context,
): Promise<Readonly<Record<string, string>>> {
  try {
    return told(await provider.label(pack, context));
  } catch (thrown) {
    const error = asPipelineError(thrown);
    if (error.kind !== 'data' || pack.length === 1) {
      return Object.fromEntries(pack.map(({ id }) => [id, `${error.kind}: ${error.code}`]));
    }
    const half = Math.ceil(pack.length / 2);
    return {
      ...(await settle(provider, pack.slice(0, half), context)),
      ...(await settle(provider, pack.slice(half), context)),
    };
  }
}

/** Each text has exactly one end, and where that is a label, it is its own. */
function expectOwnLabels(ends: Readonly<Record<string, string>>, pack: readonly LabelRequest[]): void {
  expect(Object.keys(ends).sort()).toEqual(pack.map(({ id }) => id).sort());
  for (const [id, end] of Object.entries(ends)) {
    if (!/^(?:refused|failed|data|transient|config): \S+$/.test(end)) expect(end, id).toBe(TRUTH[id]);
  }
}

/** Submits the packs while the request that brings them meets a fault, lets the batch end and collects it. */
async function runBatch(
  vendor: LabelVendor,
  provider: LabelProvider,
  fault?: Fault,
): Promise<ReadonlyMap<string, LabelAnswer | ErrorReport>> {
  const { batch, sandbox } = vendor;
  const batches = batchesOf(provider);
  if (fault !== undefined)
    sandbox.faults.set([{ path: batch?.questionsPath ?? '', method: 'POST', ...fault }]);
  const id = await batches.submit(newIntent(), PACKS, loopbackContext());
  sandbox.faults.clear();
  batch?.pass();
  const answers = await batches.collect(id, PACKS, loopbackContext());
  if (answers === undefined) throw new Error('The batch has not ended.');
  return answers;
}

let intents = 0;
function newIntent(): string {
  intents += 1;
  return `intent-${process.pid}-${intents}`;
}

/** Every pack has an answer or an error of a known kind; answers hold their own labels. */
function expectWhole(answers: ReadonlyMap<string, LabelAnswer | ErrorReport>): void {
  expect([...answers.keys()].sort()).toEqual([...PACKS.keys()]);
  for (const [name, answer] of answers) {
    if (isReport(answer)) {
      expect(['transient', 'config', 'data'], name).toContain(answer.kind);
      expect(answer.code).toMatch(/^label\.[a-z_]+$/);
    } else expectOwnLabels(told(answer), PACKS.get(name) ?? []);
  }
}

// ------------------------------------------------------------------------------------------------------- the promises

/** Of every provider; a broken one names the promise that it breaks. */
export const LABEL_PROMISES = {
  async 'each text gets its own label, from the model that is named'(vendor) {
    const provider = vendor.provider();
    const answer = await provider.label(PACK, loopbackContext());
    expect(told(answer)).toEqual(TRUTH);
    expect(answer.outcomes).toHaveLength(PACK.length);
    expect(answer.model).toContain(provider.model);
    expect(provider.name).toMatch(/^[a-z0-9][a-z0-9.:-]*$/);
    expect(provider.priceVersion).not.toBe('');
  },

  async 'what it says it cost is what the vendor bills, and less than was set aside'(vendor) {
    const provider = vendor.provider();
    for (const pack of [PACK, PACK.slice(0, 1)]) {
      const before = vendor.invoiceUsd();
      const answer = await provider.label(pack, loopbackContext());
      expect(answer.costUsd).toBeGreaterThan(0);
      expect(answer.costUsd).toBeCloseTo(vendor.invoiceUsd() - before, 9);
      expect(answer.costUsd).toBeLessThan(provider.estimateUsd(pack));
      expect(answer.tokensIn).toBeGreaterThan(0);
      expect(answer.tokensOut).toBeGreaterThan(0);
    }
  },

  async 'an answer that cannot be used has an error that says what was billed for it'(vendor) {
    await each(vendor, { ...UNUSABLE, ...CUT }, async ({ fault }) => {
      meetLive(vendor, fault);
      const before = vendor.invoiceUsd();
      const { billed } = await failure(vendor.provider().label(PACK, loopbackContext()));
      expect(billed?.usd).toBeCloseTo(vendor.invoiceUsd() - before, 9);
    });
  },

  async 'an answer that says all is read, whatever stands around it and in whatever order'(vendor) {
    await each(vendor, READABLE, async ({ fault }) => {
      meetLive(vendor, fault);
      const answer = await vendor.provider().label(PACK, loopbackContext());
      expect(told(answer)).toEqual(TRUTH);
    });
  },

  async 'an answer with wrong ids, labels or numbers, or none at all, gives no label'(vendor) {
    await each(vendor, UNUSABLE, async ({ fault, codes }) => {
      meetLive(vendor, fault);
      const error = await failure(vendor.provider().label(PACK, loopbackContext()));
      expect(error.kind).toBe('data');
      expect(codes).toContain(error.code);
    });
  },

  async 'an answer that was cut gives no label, though the first ones can be read'(vendor) {
    await each(vendor, CUT, async ({ fault, codes }) => {
      meetLive(vendor, fault);
      for (const pack of [PACK, PACK.slice(0, 1)]) {
        const error = await failure(vendor.provider().label(pack, loopbackContext()));
        expect(error.kind).toBe('data');
        expect(codes).toContain(error.code);
      }
    });
  },

  async 'what is declined is an error of a pack, so that it is halved, and the outcome of a text alone'(
    vendor,
  ) {
    await each(vendor, DECLINED, async ({ fault, codes, reason }) => {
      meetLive(vendor, fault);
      const error = await failure(vendor.provider().label(PACK, loopbackContext()));
      expect(error.kind).toBe('data');
      expect(codes).toContain(error.code);
      const alone = await vendor.provider().label(PACK.slice(0, 1), loopbackContext());
      expect(alone.outcomes).toEqual([{ id: PACK[0]?.id, status: 'refused', reason }]);
    });
  },

  async 'whatever the model does and however often, each text ends with its own label or a reason'(vendor) {
    const faults: Fault[] = [];
    await each(vendor, { ...READABLE, ...UNUSABLE, ...CUT, ...DECLINED }, async ({ fault }) => {
      faults.push(fault);
      meetLive(vendor, { ...fault, contains: POISON });
      const ends = await settle(vendor.provider(), PACK, loopbackContext());
      expectOwnLabels(ends, PACK);
      const labelled = Object.values(ends).filter((end) => !end.includes(':'));
      expect(labelled.length, 'one bad text costs its neighbours nothing').toBeGreaterThanOrEqual(4);
    });
    vendor.sandbox.faults.set(
      faults.map((fault, i) => ({ ...fault, path: vendor.livePath, probability: 0.06, seed: i + 1 })),
    );
    for (let round = 0; round < 8; round++) {
      expectOwnLabels(await settle(vendor.provider(), PACK, loopbackContext()), PACK);
    }
  },

  async 'trouble that passes is transient, after one request'(vendor) {
    await each(vendor, PASSING, async ({ fault, codes }) => {
      meetLive(vendor, fault);
      const requests = await asked(vendor, async () => {
        const error = await failure(vendor.provider().label(PACK, loopbackContext()));
        expect(error.kind).toBe('transient');
        expect(codes).toContain(error.code);
      });
      expect(requests).toBe(1);
    });
  },

  async 'the wait that the vendor asks for is told, to the second'(vendor) {
    const waits = [
      { fault: { kind: 'rate-limit', retryAfterSeconds: 7 }, codes: ['label.rate_limited'] },
      { fault: { kind: 'rate-limit', retryAfterSeconds: 7_999 }, codes: ['label.rate_limited'] },
    ] as const;
    for (const { fault, codes } of waits) {
      meetLive(vendor, fault);
      const error = await failure(vendor.provider().label(PACK, loopbackContext()));
      vendor.sandbox.faults.clear();
      vendor.sandbox.clock.advance(fault.retryAfterSeconds * 1000);
      expect(error).toMatchObject({
        kind: 'transient',
        status: 429,
        retryAfterMs: fault.retryAfterSeconds * 1000,
      });
      expect(codes).toContain(error.code);
    }
  },

  async 'money and keys are for the operator: told with a hint, after one request'(vendor) {
    await each(vendor, FOR_THE_OPERATOR, async ({ fault, codes }) => {
      meetLive(vendor, fault);
      const requests = await asked(vendor, async () => {
        const error = await failure(vendor.provider().label(PACK, loopbackContext()));
        expect(error.kind).toBe('config');
        expect(codes).toContain(error.code);
        expect(error.hint ?? '').not.toBe('');
      });
      expect(requests).toBe(1);
    });
    const error = await failure(vendor.stranger().label(PACK, loopbackContext()));
    expect(error).toMatchObject({ kind: 'config', code: 'label.unauthorized' });
  },

  async 'a server that never answers is given up, and an interruption ends at once'(vendor) {
    meetLive(vendor, { kind: 'hang' });
    const silent = await failure(vendor.provider().label(PACK, loopbackContext({ timeoutMs: 250 })));
    expect(silent).toMatchObject({ kind: 'transient', code: 'label.unavailable' });
    const controller = new AbortController();
    const answer = vendor.provider().label(PACK, loopbackContext({ signal: controller.signal }));
    controller.abort();
    expect(await failure(answer)).toMatchObject({ code: 'run.interrupted' });
    vendor.sandbox.faults.clear();
  },

  async 'no error and no log line holds a customer’s words or the key'(vendor) {
    const tables = [READABLE, UNUSABLE, CUT, DECLINED, PASSING, FOR_THE_OPERATOR];
    const some = tables.flatMap((table) => Object.entries(table).filter((_, i) => i % 3 === 0));
    await each(vendor, Object.fromEntries(some), async ({ fault }) => {
      meetLive(vendor, fault);
      const context = loopbackContext();
      const said = await vendor
        .provider()
        .label(PACK, context)
        .then(
          () => '',
          (thrown: unknown) => withCauses(thrown),
        );
      const all = said + JSON.stringify(context.logged);
      expect(all.includes(vendor.secret), 'the key shows').toBe(false);
      for (const { text } of PACK) expect(all.includes(text), 'a text shows').toBe(false);
    });
  },
} satisfies Readonly<Record<string, Check>>;

/** Of every provider that has batches. */
export const BATCH_PROMISES = {
  async 'packs come back under their names, with their own labels, for the share of the price that is promised'(
    vendor,
  ) {
    const provider = vendor.provider();
    const live = await Promise.all(
      [...PACKS.values()].map((pack) => vendor.provider().label(pack, loopbackContext())),
    );
    const before = vendor.invoiceUsd();
    const answers = await runBatch(vendor, provider);
    const billed = vendor.invoiceUsd() - before;
    let usd = 0;
    for (const [name, pack] of PACKS) {
      const answer = answers.get(name);
      if (answer === undefined || isReport(answer)) throw new Error(`${name} has no answer`);
      expect(told(answer)).toEqual(truthOf(pack));
      usd += answer.costUsd;
    }
    expect(answers.size).toBe(PACKS.size);
    expect(usd).toBeCloseTo(billed, 9);
    const share = batchesOf(provider).priceShare;
    expect(usd).toBeCloseTo(live.reduce((sum, { costUsd }) => sum + costUsd, 0) * share, 9);
    expect(share).toBeLessThan(1);
  },

  async 'a batch that is worked on has no answers yet, and one that ended has the same for ever'(vendor) {
    const batches = batchesOf(vendor.provider());
    const id = await batches.submit(newIntent(), PACKS, loopbackContext());
    expect(await batches.collect(id, PACKS, loopbackContext())).toBeUndefined();
    vendor.batch?.pass();
    const first = await batches.collect(id, PACKS, loopbackContext());
    const billed = vendor.invoiceUsd();
    expect(await batchesOf(vendor.provider()).collect(id, PACKS, loopbackContext())).toEqual(first);
    expect(vendor.invoiceUsd()).toBe(billed);
    expect(first?.size).toBe(PACKS.size);
  },

  async 'a batch whose making was never confirmed is found by its intent, among all others'(vendor) {
    const { sandbox, batch } = vendor;
    const batches = batchesOf(vendor.provider());
    const intent = newIntent();
    await batches.submit(`${intent}-before`, PACKS, loopbackContext());
    sandbox.faults.set([{ kind: 'lost-answer', path: batch?.submitPath ?? '', method: 'POST' }]);
    const lost = await failure(batches.submit(intent, PACKS, loopbackContext()));
    expect(lost.kind).toBe('transient');
    sandbox.faults.clear();
    const others: string[] = [];
    for (const name of ['a', 'b', 'c']) {
      others.push(await batches.submit(`${intent}-${name}`, PACKS, loopbackContext()));
    }
    if (batch?.intentShows === 'once it has ended') {
      const early = await failure(batchesOf(vendor.provider()).find(intent, loopbackContext()));
      expect(early, 'it must not be said that there is none').toMatchObject({ kind: 'transient' });
      batch.pass();
    }
    const found = await batchesOf(vendor.provider()).find(intent, loopbackContext());
    if (found === undefined) throw new Error('The batch was not found.');
    expect(others).not.toContain(found);
    expect(await batches.find(`${intent}-b`, loopbackContext())).toBe(others[1]);
    expect(await batches.find(`${intent}-unknown`, loopbackContext())).toBeUndefined();
    batch?.pass();
    const answers = await batches.collect(found, PACKS, loopbackContext());
    expectWhole(answers ?? new Map());
    expect([...(answers ?? new Map()).values()].some(isReport)).toBe(false);
  },

  async 'each pack of a batch that ends badly has its own labels or its own error, and none is missing'(
    vendor,
  ) {
    await each(vendor, BATCH_HARDSHIPS, async ({ fault, labelled, kinds }) => {
      const answers = await runBatch(vendor, vendor.provider(), fault);
      expectWhole(answers);
      const errors = [...answers.values()].filter(isReport);
      if (labelled === 'all') expect(errors).toEqual([]);
      if (labelled === 'none') expect(errors).toHaveLength(PACKS.size);
      if (labelled === 'some') {
        expect(errors.length).toBeGreaterThan(0);
        expect(errors.length).toBeLessThan(PACKS.size);
      }
      for (const { kind } of errors) expect(kinds).toContain(kind);
    });
  },

  async 'an answer in a batch is judged like a live one, and spoils no other'(vendor) {
    await each(vendor, { ...UNUSABLE, ...CUT, ...DECLINED }, async ({ fault, codes }) => {
      const before = vendor.invoiceUsd();
      const answers = await runBatch(vendor, vendor.provider(), { ...fault, contains: POISON });
      expectWhole(answers);
      const usd = [...answers.values()].reduce((sum, answer) => sum + costOf(answer), 0);
      expect(usd, 'useless answers are billed, too').toBeCloseTo(vendor.invoiceUsd() - before, 9);
      for (const [name, answer] of answers) {
        if (name !== POISONED) expect(isReport(answer), name).toBe(false);
        else if (!isReport(answer)) throw new Error('The spoiled pack was labelled.');
        else {
          expect(answer.kind).toBe('data');
          expect(codes).toContain(answer.code);
        }
      }
    });
  },

  async 'a text alone that is declined in a batch has that as its outcome'(vendor) {
    const alone = new Map([['pack-9', PACK.slice(1, 2)]]);
    await each(vendor, DECLINED, async ({ fault, reason }) => {
      const batches = batchesOf(vendor.provider());
      vendor.sandbox.faults.set([{ path: vendor.batch?.questionsPath ?? '', method: 'POST', ...fault }]);
      const id = await batches.submit(newIntent(), alone, loopbackContext());
      vendor.batch?.pass();
      const answer = (await batches.collect(id, alone, loopbackContext()))?.get('pack-9');
      expect(answer).toMatchObject({ outcomes: [{ id: PACK[1]?.id, status: 'refused', reason }] });
    });
  },

  async 'trouble on the way to a batch is classified as it is live, and passes'(vendor) {
    const { sandbox, batch } = vendor;
    const batches = batchesOf(vendor.provider());
    const { submitPath = '', resultsPath = '' } = batch ?? {};
    await each(vendor, { ...PASSING, ...FOR_THE_OPERATOR }, async ({ fault, codes }, name) => {
      sandbox.faults.set([{ count: 'always', path: submitPath, method: 'POST', ...fault }]);
      const error = await failure(batches.submit(newIntent(), PACKS, loopbackContext()));
      expect(codes).toContain(error.code);
      expect(error.kind).toBe(name in PASSING ? 'transient' : 'config');
    });
    const id = await batches.submit(newIntent(), PACKS, loopbackContext());
    batch?.pass();
    await each(vendor, PASSING, async ({ fault, codes }) => {
      sandbox.faults.set([{ count: 'always', path: resultsPath, method: 'GET', ...fault }]);
      const error = await failure(batches.collect(id, PACKS, loopbackContext()));
      expect(error.kind).toBe('transient');
      expect(codes).toContain(error.code);
    });
    sandbox.faults.set([{ kind: 'not-available', path: resultsPath, method: 'GET' }]);
    const late = await failure(batches.collect(id, PACKS, loopbackContext()));
    expect(late.kind, 'results that are not there yet').toBe('transient');
    sandbox.faults.clear();
    expectWhole((await batches.collect(id, PACKS, loopbackContext())) ?? new Map());
    const stranger = batchesOf(vendor.stranger());
    const refused = await failure(stranger.submit(newIntent(), PACKS, loopbackContext()));
    expect(refused).toMatchObject({ kind: 'config', code: 'label.unauthorized' });
  },
} satisfies Readonly<Record<string, Check>>;

export type LabelPromise = keyof typeof LABEL_PROMISES | keyof typeof BATCH_PROMISES;

/** Everything that an error would show in a log: its message, its stack and those of its causes. */
function withCauses(thrown: unknown): string {
  const said: string[] = [];
  for (let error = thrown; error instanceof Error && said.length < 8; error = error.cause) {
    said.push(`${error.stack} ${JSON.stringify(error)}`);
  }
  return said.join('\n');
}

/** Runs every promise of live requests on a provider; `start` starts a stand-in of its own for each. */
export function labelProviderContract(name: string, start: () => Promise<LabelVendor>): void {
  runAll(`the label provider ${name}`, LABEL_PROMISES, start);
}

/** Runs every promise of batches on a provider that has them. */
export function labelBatchesContract(name: string, start: () => Promise<LabelVendor>): void {
  runAll(`batches of ${name}`, BATCH_PROMISES, start);
}

function runAll(
  title: string,
  promises: Readonly<Record<string, Check>>,
  start: () => Promise<LabelVendor>,
): void {
  describe(title, () => {
    for (const [promise, check] of Object.entries(promises)) {
      test(promise, async () => {
        const vendor = await start();
        try {
          await check(vendor);
        } finally {
          await vendor.sandbox.close();
        }
      });
    }
  });
}
