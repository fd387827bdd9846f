// Runs of digits: which are a phone, a card or an identity number, and which are somebody's order, price or date.
// Above 300 lines because what one kind leaves, the next must see: their order is the rule.

import { inMemory } from '../text/units.ts';
import { isCard } from './card.ts';
import { type Context, contextAfter, contextBefore, NOTHING } from './cues.ts';
import { DIGIT, KIND, LATIN, type Range } from './fold.ts';
import { nationalId } from './national-id.ts';
import { isHomeWithCode, isInternational, isNational, isSubscriber } from './phone.ts';

export type NumberKind = 'phone' | 'card' | 'national_id';
export interface FoundNumber extends Range {
  readonly kind: NumberKind;
}

/** Numbers of fewer digits are nobody's; of more, no kind's. */
const MIN_DIGITS = 7;
const MAX_DIGITS = 19;
const MAX_GROUPS = 10;

interface Run {
  readonly text: string;
  readonly groups: readonly Range[];
}
interface Candidate extends Range {
  readonly digits: string;
  /** Index of its first and its last group. */
  readonly first: number;
  readonly last: number;
  readonly plus: boolean;
}

/** The numbers of persons in a folded text, in order. */
export function findNumbers(text: string): readonly FoundNumber[] {
  const found: FoundNumber[] = [];
  let order: Range | undefined;
  let phone: Range | undefined;
  for (const groups of runsOf(text)) {
    const run: Run = { text, groups };
    for (let first = 0; first < run.groups.length; ) {
      const candidate = firstFound(run, first, order, phone);
      if (candidate === undefined) {
        first = run.groups.length;
      } else if ('order' in candidate) {
        order = candidate.order;
        first = candidate.next;
      } else {
        if (candidate.found !== undefined) found.push(candidate.found);
        if (candidate.found?.kind === 'phone') phone = candidate.found;
        first = candidate.next;
      }
    }
  }
  return found;
}

