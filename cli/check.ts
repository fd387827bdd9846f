// `pipeline check`: proves settings, credentials, warehouse and state one by one, and writes nothing.

import { createContext } from '../core/context.ts';
import { asPipelineError } from '../core/errors.ts';
import type { Health } from '../core/types.ts';
import { paint, print, printJson } from './output.ts';
import { loadPipelines, missingText, pipelineNames, withSession } from './session.ts';
import type { Action } from './verbs.ts';

interface Finding extends Health {
  readonly subject: string;
}

export const check: Action = async (args, options) => {
  const named = (args[0] as readonly string[] | undefined) ?? [];
  const pipelines = await loadPipelines(named.length > 0 ? named : pipelineNames());
  return withSession({ to: options['to'] as string | undefined, readOnly: true }, async (session) => {
    const findings: Finding[] = [];
    const find = async (subject: string, ask: () => Promise<Health>): Promise<void> => {
      try {
        findings.push({ subject, ...(await ask()) });
      } catch (thrown) {
        const error = asPipelineError(thrown);
        findings.push({
          subject,
          ok: false,
          message: error.message,
          ...(error.hint === undefined ? {} : { hint: error.hint }),
        });
      }
    };

    await find('state', async () => {
      const bookmarks = await (await session.state()).bookmarks();
      const where = session.settings.stateUrl === undefined ? `${session.settings.home}/state` : 'PostgreSQL';
      return {
        ok: true,
        message:
          bookmarks.length === 0
            ? `${where}: nothing was read yet.`
            : `${where}: ${bookmarks.length} bookmarks.`,
      };
    });
    await find('warehouse', async () => (await session.sink()).check());
    for (const pipeline of pipelines) {
      await find(pipeline.name, async () => {
        const problems = pipeline.source.problems(session.io.env);
        if (problems.length > 0) return { ok: false, message: missingText(problems) };
        const context = createContext({
          io: session.io,
          lane: pipeline.name,
          signal: session.signal,
          secrets: (await session.state()).secrets,
          pins: { column: (_table, _id, label) => label },
        });
        return pipeline.source.check(context);
      });
      const { labels } = pipeline;
      if (labels === undefined) continue;
      await find(`${pipeline.name} labels`, async () => {
        const problems = labels.problems(session.io.env);
        if (problems.length > 0) return { ok: false, message: missingText(problems) };
        const provider = labels.provider(session.io.env);
        return provider === undefined
          ? {
              ok: true,
              message: `no OPENAI_API_KEY: the offline model ${labels.offlineModel} labels, with status “offline”.`,
            }
          : {
              ok: true,
              message: `${provider.name}, model ${provider.model}; the key is tried with the first text, because a test would cost money.`,
            };
      });
    }

    if (options['json'] === true) printJson(findings);
    else {
      for (const { subject, ok, message, hint } of findings) {
        print(`${ok ? paint('32', 'ok  ') : paint('31', 'FAIL')} ${subject}: ${message}`);
        if (!ok && hint !== undefined) print(`     Next: ${hint}`);
      }
    }
    return findings.every(({ ok }) => ok) ? 0 : 2;
  });
};
