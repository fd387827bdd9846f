// Azure OpenAI: addresses, keys and deployments, and what is asked of the operator.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Environment, LabelProvider } from '../../core/types.ts';
import { type OpenAISandbox, startOpenAI } from '../../sandbox/openai.ts';
import { azureProblems, azureProvider } from '../../transforms/sentiment/azure.ts';
import { completion, labelsOf, loopbackContext, PACK, SINGLE, scriptedContext } from './llm-context.ts';

const SETTINGS = {
  AZURE_OPENAI_API_KEY: 'azure-key',
  AZURE_OPENAI_ENDPOINT: 'https://acme.openai.azure.com/',
  AZURE_OPENAI_DEPLOYMENT: 'labels',
};

function providerOf(env: Environment): LabelProvider {
  const provider = azureProvider({ ...SETTINGS, ...env });
  if (provider === undefined) throw new Error('All is set, and there is no provider.');
  return provider;
}

const good = completion(
  JSON.stringify({
    items: [
      {
        id: 'a1',
        label: 'positive',
        score: 0.5,
        confidence: 0.9,
        topics: [],
        aspects: [],
        urgency: 'low',
        intent: 'praise',
        summary: 'خدمة ممتازة',
      },
    ],
  }),
);

describe('a request', () => {
  const sentWith = async (env: Environment) => {
    const context = scriptedContext(() => good);
    await providerOf(env).label(SINGLE, context);
    const [request] = context.requests;
    if (request === undefined) throw new Error('Nothing was sent.');
    return { ...request, sent: JSON.parse(request.body ?? '') as { readonly model: string } };
  };

  test('goes to the versionless address, with the deployment as its model', async () => {
    const { url, sent, headers } = await sentWith({});
    expect(url).toBe('https://acme.openai.azure.com/openai/v1/chat/completions');
    expect(sent.model).toBe('labels');
    expect(headers).toMatchObject({ 'api-key': 'azure-key' });
    expect(headers).not.toHaveProperty('authorization');
  });

  test('goes to the deployment and version that are set', async () => {
    const { url, headers } = await sentWith({ AZURE_OPENAI_API_VERSION: '2024-10-21' });
    expect(url).toBe(
      'https://acme.openai.azure.com/openai/deployments/labels/chat/completions?api-version=2024-10-21',
    );
    expect(headers).toMatchObject({ 'api-key': 'azure-key' });
  });

  test('carries nothing of another account, whatever the environment of the process says', async () => {
    const before = process.env['OPENAI_BASE_URL'];
    process.env['OPENAI_BASE_URL'] = 'https://other.example/v1';
    try {
      for (const AZURE_OPENAI_API_VERSION of [undefined, '2024-10-21'])
        expect((await sentWith({ AZURE_OPENAI_API_VERSION })).url).toMatch(/^https:\/\/acme\./);
    } finally {
      if (before === undefined) delete process.env['OPENAI_BASE_URL'];
      else process.env['OPENAI_BASE_URL'] = before;
    }
  });

  test('is priced by the model behind the deployment', () => {
    const dear = providerOf({});
    const priced = providerOf({ AZURE_OPENAI_MODEL: 'gpt-6-luna' });
    expect(dear.priceVersion).toMatch(/dearest$/);
    expect(priced.priceVersion).not.toMatch(/dearest$/);
    expect(priced.estimateUsd(PACK)).toBeLessThan(dear.estimateUsd(PACK));
    expect(priced).toMatchObject({ name: 'azure', model: 'gpt-6-luna' });
  });
});

describe('against the stand-in', () => {
  let server: OpenAISandbox;
  beforeAll(async () => {
    server = await startOpenAI({ dialect: 'azure' });
  });
  afterAll(() => server.close());
  beforeEach(() => server.faults.clear());
  const provider = (env: Environment = {}): LabelProvider =>
    providerOf({ AZURE_OPENAI_API_KEY: server.apiKey, AZURE_OPENAI_ENDPOINT: server.url, ...env });

  test('a version older than schemas is asked without one', async () => {
    const answer = await provider({ AZURE_OPENAI_API_VERSION: '2024-06-01' }).label(PACK, loopbackContext());
    expect(labelsOf(answer.outcomes)).toEqual({ a1: 'positive', b2: 'negative', c3: 'neutral' });
  });

  test('a retired model is for the operator, who is told which setting to mend', async () => {
    const retired = provider({ AZURE_OPENAI_DEPLOYMENT: 'labels-old' }).label(PACK, loopbackContext());
    await expect(retired).rejects.toMatchObject({
      kind: 'config',
      code: 'label.model_gone',
      status: 410,
      hint: expect.stringContaining('AZURE_OPENAI_DEPLOYMENT'),
    });
  });

  test('a deployment for batches takes no questions, and that is no fault of the texts alone', async () => {
    const wrong = provider({ AZURE_OPENAI_DEPLOYMENT: 'labels-nightly' }).label(PACK, loopbackContext());
    await expect(wrong).rejects.toMatchObject({ code: 'label.rejected' });
  });

  test('there are batches with a deployment for them, and otherwise none', () => {
    expect(provider().batches).toBeUndefined();
    expect(provider({ AZURE_OPENAI_BATCH_DEPLOYMENT: 'labels-nightly' }).batches?.priceShare).toBe(0.5);
  });

  test('a file is waited for until Azure has looked at it', async () => {
    const batches = provider({ AZURE_OPENAI_BATCH_DEPLOYMENT: 'labels-nightly' }).batches;
    await batches?.submit('night-1', new Map([['p', PACK]]), loopbackContext());
    const looks = server.journal
      .list()
      .filter(({ path, method }) => /\/files\/file-/.test(path) && method === 'GET');
    expect(looks).toHaveLength(1);
  });

  test('the end of a model is read from its list', async () => {
    const ends = (model: string) => provider({ AZURE_OPENAI_MODEL: model }).retiresOn?.(loopbackContext());
    expect(await ends('gpt-3.5-turbo-0301')).toBe('2024-09-13');
    expect(await ends('gpt-4o-mini')).toBeNull();
    expect(await ends('called-otherwise')).toBeNull();
  });
});

describe('the settings', () => {
  test('are all needed, and nothing is needed without a key', () => {
    expect(azureProvider({})).toBeUndefined();
    expect(azureProblems({})).toEqual([]);
    for (const name of Object.keys(SETTINGS)) {
      const env = { ...SETTINGS, [name]: ' ' };
      expect(azureProvider(env)).toBeUndefined();
      if (name !== 'AZURE_OPENAI_API_KEY')
        expect(azureProblems(env)).toMatchObject([{ name, problem: 'is not set' }]);
    }
    expect(azureProblems(SETTINGS)).toEqual([]);
  });

  test('that are wrong are told together', () => {
    const wrong = {
      AZURE_OPENAI_API_KEY: 'two words',
      AZURE_OPENAI_ENDPOINT: 'acme.openai.azure.com',
      AZURE_OPENAI_DEPLOYMENT: '../labels',
      AZURE_OPENAI_BATCH_DEPLOYMENT: 'a/b',
      AZURE_OPENAI_MODEL: 'gpt 4o',
      AZURE_OPENAI_API_VERSION: 'newest',
    };
    expect(azureProblems(wrong).map(({ name }) => name)).toEqual([
      'AZURE_OPENAI_API_KEY',
      'AZURE_OPENAI_ENDPOINT',
      'AZURE_OPENAI_DEPLOYMENT',
      'AZURE_OPENAI_BATCH_DEPLOYMENT',
      'AZURE_OPENAI_MODEL',
      'AZURE_OPENAI_API_VERSION',
    ]);
  });
});
