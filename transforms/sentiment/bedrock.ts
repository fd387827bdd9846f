// Labels by a model on Amazon Bedrock, through the Converse API that all its models share.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html

import type { ConverseCommandInput, ConverseCommandOutput } from '@aws-sdk/client-bedrock-runtime';
import type { Environment, LabelProvider, SettingProblem } from '../../core/types.ts';
import { type BedrockAccount, type BedrockRefusal, bedrockRefusal, converse } from './bedrock-sender.ts';
import { type Price, priceOf } from './prices.ts';
import { labelProvider, type ModelReply, type ModelRequest } from './provider.ts';
import { setting } from './setting.ts';
import { keyProblem, missingProblem, urlProblem, wordProblem } from './setting-problems.ts';
import { TOPICS, type Topic } from './topics.ts';
import { strangeAnswer } from './transport.ts';

const TOOL = 'report_labels';
const SCHEMA_NAME = 'labels';

/**
 * Parts of a request that not every model takes; each is left out for good once it was refused. Without a response schema a tool
 * is forced, without tools the shape is told in words.
 */
type Optional = 'textFormat' | 'toolConfig' | 'temperature' | 'system';

/**
 * The provider behind BEDROCK_MODEL, AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (AWS_SESSION_TOKEN, BEDROCK_BASE_URL).
 * The keys of AWS serve much else, so that it is the model which asks for it; without one, a key or a region there is none. The
 * SDK is loaded with the first request; requests go through `Context.fetch`, once each: tries and waits belong to the engine.
 */
export function bedrockProvider(
  env: Environment,
  prices: Readonly<Record<string, Price>> = {},
  topics: readonly Topic[] = TOPICS,
): LabelProvider | undefined {
  const model = setting(env, 'BEDROCK_MODEL');
  const accessKeyId = setting(env, 'AWS_ACCESS_KEY_ID');
  const secretAccessKey = setting(env, 'AWS_SECRET_ACCESS_KEY');
  const region = setting(env, 'AWS_REGION');
  if (!model || !accessKeyId || !secretAccessKey || !region) return undefined;
  const account: BedrockAccount = {
    region,
    accessKeyId,
    secretAccessKey,
    sessionToken: setting(env, 'AWS_SESSION_TOKEN'),
    endpoint: setting(env, 'BEDROCK_BASE_URL'),
  };
  const refused = new Set<Optional>();
  return labelProvider(
    {
      name: 'bedrock',
      model,
      price: model in prices ? priceOf(model, prices) : priceOf(familyName(model), prices),
      async ask(question, context) {
        for (;;) {
          const done = await converse(account, requestFor(question, model, refused), context);
          if (!('refusal' in done)) return readOutput(done.output);
          const unwanted = unwantedPart(done.refusal, refused);
          if (unwanted === undefined) throw bedrockRefusal(done.refusal, model);
          refused.add(unwanted);
          context.log.warn('label.parameter_refused', { provider: 'bedrock', model, parameter: unwanted });
        }
      },
    },
    topics,
  );
}

/** Nothing is needed without BEDROCK_MODEL; with it, everything that it needs. */
export function bedrockProblems(env: Environment): readonly SettingProblem[] {
  if (setting(env, 'BEDROCK_MODEL') === undefined) return [];
  const iam = 'IAM in the AWS console: an access key of a user or role that may call bedrock:InvokeModel';
  return [
    ...wordProblem(
      env,
      'BEDROCK_MODEL',
      'the list of models and inference profiles of the region, such as global.anthropic.claude-haiku-4-5-20251001-v1:0',
    ),
    ...missingProblem(env, 'AWS_ACCESS_KEY_ID', iam),
    ...missingProblem(env, 'AWS_SECRET_ACCESS_KEY', iam),
    ...missingProblem(env, 'AWS_REGION', 'a region that offers the model, such as eu-central-1'),
    ...keyProblem(env, 'AWS_ACCESS_KEY_ID', iam),
    ...keyProblem(env, 'AWS_SECRET_ACCESS_KEY', iam),
    ...keyProblem(
      env,
      'AWS_SESSION_TOKEN',
      'the same place as the key it belongs to; unset for a lasting key',
    ),
    ...keyProblem(env, 'AWS_REGION', 'a region that offers the model, such as eu-central-1'),
    ...urlProblem(env, 'BEDROCK_BASE_URL', 'the address of your own endpoint; leave it unset for AWS itself'),
  ];
}

