// Reads praise and complaint from our own word lists, with negation, emphasis and contrast; topics and urgency too.

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
import { isSign, tokensOf } from './tokens.ts';
import { TOPICS, type Topic, URGENT_WORDS } from './topics.ts';

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

type Role = 'negator' | 'stronger' | 'weaker' | 'contrast';

/** What one token adds, whatever stands beside it. */
export interface Meaning {
  readonly token: string;
  readonly weight: number;
  readonly role: Role | undefined;
  readonly topic: string | undefined;
  readonly urgent: boolean;
  /** The phrases that begin with it. */
  readonly phrases: Phrases | undefined;
  /** A sign ends what a negator or an emphasis reaches. */
  readonly isSign: boolean;
  /** It adds nothing by itself, as most words do. */
  readonly isPlain: boolean;
}

/** How phrases may go on after the words so far, and what they weigh if they end here. */
interface Phrases {
  weight: number | undefined;
  readonly next: Map<string, Phrases>;
}

/** What the word lists say of a text. Weights: a strong word counts 3, a plain one 2, a mild one 1. */
export interface Mood {
  readonly praise: number;
  readonly complaint: number;
  readonly topics: readonly string[];
  readonly urgent: boolean;
}

/** What the lists say of a single word. */
interface Entry {
  readonly weight: number | undefined;
  readonly topic: string | undefined;
  readonly urgent: boolean;
}

interface Lists {
  readonly roles: ReadonlyMap<string, Role>;
  readonly phrases: Phrases;
  /** All lists of single words in one, so that a stem is looked up once. */
  readonly entries: ReadonlyMap<string, Entry>;
}

/** Says what a token means by itself: the slow part, and the same each time. Pure. */
export type Lexicon = (token: string) => Meaning;

/** The lexicon with these topics. Folded when the first token is looked up, because a command that labels none should not wait for it. */
export function lexiconOf(topics: readonly Topic[]): Lexicon {
  let made: Lists | undefined;
  return (token) => {
    made ??= makeLists(topics);
    return lookUp(token, made);
  };
}

/** The lexicon with the topics of this release. */
export const meaningOf = lexiconOf(TOPICS);

function makeLists(topics: readonly Topic[]): Lists {
  const weightOf = weights([ARABIC_WORDS, LATIN_WORDS, EMOJI], /\s+/);
  const topicOf = new Map(
    topics.flatMap(({ name, words }) => foldedWords(words).map((word) => [word, name] as const)),
  );
  const urgent = new Set(foldedWords(URGENT_WORDS));
  return {
    roles: new Map([
      ...roles('negator', ARABIC_NEGATORS, LATIN_NEGATORS),
      ...roles('stronger', ARABIC_INTENSIFIERS, LATIN_INTENSIFIERS),
      ...roles('weaker', ARABIC_DIMINISHERS, LATIN_DIMINISHERS),
      ...roles('contrast', ARABIC_CONTRASTS, LATIN_CONTRASTS),
    ]),
    phrases: phraseTree(weights([ARABIC_PHRASES, LATIN_PHRASES], /\|/)),
    entries: new Map(
      [...new Set([...weightOf.keys(), ...topicOf.keys(), ...urgent])].map((word) => [
        word,
        { weight: weightOf.get(word), topic: topicOf.get(word), urgent: urgent.has(word) },
      ]),
    ),
  };
}

/** Under all stems of an Arabic word. */
function lookUp(token: string, { roles: roleOf, phrases, entries }: Lists): Meaning {
  const role = roleOf.get(token);
  let weight: number | undefined;
  let topic: string | undefined;
  let urgent = false;
  for (const stem of role === undefined ? stemsOf(token) : []) {
    const entry = entries.get(stem);
    if (entry === undefined) continue;
    weight ??= entry.weight;
    topic ??= entry.topic;
    urgent ||= entry.urgent;
  }
  const next = phrases.next.get(token);
  const sign = isSign(token);
  const says = role !== undefined || (weight ?? 0) !== 0 || topic !== undefined || urgent;
  return {
    token,
    role,
    weight: weight ?? 0,
    topic,
    urgent,
    phrases: next,
    isSign: sign,
    isPlain: !says && !sign && next === undefined,
  };
}

