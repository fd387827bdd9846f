// What a database's error means to the operator.

import { PipelineError } from '../core/errors.ts';

/** Node's codes for a connection that could not be made or broke. */
const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
]);

/** What pg says, without any code, of a connection that ended or never came about. */
const ENDED =
  /connection terminated|timeout exceeded when trying to connect|connection ended|client has encountered a connection error|not queryable/i;

/** SQLSTATE of a server that is stopping, starting or out of resources (PostgreSQL manual, appendix A). */
const UNREACHABLE = /^(08|53|57P|58)/;
/** Lost a race against another transaction: serialization failure, deadlock, lock time-out. */
const CONFLICT = new Set(['40001', '40P01', '55P03']);

/** Whether the session itself is of no more use. */
export function isLost(error: unknown): boolean {
  const code = codeOf(error);
  return (
    NETWORK.has(code) ||
    /^(08|57P)/.test(code) ||
    (code === '' && error instanceof Error && ENDED.test(error.message))
  );
}

/**
 * As a PipelineError that names the place. The database's own message stays in `cause` only: it may quote values.
 */
export function classify(error: unknown, place: string): PipelineError {
  if (error instanceof PipelineError) return error;
  const code = codeOf(error);
  const details = { cause: error };
  if (isLost(error) || UNREACHABLE.test(code)) {
    return new PipelineError(
      'transient',
      'state.unreachable',
      `${place} does not answer${code === '' ? '' : ` (${code})`}.`,
      {
        ...details,
        hint: 'Check that the server runs and that STATE_URL names the right host and port.',
      },
    );
  }
  if (code.startsWith('28')) {
    return new PipelineError(
      'config',
      'state.unauthorized',
      `${place} refuses the user or the password in STATE_URL.`,
      {
        ...details,
        hint: 'Put the right user and password into STATE_URL; percent-encode characters such as @ and /.',
      },
    );
  }
  if (code === '3D000') {
    return new PipelineError('config', 'state.no_database', `${place}: there is no such database.`, {
      ...details,
      hint: 'Create it (createdb), or mend the name at the end of STATE_URL.',
    });
  }
  if (code === '42501') {
    return new PipelineError(
      'config',
      'state.forbidden',
      `${place}: the user in STATE_URL may not do this.`,
      {
        ...details,
        hint: 'It must own the schema pipeline_state, or may create it: grant create on database … to ….',
      },
    );
  }
  if (CONFLICT.has(code)) {
    return new PipelineError(
      'transient',
      'state.conflict',
      `${place}: another process changed the same rows at the same time (${code}).`,
      details,
    );
  }
  const what = code === '' ? (error instanceof Error ? error.name : typeof error) : `SQLSTATE ${code}`;
  return new PipelineError('bug', 'state.failed', `${place} refused a statement (${what}).`, details);
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}
