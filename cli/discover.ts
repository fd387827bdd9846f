// `pipeline discover`: what a pipeline can read, asked from the vendor itself, custom fields included.

import { createContext } from '../core/context.ts';
import { asPipelineError } from '../core/errors.ts';
import { feedbackTable } from '../core/feedback.ts';
import { createColumnPins } from '../core/names.ts';
import type { Table } from '../core/types.ts';
import { note, print, printJson, printTable } from './output.ts';
import { loadPipelines, parseNames, refuseDemoHome, requireSettings, withSession } from './session.ts';
import type { Action } from './verbs.ts';

export const discover: Action = async (args, options) => {
  const pipelines = await loadPipelines([String(args[0])]);
  const only = parseNames(options['streams']);
  requireSettings(pipelines, process.env);
  return withSession({ readOnly: true }, async (session) => {
    refuseDemoHome(session.settings);
    const state = await session.state();
    const pins = createColumnPins(await state.columnNames());
    const found: unknown[] = [];
    let failed = false;
    for (const pipeline of pipelines) {
      for (const stream of pipeline.source.streams) {
        if (only !== undefined && !only.includes(stream.name)) continue;
        const context = createContext({
          io: session.io,
          lane: stream.name,
          signal: session.signal,
          secrets: state.secrets,
          pins,
        });
        let tables: readonly Table[] = [];
        let problem: string | null = null;
        try {
          tables = await stream.tables(context);
        } catch (thrown) {
          problem = asPipelineError(thrown).message;
          failed = true;
        }
        if (stream.feedback !== undefined) tables = [...tables, feedbackTable(pipeline.transforms)];
        found.push({
          stream: stream.name,
          description: stream.description,
          mode: stream.mode,
          deletes: stream.deletes,
          problem,
          tables,
        });
        if (options['json'] === true) continue;
        print(`\n${stream.name}: ${stream.description} (${stream.mode}; deletions: ${stream.deletes})`);
        if (problem !== null) note(`  ${problem}`);
        for (const table of tables) {
          if (table.name === 'feedback') {
            print('  also feeds the table feedback');
            continue;
          }
          print(`  ${table.name}, key ${table.key.join(', ')}`);
          const rows = Object.entries(table.fields).map(([column, f]) => ({
            column,
            type: f.type,
            label: f.label ?? '',
            personal: f.pii ?? '',
            description: f.description ?? '',
          }));
          await printTable(['column', 'type', 'label', 'personal', 'description'], rows);
        }
      }
    }
    if (options['json'] === true) printJson(found);
    return failed ? 1 : 0;
  });
};
