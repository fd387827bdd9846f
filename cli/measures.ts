// How right labels are: accuracy, F1 of each label, and how far chance alone may move them.

/** What a text is, by those who know, and what a model said of it; null where the model gave no label. */
export interface Judged {
  readonly actual: string;
  readonly predicted: string | null;
}

/** A figure with the interval in which 95 % of resamples lie. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface Measures {
  readonly texts: number;
  readonly accuracy: number;
  readonly macroF1: Estimate;
  /** By label, for every label that occurs. */
  readonly f1: { readonly [label: string]: number };
  /** `confusion[actual][predicted]` texts; a text without a label counts under `none`. */
  readonly confusion: { readonly [actual: string]: { readonly [predicted: string]: number } };
}

const NONE = 'none';
const RESAMPLES = 1_000;
/** With more draws than this, fewer resamples: large sets have narrow intervals, and a person waits. */
const MOST_DRAWS = 20_000_000;
const FEWEST_RESAMPLES = 100;

/**
 * Measures judged texts. Macro-F1 is the mean over the labels that the texts really have; a label that only the model uses is
 * simply wrong each time. The interval is a percentile bootstrap (Efron 1979) with a fixed seed, so that it never changes.
 */
export function measure(judged: readonly Judged[]): Measures {
  const labels = [...new Set(judged.map(({ actual }) => actual))].sort();
  const names = [...new Set(judged.map(({ predicted }) => predicted ?? NONE))].sort();
  const width = names.length;
  const cells = Uint32Array.from(
    judged,
    ({ actual, predicted }) => labels.indexOf(actual) * width + names.indexOf(predicted ?? NONE),
  );
  const counts = new Float64Array(labels.length * width);
  for (const cell of cells) counts[cell] = (counts[cell] ?? 0) + 1;
  const f1 = (of: Float64Array): readonly number[] =>
    labels.map((label, row) => f1Of(of, width, row, names.indexOf(label)));
  const macroF1 = (of: Float64Array): number => mean(f1(of).filter((_, row) => sumOfRow(of, width, row) > 0));
  const right = judged.filter(({ actual, predicted }) => actual === predicted).length;
  const ofLabel = f1(counts);
  return {
    texts: judged.length,
    accuracy: judged.length === 0 ? 0 : right / judged.length,
    macroF1: { value: macroF1(counts), ...intervalOf(cells, counts.length, macroF1) },
    f1: Object.fromEntries(labels.map((label, row) => [label, ofLabel[row] ?? 0])),
    confusion: Object.fromEntries(
      labels.map((actual, row) => [
        actual,
        Object.fromEntries(names.map((name, column) => [name, counts[row * width + column] ?? 0])),
      ]),
    ),
  };
}

function f1Of(counts: Float64Array, width: number, row: number, column: number): number {
  const right = column < 0 ? 0 : (counts[row * width + column] ?? 0);
  let predicted = 0;
  if (column >= 0) for (let at = column; at < counts.length; at += width) predicted += counts[at] ?? 0;
  const both = predicted + sumOfRow(counts, width, row);
  return both === 0 ? 0 : (2 * right) / both;
}

function sumOfRow(counts: Float64Array, width: number, row: number): number {
  let sum = 0;
  for (let at = row * width; at < (row + 1) * width; at++) sum += counts[at] ?? 0;
  return sum;
}

function intervalOf(
  cells: Uint32Array,
  size: number,
  statistic: (counts: Float64Array) => number,
): { readonly low: number; readonly high: number } {
  if (cells.length === 0) return { low: 0, high: 0 };
  const resamples = Math.max(FEWEST_RESAMPLES, Math.min(RESAMPLES, Math.floor(MOST_DRAWS / cells.length)));
  const random = createRandom(1);
  const drawn = new Float64Array(size);
  const values = Float64Array.from({ length: resamples }, () => {
    drawn.fill(0);
    for (let draw = 0; draw < cells.length; draw++) {
      const cell = cells[Math.floor(random() * cells.length)] ?? 0;
      drawn[cell] = (drawn[cell] ?? 0) + 1;
    }
    return statistic(drawn);
  }).sort();
  return {
    low: values[Math.floor(resamples * 0.025)] ?? 0,
    high: values[Math.ceil(resamples * 0.975) - 1] ?? 0,
  };
}

function mean(numbers: readonly number[]): number {
  return numbers.length === 0 ? 0 : numbers.reduce((sum, n) => sum + n, 0) / numbers.length;
}

/** Mulberry32: small, and the same everywhere. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
