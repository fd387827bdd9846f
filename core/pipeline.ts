// What a file in pipelines/ exports: a connector, the transforms of its feedback and its labels, checked once.

import { PipelineError } from './errors.ts';
import { feedbackTable } from './feedback.ts';
import type { Pipeline } from './types.ts';

const NAME = /^[a-z][a-z0-9_]{0,30}$/;

/**
 * Declares a pipeline. Throws a config error for a name that cannot be a lane, a table prefix and a file name, and for a mask
 * that would hide what loading needs. A vendor's tables are checked when a run has described them.
 */
export function pipeline(definition: Pipeline): Pipeline {
  if (!NAME.test(definition.name)) {
    throw new PipelineError(
      'config',
      'pipeline.bad_name',
      `“${definition.name}” is no name for a pipeline.`,
      {
        hint: 'Use a lower-case letter, then lower-case letters, digits or _, at most 31 in all.',
      },
    );
  }
  const twice = definition.source.streams.map((s) => s.name).find((name, i, all) => all.indexOf(name) !== i);
  if (twice !== undefined)
    throw new PipelineError('bug', 'pipeline.stream_twice', `Stream ${twice} is declared twice.`);
  definition.mask?.check(feedbackTable(definition.transforms));
  return definition;
}
