// `pipeline discover`: what a pipeline can read, asked from the vendor itself, custom fields included.

import { createContext } from '../core/context.ts';
import { feedbackTable } from '../core/feedback.ts';
import { createColumnPins } from '../core/names.ts';
import type { Stream, Table } from '../core/types.ts';
import { parseNames } from './arguments.ts';
import { print, printJson } from './output.ts';
import { onePipeline } from './pipelines.ts';
import { withSession } from './session.ts';
import { refuseDemoHome, requireSettings } from './settings.ts';
import { printTable } from './table.ts';
import type { Action } from './verbs.ts';

export const discover: Action = async (args, options) => {
  const pipeline = await onePipeline(String(args[0]));
  const all = pipeline.source.streams.map(({ name }) => name);
  const chosen = parseNames('--streams', options['streams'], 'stream', all) ?? all;
  requireSettings([pipeline], process.env);
  return withSession({ readOnly: true }, async (session) => {
    refuseDemoHome(session.settings);
    const state = await session.state();
    const pins = createColumnPins(await state.columnNames());
    const found: Found[] = [];
    for (const stream of pipeline.source.streams) {
      if (!chosen.includes(stream.name)) continue;
      const context = createContext({
        io: session.io,
        lane: stream.name,
        signal: session.signal,
        secrets: state.secrets,
        pins,
      });
      const words = stream.feedback === undefined ? [] : [feedbackTable(pipeline.transforms)];
      found.push({ stream, tables: [...(await stream.tables(context)), ...words] });
    }
    if (options['json'] === true) printJson(found.map(asJson));
    else for (const each of found) await printStream(each);
    return 0;
  });
};

interface Found {
  readonly stream: Stream;
  readonly tables: readonly Table[];
}

function asJson({ stream, tables }: Found): object {
  const { name, description, mode, deletes } = stream;
  return { stream: name, description, mode, deletes, tables };
}

async function printStream({ stream, tables }: Found): Promise<void> {
  const deletions = stream.deletes === 'none' ? 'the vendor never tells of deletions' : 'deletions are told';
  print(`\n${stream.name} (${stream.mode}; ${deletions}): ${stream.description}`);
  for (const table of tables) {
    if (table.name === 'feedback') {
      print('  Its words also go to the table feedback.');
      continue;
    }
    print(`  ${table.name}, key ${table.key.join(', ')}`);
    const rows = Object.entries(table.fields).map(([column, field]) => ({
      column,
      type: field.type,
      label: field.label ?? '',
      personal: field.pii ?? '',
      description: field.description ?? '',
    }));
    await printTable(['column', 'type', 'label', 'personal', 'description'], rows);
  }
}
