// `pipeline catalog`: the tables and columns in the warehouse with their meaning, from its own catalogue table.

import { PipelineError } from '../core/errors.ts';
import { parseText } from './arguments.ts';
import { cell, note, printJson } from './output.ts';
import { withSession } from './session.ts';
import { printTable } from './table.ts';
import type { Action } from './verbs.ts';

export const catalog: Action = async (args, options) =>
  withSession({ to: parseText(options['to']), readOnly: true }, async (session) => {
    const sink = await session.sink();
    const { rows } = await sink.query('select * from _pipeline_columns', { maxRows: 100_000 });
    const table = args[0] === undefined ? undefined : String(args[0]);
    const sorted = [...rows].sort((a, b) => String(a['table_name']).localeCompare(String(b['table_name'])));
    const found = table === undefined ? sorted : sorted.filter((row) => row['table_name'] === table);
    if (table !== undefined && found.length === 0) {
      const names = [...new Set(sorted.map((row) => String(row['table_name'])))];
      throw new PipelineError('config', 'catalog.unknown_table', `There is no table ${cell(table)}.`, {
        hint: `There are: ${names.join(', ')}.`,
      });
    }
    if (options['json'] === true) {
      printJson(found);
      return 0;
    }
    if (table === undefined) {
      const counts = new Map<string, number>();
      for (const row of found)
        counts.set(String(row['table_name']), (counts.get(String(row['table_name'])) ?? 0) + 1);
      await printTable(
        ['table', 'columns'],
        [...counts].map(([name, columns]) => ({ table: name, columns })),
      );
      note(
        'One of them with its columns: pipeline catalog zendesk_tickets. The views voc_feedback, dim_customer, voc_sentiment_daily and pipeline_freshness are made for questions.',
      );
    } else await printTable(['column_name', 'type', 'label', 'pii', 'description'], found, { widest: 80 });
    return 0;
  });
