// Trains the offline sentiment model on the labelled texts of a folder, measures it by cross-validation, and writes its weights.
//
//   node --import tsx scripts/train-sentiment.ts DATA_DIR [--measure-only]
//
// docs/offline-labels.md says which files the folder holds, and explains the figures that are printed.

import { writeFileSync } from 'node:fs';
import { createRandom, measure } from '../cli/measures.ts';
import type { Label } from '../core/types.ts';
import { encodeWeights, probabilitiesOfBuckets, type Weights } from '../transforms/sentiment/linear-model.ts';
import { labelByLexicon, offlineModel } from '../transforms/sentiment/offline.ts';
import { calibrationError, fitTemperature, type Outcome } from './sentiment/calibration.ts';
import { type LabelledText, readLabelledTexts, type SetName } from './sentiment/labelled-texts.ts';
import { type Sample, samplesOf, train } from './sentiment/softmax.ts';

const OUT = new URL('../transforms/sentiment/offline-weights.bin', import.meta.url);
const FOLDS = 5;

interface Answered {
  readonly text: LabelledText;
  readonly label: Label;
}

const [folder, ...flags] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write('Usage: node --import tsx scripts/train-sentiment.ts DATA_DIR [--measure-only]\n');
  process.exit(2);
}
const texts = readLabelledTexts(folder);
const samples = samplesOf(texts);
say(
  `${texts.length} texts, duplicates removed: ${countBy(texts.map(({ set, label }) => `${set} ${label}`))}`,
);

const { answered, temperatures } = crossValidate();
const temperature = temperatures.reduce((sum, one) => sum + one, 0) / FOLDS;
say(`\nThe word lists alone`);
for (const set of ['arsarcasm', 'saudi'] as const) tell(set, byLexicon(set));
say(`\nCross-validation in ${FOLDS} folds, as shipped (four bits a weight, calibrated on the other folds)`);
for (const set of ['arsarcasm', 'saudi'] as const) tell(set, ofSet(answered, set));
tellTwoClasses('emoji', ofSet(answered, 'emoji'));
for (const dialect of ['msa', 'egypt', 'gulf', 'levant', 'magreb']) {
  tell(
    `arsarcasm ${dialect}`,
    ofSet(answered, 'arsarcasm').filter(({ text }) => text.dialect === dialect),
  );
}
say('\nAccuracy of the most confident 20, 50 and 100 %; calibration error');
for (const set of ['arsarcasm', 'saudi'] as const) tellConfidence(set, ofSet(answered, set));
say('\nTrained without a set, tested on it');
for (const set of ['arsarcasm', 'saudi', 'emoji'] as const) {
  const model = offlineModel({ ...train(samplesWhere((text) => text.set !== set)), temperature });
  const unseen = texts.filter((text) => text.set === set).map((text) => answer(model, text));
  if (set !== 'emoji') tell(set, unseen);
  tellTwoClasses(set, unseen);
}

const weights: Weights = { ...train(samples), temperature };
const bytes = encodeWeights(weights);
const zeros = weights.steps.filter((step) => step === 0x88).length;
say(`\nTemperature ${temperature.toFixed(3)} (folds: ${temperatures.map((t) => t.toFixed(3)).join(', ')})`);
say(`Word lists: praise ${rounded(weights.praise)}; complaint ${rounded(weights.complaint)}`);
say(`Weights: ${bytes.length} bytes, ${zeros} of ${weights.steps.length} buckets zero`);
if (flags.includes('--measure-only')) say('Nothing was written.');
else {
  writeFileSync(OUT, bytes);
  say(`Written to ${OUT.pathname.split('/').slice(-3).join('/')}`);
}
tellSpeed(offlineModel(weights));

// ------------------------------------------------------------------------------------------------------------ measuring

/** Every text labelled by a model that did not see it. The temperature of a fold is fitted on the other folds only. */
function crossValidate(): {
  readonly answered: readonly Answered[];
  readonly temperatures: readonly number[];
} {
  const random = createRandom(3);
  const fold = Uint8Array.from(texts, () => Math.floor(random() * FOLDS));
  const trained = Array.from({ length: FOLDS }, (_, at) => train(samplesWhere((_, i) => fold[i] !== at)));
  const held = trained.map((weights, at) =>
    samples.flatMap((sample, i): Outcome[] =>
      fold[i] !== at || sample.isDistant ? [] : [outcomeOf(sample, weights)],
    ),
  );
  const temperatures = held.map((_, at) => fitTemperature(held.filter((_, other) => other !== at).flat()));
  const models = trained.map((weights, at) =>
    offlineModel({ ...weights, temperature: temperatures[at] ?? 1 }),
  );
  const answered = texts.flatMap((text, i) => {
    const model = models[fold[i] ?? 0];
    return model === undefined ? [] : [answer(model, text)];
  });
  return { answered, temperatures };
}

