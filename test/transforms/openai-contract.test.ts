// The promises of a label provider, kept by those of the OpenAI family against their stand-ins.

import { describe, expect, test } from 'vitest';
import type { LabelProvider } from '../../core/types.ts';
import { type OpenAISandbox, startOpenAI } from '../../sandbox/openai.ts';
import { azureProvider } from '../../transforms/sentiment/azure.ts';
import { jaisProvider } from '../../transforms/sentiment/jais.ts';
import { openAIProvider } from '../../transforms/sentiment/openai.ts';
import { BROKEN_LABEL_PROVIDERS } from '../contracts/broken-label-providers.ts';
import {
  BATCH_PROMISES,
  LABEL_PROMISES,
  type LabelVendor,
  labelBatchesContract,
  labelProviderContract,
} from '../contracts/label-provider.ts';

/** What the stand-ins' models cost, in dollars a million tokens, as their invoices have it. */
const PRICES = {
  'gpt-4o-mini': { input: 0.15, output: 0.6, cached: 0.075 },
  'jais-2-70b-chat': { input: 2, output: 2, cached: 2 },
};

/** What a stand-in of the family and its provider have in common. */
function vendorOf(
  sandbox: OpenAISandbox,
  provider: (key: string) => LabelProvider | undefined,
  own: Pick<LabelVendor, 'unlike' | 'livePath'> & { readonly files?: string; readonly batches?: string },
): LabelVendor {
  const { files, batches, ...rest } = own;
  const made = (key: string): LabelProvider => {
    const found = provider(key);
    if (found === undefined) throw new Error('There is a key and no provider.');
    return found;
  };
  return {
    sandbox,
    provider: () => made(sandbox.apiKey),
    stranger: () => made('key-of-somebody-else'),
    secret: sandbox.apiKey,
    invoiceUsd: () => sandbox.invoice().usd,
    ...rest,
    ...(files === undefined || batches === undefined
      ? {}
      : {
          batch: {
            questionsPath: files,
            submitPath: batches,
            resultsPath: files,
            pass: () => sandbox.clock.advance(60_000),
          },
        }),
  };
}

async function openAI(): Promise<LabelVendor> {
  const sandbox = await startOpenAI();
  const provider = (OPENAI_API_KEY: string) =>
    openAIProvider({ OPENAI_API_KEY, OPENAI_BASE_URL: sandbox.baseUrl, LLM_MODEL: 'gpt-4o-mini' }, PRICES);
  return vendorOf(sandbox, provider, {
    livePath: '/v1/chat/completions',
    files: '/v1/files',
    batches: '/v1/batches',
  });
}

/** With a version of the API in the address, or without. */
const azure = (version: string | undefined) => async (): Promise<LabelVendor> => {
  const sandbox = await startOpenAI({ dialect: 'azure' });
  const provider = (AZURE_OPENAI_API_KEY: string) =>
    azureProvider(
      {
        AZURE_OPENAI_API_KEY,
        AZURE_OPENAI_ENDPOINT: sandbox.url,
        AZURE_OPENAI_DEPLOYMENT: 'labels',
        AZURE_OPENAI_BATCH_DEPLOYMENT: 'labels-nightly',
        AZURE_OPENAI_MODEL: 'gpt-4o-mini',
        AZURE_OPENAI_API_VERSION: version,
      },
      PRICES,
    );
  return vendorOf(sandbox, provider, { livePath: '/chat/completions', files: '/files', batches: '/batches' });
};

async function jais(): Promise<LabelVendor> {
  const sandbox = await startOpenAI({ dialect: 'jais', schemas: 'ignored' });
  const provider = (JAIS_API_KEY: string) =>
    jaisProvider({ JAIS_API_KEY, JAIS_BASE_URL: sandbox.baseUrl, JAIS_MODEL: 'jais-2-70b-chat' }, PRICES);
  return vendorOf(sandbox, provider, { livePath: '/v1/chat/completions' });
}

labelProviderContract('OpenAI', openAI);
labelBatchesContract('OpenAI', openAI);
labelProviderContract('Azure OpenAI', azure(undefined));
labelBatchesContract('Azure OpenAI', azure(undefined));
labelBatchesContract('Azure OpenAI with a version', azure('2024-10-21'));
labelProviderContract('JAIS', jais);

describe('the contract suite catches a label provider that', () => {
  const promises: Readonly<Record<string, (vendor: LabelVendor) => Promise<void>>> = {
    ...LABEL_PROMISES,
    ...BATCH_PROMISES,
  };
  for (const { name, breaks, from } of BROKEN_LABEL_PROVIDERS) {
    test(name, async () => {
      const vendor = await openAI();
      try {
        const broken = { ...vendor, provider: () => from(vendor.provider()) };
        await expect(promises[breaks]?.(broken)).rejects.toThrow();
      } finally {
        await vendor.sandbox.close();
      }
    });
  }

  test('breaks any promise: each one is broken by somebody', () => {
    const broken = new Set(BROKEN_LABEL_PROVIDERS.map(({ breaks }) => breaks));
    expect([...broken].sort()).toEqual(Object.keys(promises).sort());
  });
});
