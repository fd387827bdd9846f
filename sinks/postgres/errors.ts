// What PostgreSQL and its driver throw, as errors that say who must act.

import { PipelineError } from '../../core/errors.ts';

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** SQLSTATE, see https://www.postgresql.org/docs/current/errcodes-appendix.html, or the code of a socket's error. */
export function sqlState(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
}

/** Whether the connection is gone, so that the outcome of what was sent is unknown. */
export function isDisconnection(thrown: unknown): boolean {
  const code = sqlState(thrown);
  if (UNREACHABLE.has(code) || code.startsWith('08') || code.startsWith('57P')) return true;
  return (
    thrown instanceof Error &&
    /connection (?:terminated|ended|error)|not queryable|timeout expired/i.test(thrown.message)
  );
}

/** Serialization failure or deadlock: the same transaction may simply be tried again. */
export function isConflict(thrown: unknown): boolean {
  return ['40001', '40P01'].includes(sqlState(thrown));
}

/**
 * `where` names what was being done. The engine's own message is left out where a statement failed, because it may quote a
 * customer's words; its SQLSTATE stays.
 */
export function postgresError(thrown: unknown, location: string, where: string): PipelineError {
  if (thrown instanceof PipelineError) return thrown;
  const code = sqlState(thrown);
  const at = `The warehouse ${location}`;
  if (code === '28P01' || code === '28000') {
    return new PipelineError('config', 'sink.unauthorized', `${at} refused the user name or the password.`, {
      hint: 'Check the user and the password in the warehouse URL.',
    });
  }
  if (code === '3D000') {
    return new PipelineError('config', 'sink.not-found', `${at} has no such database.`, {
      hint: 'Create the database, or correct its name in the warehouse URL.',
    });
  }
  if (code === '42501') {
    return new PipelineError('config', 'sink.forbidden', `${at} does not let this user ${where}.`, {
      hint: 'The user needs USAGE and CREATE on the schema, and TEMPORARY on the database.',
    });
  }
  if (code === '25006') {
    return new PipelineError('config', 'sink.read-only', `${at} is read-only, so it cannot ${where}.`, {
      hint: 'Point the warehouse URL at the primary server, not at a replica.',
    });
  }
  if (code === '53100') {
    return new PipelineError('transient', 'sink.disk-full', `${at} has no disk space left to ${where}.`, {
      hint: 'Free or add disk space on the database server; the next run resumes from the bookmark.',
    });
  }
  if (code.startsWith('53')) {
    return new PipelineError(
      'transient',
      'sink.busy',
      `${at} has no resources left to ${where} (SQLSTATE ${code}).`,
    );
  }
  if (isConflict(thrown) || code === '55P03') {
    return new PipelineError(
      'transient',
      'sink.conflict',
      `${at} was too contended to ${where} (SQLSTATE ${code}).`,
    );
  }
  if (isDisconnection(thrown)) {
    const reason = code === '' ? 'the connection ended' : code;
    return new PipelineError(
      'transient',
      'sink.unreachable',
      `${at} could not be reached to ${where} (${reason}).`,
      {
        hint: 'Check that the server runs and that host, port and TLS settings in the warehouse URL are right.',
      },
    );
  }
  if (code === '')
    return new PipelineError('bug', 'sink.failed', `${at} failed to ${where}.`, { cause: thrown });
  return new PipelineError('bug', 'sink.refused', `${at} refused to ${where} (SQLSTATE ${code}).`);
}
