// Which provider is asked about which texts: by language and script, an ordered list of those that are set up.

import type { Environment, LabelProvider, LabelRoutes, SettingProblem } from '../../core/types.ts';
import { anthropicProblems, anthropicProvider } from './anthropic.ts';
import { azureProblems, azureProvider } from './azure.ts';
import { bedrockProblems, bedrockProvider } from './bedrock.ts';
import { jaisProblems, jaisProvider } from './jais.ts';
import { openAIProblems, openAIProvider } from './openai.ts';
import type { Price } from './prices.ts';
import { setting } from './setting.ts';
import { TOPICS, type Topic } from './topics.ts';
import { vertexProblems, vertexProvider } from './vertex.ts';

interface Vendor {
  provider(
    env: Environment,
    prices: Readonly<Record<string, Price>>,
    topics: readonly Topic[],
  ): LabelProvider | undefined;
  problems(env: Environment): readonly SettingProblem[];
}

/** By the name that routes use. Each is there when its own settings are, and costs nothing until it is asked. */
const VENDORS = {
  openai: { provider: openAIProvider, problems: openAIProblems },
  azure: { provider: azureProvider, problems: azureProblems },
  jais: { provider: jaisProvider, problems: jaisProblems },
  anthropic: { provider: anthropicProvider, problems: anthropicProblems },
  vertex: { provider: vertexProvider, problems: vertexProblems },
  bedrock: { provider: bedrockProvider, problems: bedrockProblems },
} as const satisfies Record<string, Vendor>;

export type ProviderName = keyof typeof VENDORS;
const NAMES = Object.keys(VENDORS) as readonly ProviderName[];

/**
 * By language as the column `language` tells it (`ar`, `en`, `fr`, `mixed`, `arabizi`, …), the providers to ask, first choice first;
 * `*` is every other language. What is no first choice is asked where those before it cannot answer. `mixed` and `arabizi` are
 * asked like `ar` where they are not named. A language without a route is labelled by the offline model and leaves the house never.
 */
export type Routes = Readonly<Record<string, readonly ProviderName[]>>;

/** Arabic all the same. */
const LIKE_ARABIC: ReadonlySet<string | null> = new Set(['mixed', 'arabizi']);

/**
 * The routes that LLM_ROUTES names, or else `own`, or else the first provider that is set up, alone: to another company a text goes
 * only where somebody said so. Undefined where no provider of any route is set up.
 */
export function labelRoutes(
  env: Environment,
  own: Routes | undefined,
  prices: Readonly<Record<string, Price>>,
  topics: readonly Topic[] = TOPICS,
): LabelRoutes | undefined {
  const made = new Map<ProviderName, LabelProvider | undefined>();
  const provider = (name: ProviderName): LabelProvider | undefined => {
    if (!made.has(name)) made.set(name, VENDORS[name].provider(env, prices, topics));
    return made.get(name);
  };
  const named = parseRoutes(setting(env, 'LLM_ROUTES') ?? '').routes;
  const routes = Object.keys(named).length > 0 ? named : own;
  const lists = new Map<string, readonly LabelProvider[]>();
  if (routes === undefined) {
    const first = NAMES.find((name) => provider(name) !== undefined);
    lists.set('*', first === undefined ? [] : [provider(first) ?? []].flat());
  }
  for (const [language, names] of Object.entries(routes ?? {}))
    lists.set(
      language,
      names.flatMap((name) => provider(name) ?? []),
    );
  const providers = [...new Set([...lists.values()].flat())];
  if (providers.length === 0) return undefined;
  const nobody: readonly LabelProvider[] = [];
  return {
    providers,
    of: (language) =>
      lists.get(language ?? '*') ??
      (LIKE_ARABIC.has(language) ? lists.get('ar') : undefined) ??
      lists.get('*') ??
      nobody,
  };
}

/** What is wrong with the settings of each provider, and with LLM_ROUTES. */
export function vendorProblems(env: Environment): readonly SettingProblem[] {
  return [...Object.values(VENDORS).flatMap(({ problems }) => problems(env)), ...routeProblems(env)];
}

function routeProblems(env: Environment): readonly SettingProblem[] {
  const { wrong } = parseRoutes(setting(env, 'LLM_ROUTES') ?? '');
  if (wrong.length === 0) return [];
  return [
    {
      name: 'LLM_ROUTES',
      problem: `does not say whom to ask in ${wrong.map((part) => `“${part}”`).join(', ')}`,
      where: `languages and providers such as: ar=jais,anthropic *=openai; the providers are ${NAMES.join(', ')}`,
    },
  ];
}

/** `ar=jais,anthropic *=openai` */
function parseRoutes(text: string): { readonly routes: Routes; readonly wrong: readonly string[] } {
  const routes: Record<string, ProviderName[]> = {};
  const wrong: string[] = [];
  for (const part of text.split(/[\s;]+/).filter((one) => one !== '')) {
    const [language = '', list = ''] = part.split('=', 2);
    const names = list.split(',').map((name) => NAMES.find((known) => known === name.toLowerCase()));
    const known = names.flatMap((name) => name ?? []);
    if (!/^(?:\*|[a-z]{2,8})$/.test(language) || known.length < names.length) wrong.push(part.slice(0, 60));
    else routes[language] = [...new Set(known)];
  }
  return { routes, wrong };
}
