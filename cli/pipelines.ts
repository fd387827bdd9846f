// The pipelines of pipelines/, by name.

import { readdirSync } from 'node:fs';
import { PipelineError } from '../core/errors.ts';
import type { Environment, Pipeline } from '../core/types.ts';

const FOLDER = new URL('../pipelines/', import.meta.url);

/** The names of all pipelines, from the files in pipelines/. */
export function pipelineNames(): readonly string[] {
  return readdirSync(FOLDER)
    .filter((file) => /^[a-z][a-z0-9_]*\.ts$/.test(file))
    .map((file) => file.slice(0, -3))
    .sort();
}

/** Loads pipelines by name, each once. An unknown name is told with the ones that there are. */
export async function loadPipelines(names: readonly string[]): Promise<readonly Pipeline[]> {
  const known = pipelineNames();
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new PipelineError(
      'config',
      'pipeline.unknown',
      `There is no pipeline ${unknown.map((name) => `“${name}”`).join(', ')}.`,
      {
        hint: `There ${known.length === 1 ? 'is' : 'are'}: ${known.join(', ')}. A new one is a file in pipelines/.`,
      },
    );
  }
  return Promise.all([...new Set(names)].map(loadPipeline));
}

/** The pipeline of this name; throws as `loadPipelines` does. */
export async function onePipeline(name: string): Promise<Pipeline> {
  const [pipeline] = await loadPipelines([name]);
  if (pipeline === undefined)
    throw new PipelineError('bug', 'pipeline.not_loaded', `${name} was not loaded.`);
  return pipeline;
}

/** Those of which anything is set; all where nothing is set at all, so that a beginner sees what each one needs. */
export function begunPipelines(pipelines: readonly Pipeline[], env: Environment): readonly Pipeline[] {
  const begun = pipelines.filter(({ source }) => {
    const missing = source.problems(env).length;
    return missing === 0 || missing < source.problems({}).length;
  });
  return begun.length > 0 ? begun : pipelines;
}

async function loadPipeline(name: string): Promise<Pipeline> {
  const module = (await import(`../pipelines/${name}.ts`)) as { readonly default?: Pipeline };
  if (module.default !== undefined) return module.default;
  throw new PipelineError('config', 'pipeline.no_default', `pipelines/${name}.ts has no default export.`, {
    hint: 'End it with `export default pipeline({ … })`.',
  });
}
