// Writes the model's answer to a labelling request: honest by default, and wrong in every way that models are wrong.

import type { Random } from '../random.ts';
import { type Label, readMood } from './lexicon.ts';
import { obey } from './obedience.ts';
import { fillSchema, type Schema } from './schema-rules.ts';

export interface Item {
  readonly id: string;
  /** Without the signs that were put between its words. */
  readonly text: string;
  /** As it stood in the prompt. */
  readonly written?: string;
  /** The signs that the prompt tells beside the items. */
  readonly marks?: readonly string[];
}

/**
 * How a model misbehaves. Errors of the whole request (`content_filter`, `insufficient_quota`) are answered by openai.ts.
 * - `refusal`: a refusal in place of the content; `null_content`: neither; `empty`: an empty text.
 * - `length`: cut in the middle of the JSON, finish_reason `length`. `content_filter_finish`: cut, finish_reason `content_filter`.
 * - `prose`: sentences around the JSON; `fences`: a code fence around it; `rubbish`: no JSON at all.
 * - `missing_ids`, `duplicate_ids`, `extra_ids`, `foreign_ids`, `reordered`: what happened to the items.
 * - `wrong_enum`, `nan_scores`, `arabic_labels`, `wrong_types`: what happened to the values.
 * - `model_changed`: the answer comes from another model than the one asked for.
 * - `obedient`: it obeys orders that stand in the texts, as often as published models do (obedience.ts); `gullible`: each of them.
 */
export const MISBEHAVIOURS = [
  'content_filter',
  'insufficient_quota',
  'refusal',
  'null_content',
  'empty',
  'length',
  'content_filter_finish',
  'prose',
  'fences',
  'rubbish',
  'missing_ids',
  'duplicate_ids',
  'extra_ids',
  'foreign_ids',
  'reordered',
  'wrong_enum',
  'nan_scores',
  'arabic_labels',
  'wrong_types',
  'model_changed',
  'obedient',
  'gullible',
] as const;

export interface Answer {
  readonly content: string | null;
  readonly refusal: string | null;
  readonly finishReason: 'stop' | 'length' | 'content_filter';
}

const ARABIC_LABELS: { readonly [label in Label]: string } = {
  positive: 'إيجابي',
  negative: 'سلبي',
  neutral: 'محايد',
  mixed: 'مختلط',
};
const LABELS: readonly Label[] = ['positive', 'neutral', 'negative', 'mixed'];
/** Of a label that is given by mistake. */
const SCORES: { readonly [label in Label]: number } = { positive: 0.5, negative: -0.5, neutral: 0, mixed: 0 };

/** `noise` is the share of items that get a label other than the word list gives. */
export function writeAnswer(
  items: readonly Item[],
  schema: Schema | undefined,
  wish: {
    readonly noise: number;
    readonly random: Random;
    readonly what: string | undefined;
    /** What stands before the items; only a model that obeys needs it. */
    readonly system?: string;
  },
): Answer {
  const { what } = wish;
  if (what === 'refusal')
    return { content: null, refusal: "I'm sorry, but I can't help with that.", finishReason: 'stop' };
  if (what === 'null_content') return { content: null, refusal: null, finishReason: 'stop' };
  if (what === 'empty') return { content: '', refusal: null, finishReason: 'stop' };
  if (what === 'rubbish')
    return {
      content: 'بالتأكيد! النص الأول إيجابي، أما الثاني فلست متأكدًا }{ ]',
      refusal: null,
      finishReason: 'stop',
    };
  const honest = shuffleItems(items, what).map((item) => ({ id: item.id, ...read(item, wish) }));
  const readings =
    what === 'obedient' || what === 'gullible'
      ? obey(items, honest, { system: wish.system ?? '', random: wish.random, always: what === 'gullible' })
      : honest;
  const whole = schema ? fillSchema(schema, { items: readings }, schema) : { items: readings };
  const text = distort(JSON.stringify(distortValues(whole, what)), what);
  const finishReason =
    what === 'length' ? 'length' : what === 'content_filter_finish' ? 'content_filter' : 'stop';
  return { content: text, refusal: null, finishReason };
}

function read(
  item: Item,
  wish: { readonly noise: number; readonly random: Random },
): ReturnType<typeof readMood> {
  const reading = readMood(item.text);
  if (wish.noise <= 0) return reading;
  // Drawn from the text: a model that reads one text wrong does so each time.
  const random = wish.random.fork(item.text);
  if (!random.chance(wish.noise)) return reading;
  const label = random.pick(LABELS.filter((one) => one !== reading.label));
  return { ...reading, label, score: SCORES[label], confidence: 0.51 };
}

