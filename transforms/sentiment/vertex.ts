// Labels by Gemini on Google Vertex AI.
// https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference

import type { Context, Environment, LabelProvider, SettingProblem } from '../../core/types.ts';
import type { GoogleTokens } from './google-token.ts';
import { type Price, priceOf, type Usage } from './prices.ts';
import { labelProvider, type ModelReply, type ModelRequest } from './provider.ts';
import { codeOfStatus, type RefusalCode, refusal, type VendorWords } from './refusals.ts';
import { setting } from './setting.ts';
import { missingProblem, urlProblem, wordProblem } from './setting-problems.ts';
import { TOPICS, type Topic } from './topics.ts';
import { type Received, readJson, sendOnce, strangeAnswer } from './transport.ts';

/**
 * The smallest of the models that Google keeps for at least a year after July 2026
 * (https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/model-versions); a label needs no larger one.
 */
export const DEFAULT_VERTEX_MODEL = 'gemini-3.5-flash-lite';
/** Where Gemini 3 is served from; a region keeps the texts in one place, where it has the model. */
export const DEFAULT_VERTEX_LOCATION = 'global';

const BUCKET = 'vertex/generate';

const WORDS: VendorWords = {
  title: 'Vertex AI',
  hints: {
    no_money:
      'Enable billing for the project VERTEX_PROJECT_ID, or raise its budget; then run `pipeline enrich`.',
    unauthorized:
      'Give the service account of GOOGLE_APPLICATION_CREDENTIALS the role Vertex AI User in the project VERTEX_PROJECT_ID.',
    model_gone:
      'Set VERTEX_MODEL to a model that VERTEX_LOCATION offers, and check VERTEX_PROJECT_ID: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/learn/model-versions.',
  },
};

interface Answer {
  readonly candidates?: readonly {
    readonly content?: {
      readonly parts?: readonly { readonly text?: unknown; readonly thought?: unknown }[];
    };
    readonly finishReason?: unknown;
  }[];
  readonly promptFeedback?: { readonly blockReason?: unknown };
  readonly usageMetadata?: { readonly [count: string]: unknown };
  readonly modelVersion?: unknown;
}

/**
 * The provider behind VERTEX_PROJECT_ID and GOOGLE_APPLICATION_CREDENTIALS (VERTEX_LOCATION, VERTEX_MODEL, VERTEX_BASE_URL). The key
 * file may serve BigQuery only, so that it is the project which asks for it; without both there is none. The file is read with
 * the first request; requests go through `Context.fetch`, once each: tries and waits belong to the engine.
 */
export function vertexProvider(
  env: Environment,
  prices: Readonly<Record<string, Price>> = {},
  topics: readonly Topic[] = TOPICS,
): LabelProvider | undefined {
  const project = setting(env, 'VERTEX_PROJECT_ID');
  const file = setting(env, 'GOOGLE_APPLICATION_CREDENTIALS');
  if (project === undefined || file === undefined) return undefined;
  const location = setting(env, 'VERTEX_LOCATION') ?? DEFAULT_VERTEX_LOCATION;
  const model = setting(env, 'VERTEX_MODEL') ?? DEFAULT_VERTEX_MODEL;
  const base = setting(env, 'VERTEX_BASE_URL') ?? hostOf(location);
  const path = ['v1', 'projects', project, 'locations', location, 'publishers', 'google', 'models', model];
  const url = `${base.replace(/\/+$/, '')}/${path.map(encodeURIComponent).join('/')}:generateContent`;
  let tokens: Promise<GoogleTokens> | undefined;
  /** Models before Gemini 3, and those that must think, know no such level; it is left out for good once it was refused. */
  let setsThinking = true;
  return labelProvider(
    {
      name: 'vertex',
      model,
      price: priceOf(model, prices),
      async ask(question, context) {
        tokens ??= import('./google-token.ts').then(({ googleTokens }) => googleTokens(file));
        for (;;) {
          const received = await send(url, requestFor(question, setsThinking), await tokens, context);
          if (received.response.status === 200) return readAnswer(received.response.text);
          const refused = readRefusal(received);
          if (!setsThinking || refused.status !== 400 || !/thinking/i.test(refused.said))
            throw refusal(codeOf(refused), WORDS, { model, ...refused });
          setsThinking = false;
          context.log.warn('label.parameter_refused', {
            provider: 'vertex',
            model,
            parameter: 'thinkingConfig',
          });
        }
      },
    },
    topics,
  );
}

/** Nothing is needed without VERTEX_PROJECT_ID; with it, a key file. That the file can be read shows with the first request. */
export function vertexProblems(env: Environment): readonly SettingProblem[] {
  if (setting(env, 'VERTEX_PROJECT_ID') === undefined) return [];
  return [
    ...missingProblem(
      env,
      'GOOGLE_APPLICATION_CREDENTIALS',
      'the path of a JSON key of a service account, made in the Google Cloud console under IAM',
    ),
    ...wordProblem(env, 'VERTEX_PROJECT_ID', 'the home page of the Google Cloud console'),
    ...wordProblem(
      env,
      'VERTEX_LOCATION',
      `a region of Vertex AI; leave it unset for ${DEFAULT_VERTEX_LOCATION}`,
    ),
    ...wordProblem(
      env,
      'VERTEX_MODEL',
      `the vendor's list of models; leave it unset for ${DEFAULT_VERTEX_MODEL}`,
    ),
    ...urlProblem(
      env,
      'VERTEX_BASE_URL',
      'the address of your own endpoint; leave it unset for Google itself',
    ),
  ];
}

