// The promises of a label provider, kept by those of the OpenAI family against their stand-ins.

import { describe, expect, test } from 'vitest';
import { startOpenAI } from '../../sandbox/openai.ts';
import { BROKEN_LABEL_PROVIDERS } from '../contracts/broken-label-providers.ts';
import {
  BATCH_PROMISES,
  LABEL_PROMISES,
  type LabelVendor,
  labelProviderContract,
} from '../contracts/label-provider.ts';
import { providerOf } from './llm-context.ts';

async function openAI(): Promise<LabelVendor> {
  const sandbox = await startOpenAI();
  const provider = (OPENAI_API_KEY: string) =>
    providerOf({ OPENAI_API_KEY, OPENAI_BASE_URL: sandbox.baseUrl });
  return {
    sandbox,
    provider: () => provider(sandbox.apiKey),
    stranger: () => provider('sk-of-somebody-else'),
    secret: sandbox.apiKey,
    invoiceUsd: () => sandbox.invoice().usd,
    livePath: '/v1/chat/completions',
  };
}

labelProviderContract('OpenAI', openAI);

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