function shuffleItems(items: readonly Item[], what: string | undefined): readonly Item[] {
  const first = items[0];
  switch (what) {
    case 'missing_ids':
      return items.slice(0, -1);
    case 'duplicate_ids':
      return first ? [first, ...items] : items;
    case 'extra_ids':
      return [...items, { id: 'item-that-nobody-sent', text: 'شكرا' }];
    case 'foreign_ids':
      return items.map((item, i) => ({ ...item, id: `foreign-${i}` }));
    case 'reordered':
      return [...items].reverse();
    default:
      return items;
  }
}

function distortValues(whole: unknown, what: string | undefined): unknown {
  const list = (whole as { readonly items?: unknown } | null)?.items;
  if (!Array.isArray(list)) return whole;
  const change = (values: Schema): unknown => ({
    ...(whole as Schema),
    items: list.map((item: Schema) => ({ ...item, ...values })),
  });
  switch (what) {
    case 'wrong_enum':
      return change({ label: 'somewhat_angry' });
    case 'wrong_types':
      return change({ score: '0.5', confidence: null, topics: 'delivery' });
    case 'nan_scores':
      // JSON has no word for it; models write it all the same. The marker becomes the bare word below.
      return change({ score: '@NaN@', confidence: '@NaN@' });
    case 'arabic_labels':
      return {
        ...(whole as Schema),
        items: list.map((item: { readonly label: Label }) => ({
          ...item,
          label: ARABIC_LABELS[item.label] ?? item.label,
        })),
      };
    default:
      return whole;
  }
}

function distort(text: string, what: string | undefined): string {
  switch (what) {
    case 'length':
    case 'content_filter_finish':
      return text.slice(0, Math.floor(text.length * 0.6));
    case 'prose':
      return `بالتأكيد، إليك النتيجة:\n${text}\nهل تريد أن أشرح {السبب}؟`;
    case 'fences':
      return `\`\`\`json\n${text}\n\`\`\``;
    case 'nan_scores':
      return text.replaceAll('"@NaN@"', 'NaN');
    default:
      return text;
  }
}

/** What smaller models make of an answer: a sentence around it, a code fence, Arabic commas and digits within; nothing of it lost. */
export function makeUntidy(text: string, random: Random): string {
  const way = random.int(0, 3);
  if (way === 0) return distort(text, 'prose');
  if (way === 1) return distort(text, 'fences');
  const arabic = inArabicSigns(text);
  return way === 2 ? arabic : `النتيجة هي: ${arabic}`;
}

/** Commas, decimal points and digits outside strings, as an Arabic keyboard has them. */
function inArabicSigns(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|[,.0-9]/g, (part) => {
    if (part.startsWith('"')) return part;
    return part === ',' ? '،' : part === '.' ? '٫' : ('٠١٢٣٤٥٦٧٨٩'[Number(part)] ?? part);
  });
}

/** The items in a prompt: from the first balanced JSON object that has a list of them. */
export function findItems(prompt: string): readonly Item[] {
  for (let from = prompt.indexOf('{'); from >= 0; from = prompt.indexOf('{', from + 1)) {
    const end = findEnd(prompt, from);
    if (end === undefined) continue;
    const items = readItems(prompt.slice(from, end));
    if (items) return items;
  }
  return [];
}

function readItems(text: string): readonly Item[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // Braces of ordinary prose: the search goes on behind them.
    return undefined;
  }
  const list = (parsed as { readonly items?: unknown } | null)?.items;
  if (!Array.isArray(list)) return undefined;
  const marks = Object.values(parsed as object).filter(isMark);
  return list.map((item: { readonly id?: unknown; readonly text?: unknown }) => {
    const written = String(item.text ?? '');
    const text = marks.reduce((rest, mark) => rest.replaceAll(mark, ''), written);
    return { id: String(item.id), text, written, marks };
  });
}

/** A few signs beside the items are told so that the texts can be known by them. */
function isMark(value: unknown): value is string {
  return typeof value === 'string' && /^[^\p{L}\p{N}\s]{1,8}$/u.test(value);
}

function findEnd(text: string, from: number): number | undefined {
  let depth = 0;
  let quoted = false;
  for (let i = from; i < text.length; i++) {
    const letter = text[i];
    if (quoted) {
      if (letter === '\\') i += 1;
      else if (letter === '"') quoted = false;
    } else if (letter === '"') quoted = true;
    else if (letter === '{') depth += 1;
    else if (letter === '}' && --depth === 0) return i + 1;
  }
  return undefined;
}
