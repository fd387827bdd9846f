// `pipeline preview`: a few records as they would be loaded, with the feedback that they hold; nothing is written.

import { createContext } from '../core/context.ts';
import { PipelineError } from '../core/errors.ts';
import { feedbackOf } from '../core/feedback.ts';
import { createColumnPins } from '../core/names.ts';
import type { Row } from '../core/types.ts';
import { cell, print, printJson, show } from './output.ts';
import {
  loadPipelines,
  parseCount,
  parseInstant,
  refuseDemoHome,
  requireSettings,
  withSession,
} from './session.ts';
import type { Action } from './verbs.ts';

export const preview: Action = async (args, options) => {
  const [pipeline] = await loadPipelines([String(args[0])]);
  if (pipeline === undefined) return 2;
  const wanted = parseCount('--rows', options['rows'], 5);
  const since = parseInstant('--since', options['since']);
  const stream = pipeline.source.streams.find(({ name }) => name === args[1]);
  if (stream === undefined) {
    throw new PipelineError(
      'config',
      'pipeline.unknown_stream',
      `${pipeline.name} has no stream “${String(args[1])}”.`,
      {
        hint: `It has: ${pipeline.source.streams.map(({ name }) => name).join(', ')}.`,
      },
    );
  }
  requireSettings([pipeline], process.env);
  return withSession({ readOnly: true }, async (session) => {
    refuseDemoHome(session.settings);
    const state = await session.state();
    const pins = createColumnPins(await state.columnNames());
    const context = createContext({
      io: session.io,
      lane: stream.name,
      signal: session.signal,
      secrets: state.secrets,
      pins,
    });
    await stream.tables(context);
    const tables: { [table: string]: Row[] } = {};
    const main = { rows: 0 };
    for await (const page of stream.read(stream.start(since === undefined ? {} : { since }), context)) {
      const feedback = feedbackOf(stream, page.rows, pipeline.transforms).rows;
      for (const [name, rows] of Object.entries({ ...page.rows, feedback })) {
        const kept = tables[name] ?? [];
        tables[name] = [...kept, ...rows.slice(0, Math.max(0, wanted - kept.length))];
      }
      main.rows = Math.max(...Object.values(tables).map((rows) => rows.length));
      if (main.rows >= wanted) break;
    }
    if (options['json'] === true) {
      printJson(tables);
      return 0;
    }
    for (const [name, rows] of Object.entries(tables)) {
      if (rows.length === 0) continue;
      print(`\n${name}`);
      rows.forEach((row, i) => {
        print(`— ${i + 1}`);
        for (const [column, value] of Object.entries(row)) {
          if (column === 'raw' || value === null || value === undefined || value === '') continue;
          print(`  ${column.padEnd(28)} ${cell(show(value), 110)}`);
        }
      });
    }
    if (main.rows === 0) print('No record in this span.');
    return 0;
  });
};
