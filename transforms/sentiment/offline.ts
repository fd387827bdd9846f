// The small model that needs no key: a linear model over hashed n-grams and our word lists where a text is Arabic, the word
// lists alone where it is not.

import type { Label, LabelName } from '../../core/types.ts';
import { type Lexicon, lexiconOf, type Meaning, type Mood, meaningOf, readMood } from './lexicon.ts';
import {
  offlineWeights,
  type Probabilities,
  probabilitiesOf,
  type WeighedGram,
  type Weights,
  weighToken,
} from './linear-model.ts';
import { gramHash } from './ngrams.ts';
import { findTokens, tokensOf } from './tokens.ts';
import { TOPICS, type Topic } from './topics.ts';
import { vocabularyOf } from './vocabulary.ts';

/** Grows with the weights, the lexicon and the rules; docs/offline-labels.md has its measured quality. */
export const OFFLINE_MODEL = 'linear-1';

/** Languages that the model or the lexicon holds; null is a text too short to tell. */
const KNOWN_LANGUAGES: ReadonlySet<string | null> = new Set(['ar', 'en', 'mixed', 'arabizi', null]);

/** Both sides must weigh this much, and be nearly even, before a text is mixed. */
const MIXED_WEIGHT = 2;
const MIXED_BALANCE = 0.6;
/** A text that leans further to one side than this is of that side, unless both sides weigh so much that no lean can hide it. */
const MIXED_LEAN = 0.6;
const CLEARLY_MIXED_WEIGHT = 4;
/** Half way to certainty: a text with this much weight on one side scores 0.5. */
const HALF_SCORE_WEIGHT = 2;
const NEUTRAL_BELOW = 0.2;

/** A guess among three. */
const NOTHING_KNOWN = 0.33;
const UNDECIDED = 0.4;
/** The most that the lexicon claims for words whose language was not told as English; Arabizi is spelled at will. */
const MOST_IN_ARABIZI = 0.5;
const MOST = 0.99;

type Word = Meaning & WeighedGram;
type Labelling = (text: string, language: string | null) => Label;

/**
 * Labels a text: pure and deterministic, no network, no clock. Without a known word, and in a language that it does not hold,
 * it is neutral with a low confidence. It writes no summary and guesses no intent. Any UTF-16 string will do. The weights are
 * read with the first text.
 */
export const labelOffline = offlineLabeller(TOPICS);

/** The same with other topics; they change no label. */
export function offlineLabeller(topics: readonly Topic[]): Labelling {
  let released: Labelling | undefined;
  return (text, language) => {
    released ??= offlineModel(offlineWeights(), lexiconOf(topics));
    return released(text, language);
  };
}

/** The model with these weights. Pure: what it remembers of words changes no label. */
export function offlineModel(weights: Weights, lexicon: Lexicon = meaningOf): Labelling {
  const wordAt = vocabularyOf((token) => readWord(token, weights, lexicon));
  return (text, language) => {
    const known = KNOWN_LANGUAGES.has(language) ? findTokens(text, wordAt) : [];
    const mood = readMood(known);
    return isMostlyArabic(known)
      ? judge(mood, probabilitiesOf(known, mood, weights))
      : judgeByLexicon(mood, language);
  };
}

/** What the word lists alone say: the label of a text that is not Arabic, and what the model is measured against. Pure. */
export function labelByLexicon(text: string, language: string | null): Label {
  const tokens = KNOWN_LANGUAGES.has(language) ? tokensOf(text) : [];
  return judgeByLexicon(readMood(tokens.map(meaningOf)), language);
}

/** Whether praise and complaint stand side by side in a text, by the word lists. Pure. */
function isMixed({ praise, complaint }: Mood): boolean {
  const even = Math.min(praise, complaint) / Math.max(praise, complaint, 1);
  return praise >= MIXED_WEIGHT && complaint >= MIXED_WEIGHT && even >= MIXED_BALANCE;
}

/** Field by field, so that all words have one shape and lie close together in memory. */
function readWord(token: string, weights: Weights, lexicon: Lexicon): Word {
  const { role, weight, topic, urgent, phrases, isSign, isPlain } = lexicon(token);
  const hash = gramHash(token);
  const weighed = weighToken(token, hash, weights);
  return {
    token,
    role,
    weight,
    topic,
    urgent,
    phrases,
    isSign,
    isPlain,
    isNegator: role === 'negator',
    hash,
    features: weighed.features,
    plainPraise: weighed.plainPraise,
    plainComplaint: weighed.plainComplaint,
    negatedPraise: weighed.negatedPraise,
    negatedComplaint: weighed.negatedComplaint,
  };
}

/** Whether at least half of the words are Arabic ones, of which alone the model knows something. */
function isMostlyArabic(known: readonly Word[]): boolean {
  let [arabic, latin] = [0, 0];
  for (const { hash, features, isSign } of known) {
    if (hash === 0) latin += isSign ? 0 : 1;
    else if (features > 1) arabic += 1;
  }
  return arabic > 0 && arabic >= latin;
}

function judge(mood: Mood, { positive, neutral, negative }: Probabilities): Label {
  const most = Math.max(positive, neutral, negative);
  const score = positive - negative;
  const isClear = Math.min(mood.praise, mood.complaint) >= CLEARLY_MIXED_WEIGHT;
  if (isMixed(mood) && (isClear || Math.abs(score) < MIXED_LEAN)) {
    return labelOf('mixed', score, UNDECIDED, mood);
  }
  const opinion = score > 0 ? 'positive' : 'negative';
  return labelOf(most === neutral ? 'neutral' : opinion, score, Math.min(MOST, most), mood);
}

function judgeByLexicon(mood: Mood, language: string | null): Label {
  const balance = mood.praise - mood.complaint;
  const score = balance / (Math.abs(balance) + HALF_SCORE_WEIGHT);
  if (mood.praise + mood.complaint === 0) return labelOf('neutral', 0, NOTHING_KNOWN, mood);
  if (isMixed(mood)) return labelOf('mixed', score, UNDECIDED, mood);
  if (Math.abs(score) < NEUTRAL_BELOW) return labelOf('neutral', score, UNDECIDED, mood);
  const claimed = 0.3 + 0.55 * Math.abs(score);
  const confidence = language === 'en' ? claimed : Math.min(MOST_IN_ARABIZI, claimed);
  return labelOf(score > 0 ? 'positive' : 'negative', score, confidence, mood);
}

function labelOf(label: LabelName, score: number, confidence: number, { topics, urgent }: Mood): Label {
  const isUnhappy = label === 'negative' || label === 'mixed';
  return {
    label,
    score: round(score),
    confidence: round(confidence),
    topics,
    urgency: urgent ? 'high' : isUnhappy ? 'normal' : 'low',
    intent: null,
    summary: null,
  };
}

function round(value: number): number {
  // Adding zero turns −0 into 0: equal labels must be equal to Object.is, too.
  return Math.round(value * 100) / 100 + 0;
}