function samplesWhere(wanted: (text: LabelledText, at: number) => boolean): readonly Sample[] {
  return samples.filter((_, at) => {
    const text = texts[at];
    return text !== undefined && wanted(text, at);
  });
}

function answer(model: (text: string, language: string | null) => Label, text: LabelledText): Answered {
  return { text, label: model(text.text, 'ar') };
}

function byLexicon(set: SetName): readonly Answered[] {
  return texts.filter((text) => text.set === set).map((text) => answer(labelByLexicon, text));
}

function ofSet(all: readonly Answered[], set: SetName): readonly Answered[] {
  return all.filter(({ text }) => text.set === set);
}

/** The sets know no mixed texts: such an answer counts as neutral. */
function classOf({ label }: Label): string {
  return label === 'mixed' ? 'neutral' : label;
}

function outcomeOf(sample: Sample, weights: Weights): Outcome {
  return {
    actual: sample.label,
    probabilities: probabilitiesOfBuckets(sample.buckets, sample.moods, weights),
  };
}

// -------------------------------------------------------------------------------------------------------------- telling

function tell(name: string, all: readonly Answered[]): void {
  const { accuracy, macroF1, f1 } = measure(
    all.map(({ text, label }) => ({ actual: text.label, predicted: classOf(label) })),
  );
  const [positive = 0, neutral = 0, negative = 0] = [f1['positive'], f1['neutral'], f1['negative']];
  const mixed = all.filter(({ label }) => label.label === 'mixed').length / all.length;
  say(
    `${name.padEnd(18)} ${String(all.length).padStart(6)} texts  accuracy ${accuracy.toFixed(3)}  macro-F1 ${macroF1.value.toFixed(3)} [${macroF1.low.toFixed(3)}, ${macroF1.high.toFixed(3)}]  F1 ${positive.toFixed(2)} / ${neutral.toFixed(2)} / ${negative.toFixed(2)}  F1-PN ${((positive + negative) / 2).toFixed(3)}  mixed ${(mixed * 100).toFixed(1)} %`,
  );
}

/** Neutral texts left out; the side is the one that the score leans to. */
function tellTwoClasses(name: string, all: readonly Answered[]): void {
  const { accuracy, macroF1 } = measure(
    all
      .filter(({ text }) => text.label !== 'neutral')
      .map(({ text, label }) => ({
        actual: text.label,
        predicted: label.score > 0 ? 'positive' : 'negative',
      })),
  );
  say(
    `${`${name}, 2 classes`.padEnd(25)} accuracy ${accuracy.toFixed(3)}  macro-F1 ${macroF1.value.toFixed(3)} [${macroF1.low.toFixed(3)}, ${macroF1.high.toFixed(3)}]`,
  );
}

function tellConfidence(name: string, all: readonly Answered[]): void {
  const surest = [...all].sort((a, b) => b.label.confidence - a.label.confidence);
  const shares = [0.2, 0.5, 1].map((share) => {
    const kept = surest.slice(0, Math.round(surest.length * share));
    return (kept.filter(isRight).length / kept.length).toFixed(3);
  });
  const error = calibrationError(
    all.map((one) => ({ confidence: one.label.confidence, isRight: isRight(one) })),
  );
  say(`${name.padEnd(18)} ${shares.join(' / ')}  expected calibration error ${error.toFixed(3)}`);
}

function isRight({ text, label }: Answered): boolean {
  return text.label === classOf(label);
}

/** Processor time on texts of about 100 characters, words looked up before; the best of five rounds. */
function tellSpeed(model: (text: string, language: string | null) => Label): void {
  const some = texts.filter(({ text }) => text.length >= 60 && text.length <= 140).slice(0, 10_000);
  const mean = some.reduce((sum, { text }) => sum + text.length, 0) / some.length;
  for (const [name, label] of [
    ['model', model],
    ['word lists', labelByLexicon],
  ] as const) {
    const rounds = Array.from({ length: 5 }, () => {
      const before = process.cpuUsage();
      for (const { text } of some) label(text, 'ar');
      const { user, system } = process.cpuUsage(before);
      return (some.length * 1e6) / (user + system);
    });
    say(
      `${name}: ${Math.round(Math.max(...rounds) / 100) * 100} texts a second of processor time, ${mean.toFixed(0)} characters on average`,
    );
  }
}

function countBy(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
}

function rounded(numbers: readonly number[]): string {
  return numbers.map((n) => n.toFixed(2)).join(', ');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
