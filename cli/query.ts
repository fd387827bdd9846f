// `pipeline query`: one read-only question to the warehouse, as a table, CSV or JSON.

import { PipelineError } from '../core/errors.ts';
import type { QueryResult } from '../core/types.ts';
import { parseCount, parseText } from './arguments.ts';
import { count, csvField, note, print, printJson } from './output.ts';
import { withSession } from './session.ts';
import { loadShape, type Shape } from './shape.ts';
import { printTable } from './table.ts';
import type { Action } from './verbs.ts';

export const query: Action = async (args, options) => {
  const maxRows = parseCount('--rows', options['rows'], 1000);
  const format = options['json'] === true ? 'json' : String(options['format'] ?? 'table');
  if (!['table', 'csv', 'json'].includes(format)) {
    throw new PipelineError('config', 'usage.bad_format', `--format “${format}” is not known.`, {
      hint: 'Use table, csv or json.',
    });
  }
  if (options['shape'] === true && format !== 'table') {
    throw new PipelineError(
      'config',
      'usage.shape_is_for_tables',
      `--shape draws Arabic for the eye; ${format.toUpperCase()} keeps the letters as they are.`,
      { hint: `Leave out --shape, or ask for a table.` },
    );
  }
  const shape = options['shape'] === true ? await loadShape() : undefined;
  return withSession({ to: parseText(options['to']), readOnly: true }, async (session) => {
    const sink = await session.sink();
    // A question leaves nothing half done: Ctrl-C ends it at once.
    session.signal.addEventListener('abort', () => process.exit(130));
    const result = await sink.query(String(args[0]), { maxRows });
    await printResult(result, format, shape);
    if (result.truncated) note(`Only the first ${count(maxRows, 'row')} are shown; --rows asks for more.`);
    return 0;
  });
};

async function printResult(
  { columns, rows }: QueryResult,
  format: string,
  shape: Shape | undefined,
): Promise<void> {
  const names = columns.map(({ name }) => name);
  if (format === 'json') return printJson(rows);
  if (format === 'csv') {
    print(names.map(csvField).join(','));
    for (const row of rows) print(names.map((name) => csvField(row[name])).join(','));
    return;
  }
  await printTable(names, rows, shape === undefined ? {} : { shape });
  note(count(rows.length, 'row'));
}
