// `pipeline query`: one read-only question to the warehouse, as a table, CSV or JSON.

import { PipelineError } from '../core/errors.ts';
import type { QueryResult } from '../core/types.ts';
import { csvField, note, print, printTable } from './output.ts';
import { parseCount, withSession } from './session.ts';
import type { Action } from './verbs.ts';

export const query: Action = async (args, options) => {
  const maxRows = parseCount('--rows', options['rows'], 1000);
  const format = options['json'] === true ? 'json' : String(options['format'] ?? 'table');
  if (!['table', 'csv', 'json'].includes(format)) {
    throw new PipelineError('config', 'usage.bad_format', `--format ${format} is not known.`, {
      hint: 'Use table, csv or json.',
    });
  }
  return withSession({ to: options['to'] as string | undefined, readOnly: true }, async (session) => {
    const sink = await session.sink();
    const result = await sink.query(String(args[0]), { maxRows });
    await printResult(result, format);
    if (result.truncated) note(`Only the first ${maxRows} rows are shown; --rows asks for more.`);
    return 0;
  });
};

async function printResult({ columns, rows }: QueryResult, format: string): Promise<void> {
  const names = columns.map(({ name }) => name);
  if (format === 'json') return print(JSON.stringify(rows));
  if (format === 'csv') {
    print(names.map(csvField).join(','));
    for (const row of rows) print(names.map((name) => csvField(row[name])).join(','));
    return;
  }
  await printTable(names, rows);
  note(`${rows.length} ${rows.length === 1 ? 'row' : 'rows'}`);
}
