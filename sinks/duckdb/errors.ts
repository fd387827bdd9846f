// What DuckDB throws, as errors that say who must act.

import { PipelineError } from '../../core/errors.ts';

/** The engine tells its errors apart by words only; those that quote a row are left out of the message. */
export function duckdbError(thrown: unknown, location: string, where: string): PipelineError {
  if (thrown instanceof PipelineError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const at = `The warehouse ${location}`;
  if (message.includes('Could not set lock')) {
    const pid = /PID (\d+)/.exec(message)?.[1];
    return new PipelineError(
      'transient',
      'sink.locked',
      `${at} is in use by another process${pid === undefined ? '' : ` (PID ${pid})`}; a DuckDB file takes one process at a time.`,
      { hint: 'Wait for that process or end it. For several writers at once, use a postgres:// warehouse.' },
    );
  }
  if (/No space left on device|disk full/i.test(message)) {
    return new PipelineError('transient', 'sink.disk-full', `${at} has no disk space left to ${where}.`, {
      hint: 'Free disk space; the next run resumes from the bookmark.',
    });
  }
  if (/Permission denied|Read-only file system|read-only mode|EACCES|EROFS|EPERM/i.test(message)) {
    return new PipelineError(
      'config',
      'sink.read-only',
      `${at} cannot be written: the file or its directory is read-only.`,
      {
        hint: 'Give this user write access to the directory, or choose another path in the warehouse URL.',
      },
    );
  }
  if (
    /not a valid DuckDB database file|No such file or directory|ENOENT|ENOTDIR|Not a directory|EEXIST|Is a directory/i.test(
      message,
    )
  ) {
    return new PipelineError(
      'config',
      'sink.not-found',
      `${at} cannot be opened: there is no DuckDB file and none can be made there.`,
      {
        hint: 'Check the path in the warehouse URL; a file that is no DuckDB database is never overwritten.',
      },
    );
  }
  if (/newer version|older version|storage version/i.test(message)) {
    return new PipelineError(
      'config',
      'sink.version',
      `${at} was written by another version of DuckDB than this one reads.`,
      {
        hint: 'Export it with the version that wrote it, and import it with this one.',
      },
    );
  }
  if (/Out of Memory/i.test(message)) {
    return new PipelineError('transient', 'sink.memory', `${at} ran out of its memory limit to ${where}.`);
  }
  const kind = /^([A-Z][A-Za-z ]* Error)/.exec(message)?.[1] ?? 'an unknown error';
  return new PipelineError('bug', 'sink.refused', `${at} refused to ${where} (${kind}).`);
}
