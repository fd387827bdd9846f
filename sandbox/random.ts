// A small seeded random source, so that a stand-in tells the same story on every machine.

export interface Random {
  /** From 0 up to, not including, 1. */
  next(): number;
  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number;
  chance(probability: number): boolean;
  /** Throws on an empty list. */
  pick<T>(list: readonly T[]): T;
  /** An independent source, the same for the same name, however much was drawn from this one. */
  fork(name: string): Random;
}

/** The same seed gives the same sequence for ever. */
export function createRandom(seed: number | string): Random {
  let state = hashSeed(String(seed));
  // The mulberry32 step: 32 bits of state, good enough to shuffle stories and far too weak for secrets.
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }
  return {
    next,
    int: (min, max) => min + Math.floor(next() * (max - min + 1)),
    chance: (probability) => next() < probability,
    pick(list) {
      const chosen = list[Math.floor(next() * list.length)];
      if (chosen === undefined) throw new RangeError('cannot pick from an empty list');
      return chosen;
    },
    fork: (name) => createRandom(`${seed}/${name}`),
  };
}

/** FNV-1a over UTF-16 units: spreads neighbouring seeds apart. */
function hashSeed(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}
