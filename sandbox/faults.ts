// What can go wrong with a vendor, on demand: one vocabulary for every stand-in.

import { createRandom, type Random } from './random.ts';

/**
 * - `rate-limit`: 429; `retryAfterSeconds` as whole seconds (default 1), `retryAfter: 'date'` as an HTTP date, `'none'` without the header.
 * - `status`: the HTTP `status` (default 500), in the vendor's own error shape; the request has no effect.
 * - `reset`: the connection is reset before any header; the request has no effect.
 * - `lost-answer`: the request takes effect, and the connection is reset before any header.
 * - `reset-in-body`: headers and half of the body, then a reset.
 * - `truncated`: the right content-length, half of the body, then an orderly end of the connection.
 * - `truncated-chunked`: as `truncated`, with a chunked body that never gets its last chunk.
 * - `slow`: the whole body, in pieces of `bytes` (default 1) every `everyMs` (default 1000).
 * - `delay`: the right answer after `ms` (default 1000).
 * - `hang`: the request is read and never answered. `hang-in-body`: half of the body, then silence.
 * - `html`: a 200 with a page of HTML. `bad-utf8`: a broken byte sequence inside the body. `bom`: a byte-order mark before it.
 * - `duplicate-page`: the page repeats records of the page before it. `repeated-cursor`: the page points at itself.
 *   `never-ending`: the page says that there is more, for ever. `empty-page`: the page holds nothing, and more follows.
 *   `null-cursor`: the page says that there is more, and not where. `expired-cursor`: the cursor of the request is no longer taken.
 * - `expired-token`: all access tokens end now; the vendor then answers as it does.
 * - `forbidden`: 403. `not-available`: 404 as for a feature that the plan lacks.
 * - `model`: a misbehaviour of the vendor's own, named by `what`: of a language model (openai.ts), or of Salesforce (salesforce/replies.ts).
 */
export type FaultKind =
  | 'rate-limit'
  | 'status'
  | 'reset'
  | 'lost-answer'
  | 'reset-in-body'
  | 'truncated'
  | 'truncated-chunked'
  | 'slow'
  | 'delay'
  | 'hang'
  | 'hang-in-body'
  | 'html'
  | 'bad-utf8'
  | 'bom'
  | 'duplicate-page'
  | 'repeated-cursor'
  | 'never-ending'
  | 'empty-page'
  | 'null-cursor'
  | 'expired-cursor'
  | 'expired-token'
  | 'forbidden'
  | 'not-available'
  | 'model';

export interface Fault {
  readonly kind: FaultKind;
  /** A part of path and query that must occur; `*` stands for anything. Default: every request. */
  readonly path?: string;
  readonly method?: string;
  /** A part of the request's body that must occur. */
  readonly contains?: string;
  /** Fires from the n-th matching request on (1 is the first). Default 1. */
  readonly nth?: number;
  /** How often it fires; `always` for ever. Default 1, or `always` where `probability` is given. */
  readonly count?: number | 'always';
  /** The chance to fire on a matching request, drawn from `seed`. Default 1. */
  readonly probability?: number;
  readonly seed?: number;
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  readonly retryAfter?: 'seconds' | 'date' | 'none';
  readonly ms?: number;
  readonly bytes?: number;
  readonly everyMs?: number;
  /** For `model`: which misbehaviour. */
  readonly what?: string;
}

export interface Faults {
  /** Replaces all rules. Throws a TypeError that says what is wrong with one. */
  set(rules: readonly Fault[]): void;
  clear(): void;
  /** Which fault this request meets, if any. Counts the request against every rule that it matches; the first rule that fires wins. */
  meet(method: string, pathAndQuery: string, body?: string): Fault | undefined;
  list(): readonly (Fault & { readonly fired: number })[];
}

const KINDS: ReadonlySet<string> = new Set<FaultKind>([
  'rate-limit',
  'status',
  'reset',
  'lost-answer',
  'reset-in-body',
  'truncated',
  'truncated-chunked',
  'slow',
  'delay',
  'hang',
  'hang-in-body',
  'html',
  'bad-utf8',
  'bom',
  'duplicate-page',
  'repeated-cursor',
  'never-ending',
  'empty-page',
  'null-cursor',
  'expired-cursor',
  'expired-token',
  'forbidden',
  'not-available',
  'model',
]);

const SETTINGS: ReadonlySet<string> = new Set<keyof Fault>([
  'kind',
  'path',
  'method',
  'contains',
  'nth',
  'count',
  'probability',
  'seed',
  'status',
  'retryAfterSeconds',
  'retryAfter',
  'ms',
  'bytes',
  'everyMs',
  'what',
]);

interface ArmedFault {
  readonly fault: Fault;
  readonly matches: (target: string) => boolean;
  readonly random: Random;
  seen: number;
  fired: number;
}

/** `misbehaviours` are the values of `what` that a fault of kind `model` may have. */
export function createFaults(first: readonly Fault[] = [], misbehaviours: readonly string[] = []): Faults {
  const arm = (fault: Fault): ArmedFault => armFault(fault, misbehaviours);
  let armed: readonly ArmedFault[] = first.map(arm);
  return {
    set(rules) {
      armed = rules.map(arm);
    },
    clear() {
      armed = [];
    },
    meet(method, pathAndQuery, body = '') {
      let met: Fault | undefined;
      for (const rule of armed) {
        const { fault } = rule;
        if (fault.method !== undefined && fault.method !== method) continue;
        if (!rule.matches(pathAndQuery)) continue;
        if (fault.contains !== undefined && !body.includes(fault.contains)) continue;
        rule.seen += 1;
        if (met !== undefined || rule.seen < (fault.nth ?? 1)) continue;
        const limit = fault.count ?? (fault.probability === undefined ? 1 : 'always');
        if (limit !== 'always' && rule.fired >= limit) continue;
        if (fault.probability !== undefined && !rule.random.chance(fault.probability)) continue;
        rule.fired += 1;
        met = fault;
      }
      return met;
    },
    list: () => armed.map((rule) => ({ ...rule.fault, fired: rule.fired })),
  };
}

function armFault(fault: Fault, misbehaviours: readonly string[]): ArmedFault {
  if (!KINDS.has(fault.kind))
    throw new TypeError(`unknown fault "${String(fault.kind)}"; known are: ${[...KINDS].join(', ')}`);
  const unknown = Object.keys(fault).find((name) => !SETTINGS.has(name));
  if (unknown !== undefined)
    throw new TypeError(`a fault has no "${unknown}"; known are: ${[...SETTINGS].join(', ')}`);
  if (fault.kind === 'model' && !misbehaviours.includes(fault.what ?? ''))
    throw new TypeError(
      `a fault of kind "model" needs a known \`what\`; known here are: ${misbehaviours.join(', ') || 'none'}`,
    );
  const parts = (fault.path ?? '').split('*');
  return {
    fault,
    matches: (target) => containsInOrder(target, parts),
    random: createRandom(fault.seed ?? 1),
    seen: 0,
    fired: 0,
  };
}

function containsInOrder(target: string, parts: readonly string[]): boolean {
  let from = 0;
  for (const part of parts) {
    const found = target.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return true;
}