/** `global.anthropic.claude-…` without region and vendor: the name under which a model is priced. */
function familyName(model: string): string {
  return model.replace(/^(?:arn:[^/]*\/)?(?:[a-z-]+\.)*(?=[a-z])/, '').replace(/-v\d+:\d+$/, '');
}

function requestFor(
  question: ModelRequest,
  model: string,
  refused: ReadonlySet<Optional>,
): ConverseCommandInput {
  const byFormat = !refused.has('textFormat');
  const byTool = !byFormat && !refused.has('toolConfig');
  const said = byFormat || byTool ? question.system : question.plainSystem;
  const apart = !refused.has('system');
  return {
    modelId: model,
    ...(apart ? { system: [{ text: said }] } : {}),
    messages: [{ role: 'user', content: [{ text: apart ? question.user : `${said}\n\n${question.user}` }] }],
    inferenceConfig: {
      maxTokens: question.outputTokens,
      ...(refused.has('temperature') ? {} : { temperature: 0 }),
    },
    ...(byFormat
      ? {
          outputConfig: {
            textFormat: {
              type: 'json_schema' as const,
              // A text that holds JSON here, and JSON itself in a tool.
              structure: { jsonSchema: { name: SCHEMA_NAME, schema: JSON.stringify(question.schema) } },
            },
          },
        }
      : {}),
    ...(byTool
      ? {
          toolConfig: {
            tools: [
              {
                toolSpec: {
                  name: TOOL,
                  description: 'Takes the labels of all items.',
                  inputSchema: { json: JSON.parse(JSON.stringify(question.schema)) },
                },
              },
            ],
            toolChoice: { tool: { name: TOOL } },
          },
        }
      : {}),
  };
}

/** The part of the request that a validation error is about, when it was sent. */
function unwantedPart(
  { status, said }: BedrockRefusal,
  refused: ReadonlySet<Optional>,
): Optional | undefined {
  if (status !== 400) return undefined;
  const about: readonly (readonly [Optional, RegExp])[] = [
    ['textFormat', /textFormat|outputConfig|output_config|structured output/i],
    ['toolConfig', /tool ?(?:use|config|choice)/i],
    ['temperature', /temperature/i],
    ['system', /system (?:messages|prompt)/i],
  ];
  const part = about.find(([name, words]) => !refused.has(name) && words.test(said))?.[0];
  return part === 'toolConfig' && !refused.has('textFormat') ? undefined : part;
}

/** Why an answer ended, in our words; what is not here ended before its time. */
const ENDED: { readonly [reason: string]: ModelReply['ended'] } = {
  end_turn: 'complete',
  stop_sequence: 'complete',
  tool_use: 'complete',
  guardrail_intervened: 'filtered',
  content_filtered: 'filtered',
};

function readOutput(sent: ConverseCommandOutput): ModelReply {
  const { output, stopReason, usage } = sent as Partial<ConverseCommandOutput>;
  const content = output?.message?.content;
  if (!Array.isArray(content)) throw strangeAnswer('Bedrock', 'BEDROCK_BASE_URL');
  const texts = content.map((block) =>
    block.text !== undefined
      ? block.text
      : block.toolUse === undefined
        ? ''
        : JSON.stringify(block.toolUse.input),
  );
  const { inputTokens, outputTokens, cacheReadInputTokens = 0, cacheWriteInputTokens = 0 } = usage ?? {};
  return {
    text: texts.join(''),
    ended: ENDED[stopReason ?? ''] ?? 'truncated',
    ...(inputTokens === undefined || outputTokens === undefined
      ? {}
      : {
          usage: {
            // What was read from or written to a cache is told beside the input, not within it.
            input: inputTokens + cacheReadInputTokens + cacheWriteInputTokens,
            output: outputTokens,
            cached: cacheReadInputTokens,
          },
        }),
  };
}
