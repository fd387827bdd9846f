// Claude, Gemini and Bedrock as the contract of label providers wants them: each with a stand-in of its own.

import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment, LabelProvider } from '../../core/types.ts';
import { type AnthropicOptions, type AnthropicSandbox, startAnthropic } from '../../sandbox/anthropic.ts';
import { type BedrockOptions, type BedrockSandbox, startBedrock } from '../../sandbox/bedrock.ts';
import { startVertex, type VertexOptions, type VertexSandbox } from '../../sandbox/vertex.ts';
import { anthropicProvider } from '../../transforms/sentiment/anthropic.ts';
import { bedrockProvider } from '../../transforms/sentiment/bedrock.ts';
import type { Price } from '../../transforms/sentiment/prices.ts';
import { vertexProvider } from '../../transforms/sentiment/vertex.ts';
import type { LabelVendor } from '../contracts/label-provider.ts';

const HOUR_MS = 3600_000;
const CLAUDE = 'claude-haiku-5-5';
const GEMINI = 'gemini-3.5-flash-lite';
const CLAUDE_ON_BEDROCK = 'global.anthropic.claude-haiku-4-5-20251001-v1:0';

/** The stand-ins' own prices, in the unit of the providers. */
const PRICES: Readonly<Record<string, Price>> = {
  [CLAUDE]: { input: 1, output: 5, cached: 0.1 },
  [GEMINI]: { input: 0.3, output: 2.5, cached: 0.03 },
  [CLAUDE_ON_BEDROCK]: { input: 1, output: 5, cached: 0.1 },
};

function mustBe(provider: LabelProvider | undefined): LabelProvider {
  if (provider === undefined) throw new Error('Everything was set, and there is no provider.');
  return provider;
}

// ----------------------------------------------------------------------------------------------------------- Anthropic

export function anthropicOf(sandbox: AnthropicSandbox, env: Environment = {}): LabelProvider {
  const all = { ANTHROPIC_API_KEY: sandbox.apiKey, ANTHROPIC_BASE_URL: sandbox.url, ...env };
  return mustBe(anthropicProvider(all, PRICES));
}

export async function anthropicVendor(options: AnthropicOptions = {}): Promise<LabelVendor> {
  const sandbox = await startAnthropic({ batchMs: HOUR_MS, ...options });
  return {
    sandbox,
    provider: () => anthropicOf(sandbox),
    stranger: () => anthropicOf(sandbox, { ANTHROPIC_API_KEY: 'sk-ant-of-somebody-else' }),
    secret: sandbox.apiKey,
    invoiceUsd: () => sandbox.invoice().usd,
    livePath: '/v1/messages',
    batch: {
      questionsPath: '/v1/messages/batches',
      submitPath: '/v1/messages/batches',
      resultsPath: '/results',
      pass: () => sandbox.clock.advance(HOUR_MS),
      intentShows: 'once it has ended',
    },
    // Claude has one way to end for what it will not say.
    unlike: { content_filter_finish: undefined },
  };
}

// ------------------------------------------------------------------------------------------------------------- Vertex

/** Where a key file with these contents is. */
export function keyFile(contents: unknown): string {
  const file = join(mkdtempSync(join(tmpdir(), 'vertex-key-')), 'key.json');
  writeFileSync(file, typeof contents === 'string' ? contents : JSON.stringify(contents));
  return file;
}

export function vertexOf(sandbox: VertexSandbox, env: Environment = {}): LabelProvider {
  const all = {
    VERTEX_PROJECT_ID: sandbox.project,
    VERTEX_BASE_URL: sandbox.url,
    GOOGLE_APPLICATION_CREDENTIALS: env['GOOGLE_APPLICATION_CREDENTIALS'] ?? keyFile(sandbox.credentials),
    ...env,
  };
  return mustBe(vertexProvider(all, PRICES));
}

let foreign: string | undefined;

/** A private key that no service account has. */
function foreignKey(): string {
  foreign ??= generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey;
  return foreign;
}

export async function vertexVendor(options: VertexOptions = {}): Promise<LabelVendor> {
  const sandbox = await startVertex(options);
  const own = keyFile(sandbox.credentials);
  const foreignFile = keyFile({ ...sandbox.credentials, private_key: foreignKey() });
  return {
    sandbox,
    provider: () => vertexOf(sandbox, { GOOGLE_APPLICATION_CREDENTIALS: own }),
    stranger: () => vertexOf(sandbox, { GOOGLE_APPLICATION_CREDENTIALS: foreignFile }),
    secret: sandbox.credentials.private_key.split('\n')[3] ?? '',
    invoiceUsd: () => sandbox.invoice().usd,
    livePath: ':generateContent',
    // A refusal of Gemini's is content that was blocked.
    unlike: { refusal: undefined },
  };
}

// ------------------------------------------------------------------------------------------------------------- Bedrock

export function bedrockOf(sandbox: BedrockSandbox, env: Environment = {}): LabelProvider {
  const all = {
    BEDROCK_MODEL: CLAUDE_ON_BEDROCK,
    BEDROCK_BASE_URL: sandbox.url,
    AWS_REGION: sandbox.region,
    AWS_ACCESS_KEY_ID: sandbox.accessKey.accessKeyId,
    AWS_SECRET_ACCESS_KEY: sandbox.accessKey.secretAccessKey,
    AWS_SESSION_TOKEN: sandbox.accessKey.sessionToken,
    ...env,
  };
  return mustBe(bedrockProvider(all, PRICES));
}

export async function bedrockVendor(options: BedrockOptions = {}): Promise<LabelVendor> {
  const sandbox = await startBedrock(options);
  return {
    sandbox,
    provider: () => bedrockOf(sandbox),
    stranger: () => bedrockOf(sandbox, { AWS_SECRET_ACCESS_KEY: 'of-somebody-else' }),
    secret: sandbox.accessKey.secretAccessKey,
    invoiceUsd: () => sandbox.invoice().usd,
    livePath: '/converse',
    // Converse ends a refusal as content that was filtered.
    unlike: { refusal: undefined },
  };
}