/** English stretches letters, and writes some of them twice. */
function stemsOf(token: string): readonly string[] {
  return arabicStems(token) ?? [token, token.replace(/([a-z])\1+/g, '$1')];
}

/** Weighs a text by what its tokens mean, in their order. Pure. */
export function readMood(meanings: readonly Meaning[]): Mood {
  const topics: string[] = [];
  let urgent = false;
  let praise = 0;
  let complaint = 0;
  let negated = 0;
  let stronger = 1;
  /** The side and weight of the word before, for an emphasis that follows it. */
  let last = 0;

  for (let at = 0; at < meanings.length; at++) {
    const meaning = meanings[at];
    if (meaning === undefined) continue;
    if (meaning.isPlain) {
      if (negated > 0) negated -= 1;
      last = 0;
      continue;
    }
    let added = 0;
    noteSubject(meaning);
    const phrase = meaning.phrases === undefined ? undefined : longestPhrase(meaning.phrases, meanings, at);
    if (phrase !== undefined) {
      for (const inner of meanings.slice(at + 1, at + phrase.words)) noteSubject(inner);
      added = phrase.weight * stronger;
      last = phrase.weight;
      at += phrase.words - 1;
      negated = 0;
      stronger = 1;
    } else if (meaning.isSign) {
      negated = 0;
      stronger = 1;
      last = 0;
    } else if (meaning.role === 'negator') {
      negated = NEGATION_REACH;
      last = 0;
    } else if (meaning.role === 'contrast') {
      praise *= BEFORE_CONTRAST;
      complaint *= BEFORE_CONTRAST;
      negated = 0;
      stronger = AFTER_CONTRAST;
      last = 0;
    } else if (meaning.role !== undefined) {
      const factor = meaning.role === 'stronger' ? STRONGER : WEAKER;
      if (last === 0) stronger = factor;
      else added = last * (factor - 1);
      last = 0;
    } else if (meaning.weight !== 0) {
      const turned = negated === 0 ? 1 : meaning.weight > 0 ? NEGATED_PRAISE : NEGATED_COMPLAINT;
      last = meaning.weight * turned * stronger;
      added = last;
      negated = 0;
      stronger = 1;
    } else {
      negated = Math.max(0, negated - 1);
      last = 0;
    }
    if (added > 0) praise += added;
    else complaint -= added;
  }
  return { praise, complaint, topics: topics.sort(), urgent };

  function noteSubject({ topic, urgent: isUrgent }: Meaning): void {
    if (topic !== undefined && !topics.includes(topic)) topics.push(topic);
    urgent ||= isUrgent;
  }
}

/** The longest phrase that begins at this token. */
function longestPhrase(
  first: Phrases,
  meanings: readonly Meaning[],
  at: number,
): { readonly weight: number; readonly words: number } | undefined {
  let found: { readonly weight: number; readonly words: number } | undefined;
  let phrases: Phrases | undefined = first;
  for (let words = 1; phrases !== undefined; words++) {
    if (phrases.weight !== undefined) found = { weight: phrases.weight, words };
    phrases = phrases.next.get(meanings[at + words]?.token ?? '');
  }
  return found;
}

function phraseTree(phrases: ReadonlyMap<string, number>): Phrases {
  const tree: Phrases = { weight: undefined, next: new Map() };
  for (const [phrase, weight] of phrases) {
    let node = tree;
    for (const word of phrase.split(' ')) {
      const next = node.next.get(word) ?? { weight: undefined, next: new Map() };
      node.next.set(word, next);
      node = next;
    }
    node.weight = weight;
  }
  return tree;
}

function weights(lists: readonly Weighted[], separator: RegExp): ReadonlyMap<string, number> {
  const map = new Map<string, number>();
  for (const [weight, list] of lists.flat()) {
    for (const entry of list.split(separator)) {
      const words = tokensOf(entry.replaceAll('_', ' ')).join(' ');
      if (words !== '' && !map.has(words)) map.set(words, weight);
    }
  }
  return map;
}

function roles(role: Role, ...lists: readonly string[]): readonly (readonly [string, Role])[] {
  return lists.flatMap(foldedWords).map((word) => [word, role] as const);
}

function foldedWords(list: string): string[] {
  return list.split(/\s+/).map((word) => tokensOf(word).join(' '));
}
