// The small model that needs no key: counts words of praise and complaint, and knows negation, emphasis and contrast.

import type { Label, LabelName } from '../../core/types.ts';
import { keyText } from '../text/key.ts';
import {
  ARABIC_CONTRASTS,
  ARABIC_DIMINISHERS,
  ARABIC_INTENSIFIERS,
  ARABIC_NEGATORS,
  ARABIC_PHRASES,
  ARABIC_WORDS,
  type Weighted,
} from './lexicon-arabic.ts';
import {
  EMOJI,
  LATIN_CONTRASTS,
  LATIN_DIMINISHERS,
  LATIN_INTENSIFIERS,
  LATIN_NEGATORS,
  LATIN_PHRASES,
  LATIN_WORDS,
} from './lexicon-latin.ts';
import { arabicStems } from './stems.ts';
import { TOPIC_WORDS, type Topic, URGENT_WORDS } from './topics.ts';

/** Grows with the lexicon and the rules; docs/offline-labels.md has its measured quality. */
export const OFFLINE_MODEL = 'lexicon-1';

/** Languages whose words are in the lexicon; null is a text too short to tell. */
const KNOWN_LANGUAGES: ReadonlySet<string | null> = new Set(['ar', 'en', 'mixed', 'arabizi', null]);

const TOKEN = /[\p{L}\p{N}]+(?:['/][\p{L}\p{N}]+)*|\p{Extended_Pictographic}|[.,;!?\n]/gu;

/** How many words after a negator are still negated. */
const NEGATION_REACH = 3;
/** A negated complaint is mild praise; negated praise is a complaint. */
const NEGATED_PRAISE = -0.8;
const NEGATED_COMPLAINT = -0.4;
const STRONGER = 1.4;
const WEAKER = 0.6;
/** What comes after "but" counts more than what came before it. */
const AFTER_CONTRAST = 1.4;
const BEFORE_CONTRAST = 0.7;
const LONGEST_PHRASE = 4;
/** Both sides must weigh this much, and be nearly even, before a text is mixed. */
const MIXED_WEIGHT = 2;
const MIXED_BALANCE = 0.6;
/** Half way to certainty: a text with this much weight on one side scores 0.5. */
const HALF_SCORE_WEIGHT = 2;
const NEUTRAL_BELOW = 0.2;

type Role = 'negator' | 'stronger' | 'weaker' | 'contrast';

const WEIGHTS = weights([ARABIC_WORDS, LATIN_WORDS, EMOJI], /\s+/);
const PHRASES = weights([ARABIC_PHRASES, LATIN_PHRASES], /\|/);
const PHRASE_HEADS = new Set([...PHRASES.keys()].map((phrase) => phrase.split(' ', 1)[0] ?? ''));
const ROLES: ReadonlyMap<string, Role> = new Map([
  ...roles('negator', ARABIC_NEGATORS, LATIN_NEGATORS),
  ...roles('stronger', ARABIC_INTENSIFIERS, LATIN_INTENSIFIERS),
  ...roles('weaker', ARABIC_DIMINISHERS, LATIN_DIMINISHERS),
  ...roles('contrast', ARABIC_CONTRASTS, LATIN_CONTRASTS),
]);
const TOPIC_OF: ReadonlyMap<string, Topic> = new Map(
  Object.entries(TOPIC_WORDS).flatMap(([topic, list]) =>
    foldedWords(list).map((word) => [word, topic as Topic]),
  ),
);
const URGENT: ReadonlySet<string> = new Set(foldedWords(URGENT_WORDS));

/** What one word adds, whatever stands beside it. */
interface Meaning {
  readonly weight: number;
  readonly role: Role | undefined;
  readonly topic: Topic | undefined;
  readonly urgent: boolean;
}

const MEANT_NOTHING: Meaning = { weight: 0, role: undefined, topic: undefined, urgent: false };

/** Looking a word up under all its stems is the slow part, and few words make most of any text. */
const meanings = new Map<string, Meaning>();
const REMEMBERED_WORDS = 50_000;

/**
 * Labels a text with the lexicon: pure and deterministic, no network. Without a known word it is neutral with a low
 * confidence; so is a text in a language that the lexicon does not hold. It writes no summary and guesses no intent.
 */
export function labelOffline(text: string, language: string | null): Label {
  const tokens = KNOWN_LANGUAGES.has(language)
    ? (keyText(text.replaceAll('\n', ' . ')).match(TOKEN) ?? [])
    : [];
  const topics = new Set<Topic>();
  let urgent = false;
  let [praise, complaint] = [0, 0];
  let negated = 0;
  let stronger = 1;
  /** The side and weight of the word before, for an emphasis that follows it. */
  let last = 0;

  const add = (weight: number): void => {
    if (weight > 0) praise += weight;
    else complaint -= weight;
  };

  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] ?? '';
    const phrase = PHRASE_HEADS.has(token) ? phraseAt(tokens, at) : undefined;
    if (phrase !== undefined) {
      for (const word of tokens.slice(at, at + phrase.words)) note(meaningOf(word));
      add(phrase.weight * stronger);
      last = phrase.weight;
      at += phrase.words - 1;
      [negated, stronger] = [0, 1];
      continue;
    }
    if (isBreak(token)) {
      [negated, stronger, last] = [0, 1, 0];
      continue;
    }
    const meaning = meaningOf(token);
    note(meaning);
    if (meaning.role === 'negator') {
      [negated, last] = [NEGATION_REACH, 0];
    } else if (meaning.role === 'contrast') {
      praise *= BEFORE_CONTRAST;
      complaint *= BEFORE_CONTRAST;
      [negated, stronger, last] = [0, AFTER_CONTRAST, 0];
    } else if (meaning.role !== undefined) {
      const factor = meaning.role === 'stronger' ? STRONGER : WEAKER;
      if (last === 0) stronger = factor;
      else add(last * (factor - 1));
      last = 0;
    } else if (meaning.weight !== 0) {
      const turned = negated === 0 ? 1 : meaning.weight > 0 ? NEGATED_PRAISE : NEGATED_COMPLAINT;
      last = meaning.weight * turned * stronger;
      add(last);
      [negated, stronger] = [0, 1];
    } else {
      negated = Math.max(0, negated - 1);
      last = 0;
    }
  }
  return judge(praise, complaint, [...topics].sort(), urgent);

  function note(meaning: Meaning): void {
    if (meaning.topic !== undefined) topics.add(meaning.topic);
    urgent ||= meaning.urgent;
  }
}

