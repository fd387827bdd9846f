// Reads a model's answer to a pack: either every text has its label, or the answer counts for nothing.

import { z } from 'zod';
import { PipelineError } from '../../core/errors.ts';
import type { Label, LabelName } from '../../core/types.ts';
import { displayText } from '../text/display.ts';
import { keyText } from '../text/key.ts';
import { foldDigits } from '../text/signs.ts';
import { jsonValues } from './lenient-json.ts';
import { INTENTS, LABELS, SUMMARY_CHARACTERS, SYSTEM_PROMPT, URGENCIES } from './prompt.ts';
import { TOPICS } from './topics.ts';

/** How models name the labels where the server does not hold them to the schema; keys are folded. */
const LABEL_NAMES = [
  ['positive', 'positive pos إيجابي إيجابية موجب'],
  ['neutral', 'neutral neu محايد محايدة حيادي'],
  ['negative', 'negative neg سلبي سلبية سالب'],
  ['mixed', 'mixed مختلط مختلطة متباين'],
] as const satisfies readonly (readonly [LabelName, string])[];
let labelOfKey: ReadonlyMap<string, LabelName> | undefined;

function labelNamed(name: string): LabelName | undefined {
  labelOfKey ??= new Map(
    LABEL_NAMES.flatMap(([label, names]) => names.split(' ').map((one) => [keyText(one), label] as const)),
  );
  return labelOfKey.get(keyText(name));
}

/** How far a score may lie on the other side of zero than its label says; models round. */
const SIGN_TOLERANCE = 0.25;

/** A summary that repeats so many words of the prompt in a row says something of us and not of the customer. */
const LEAKED_WORDS = 6;

const LINK = /(?:[a-z][a-z0-9+.-]{1,20}:\/\/|www\.)\S+/gi;

const numberBetween = (least: number, most: number) =>
  z
    .union([
      z.number(),
      z
        .string()
        .trim()
        .min(1)
        .transform((digits) => Number(foldDigits(digits))),
    ])
    .pipe(z.number().min(least).max(most));

/** Fields that a label can do without are dropped when they are off the list; the others must be right. */
const ITEM = z.object({
  id: z.union([z.string(), z.number().int().transform(String)]),
  label: z.string().transform(labelNamed).pipe(z.enum(LABELS)),
  score: numberBetween(-1, 1),
  confidence: numberBetween(0, 1),
  topics: z
    .array(z.string())
    .catch([])
    .transform((topics) => TOPICS.filter((topic) => topics.includes(topic))),
  urgency: z.enum(URGENCIES).nullable().catch(null),
  intent: z.enum(INTENTS).nullable().catch(null),
  summary: z.string().nullable().catch(null),
});
const ITEMS = z.array(ITEM);

/**
 * The labels of exactly these ids. Throws data errors, on which the engine halves the pack: `label.unreadable` when there is
 * no JSON of the right shape, or a label, score or confidence is none; `label.wrong_ids` unless each id is there exactly once.
 */
export function readAnswer(content: string, ids: readonly string[]): ReadonlyMap<string, Label> {
  const items = itemsIn(content);
  if (items === undefined) {
    throw new PipelineError(
      'data',
      'label.unreadable',
      'The answer of the model is not the JSON that was asked for.',
    );
  }
  const asked = [...ids].sort().join('\n');
  const answered = items
    .map(({ id }) => id)
    .sort()
    .join('\n');
  if (asked !== answered) {
    throw new PipelineError(
      'data',
      'label.wrong_ids',
      `The model answered with other ids than the ${ids.length} that were asked for.`,
    );
  }
  return new Map(items.map((item) => [item.id, labelOf(item)]));
}

function itemsIn(content: string): readonly z.infer<typeof ITEM>[] | undefined {
  for (const value of jsonValues(content)) {
    const list = Array.isArray(value) ? value : (value as { readonly items?: unknown } | null)?.items;
    const items = ITEMS.safeParse(list);
    if (items.success) return items.data;
  }
  return undefined;
}

function labelOf({
  label,
  score,
  confidence,
  topics,
  urgency,
  intent,
  summary,
}: z.infer<typeof ITEM>): Label {
  const contradicts =
    (label === 'positive' && score < -SIGN_TOLERANCE) || (label === 'negative' && score > SIGN_TOLERANCE);
  if (contradicts) {
    throw new PipelineError(
      'data',
      'label.unreadable',
      `The model gave the label ${label} with a score of ${score}.`,
    );
  }
  return { label, score, confidence, topics, urgency, intent, summary: cleanSummary(summary) };
}

/** One line of plain words, or null: no links, no controls, nothing of our own prompt. */
function cleanSummary(summary: string | null): string | null {
  const line = displayText((summary ?? '').replace(LINK, '')).replaceAll('\n', ' ');
  if (line === '' || repeatsPrompt(line)) return null;
  return [...line].slice(0, SUMMARY_CHARACTERS).join('').trim();
}

let promptRuns: ReadonlySet<string> | undefined;

function repeatsPrompt(line: string): boolean {
  promptRuns ??= new Set(runsOf(SYSTEM_PROMPT));
  const prompt = promptRuns;
  return runsOf(line).some((run) => prompt.has(run));
}

/** Every run of LEAKED_WORDS words, folded, punctuation aside. */
function runsOf(text: string): string[] {
  const words = keyText(text).match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.slice(LEAKED_WORDS - 1).map((_, at) => words.slice(at, at + LEAKED_WORDS).join(' '));
}
