// What models cost. Costs in the warehouse name the version of this table that they were computed with.

/** US dollars for a million tokens. */
export interface Price {
  readonly input: number;
  readonly output: number;
  /** Input tokens that the provider had cached. */
  readonly cached: number;
  /** Share of these prices that is charged in a batch; the vendor's own where it is not set, mostly 0.5. */
  readonly batchShare?: number;
  /** The first day on which it holds, `2026-12-01`; always where it is not set. */
  readonly validFrom?: string;
}

/** Prices of one's own by model id; of several for one model the newest that holds already. */
export type Prices = Readonly<Record<string, Price | readonly Price[]>>;

/** Those that hold on a day: one for each model. */
export function pricesOn(prices: Prices, day: Date): Readonly<Record<string, Price>> {
  const date = day.toISOString().slice(0, 10);
  const valid: Record<string, Price> = {};
  for (const [model, given] of Object.entries(prices)) {
    const all: readonly Price[] = Array.isArray(given) ? given : [given];
    for (const price of all) {
      const from = price.validFrom ?? '';
      if (from <= date && from >= (valid[model]?.validFrom ?? '')) valid[model] = price;
    }
  }
  return valid;
}

/** Tokens as the provider counted them; `cached` is a part of `input`. */
export interface Usage {
  readonly input: number;
  readonly output: number;
  readonly cached: number;
}

const TABLE_VERSION = '2026-11';

/** One price for a thousand tokens of any kind, in US dollars: the planning figures of this project. */
const flat = (per1k: number): Price => ({ input: per1k * 1000, output: per1k * 1000, cached: per1k * 1000 });

/**
 * By model id, or by family where the id goes on with `-`. The price of gpt-6-luna is the list price of November 2026
 * (https://developers.openai.com/api/docs/pricing); the others are flat planning figures, above what providers charge.
 */
const PRICES: Readonly<Record<string, Price>> = {
  'gpt-6-luna': { input: 0.1, output: 0.5, cached: 0.01 },
  'gpt-4o': flat(0.005),
  claude: flat(0.015),
  jais: flat(0.002),
};

/** Dated snapshots of a model cost what the model costs; another word behind its name makes it another model. */
const SNAPSHOT = /^-\d{4}-?\d{2}-?\d{2}$/;
const FAMILIES: ReadonlySet<string> = new Set(['claude', 'jais']);

export interface ModelPrice {
  readonly price: Price;
  /** Recorded beside each cost. */
  readonly version: string;
  /** Whether the model has a price of its own; without one it is booked at the dearest, and the version says so. */
  readonly listed: boolean;
}

/** The price of a model; `own` prices come first. A prefix such as `openai/` is not part of a model's name. */
export function priceOf(model: string, own: Readonly<Record<string, Price>> = {}): ModelPrice {
  const name = model.toLowerCase().split('/').at(-1) ?? '';
  const ownPrice = own[model] ?? own[name];
  if (ownPrice !== undefined) {
    const version = `${TABLE_VERSION}+own${ownPrice.validFrom === undefined ? '' : `-${ownPrice.validFrom}`}`;
    return { price: ownPrice, version, listed: true };
  }
  const id = Object.keys(PRICES).find((id) => name === id || isSnapshotOf(name, id));
  const price = id === undefined ? undefined : PRICES[id];
  if (price !== undefined) return { price, version: TABLE_VERSION, listed: true };
  return { price: dearest(), version: `${TABLE_VERSION}+dearest`, listed: false };
}

/** What the provider charges for this usage, in US dollars. */
export function costUsd(price: Price, { input, output, cached }: Usage): number {
  return ((input - cached) * price.input + cached * price.cached + output * price.output) / 1e6;
}

/**
 * At least as many tokens as a text has in the vocabularies in use, without one at hand: 1.8 letters or spaces a token,
 * which Arabic without vowel signs stays above (measured o200k: 2.3 and more), and a token for each byte of anything else.
 */
export function mostTokens(text: string): number {
  const words = text.match(/[a-z\u0620-\u064a ]/gi)?.length ?? 0;
  const rest = Buffer.byteLength(text.replace(/[a-z\u0620-\u064a ]/gi, ''));
  return Math.ceil(words / 1.8) + rest;
}

function isSnapshotOf(name: string, id: string): boolean {
  if (!name.startsWith(`${id}-`)) return false;
  return FAMILIES.has(id) || SNAPSHOT.test(name.slice(id.length));
}

function dearest(): Price {
  return Object.values(PRICES).reduce((most, price) => (price.output > most.output ? price : most));
}
