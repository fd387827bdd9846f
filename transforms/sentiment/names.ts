// How models name labels, urgencies, intents and topics where the server does not hold them to the schema: in Arabic, too.

import type { Label, LabelName } from '../../core/types.ts';
import { keyText } from '../text/key.ts';
import type { INTENTS, URGENCIES } from './prompt.ts';
import { OTHER_TOPIC, type Topic } from './topics.ts';

type Names<T> = readonly (readonly [T, string])[];

const LABEL_NAMES: Names<LabelName> = [
  ['positive', 'positive pos إيجابي إيجابية موجب موجبة'],
  ['neutral', 'neutral neu محايد محايدة حيادي حيادية متعادل متعادلة'],
  ['negative', 'negative neg سلبي سلبية سالب سالبة'],
  ['mixed', 'mixed مختلط مختلطة متباين متباينة متضارب متضاربة مزيج خليط'],
];
const URGENCY_NAMES: Names<(typeof URGENCIES)[number]> = [
  ['low', 'low منخفض منخفضة ضعيف ضعيفة'],
  ['normal', 'normal medium moderate عادي عادية متوسط متوسطة'],
  ['high', 'high urgent critical عالي عالية مرتفع مرتفعة عاجل عاجلة'],
];
const INTENT_NAMES: Names<(typeof INTENTS)[number]> = [
  ['complaint', 'complaint شكوى تذمر'],
  ['question', 'question inquiry سؤال استفسار استعلام'],
  ['request', 'request طلب'],
  ['praise', 'praise compliment thanks مدح إشادة شكر ثناء'],
  ['leaving', 'leaving churn مغادرة إلغاء'],
  ['other', 'other أخرى آخر'],
];

/** What may stand beside a name without changing it. */
const BESIDE = 'very label sentiment جدا للغاية تماما التصنيف تصنيف المشاعر شعور رأي';

/** The label of this name, in any spelling; undefined for what is none, or more than one. */
export const labelNamed: (name: string) => LabelName | undefined = namesOf(LABEL_NAMES);
const urgencyOf = namesOf(URGENCY_NAMES);
const intentOf = namesOf(INTENT_NAMES);

/** Null for what is on no list. */
export function urgencyNamed(name: string | null): Label['urgency'] {
  return (name === null ? undefined : urgencyOf(name)) ?? null;
}

/** Null for what is on no list. */
export function intentNamed(name: string | null): (typeof INTENTS)[number] | null {
  return (name === null ? undefined : intentOf(name)) ?? null;
}

/** The topic with this name or label; `other` for what is none of the list. */
export function topicNamed(name: string, topics: readonly Topic[]): string {
  const exact = topics.find((topic) => topic.name === name);
  if (exact !== undefined) return exact.name;
  const key = plainKey(name);
  const topic = topics.find(({ name, label }) =>
    [name, label.ar, label.en].some((one) => plainKey(one) === key),
  );
  return topic?.name ?? OTHER_TOPIC;
}

/** Letters and digits only, folded, without the Arabic article. */
function plainKey(name: string): string {
  return wordsIn(name.slice(0, 200)).join(' ');
}

function wordsIn(text: string): readonly string[] {
  return (keyText(text).match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => word.replace(/^ال(?=..)/u, ''));
}

function namesOf<T extends string>(names: Names<T>): (name: string) => T | undefined {
  let made: ReadonlyMap<string, T> | undefined;
  let beside: ReadonlySet<string> | undefined;
  return (name) => {
    // An exact name is the rule, and needs no folding.
    const exact = names.find(([one]) => one === name);
    if (exact !== undefined) return exact[0];
    made ??= new Map(names.flatMap(([one, all]) => wordsIn(all).map((word) => [word, one] as const)));
    beside ??= new Set(wordsIn(BESIDE));
    const known = made;
    const others = beside;
    const found = new Set(
      wordsIn(name.slice(0, 200))
        .filter((word) => !others.has(word))
        .map((word) => known.get(word)),
    );
    const [only] = found;
    return found.size === 1 ? only : undefined;
  };
}
