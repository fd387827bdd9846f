// How texts are put into packs and laid out, for all texts.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layOut, packs, scriptOf } from '../../core/label-packs.ts';
import { seeded } from './label-place.ts';

const RULES = {
  packSize: 8,
  packTokens: 100,
  tokens: (text: string) => text.length,
  isSuspicious: (text: string) => text.includes('!'),
};
const someTexts = fc
  .uniqueArray(fc.string({ maxLength: 60 }), { maxLength: 60 })
  .map((list) => list.map((text, i) => ({ hash: `h${i}`, text, language: null })));

describe('packs', () => {
  it('hold each text once, in order, within both limits; what is long or suspicious is alone', () => {
    fc.assert(
      fc.property(someTexts, (texts) => {
        const all = packs(texts, RULES);
        expect(
          all
            .flat()
            .map(({ hash }) => hash)
            .sort(),
        ).toEqual(texts.map(({ hash }) => hash).sort());
        for (const pack of all) {
          expect(pack.length).toBeGreaterThan(0);
          expect(pack.length).toBeLessThanOrEqual(8);
          const isAlone = ({ text }: { readonly text: string }) => text.length > 25 || text.includes('!');
          if (pack.some(isAlone)) expect(pack).toHaveLength(1);
          else expect(pack.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThanOrEqual(100);
        }
      }),
    );
  });

  it('are laid out with an id for each text, and a canary that is no text of theirs', () => {
    const canary = { text: 'رائع', language: 'ar', label: 'positive' } as const;
    fc.assert(
      fc.property(someTexts, fc.integer({ min: 1, max: 1e9 }), (texts, seed) => {
        for (const pack of packs(texts, RULES)) {
          const { requests, texts: asked, canary: hidden } = layOut(pack, [canary], seeded(seed));
          expect(new Set(requests.map(({ id }) => id)).size).toBe(requests.length);
          expect(requests).toHaveLength(pack.length + (hidden === undefined ? 0 : 1));
          expect([...asked.values()].map(({ text }) => text.hash).sort()).toEqual(
            pack.map(({ hash }) => hash).sort(),
          );
          for (const [id, { text, position }] of asked) {
            expect(requests[position]).toEqual({ id, text: text.text, language: null });
          }
          if (hidden !== undefined) expect(asked.has(hidden.id)).toBe(false);
          if (pack.length === 1) expect(hidden).toBeUndefined();
        }
      }),
    );
  });

  it('carry a canary about one time in twenty', () => {
    const pack = [0, 1, 2].map((i) => ({ hash: `h${i}`, text: 'x', language: null }));
    const chance = seeded(11);
    const canary = { text: 'رائع', language: 'ar', label: 'positive' } as const;
    const carried = Array.from({ length: 2000 }, () => layOut(pack, [canary], chance)).filter(
      (asking) => asking.canary !== undefined,
    );
    expect(carried.length).toBeGreaterThan(70);
    expect(carried.length).toBeLessThan(130);
  });

  it('tell the script of most of their letters', () => {
    expect(scriptOf([{ text: 'الخدمة ممتازة ok' }])).toBe('Arab');
    expect(scriptOf([{ text: '3ajebni el app' }, { text: 'جيد' }])).toBe('Latn');
    expect(scriptOf([{ text: 'сервис ужасный' }])).toBe('other');
  });
});
