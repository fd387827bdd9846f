// Reads a model's answer to a pack: either every text has its label, or the answer counts for nothing.

import { z } from 'zod';
import { PipelineError } from '../../core/errors.ts';
import type { Label, LabelName, LabelRequest } from '../../core/types.ts';
import { displayText } from '../text/display.ts';
import { foldDigits } from '../text/signs.ts';
import { leakFinder } from './leaks.ts';
import { jsonValues } from './lenient-json.ts';
import { withoutMarks } from './marks.ts';
import { intentNamed, labelNamed, topicNamed, urgencyNamed } from './names.ts';
import { labelOffline } from './offline.ts';
import { LABELS, SUMMARY_CHARACTERS } from './prompt.ts';
import { isSuspicious } from './suspicious.ts';
import { OTHER_TOPIC, TOPICS, type Topic } from './topics.ts';

/** What a model said of a pack. */
export interface ReadAnswer {
  /** By the ids that were asked, each of them. */
  readonly labels: ReadonlyMap<string, Label>;
  /** The ids whose label is not letter by letter what the model wrote: JSON, names, digits or summary were mended. */
  readonly repaired: ReadonlySet<string>;
}

/** How far a score may lie on the other side of zero than its label says; models round. */
const SIGN_TOLERANCE = 0.25;

/** How clear the offline model must be to contradict a model on a text that seems to instruct it. */
const CLEAR_SCORE = 0.3;

const LINK = /(?:[a-z][a-z0-9+.-]{1,20}:\/\/|www\.)\S+/gi;
/** No word is as long as this; what is encoded is. */
const ENCODED = /[\p{L}\p{N}+/=_-]{40,}/u;

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
  aspects: z.array(z.unknown()).catch([]),
  topics: z.array(z.unknown()).catch([]),
  urgency: z.string().nullable().catch(null),
  intent: z.string().nullable().catch(null),
  summary: z.string().nullable().catch(null),
});
const ITEMS = z.array(ITEM);
const ASPECT = z.object({ topic: z.string(), label: z.string().transform(labelNamed).pipe(z.enum(LABELS)) });

type Item = z.infer<typeof ITEM>;
type Aspect = NonNullable<Label['aspects']>[number];

/**
 * The labels of exactly the texts of this pack, which `question` asked for. Throws data errors, on which the engine halves the pack, and
 * which become the status of a text that was alone:
 * - `label.unreadable`: there is no JSON of the right shape, or a label, score or confidence is none;
 * - `label.wrong_ids`: an id is missing, there twice, or was never asked;
 * - `label.steered`: a summary repeats the prompt or another text of the pack, or a text that seems to instruct the model is praise where the
 *   offline model, which takes no orders, clearly sees a complaint, or the other way round. Whoever brought the model to that may
 *   have brought it to change other labels, too, so none of this answer is kept.
 */
export function readLabels(
  content: string,
  pack: readonly LabelRequest[],
  topics: readonly Topic[] = TOPICS,
): ReadAnswer {
  const found = itemsIn(content);
  if (found === undefined)
    throw unusable('unreadable', 'The answer of the model is not the JSON that was asked for.');
  const asked = pack.map(({ id }) => id).sort();
  const answered = found.items.map(({ id }) => id).sort();
  if (asked.join('\n') !== answered.join('\n')) {
    throw unusable(
      'wrong_ids',
      `The model answered with other ids than the ${asked.length} that were asked for.`,
    );
  }
  const labels = new Map<string, Label>();
  const repaired = new Set<string>();
  const requests = new Map(pack.map((request) => [request.id, request]));
  const isLeak = leakFinder(pack);
  found.items.forEach((item, at) => {
    const request = requests.get(item.id);
    if (item.summary !== null && isLeak(item.summary, item.id)) {
      throw unusable('steered', 'A summary of the model repeats the prompt or another text.');
    }
    const label = labelOf(item, request?.language ?? null, topics);
    if (request !== undefined && isTurned(request, label)) {
      throw unusable('steered', 'A text that seems to instruct the model got the opposite of what it says.');
    }
    labels.set(item.id, label);
    if (!found.isWhole || !isAsWritten(label, found.written[at])) repaired.add(item.id);
  });
  return { labels, repaired };
}

interface FoundItems {
  readonly items: readonly Item[];
  /** The same as the model wrote them. */
  readonly written: readonly unknown[];
  readonly isWhole: boolean;
}

