// Which warehouse a URL means; the engine behind it is imported only when it is named.

import { PipelineError } from '../core/errors.ts';
import type { Sink } from '../core/types.ts';

export interface SinkOptions {
  /** The pipeline's own directory; a relative path of a `duckdb:` URL is taken from the working directory, not from here. */
  readonly home: string;
}

/**
 * The sink of a warehouse URL: `duckdb:<path>`, `postgres://user:password@host:port/database`, `memory:`. Opens nothing yet.
 * Throws config `sink.unknown` for any other.
 */
export async function openSink(url: string, options: SinkOptions): Promise<Sink> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  switch (scheme) {
    case 'duckdb': {
      const { duckdbSink } = await import('./duckdb.ts');
      const path = url.slice('duckdb:'.length).replace(/^\/\//, '');
      return duckdbSink({ path: path === '' ? `${options.home}/warehouse.duckdb` : path });
    }
    case 'postgres':
    case 'postgresql': {
      if (!URL.canParse(url)) {
        throw new PipelineError(
          'config',
          'sink.url',
          'The warehouse URL cannot be read as postgres://user:password@host:port/database.',
          {
            hint: 'Write special characters of the password in percent encoding: @ is %40, / is %2F.',
          },
        );
      }
      const { postgresSink } = await import('./postgres.ts');
      return postgresSink(url);
    }
    case 'memory': {
      const { memorySink } = await import('./memory.ts');
      return memorySink();
    }
    default:
      throw new PipelineError(
        'config',
        'sink.unknown',
        `The warehouse URL begins with ${scheme === undefined ? 'no scheme' : `${scheme}:`}; allowed are duckdb:, postgres:// and memory:.`,
        { hint: 'For example duckdb:./.pipeline/warehouse.duckdb, or postgres://user@host/database.' },
      );
  }
}
