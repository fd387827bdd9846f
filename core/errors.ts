// The one error class and the table from its kind to what the runner does.

/** config: the operator must act. transient: the world was busy. data: one row is bad. bug: our contract is broken. */
export type ErrorKind = 'config' | 'transient' | 'data' | 'bug';

/** What the runner does with each kind; there is no other place where this is decided. */
export const ACTION = {
  config: { retry: false, exitCode: 2, says: 'Something must be set right by hand; a retry cannot help.' },
  transient: {
    retry: true,
    exitCode: 1,
    says: 'The other side was busy or unreachable; the next run resumes from the bookmark.',
  },
  data: {
    retry: false,
    exitCode: 1,
    says: 'A row could not be read, mapped or stored; it is kept among the rejects.',
  },
  bug: {
    retry: false,
    exitCode: 1,
    says: 'A promise between parts of this program was broken; please report it with the run id.',
  },
} as const satisfies Record<ErrorKind, { retry: boolean; exitCode: number; says: string }>;

export interface ErrorDetails {
  /** What to do next, as a sentence to the operator. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** How long the other side asked us to wait. */
  readonly retryAfterMs?: number;
  /** HTTP status, where there was one. */
  readonly status?: number;
  /** What was charged all the same, where the other side told: a model's answer that cannot be used. */
  readonly billed?: Billed;
}

export interface Billed {
  readonly usd: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
}

/**
 * The only error that crosses a room's border. `code` is stable (`zendesk.unauthorized`); `message` says what was wrong,
 * where, and what is allowed; neither ever holds a secret or a customer's words.
 */
export class PipelineError extends Error {
  override readonly name = 'PipelineError';
  readonly kind: ErrorKind;
  readonly code: string;
  readonly hint: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly status: number | undefined;
  readonly billed: Billed | undefined;

  constructor(kind: ErrorKind, code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.kind = kind;
    this.code = code;
    this.hint = details.hint;
    this.retryAfterMs = details.retryAfterMs;
    this.status = details.status;
    this.billed = details.billed;
  }
}

/** Anything thrown, as a PipelineError; what nobody classified is a bug, and a bug is never retried. */
export function asPipelineError(thrown: unknown): PipelineError {
  if (thrown instanceof PipelineError) return thrown;
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return new PipelineError('transient', 'run.interrupted', 'The run was interrupted.', { cause: thrown });
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new PipelineError('bug', 'bug.unclassified', message, { cause: thrown });
}
