// Finds in a summary what it must not hold: our question to the model, or what another customer wrote.

import type { LabelRequest } from '../../core/types.ts';
import { keyText } from '../text/key.ts';
import { withoutMarks } from './marks.ts';
import { PLAIN_JSON_PROMPT } from './prompt.ts';

/** So many letters in a row, whatever stands between them, are no chance: some six words. */
const RUN = 28;

/** Of the prompt with the topics of this release, forwards and backwards; an operator's own topics are no secret. */
let promptRuns: ReadonlySet<string> | undefined;

/**
 * For the answer to this pack: tells whether the summary of a text holds a long run of the prompt or of another text of the pack.
 * What stands in the text itself may be repeated. Linear.
 */
export function leakFinder(pack: readonly LabelRequest[]): (summary: string, id: string) => boolean {
  const letters = new Map(pack.map(({ id, text }) => [id, lettersOf(text)]));
  // Alone in its pack a text has no neighbours to be compared with.
  const texts = new Set(pack.length < 2 ? [] : [...letters.values()].flatMap(runsOf));
  return (summary, id) => {
    promptRuns ??= makePromptRuns();
    const prompt = promptRuns;
    const own = letters.get(id) ?? '';
    return runsOf(lettersOf(summary)).some(
      (run) => (prompt.has(run) || texts.has(run)) && !own.includes(run),
    );
  };
}

function makePromptRuns(): ReadonlySet<string> {
  const prompt = lettersOf(PLAIN_JSON_PROMPT);
  return new Set([...runsOf(prompt), ...runsOf([...prompt].reverse().join(''))]);
}

/** Letters and digits only, folded: blanks, signs and vowel signs between them hide nothing. */
function lettersOf(text: string): string {
  return keyText(withoutMarks(text)).replace(/[^\p{L}\p{N}]+/gu, '');
}

function runsOf(letters: string): readonly string[] {
  return Array.from({ length: Math.max(0, letters.length - RUN + 1) }, (_, at) =>
    letters.slice(at, at + RUN),
  );
}
