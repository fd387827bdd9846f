// `pipeline preview`: a few records as they would be loaded, with the feedback that they hold; nothing is written.

import { createContext } from '../core/context.ts';
import { feedbackOf } from '../core/feedback.ts';
import { createColumnPins } from '../core/names.ts';
import type { Row } from '../core/types.ts';
import { parseCount, parseInstant, parseNames } from './arguments.ts';
import { count, note, print, printJson } from './output.ts';
import { onePipeline } from './pipelines.ts';
import { withSession } from './session.ts';
import { refuseDemoHome, requireSettings } from './settings.ts';
import { printRecords } from './table.ts';
import type { Action } from './verbs.ts';

export const preview: Action = async (args, options) => {
  const pipeline = await onePipeline(String(args[0]));
  const wanted = parseCount('--rows', options['rows'], 5, { most: 10_000 });
  const since = parseInstant('--since', options['since']);
  const { streams } = pipeline.source;
  parseNames(
    '<stream>',
    args[1],
    'stream',
    streams.map(({ name }) => name),
  );
  requireSettings([pipeline], process.env);
  return withSession({ readOnly: true }, async (session) => {
    refuseDemoHome(session.settings);
    const state = await session.state();
    const pins = createColumnPins(await state.columnNames());
    const tables: { [table: string]: Row[] } = {};
    let rejected = 0;
    for (const stream of streams.filter(({ name }) => name === args[1])) {
      const context = createContext({
        io: session.io,
        lane: stream.name,
        signal: session.signal,
        secrets: state.secrets,
        pins,
      });
      const [main] = await stream.tables(context);
      for await (const page of stream.read(stream.start(since === undefined ? {} : { since }), context)) {
        const feedback = (await feedbackOf(stream, page.rows, pipeline.transforms)).rows;
        for (const [name, rows] of Object.entries({ ...page.rows, feedback })) {
          const kept = tables[name] ?? [];
          tables[name] = [...kept, ...rows.slice(0, wanted - kept.length)];
        }
        rejected += context.takeRejects().length;
        if ((tables[main?.name ?? '']?.length ?? 0) >= wanted) break;
      }
    }
    if (options['json'] === true) printJson(tables);
    else printTables(tables);
    if (rejected > 0) note(`${count(rejected, 'record')} could not be read and would be set aside.`);
    return 0;
  });
};

function printTables(tables: { readonly [table: string]: readonly Row[] }): void {
  const filled = Object.entries(tables).filter(([, rows]) => rows.length > 0);
  if (filled.length === 0) print('No record in this span.');
  for (const [name, rows] of filled) {
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter(
      (column) => column !== 'raw',
    );
    print(`\n${name}`);
    printRecords(columns, rows);
  }
}
