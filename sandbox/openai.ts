// A stand-in for the OpenAI family: OpenAI itself, Azure OpenAI, and a server of one's own with JAIS. It labels Arabic feedback from
// a word list, live and in batches, counts tokens, and bills.
// https://platform.openai.com/docs/api-reference/chat · https://learn.microsoft.com/azure/ai-foundry/openai/reference

import type { MovableClock } from './clock.ts';
import type { Reply } from './delivery.ts';
import { type BucketState, createLimits } from './limits.ts';
import { MISBEHAVIOURS } from './openai/answers.ts';
import { type AzurePlace, type Deployment, readPlace, schemaRefusal } from './openai/azure.ts';
import { BATCH_MISBEHAVIOURS, BATCH_SHARE, createBatches } from './openai/batches.ts';
import { createChat, type SchemaSupport } from './openai/chat.ts';
import { type Dialect, inDialect } from './openai/dialect.ts';
import { createFiles } from './openai/files.ts';
import { createLedger, type Invoice, type Ledger, type Price } from './openai/ledger.ts';
import { fail, quotaExceeded, refuse, unknownModel, withLimits } from './openai/replies.ts';
import type { FindModel, OpenAIModel } from './openai/request.ts';
import { createRandom } from './random.ts';
import {
  json,
  type Sandbox,
  type ServerOptions,
  startServer,
  type Vendor,
  type VendorRequest,
} from './server.ts';

export type { OpenAIModel } from './openai/request.ts';

export interface OpenAIOptions extends ServerOptions {
  /** Whose addresses, errors and manners it has. Default `openai`; `jais` is a server of one's own that runs vLLM. */
  readonly dialect?: Dialect;
  readonly seed?: number | string;
  /** Default `sandbox-openai-key`. */
  readonly apiKey?: string;
  /** Default: gpt-4o-mini, gpt-4.1-mini and the retired gpt-3.5-turbo-0301; jais-2-70b-chat and jais-13b-chat. Prices are examples, not the vendor's. */
  readonly models?: readonly OpenAIModel[];
  /** Of Azure. Default: `labels`, `labels-nightly` for batches, and `labels-old`, whose model is retired. */
  readonly deployments?: readonly Deployment[];
  /** The share of items that get a wrong label, for models that have none of their own. Default 0. */
  readonly noise?: number;
  /** What is done with a schema that is sent. Default `taken`, and `refused` by JAIS. */
  readonly schemas?: SchemaSupport;
  /** The share of answers with sentences, code fences or Arabic commas and digits around and between what was asked. Default 0, of JAIS 0.3. */
  readonly untidy?: number;
  /** Per minute. Default: so many that nothing meets them. */
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  /** How long a batch is worked on; more than a day lets it expire. Default one minute. */
  readonly batchMs?: number;
}

export interface OpenAISandbox extends Sandbox {
  /** What an SDK wants as its base URL: `url` with `/v1`; of Azure with `/openai/v1`, where no version is named. */
  readonly baseUrl: string;
  readonly apiKey: string;
  invoice(): Invoice;
  /** Every text that came, by hash: how often it was sent, and how often it was billed. */
  items(): ReturnType<Ledger['items']>;
}

const PRICE: Price = { inputPer1k: 0.00015, cachedPer1k: 0.000075, outputPer1k: 0.0006 };
const MODELS: readonly OpenAIModel[] = [
  { id: 'gpt-4o-mini', price: PRICE, contextTokens: 128_000 },
  {
    id: 'gpt-4.1-mini',
    price: { inputPer1k: 0.0004, cachedPer1k: 0.0001, outputPer1k: 0.0016 },
    contextTokens: 1_047_576,
  },
  { id: 'gpt-3.5-turbo-0301', price: PRICE, contextTokens: 4096, shutdownDate: '2024-09-13' },
];
const JAIS_PRICE: Price = { inputPer1k: 0.002, cachedPer1k: 0.002, outputPer1k: 0.002 };
const JAIS_MODELS: readonly OpenAIModel[] = [
  { id: 'jais-2-70b-chat', price: JAIS_PRICE, contextTokens: 8192 },
  { id: 'jais-13b-chat', price: JAIS_PRICE, contextTokens: 4096 },
];
const DEPLOYMENTS: readonly Deployment[] = [
  { name: 'labels', model: 'gpt-4o-mini' },
  { name: 'labels-nightly', model: 'gpt-4o-mini', batch: true },
  { name: 'labels-old', model: 'gpt-3.5-turbo-0301' },
];