function hostOf(location: string): string {
  const region = encodeURIComponent(location);
  return `https://${location === 'global' ? '' : `${region}-`}aiplatform.googleapis.com`;
}

async function send(url: string, request: object, tokens: GoogleTokens, context: Context): Promise<Received> {
  const token = await tokens.get(context);
  const received = await sendOnce(
    {
      method: 'POST',
      url,
      headers: { authorization: `Bearer ${token.value}`, 'content-type': 'application/json' },
      body: JSON.stringify(request),
      bucket: BUCKET,
    },
    context,
  );
  if (received.response.status !== 401) return received;
  tokens.forget();
  // A token that worked before and was ended early: the next try gets a new one. A new one that is refused is for the operator.
  if (!token.isUsed) return received;
  throw refusal('unavailable', WORDS, { model: '', status: 401, named: 'token ended' });
}

function requestFor(question: ModelRequest, setsThinking: boolean): object {
  return {
    systemInstruction: { parts: [{ text: question.system }] },
    contents: [{ role: 'user', parts: [{ text: question.user }] }],
    generationConfig: {
      maxOutputTokens: question.outputTokens,
      responseMimeType: 'application/json',
      responseSchema: toOpenApi(question.schema),
      // Thoughts are billed as output and take its room; a label needs none. No temperature: Gemini 3 is made for its default.
      ...(setsThinking ? { thinkingConfig: { thinkingLevel: 'MINIMAL' } } : {}),
    },
  };
}

/** The part of JSON Schema that is OpenAPI too: the API refuses every other keyword, `additionalProperties` among them. */
function toOpenApi(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(toOpenApi);
  if (schema === null || typeof schema !== 'object') return schema;
  const { additionalProperties: _, ...kept } = schema as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(kept).map(([keyword, value]) =>
      keyword === 'type' ? [keyword, String(value).toUpperCase()] : [keyword, toOpenApi(value)],
    ),
  );
}

/** Why an answer ended, in our words; what is not here ended before its time. */
const ENDED: { readonly [reason: string]: ModelReply['ended'] } = {
  STOP: 'complete',
  SAFETY: 'filtered',
  RECITATION: 'filtered',
  BLOCKLIST: 'filtered',
  PROHIBITED_CONTENT: 'filtered',
  SPII: 'filtered',
  MODEL_ARMOR: 'filtered',
};

function readAnswer(text: string): ModelReply {
  const answer = readJson(text);
  if (answer === null || typeof answer !== 'object') throw strangeAnswer('Vertex AI', 'VERTEX_BASE_URL');
  const { candidates, promptFeedback, usageMetadata, modelVersion } = answer as Answer;
  if (candidates === undefined && usageMetadata === undefined && promptFeedback === undefined)
    throw strangeAnswer('Vertex AI', 'VERTEX_BASE_URL');
  const candidate = candidates?.[0];
  const parts = candidate?.content?.parts ?? [];
  const usage = readUsage(usageMetadata);
  return {
    text: parts.map((part) => (part.thought === true ? '' : String(part.text ?? ''))).join(''),
    ended: promptFeedback?.blockReason
      ? 'filtered'
      : candidate === undefined
        ? 'complete'
        : (ENDED[String(candidate.finishReason)] ?? 'truncated'),
    ...(typeof modelVersion === 'string' ? { model: modelVersion } : {}),
    ...(usage === undefined ? {} : { usage }),
  };
}

/** Tokens as billed: thoughts are output. A prompt that was blocked has no output to tell. */
function readUsage(counts: Answer['usageMetadata']): Usage | undefined {
  const count = (name: string): number => {
    const value = counts?.[name];
    return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : 0;
  };
  if (typeof counts?.['promptTokenCount'] !== 'number') return undefined;
  const input = count('promptTokenCount');
  return {
    input,
    output: count('candidatesTokenCount') + count('thoughtsTokenCount'),
    cached: Math.min(count('cachedContentTokenCount'), input),
  };
}

// ------------------------------------------------------------------------------------------------------------ refusals

interface Refused {
  readonly status: number;
  /** The reason of the error's details, or its status word. */
  readonly named: string;
  /** Decides and is never shown, because it may quote the prompt. */
  readonly said: string;
  readonly retryAfterMs: number | undefined;
}

function readRefusal({ response, retryAfterMs }: Received): Refused {
  const body = readJson(response.text) as { readonly error?: Readonly<Record<string, unknown>> } | undefined;
  const error = body?.error ?? {};
  const details = Array.isArray(error['details'])
    ? (error['details'] as readonly Answer['usageMetadata'][])
    : [];
  const reason = details.map((detail) => detail?.['reason']).find((one) => typeof one === 'string');
  const delay = details.map((detail) => detail?.['retryDelay']).find((one) => typeof one === 'string');
  return {
    status: response.status,
    named: String(reason ?? error['status'] ?? ''),
    said: String(error['message'] ?? ''),
    retryAfterMs: retryAfterMs ?? readDelayMs(delay),
  };
}

/** A duration of google.rpc.RetryInfo, such as `12.5s`. */
function readDelayMs(delay: unknown): number | undefined {
  const seconds = /^(\d+(?:\.\d+)?)s$/.exec(String(delay ?? ''))?.[1];
  return seconds === undefined ? undefined : Math.ceil(Number(seconds) * 1000);
}

/** https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/api-errors */
function codeOf({ status, named, said }: Refused): RefusalCode {
  if (/^BILLING_/.test(named) || /billing to be enabled|spending cap|spend limit/i.test(said))
    return 'no_money';
  return codeOfStatus(status);
}
