// `pipeline check`: proves settings, credentials, warehouse and state one by one, and writes nothing.

import { createContext } from '../core/context.ts';
import { asPipelineError } from '../core/errors.ts';
import { retirementOf, retirementText } from '../core/label-retirement.ts';
import type { Health, Labeller, Pipeline } from '../core/types.ts';
import { parseText } from './arguments.ts';
import { count, paint, plain, print, printJson } from './output.ts';
import { begunPipelines, loadPipelines, pipelineNames } from './pipelines.ts';
import { type Session, withSession } from './session.ts';
import { missingText, refuseDemoHome, scrubber } from './settings.ts';
import type { Action } from './verbs.ts';

interface Finding extends Health {
  readonly subject: string;
}

export const check: Action = async (args, options) => {
  const named = (args[0] as readonly string[] | undefined) ?? [];
  const pipelines = await loadPipelines(named.length > 0 ? named : pipelineNames());
  return withSession({ to: parseText(options['to']), readOnly: true }, async (session) => {
    const findings = [
      await find('state', () => checkState(session)),
      await find('warehouse', async () => (await session.sink()).check()),
    ];
    const chosen = named.length > 0 ? pipelines : begunPipelines(pipelines, session.io.env);
    for (const pipeline of chosen) {
      const { name, labels } = pipeline;
      findings.push(await find(name, () => checkSource(session, pipeline)));
      if (labels !== undefined)
        findings.push(await find(`${name} labels`, () => checkLabels(session, labels)));
    }
    if (options['json'] === true) printJson(findings);
    else findings.forEach(printFinding);
    return findings.every(({ ok }) => ok) ? 0 : 2;
  });
};

async function find(subject: string, ask: () => Promise<Health>): Promise<Finding> {
  try {
    return { subject, ...(await ask()) };
  } catch (thrown) {
    const { message, hint } = asPipelineError(thrown);
    return {
      subject,
      ok: false,
      message: scrubber.scrub(message),
      ...(hint === undefined ? {} : { hint: scrubber.scrub(hint) }),
    };
  }
}

async function checkState(session: Session): Promise<Health> {
  const { stateUrl, home } = session.settings;
  const bookmarks = await (await session.state()).bookmarks();
  const known = bookmarks.length === 0 ? 'nothing was read yet' : count(bookmarks.length, 'bookmark');
  return { ok: true, message: `${stateUrl === undefined ? `${home}/state` : 'PostgreSQL'}: ${known}.` };
}

async function checkSource(session: Session, pipeline: Pipeline): Promise<Health> {
  const problems = pipeline.source.problems(session.io.env);
  if (problems.length > 0) return { ok: false, message: missingText(problems) };
  refuseDemoHome(session.settings);
  const context = createContext({
    io: session.io,
    lane: pipeline.name,
    signal: session.signal,
    secrets: (await session.state()).secrets,
    pins: { column: (_table, _id, label) => label },
  });
  return pipeline.source.check(context);
}

/** The keys themselves are not tried, because that would cost money; when models end is known from the last `pipeline enrich`. */
async function checkLabels(session: Session, labels: Labeller): Promise<Health> {
  const { env, clock } = session.io;
  const problems = labels.problems(env);
  if (problems.length > 0) return { ok: false, message: missingText(problems) };
  const routes = labels.routes(env);
  if (routes === undefined) {
    return {
      ok: true,
      message: `no key of a provider, so the offline model ${labels.offlineModel} labels, with status “offline”.`,
    };
  }
  const state = await session.state();
  const models: string[] = [];
  const ending: string[] = [];
  for (const provider of routes.providers) {
    models.push(`${provider.name}, model ${provider.model}`);
    const retirement = await retirementOf(state, provider, clock.now());
    if (retirement !== undefined && retirement.daysLeft <= WARN_DAYS) ending.push(retirementText(retirement));
  }
  const tried = 'a key is tried with the first text, because a test would cost money.';
  return { ok: true, message: [`${models.join('; ')}; ${tried}`, ...ending].join('\n') };
}

/** So long before its end a model is told to end. */
const WARN_DAYS = 90;

function printFinding({ subject, ok, message, hint }: Finding): void {
  print(
    `${ok ? paint('32', 'ok  ') : paint('31', 'FAIL')} ${subject}: ${plain(message).replaceAll('\n', '\n     ')}`,
  );
  if (!ok && hint !== undefined) print(`     Next: ${plain(hint)}`);
}
