// Shows an evaluation as tables: figures by group, where labels went wrong, and what each model cost.

import type { Row } from '../core/types.ts';
import type { Evaluation } from './eval.ts';
import type { Measures } from './measures.ts';
import { count, print } from './output.ts';
import { printTable } from './table.ts';

/** Prints an evaluation for the eye. */
export async function printEvaluation(evaluation: Evaluation): Promise<void> {
  const { languages, dialects, models, confusion, leftOut, unlabelled } = evaluation;
  const groups = [
    figures('all', evaluation),
    ...Object.entries(languages).map(([name, measures]) => figures(`language ${name}`, measures)),
    ...Object.entries(dialects).map(([name, measures]) => figures(`dialect ${name}`, measures)),
  ];
  await printTable(Object.keys(groups[0] ?? {}), groups);
  print('\nWhat the texts are (rows), and what they were labelled (columns)');
  const said = [...new Set(Object.values(confusion).flatMap((row) => Object.keys(row)))];
  await printTable(
    ['is', ...said],
    Object.entries(confusion).map(([actual, row]): Row => ({ is: actual, ...row })),
  );
  print('\nModels');
  await printTable(
    ['model', 'texts', 'requests', 'cost_usd', 'p95_ms'],
    models.map(
      ({ model, texts, requests, costUsd, p95Ms }): Row => ({
        model,
        texts,
        requests,
        cost_usd: costUsd.toFixed(4),
        p95_ms: p95Ms === null ? null : Number(p95Ms.toPrecision(3)),
      }),
    ),
  );
  if (leftOut > 0) print(`${count(leftOut, 'text')} without a word or an emoji were left out.`);
  if (unlabelled > 0) print(`${count(unlabelled, 'text')} got no label, and count as wrong.`);
}

function figures(group: string, { texts, accuracy, macroF1 }: Measures): Row {
  return {
    group,
    texts,
    accuracy: accuracy.toFixed(3),
    macro_f1: macroF1.value.toFixed(3),
    '95 % interval': `${macroF1.low.toFixed(3)} to ${macroF1.high.toFixed(3)}`,
  };
}
