// The published vectors of Arabic text, and two corpora written by somebody who did not know the rules.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { outcomeOf } from '../../scripts/arabic-vectors.ts';
import { type PersonalKind, redactor } from '../../transforms/redact.ts';
import { displayText } from '../../transforms/text/display.ts';
import { ownWords } from '../../transforms/text/mail.ts';
import { CASES, FORM_CASES } from '../vectors/arabic-cases.ts';

type Span = readonly [start: number, end: number, kind: PersonalKind];

function read<T>(name: string): readonly T[] {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), 'utf8')) as readonly T[];
}

const VECTORS = read<{
  readonly id: string;
  readonly group: string;
  readonly input: string;
  readonly html?: true;
  readonly names?: readonly string[];
  readonly display: string;
  readonly analysis: string;
  readonly key: string;
}>('arabic.json');

describe('The published vectors', () => {
  const groups = groupsOf();

  function groupsOf(): Map<string, (typeof VECTORS)[number][]> {
    const found = new Map<string, (typeof VECTORS)[number][]>();
    for (const vector of VECTORS) found.set(vector.group, [...(found.get(vector.group) ?? []), vector]);
    return found;
  }

  for (const [group, vectors] of groups) {
    test(`hold for ${vectors.length} of ${group}`, () => {
      for (const { id, group: _group, input, ...expected } of vectors) {
        const outcome = outcomeOf(input, expected.html === true, expected.names ?? []);
        expect({ id, ...outcome }).toMatchObject({ id, ...withoutInput(expected) });
      }
    });
  }

  test('are what hands wrote', () => {
    const published = new Map(VECTORS.map((vector) => [`${vector.html ?? false} ${vector.input}`, vector]));
    for (const { group, html, input, ...said } of [...CASES, ...FORM_CASES])
      expect(published.get(`${html ?? false} ${input}`), group).toMatchObject(said);
  });

  test('are as many as promised', () => {
    expect(groups.get('form')).toHaveLength(731);
    expect(groups.get('mail')?.length).toBeGreaterThanOrEqual(60);
    expect(VECTORS.length - 731).toBeGreaterThanOrEqual(500);
    expect(new Set(VECTORS.map(({ id }) => id)).size).toBe(VECTORS.length);
    for (const kind of ['email', 'url', 'phone', 'iban', 'card', 'national_id', 'name']) {
      const own = read<{ readonly kind: string; readonly positive: boolean }>('personal.json').filter(
        (one) => one.kind === kind,
      );
      expect(own.filter(({ positive }) => positive).length, kind).toBeGreaterThanOrEqual(40);
      expect(own.filter(({ positive }) => !positive).length, kind).toBeGreaterThanOrEqual(40);
    }
  });
});

function withoutInput(expected: object): object {
  const { html: _html, names: _names, ...rest } = expected as { html?: true; names?: readonly string[] };
  return rest;
}

describe('Mails that the rules were not written for', () => {
  const mails = read<{
    readonly id: string;
    readonly input: string;
    readonly html?: true;
    readonly own: string;
  }>('mail-unseen.json');
  const cut = mails.map((mail) => ({
    ...mail,
    got: ownWords(displayText(mail.input, { html: mail.html === true })).text,
  }));

  test('are cut exactly in 95 of 100', () => {
    expect(cut.filter(({ got, own }) => got === own).length / cut.length).toBeGreaterThanOrEqual(0.95);
  });

  test('never lose a word of the customer', () => {
    const words = (text: string): readonly string[] => text.split(/\s+/).filter((word) => word !== '');
    for (const { id, got, own } of cut) {
      const left = words(got);
      let at = 0;
      for (const word of words(own)) {
        at = left.indexOf(word, at) + 1;
        expect(at, id).toBeGreaterThan(0);
      }
    }
  });
});

describe('Tickets that the rules were not written for', () => {
  const { redact } = redactor();
  const tickets = read<{
    readonly id: string;
    readonly text: string;
    readonly names?: readonly string[];
    readonly spans: readonly Span[];
    readonly orders: readonly (readonly [start: number, end: number])[];
  }>('tickets.json').map((ticket) => ({
    ...ticket,
    found: redact(ticket.text, { names: ticket.names ?? [] }).spans,
  }));

  /** Found means that no letter or digit of it is left. */
  function recall(kinds: readonly string[]): number {
    let [found, all] = [0, 0];
    for (const ticket of tickets) {
      for (const [start, end] of ticket.spans.filter(([, , kind]) => kinds.includes(kind))) {
        all++;
        const left = [...ticket.text.slice(start, end)].some((character, i) => {
          const at = start + i;
          return (
            /[\p{L}\p{N}]/u.test(character) && !ticket.found.some((span) => span.start <= at && at < span.end)
          );
        });
        if (!left) found++;
      }
    }
    return found / all;
  }

  test('leave none of a hundred structured pieces of personal data', () => {
    for (const kind of ['email', 'url', 'phone', 'iban', 'card', 'national_id'])
      expect(recall([kind]), kind).toBeGreaterThanOrEqual(0.99);
  });

  test('leave few names', () => {
    expect(recall(['name'])).toBeGreaterThanOrEqual(0.85);
  });

  test('keep every order number, price and date', () => {
    for (const { id, orders, found } of tickets)
      for (const [start, end] of orders)
        expect(
          found.some((span) => span.start < end && start < span.end),
          id,
        ).toBe(false);
  });
});
