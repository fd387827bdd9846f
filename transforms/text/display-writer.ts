// Writes the units of a display text, with single spaces, at most one empty line, and whole-word signs apart from the words beside them.

import { inMemory, type Memory } from './units.ts';

const LINE_FEED = 0x0a;
const BLANK = 0x20;

/** The most units that one step writes. */
const ROOM = 4;

const memoryFor = inMemory((memory) => memory);

/** Writes units, folds the white space between them, and parts whole-word signs from the words beside them. */
export class Writer {
  readonly #memory: Memory;
  #units: Uint16Array;
  #count = 0;
  #spaces = 0;
  #feeds = 0;
  #afterWord = false;

  constructor(length: number) {
    this.#memory = memoryFor(length + ROOM);
    this.#units = this.#memory.draft;
  }

  unit(unit: number): void {
    if (this.#afterWord) {
      if (this.#spaces + this.#feeds === 0 && isWordUnit(unit)) this.#spaces = 1;
      this.#afterWord = false;
    }
    if (this.#count + ROOM > this.#units.length) this.#grow();
    if (this.#spaces + this.#feeds > 0) this.#part();
    this.#units[this.#count++] = unit;
  }

  letters(letters: string): void {
    for (let at = 0; at < letters.length; at++) {
      const unit = letters.charCodeAt(at);
      if (unit === BLANK) this.#spaces = 1;
      else this.unit(unit);
    }
  }

  word(words: string): void {
    const before = this.#count === 0 ? BLANK : (this.#units[this.#count - 1] ?? BLANK);
    if (this.#spaces + this.#feeds === 0 && isWordUnit(before)) this.#spaces = 1;
    this.letters(words);
    this.#afterWord = true;
  }

  space(): void {
    this.#spaces = 1;
  }

  feed(): void {
    this.#feeds += 1;
  }

  text(): string {
    if (this.#units === this.#memory.draft) return this.#memory.written(this.#count);
    return Buffer.from(this.#units.buffer).toString('utf16le', 0, this.#count * 2);
  }

  /** White space is written before what follows it, so that none is written at either end. */
  #part(): void {
    if (this.#count > 0) {
      this.#units[this.#count++] = this.#feeds > 0 ? LINE_FEED : BLANK;
      if (this.#feeds > 1) this.#units[this.#count++] = LINE_FEED;
    }
    this.#spaces = 0;
    this.#feeds = 0;
  }

  #grow(): void {
    const larger = new Uint16Array(this.#units.length * 2);
    larger.set(this.#units.subarray(0, this.#count));
    this.#units = larger;
  }
}

function isWordUnit(unit: number): boolean {
  return /[\p{L}\p{N}]/u.test(String.fromCharCode(unit));
}