function judge(praise: number, complaint: number, topics: readonly Topic[], urgent: boolean): Label {
  const balance = praise - complaint;
  const score = round(balance / (Math.abs(balance) + HALF_SCORE_WEIGHT));
  const even = Math.min(praise, complaint) / Math.max(praise, complaint, 1);
  const label = nameOf(score, praise >= MIXED_WEIGHT && complaint >= MIXED_WEIGHT && even >= MIXED_BALANCE);
  const unhappy = label === 'negative' || label === 'mixed';
  return {
    label,
    score,
    confidence: confidenceOf(label, score, praise + complaint),
    topics,
    urgency: urgent ? 'high' : unhappy ? 'normal' : 'low',
    intent: null,
    summary: null,
  };
}

function nameOf(score: number, mixed: boolean): LabelName {
  if (mixed) return 'mixed';
  if (score >= NEUTRAL_BELOW) return 'positive';
  return score <= -NEUTRAL_BELOW ? 'negative' : 'neutral';
}

/** About the share of right answers at each score, between reviews and tweets; a text without a known word claims less than it could. */
function confidenceOf(label: LabelName, score: number, weight: number): number {
  if (weight === 0 || label === 'neutral' || label === 'mixed') return 0.4;
  return round(0.3 + 0.55 * Math.abs(score));
}

function phraseAt(
  tokens: readonly string[],
  at: number,
): { readonly weight: number; readonly words: number } | undefined {
  for (let words = Math.min(LONGEST_PHRASE, tokens.length - at); words > 0; words--) {
    const weight = PHRASES.get(tokens.slice(at, at + words).join(' '));
    if (weight !== undefined) return { weight, words };
  }
  return undefined;
}

function isBreak(token: string): boolean {
  return token.length === 1 && '.,;!?'.includes(token);
}

function meaningOf(token: string): Meaning {
  const known = meanings.get(token);
  if (known !== undefined) return known;
  const meaning = lookUp(token);
  if (meanings.size >= REMEMBERED_WORDS) meanings.clear();
  meanings.set(token, meaning);
  return meaning;
}

function lookUp(token: string): Meaning {
  const role = ROLES.get(token);
  if (role !== undefined) return { ...MEANT_NOTHING, role };
  const stems = arabicStems(token) ?? [token, token.replace(/([a-z])\1+/g, '$1')];
  const firstOf = <T>(map: ReadonlyMap<string, T>): T | undefined =>
    stems.map((stem) => map.get(stem)).find((hit) => hit !== undefined);
  return {
    role: undefined,
    weight: firstOf(WEIGHTS) ?? 0,
    topic: firstOf(TOPIC_OF),
    urgent: stems.some((stem) => URGENT.has(stem)),
  };
}

function weights(lists: readonly Weighted[], separator: RegExp): ReadonlyMap<string, number> {
  const map = new Map<string, number>();
  for (const [weight, list] of lists.flat()) {
    for (const entry of list.split(separator)) {
      const key = (keyText(entry.replaceAll('_', ' ')).match(TOKEN) ?? []).join(' ');
      if (key !== '' && !map.has(key)) map.set(key, weight);
    }
  }
  return map;
}

function roles(role: Role, ...lists: readonly string[]): readonly (readonly [string, Role])[] {
  return lists.flatMap(foldedWords).map((word) => [word, role] as const);
}

function foldedWords(list: string): string[] {
  return list.split(/\s+/).map(keyText);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
