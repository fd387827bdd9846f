// The text columns as all pipelines have them, personal data hidden: their rules are loaded with the first words that come.

import type { Transform } from '../core/types.ts';
import { REDACTION } from './redact/version.ts';
import { TEXT_COLUMNS, versionOf } from './text/columns.ts';

/**
 * `text({ redactor: redactor() })`, and the same rows. The vocabularies behind both take a quarter of what a start costs, and
 * no request needs them: `prepare` loads them, once in a process. Throws where it was not called before `apply`.
 */
export function readableText(): Transform {
  let loaded: Promise<Transform> | undefined;
  let ready: Transform | undefined;
  return {
    name: 'text',
    version: versionOf(REDACTION),
    adds: TEXT_COLUMNS,
    async prepare() {
      loaded ??= load();
      ready = await loaded;
    },
    apply(rows) {
      if (ready === undefined) throw new TypeError('The text transform was not prepared.');
      return ready.apply(rows);
    },
  };
}

async function load(): Promise<Transform> {
  const [{ text }, { redactor }] = await Promise.all([import('./text.ts'), import('./redact.ts')]);
  return text({ redactor: redactor() });
}