function itemsIn(content: string): FoundItems | undefined {
  /** One object a line, without a list around them. */
  const loose: unknown[] = [];
  for (const { value, isWhole, isAfterCut } of jsonValues(content)) {
    const list = Array.isArray(value) ? value : (value as { readonly items?: unknown } | null)?.items;
    const items = ITEMS.safeParse(list);
    if (items.success && Array.isArray(list)) {
      return { items: items.data, written: list, isWhole: isWhole && list !== value };
    }
    if (!isAfterCut) loose.push(value);
  }
  const items = ITEMS.safeParse(loose);
  return items.success && loose.length > 0
    ? { items: items.data, written: loose, isWhole: false }
    : undefined;
}

function labelOf(item: Item, language: string | null, topics: readonly Topic[]): Label {
  const { label, score, confidence } = item;
  const contradicts =
    (label === 'positive' && score < -SIGN_TOLERANCE) || (label === 'negative' && score > SIGN_TOLERANCE);
  if (contradicts)
    throw unusable('unreadable', `The model gave the label ${label} with a score of ${score}.`);
  const aspects = aspectsOf(item.aspects, topics);
  const named = [
    ...aspects.map(({ topic }) => topic),
    ...item.topics.flatMap((name) => topicIn(name, topics)),
  ];
  return {
    label,
    score,
    confidence,
    topics: inOrder(named, topics),
    urgency: urgencyNamed(item.urgency),
    intent: intentNamed(item.intent),
    summary: cleanSummary(item.summary, language),
    aspects,
  };
}

/** Whether a text that seems to instruct the model got a label on the other side of zero than its words. */
function isTurned({ text, language }: LabelRequest, { label }: Label): boolean {
  // Of Arabic in Latin letters the offline model knows too little to contradict anybody.
  if (language === 'arabizi' || (label !== 'positive' && label !== 'negative') || !isSuspicious(text))
    return false;
  const plain = labelOffline(text, language).score;
  return Math.abs(plain) >= CLEAR_SCORE && plain > 0 !== (label === 'positive');
}

/** One aspect a topic. Where two contradict each other the topic is mixed, and neutral gives way. */
function aspectsOf(written: readonly unknown[], topics: readonly Topic[]): readonly Aspect[] {
  const labels = new Map<string, LabelName>();
  for (const one of written) {
    const { data } = ASPECT.safeParse(one);
    if (data === undefined) continue;
    const topic = topicNamed(data.topic, topics);
    const known = labels.get(topic) ?? 'neutral';
    if (known === 'neutral' || known === data.label) labels.set(topic, data.label);
    else if (data.label !== 'neutral') labels.set(topic, 'mixed');
  }
  return inOrder([...labels.keys()], topics).map((topic) => ({
    topic,
    label: labels.get(topic) ?? 'neutral',
  }));
}

function topicIn(name: unknown, topics: readonly Topic[]): readonly string[] {
  return typeof name === 'string' ? [topicNamed(name, topics)] : [];
}

function inOrder(names: readonly string[], topics: readonly Topic[]): readonly string[] {
  return [...topics.map(({ name }) => name), OTHER_TOPIC].filter((name) => names.includes(name));
}

/**
 * One line of plain words in the language of the text, or null. Links, controls and marks are taken out, and what is too long is cut;
 * what is in another script than the text, or encoded, is dropped.
 */
function cleanSummary(summary: string | null, language: string | null): string | null {
  if (summary === null) return null;
  const line = displayText(withoutMarks(summary.replace(LINK, '')))
    .replaceAll('\n', ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  if (line === '' || ENCODED.test(line) || isInOtherScript(line, language)) return null;
  return [...line].slice(0, SUMMARY_CHARACTERS).join('').trim();
}

function isInOtherScript(line: string, language: string | null): boolean {
  const hasArabic = /\p{Script=Arabic}/u.test(line);
  return (language === 'ar' && !hasArabic && /[a-z]/i.test(line)) || (language === 'en' && hasArabic);
}

/** Whether the model wrote the label as it is kept. */
function isAsWritten(label: Label, written: unknown): boolean {
  const item = written as Readonly<Record<string, unknown>>;
  const { topics: _topics, aspects = [], ...plain } = label;
  const isSame = Object.entries(plain).every(([name, value]) => item[name] === value);
  const all = Array.isArray(item['aspects']) ? (item['aspects'] as readonly unknown[]) : [];
  return (
    isSame &&
    all.length === aspects.length &&
    all.every((one) => {
      const { data } = z.object({ topic: z.string(), label: z.string() }).safeParse(one);
      return aspects.some(({ topic, label }) => topic === data?.topic && label === data.label);
    })
  );
}

function unusable(code: 'unreadable' | 'wrong_ids' | 'steered', message: string): PipelineError {
  return new PipelineError('data', `label.${code}`, message);
}