export async function startOpenAI(options: OpenAIOptions = {}): Promise<OpenAISandbox> {
  const ledger = createLedger();
  const apiKey = options.apiKey ?? 'sandbox-openai-key';
  let settle = (): void => undefined;
  const sandbox = await startServer(
    options,
    ({ clock }) => {
      const vendor = createVendor(options, apiKey, ledger, clock);
      settle = vendor.settle;
      return vendor;
    },
    [...MISBEHAVIOURS, ...BATCH_MISBEHAVIOURS],
  );
  return {
    ...sandbox,
    baseUrl: `${sandbox.url}${options.dialect === 'azure' ? '/openai' : ''}/v1`,
    apiKey,
    invoice() {
      settle();
      return ledger.invoice();
    },
    items: ledger.items,
  };
}

function createVendor(
  options: OpenAIOptions,
  apiKey: string,
  ledger: Ledger,
  clock: MovableClock,
): Vendor & { settle(): void } {
  const { dialect = 'openai' } = options;
  const models = options.models ?? (dialect === 'jais' ? JAIS_MODELS : MODELS);
  const deployments = options.deployments ?? DEPLOYMENTS;
  const random = createRandom(options.seed ?? 1);
  const limits = createLimits(() => clock.monotonicMs());
  const now = (): Date => clock.now();
  const chat = createChat({
    ledger,
    random,
    now,
    noise: options.noise ?? 0,
    schemas: options.schemas ?? (dialect === 'jais' ? 'refused' : 'taken'),
    untidy: options.untidy ?? (dialect === 'jais' ? 0.3 : 0),
    tellsFilters: dialect === 'azure',
  });
  const files = createFiles({ now, slow: dialect === 'azure' });
  const batches = createBatches({
    files,
    now,
    workMs: options.batchMs ?? 60_000,
    random: random.fork('batches'),
    endpoints: dialect === 'azure' ? ['/chat/completions', '/v1/chat/completions'] : ['/v1/chat/completions'],
    answer(body, what) {
      const reply = inDialect(
        chat({ body: JSON.stringify(body), find: finder(true), what, share: BATCH_SHARE }),
        dialect,
      );
      return { status: reply.status, body: JSON.parse(String(reply.body)) as unknown };
    },
  });

  /** By model, or by the deployment that stands for it; each is for live requests or for batches. */
  const finder =
    (forBatch: boolean): FindModel =>
    (name) => {
      const deployment = deployments.find((one) => one.name === name);
      const id = dialect === 'azure' ? deployment?.model : name;
      const model = models.find((one) => one.id === id);
      if (model === undefined) return unknownModel(name.slice(0, 60));
      if (model.shutdownDate !== undefined && new Date(model.shutdownDate) <= now())
        return dialect === 'azure' ? fail(410) : unknownModel(name.slice(0, 60));
      if (dialect === 'azure' && (deployment?.batch ?? false) !== forBatch)
        return refuse(
          400,
          'The operation does not work with the specified deployment.',
          'OperationNotSupported',
        );
      return model;
    };

  function take(requests: number, tokens: number): readonly BucketState[] {
    return limits.take([
      { name: 'requests', total: options.requestsPerMinute ?? 1_000_000, periodSeconds: 60, cost: requests },
      { name: 'tokens', total: options.tokensPerMinute ?? 1_000_000_000, periodSeconds: 60, cost: tokens },
    ]);
  }

  function answer(request: VendorRequest): Reply {
    return inDialect(route(request), dialect);
  }

  function route(request: VendorRequest): Reply {
    const { authorization, 'api-key': azureKey } = request.headers;
    const known = authorization === `Bearer ${apiKey}` || (dialect === 'azure' && azureKey === apiKey);
    if (!known) return withLimits(fail(401), take(0, 0));
    const place: AzurePlace | Reply =
      dialect === 'azure'
        ? readPlace(request)
        : { path: request.path, deployment: undefined, apiVersion: undefined };
    if ('status' in place) return withLimits(place, take(0, 0));
    const { method, query } = request;
    const [, version, what = '', id = '', more = ''] = place.path.split('/').map(decodeURIComponent);
    const called = version === 'v1' ? `${method} ${what}${id === '' ? '' : '/:id'}${more && `/${more}`}` : '';
    if (called === 'POST chat/:id' && id === 'completions') return complete(request, place);
    const hasBatches = dialect !== 'jais';
    const misbehaviour = request.fault?.kind === 'model' ? request.fault : undefined;
    const reply = ((): Reply => {
      if (called === 'GET models') return json(200, { object: 'list', data: models.map(describe) });
      if (called === 'GET models/:id') {
        const model = models.find((one) => one.id === id);
        return model ? json(200, describe(model)) : unknownModel(id.slice(0, 60));
      }
      switch (hasBatches ? called : '') {
        case 'POST files':
          return files.upload(request.body, request.headers['content-type'] ?? '', misbehaviour);
        case 'GET files':
          return files.list(query);
        case 'GET files/:id':
          return files.retrieve(id);
        case 'GET files/:id/content':
          return files.content(id);
        case 'DELETE files/:id':
          return files.remove(id);
        case 'POST batches':
          if (misbehaviour?.what === 'insufficient_quota') return quotaExceeded();
          return batches.create(readJson(request.body), misbehaviour?.what);
        case 'GET batches':
          return batches.list(query);
        case 'GET batches/:id':
          return batches.retrieve(id);
        case 'POST batches/:id/cancel':
          return batches.cancel(id);
        default:
          return refuse(404, `Invalid URL (${method} ${request.path})`, dialect === 'azure' ? '404' : null);
      }
    })();
    return withLimits(reply, take(0, 0));
  }

  function complete(request: VendorRequest, place: AzurePlace): Reply {
    let taken: readonly BucketState[] | undefined;
    const limit = (promptTokens: number): Reply | undefined => {
      taken = take(1, promptTokens);
      const refused = taken.find((bucket) => !bucket.granted);
      if (refused === undefined) return undefined;
      const reply = fail(429);
      const seconds = String(refused.resetSeconds);
      return {
        ...reply,
        headers: { ...reply.headers, 'retry-after': seconds, 'retry-after-ms': `${seconds}000` },
      };
    };
    const find = finder(false);
    const { deployment } = place;
    const reply =
      schemaRefusal(place.apiVersion, request.body) ??
      chat({
        body: request.body,
        // An address that names a deployment has the last word.
        find: deployment === undefined ? find : () => find(deployment),
        what: request.fault?.kind === 'model' ? request.fault.what : undefined,
        share: 1,
        limit,
      });
    return withLimits(reply, taken ?? take(1, 0));
  }

  function describe(model: OpenAIModel): object {
    const { id, shutdownDate } = model;
    const known = { id, object: 'model', created: 1_715_367_049, owned_by: 'system' };
    if (dialect === 'jais') return { ...known, owned_by: 'vllm', max_model_len: model.contextTokens };
    if (dialect === 'openai') return { ...known, shutdown_date: shutdownDate ?? null };
    const ends = shutdownDate === undefined ? {} : { inference: Date.parse(shutdownDate) / 1000 };
    return { ...known, deprecation: ends };
  }

  return {
    name: 'openai',
    answer,
    fail: (status) => inDialect(withLimits(fail(status), take(0, 0)), dialect),
    expireTokens: () => undefined,
    truth: () => ledger.items(),
    change: () => ({ changes: 0 }),
    settle: batches.advance,
    admin: {
      invoice() {
        batches.advance();
        return ledger.invoice();
      },
      items: ledger.items,
    },
  };
}

function readJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