/** Between two order numbers of one list. */
const LIST_GAP = /^[ ,،/&-]*(?:و|and|or|et|او)?[ #-]*$/;

/** A short stretch of one sentence without a number of its own. */
function follows(between: string): boolean {
  return between.length < 40 && !/[0-9\n.!?؟؛]/.test(between);
}

/** The groups of each run that has digits enough. Not one expression for a whole run: the engine's stack would bound its length. */
function runsOf(text: string): readonly (readonly Range[])[] {
  return grouping(text.length)(text);
}

const grouping = inMemory((memory) => {
  const { source, read } = memory;
  return (text: string): readonly (readonly Range[])[] => {
    read(text);
    const { length } = text;
    const runs: (readonly Range[])[] = [];
    let groups: Range[] = [];
    let digits = 0;
    let before = 0;
    for (let at = 0; at < length; at++) {
      if (!isDigit(source[at] as number)) continue;
      const start = at;
      while (at < length && isDigit(source[at] as number)) at++;
      if (groups.length > 0 && !isGap(text, before, start)) {
        if (digits >= MIN_DIGITS) runs.push(groups);
        groups = [];
        digits = 0;
      }
      groups.push({ start, end: at });
      digits += at - start;
      before = at;
    }
    if (digits >= MIN_DIGITS) runs.push(groups);
    return runs;
  };
});

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

/** What may stand between the groups of one run: one to three of these signs. */
function isGap(text: string, start: number, end: number): boolean {
  if (end - start > 3) return false;
  for (let i = start; i < end; i++) if (!' ().+-/'.includes(text.charAt(i))) return false;
  return true;
}

/** What the words before a number say, read when it is first asked for. */
class Before {
  readonly #text: string;
  readonly #at: number;
  /** The phone before it in the text, where it may lean on that. */
  readonly #phone: Range | undefined;
  #context: Context | undefined;

  constructor(text: string, at: number, phone: Range | undefined) {
    this.#text = text;
    this.#at = at;
    this.#phone = phone;
  }

  get context(): Context {
    this.#context ??= this.#read();
    return this.#context;
  }

  #read(): Context {
    const context = contextBefore(this.#text, this.#at);
    // My number is 0501234567, and the second, my brother's, 0507654321: the second number leans on the first.
    const leans =
      context.cue === undefined &&
      this.#phone !== undefined &&
      follows(this.#text.slice(this.#phone.end, this.#at));
    return leans ? LEANING : context;
  }
}

const LEANING: Context = { cue: 'phone', tight: false };

type Step =
  | { readonly found: FoundNumber | undefined; readonly next: number }
  | { readonly order: Range; readonly next: number };

/** The longest number that begins at this group, or one step on. */
function firstFound(
  run: Run,
  first: number,
  order: Range | undefined,
  phone: Range | undefined,
): Step | undefined {
  const { text, groups } = run;
  const group = groups[first];
  if (group === undefined) return undefined;
  const dated = dateEnd(run, first);
  if (dated > first) return { found: undefined, next: dated };
  const before = new Before(text, group.start, first === 0 ? phone : undefined);
  const chained =
    order !== undefined && group.start - order.end < 8 && LIST_GAP.test(text.slice(order.end, group.start));
  for (const candidate of candidates(run, first)) {
    const kind = kindOf(run, candidate, before, chained);
    if (kind === undefined) continue;
    if (kind === 'order') return { order: candidate, next: candidate.last + 1 };
    return { found: { start: candidate.start, end: candidate.end, kind }, next: candidate.last + 1 };
  }
  // What stands right behind the word for an order is one, and so is the next in the list.
  if (chained || (group.end - group.start >= 3 && before.context.cue === 'order' && before.context.tight)) {
    return { order: group, next: first + 1 };
  }
  return { found: undefined, next: first + 1 };
}

/** From the longest to the shortest: so many groups from the first as one number could have. */
function candidates(run: Run, first: number): readonly Candidate[] {
  const { text, groups } = run;
  const start = groups[first]?.start ?? 0;
  const all: Candidate[] = [];
  const opened = openingOf(text, start);
  let digits = '';
  for (let last = first; last < groups.length && last < first + MAX_GROUPS; last++) {
    const { start: from, end } = groups[last] ?? { start: 0, end: 0 };
    if (digits.length + end - from > MAX_DIGITS) break;
    if (last > first && !joins(text.slice(groups[last - 1]?.end, from))) break;
    digits += text.slice(from, end);
    if (digits.length < MIN_DIGITS) continue;
    const isPart =
      isCut(text, groups[first - 1], groups[first]) || isCut(text, groups[last], groups[last + 1]);
    if (last > first && !opened.plus && isPart) continue;
    // Right-to-left keyboards leave the plus behind the number.
    const closed = !opened.plus && last === groups.length - 1 && text.charAt(end) === '+';
    all.push({
      start: opened.start,
      end: closed ? end + 1 : end,
      digits,
      first,
      last,
      plus: opened.plus || closed,
    });
  }
  return all.reverse();
}

/** Between two groups of one number: a space, a hyphen, a full stop, brackets. A second plus begins another number. */
function joins(gap: string): boolean {
  return !gap.includes('+') && !gap.includes('/');
}

function openingOf(text: string, start: number): { readonly start: number; readonly plus: boolean } {
  let at = start;
  let plus = false;
  for (; at > 0 && start - at < 2; at--) {
    const sign = text.charAt(at - 1);
    if (sign !== '+' && sign !== '(') break;
    plus ||= sign === '+';
  }
  return {
    start: plus
      ? at
      : text.charAt(start - 1) === '(' && text.slice(start, start + 6).includes(')')
        ? start - 1
        : start,
    plus,
  };
}

function kindOf(
  run: Run,
  candidate: Candidate,
  before: Before,
  chained: boolean,
): NumberKind | 'order' | undefined {
  const { text } = run;
  const { digits, plus, first, last } = candidate;
  const single = first === last;
  if (!standsAlone(run, candidate)) return undefined;
  const phoneShape = single || phoneGroups(run, candidate);
  if (plus || digits.startsWith('00')) {
    if (phoneShape && isInternational(plus ? digits : digits.slice(2))) return 'phone';
  }
  const { context } = before;
  if (context.cue === 'order' && context.tight) return single && digits.length >= 7 ? 'order' : undefined;
  if (chained) return single ? 'order' : undefined;
  const isTold = context.tight && context.cue !== undefined;
  const isEnd = last === run.groups.length - 1;
  const after = isTold || !isEnd ? NOTHING : contextAfter(text, candidate.end);
  if (after.cue === 'order') return single ? 'order' : undefined;
  const saysPhone = context.cue === 'phone' || after.cue === 'phone';
  const saysId = context.cue === 'id' || after.cue === 'id';
  const saysCard = context.cue === 'card' || after.cue === 'card';
  const saysTightPhone = (context.cue === 'phone' && context.tight) || after.cue === 'phone';
  const saysTightId = (context.cue === 'id' && context.tight) || after.cue === 'id';

  if (
    digits.length >= 13 &&
    isCard(digits) &&
    cardGroups(run, candidate) &&
    !(context.cue === 'order' && single)
  )
    return nationalId(digits) === 'proven' && !saysCard ? 'national_id' : 'card';
  const id = single || idGroups(candidate) ? nationalId(digits) : 'no';
  if (digits.startsWith('0') && phoneShape && isNational(digits)) return 'phone';
  if (saysTightId && id !== 'no') return 'national_id';
  if (phoneShape && saysPhone && (isSubscriber(digits) || isHomeWithCode(digits))) return 'phone';
  if (phoneShape && saysTightPhone && digits.length >= 9 && digits.length <= 15) return 'phone';
  if (id === 'proven' && (single || digits.length === 15) && context.cue !== 'order') return 'national_id';
  if (saysId && id !== 'no' && digits.length >= 9) return 'national_id';
  if (phoneShape && context.cue !== 'order' && /^(?:96[2-8]|97[1-4])/.test(digits) && isHomeWithCode(digits))
    return 'phone';
  if (phoneShape && context.cue !== 'order' && /^201\d{9}$/.test(digits)) return 'phone';
  return undefined;
}

/** Whether no letter, sign or further group makes the digits a part of something longer: AB-123, 1.234, 12:30, 50%. */
function standsAlone({ text, groups }: Run, { start, end, first, last, plus }: Candidate): boolean {
  const before = text.charAt(start - 1);
  const after = text.charAt(end);
  if (first > 0 && !plus && !parts(text, groups[first - 1], groups[first])) return false;
  if (last < groups.length - 1 && !parts(text, groups[last], groups[last + 1])) return false;
  if (first === 0 && before !== '') {
    if ('#$€£'.includes(before)) return false;
    // snake_case_123 is a name; an Arabic word and its underscore are none.
    const kindBefore = KIND[text.charCodeAt(start - 2)];
    if (before === '_' && (kindBefore === LATIN || kindBefore === DIGIT)) return false;
    if (',.:'.includes(before) && kindBefore === DIGIT) return false;
    if (KIND[before.charCodeAt(0)] === LATIN || (before === '-' && kindBefore === LATIN)) {
      return isWordCue(text, start);
    }
  }
  if (after === '') return true;
  if (KIND[after.charCodeAt(0)] === LATIN || '_%$€£@'.includes(after)) return false;
  const kindAfter = KIND[text.charCodeAt(end + 1)];
  if (after === '-' && kindAfter === LATIN) return false;
  return !((after === ',' || after === ':') && kindAfter === DIGIT);
}

/** tel0501234567, ID-1098765432: letters that say what the number is are no part of it. */
function isWordCue(text: string, start: number): boolean {
  const { cue, tight } = contextBefore(text, start);
  return tight && (cue === 'phone' || cue === 'id');
}

/** Whether the gap between two groups parts two numbers: with a space or a slash, or between two that are long enough. */
function parts(text: string, a: Range | undefined, b: Range | undefined): boolean {
  if (a === undefined || b === undefined) return true;
  const gap = text.slice(a.end, b.start);
  if ((gap.includes(' ') || gap.includes('/') || gap.includes('+')) && !gap.includes('.')) return true;
  return a.end - a.start >= 9 && b.end - b.start >= 9;
}

/** 5204 [0599 0481] 8938: groups of one number that only a space parts, of which some would be left over. */
function isCut(text: string, a: Range | undefined, b: Range | undefined): boolean {
  if (a === undefined || b === undefined || text.slice(a.end, b.start) !== ' ') return false;
  const sizes = [a.end - a.start, b.end - b.start] as const;
  if (sizes[0] >= 7 || sizes[1] >= 7) return false;
  // 05 22 96 61 33 06 …: two numbers in pairs are told apart by the zero in front.
  return sizes[0] < 3 || sizes[1] < 3 ? sizes[0] === sizes[1] && text.charAt(b.start) !== '0' : true;
}

function sizeOf({ groups }: Run, index: number): number {
  const group = groups[index];
  return group === undefined ? 0 : group.end - group.start;
}

/** Groups of two digits and more, but for the code in front; or each digit by itself. */
function phoneGroups(run: Run, { first, last, plus, digits }: Candidate): boolean {
  let single = 0;
  for (let i = first + 1; i <= last; i++) if (sizeOf(run, i) === 1) single++;
  if (sizeOf(run, first) === 1 && single === last - first) return true;
  // 05 0123 4567 and +966 5 0123 4567 are written; 1 050 is not.
  return single <= (plus || digits.startsWith('00') ? 2 : 0);
}

/** 4-4-4-4 and its longer kin, 4-6-5, or no groups. */
function cardGroups(run: Run, { first, last }: Candidate): boolean {
  if (last - first === 2 && sizeOf(run, first) === 4 && sizeOf(run, first + 1) === 6)
    return sizeOf(run, last) === 5 || sizeOf(run, last) === 4;
  for (let i = first; i < last; i++) if (sizeOf(run, i) !== 4) return false;
  return true;
}

/** Up to four groups, such as 784-1990-1234567-1. */
function idGroups({ first, last }: Candidate): boolean {
  return last - first < 4;
}

/** Where a date that begins at this group ends: 2026-01-31, 31/01/2026, 31.1.26; the group itself when it is none. */
function dateEnd({ text, groups }: Run, first: number): number {
  const a = groups[first];
  const b = groups[first + 1];
  const c = groups[first + 2];
  const d = groups[first + 3];
  if (a === undefined || b === undefined || c === undefined || text.charAt(a.start - 1) === '+') return first;
  if (b.start - a.end !== 1 || c.start - b.end !== 1) return first;
  const gap = text.charAt(a.end);
  if (text.charAt(b.end) !== gap || (gap !== '-' && gap !== '/' && gap !== '.')) return first;
  // 05-22-96-61-33 goes on in the same way: no date does.
  if (d !== undefined && text.slice(c.end, d.start) === gap) return first;
  const shape = [a, b, c].map(({ start, end }) => end - start);
  const [x, y, z] = [a, b, c].map(({ start, end }) => Number(text.slice(start, end)));
  const day = (value = 0): boolean => value >= 1 && value <= 31;
  if (shape[0] === 4 && (shape[1] ?? 9) <= 2 && (shape[2] ?? 9) <= 2)
    return day(y) && day(z) ? first + 3 : first;
  if ((shape[0] ?? 9) <= 2 && (shape[1] ?? 9) <= 2 && (shape[2] === 4 || shape[2] === 2))
    return day(x) && day(y) && (shape[2] === 2 || ((z ?? 0) >= 1300 && (z ?? 0) < 2200)) ? first + 3 : first;
  return first;
}
