// One Kysely dialect for both databases: it differs only in how a session is had, so SQL, types and errors are the same.

import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  type TransactionSettings,
} from 'kysely';
import { classify, isLost } from './errors.ts';

/** One connection, used by one transaction at a time. */
export interface Session {
  query(
    sql: string,
    parameters: readonly unknown[],
  ): Promise<{ readonly rows: readonly unknown[]; readonly affected: number | undefined }>;
  /** Gives it back; a broken one is thrown away. */
  release(broken: boolean): void;
}

export interface Backend {
  /** For messages, without a secret: `PostgreSQL at db.example.com:5432/pipeline`. */
  readonly place: string;
  connect(): Promise<Session>;
  close(): Promise<void>;
}

export function dialect(backend: Backend): Dialect {
  return {
    createDriver: () => new SessionDriver(backend),
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createIntrospector: (db) => new PostgresIntrospector(db),
  };
}

class SessionConnection implements DatabaseConnection {
  readonly #session: Session;
  readonly #place: string;
  broken = false;

  constructor(session: Session, place: string) {
    this.#session = session;
    this.#place = place;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    try {
      const { rows, affected } = await this.#session.query(sql, parameters);
      return { rows: rows as R[], ...(affected !== undefined && { numAffectedRows: BigInt(affected) }) };
    } catch (error) {
      this.broken ||= isLost(error);
      throw classify(error, this.#place);
    }
  }

  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('The state is read in pages, not in streams.');
  }

  release(): void {
    this.#session.release(this.broken);
  }
}

class SessionDriver implements Driver {
  readonly #backend: Backend;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<SessionConnection> {
    try {
      return new SessionConnection(await this.#backend.connect(), this.#backend.place);
    } catch (error) {
      throw classify(error, this.#backend.place);
    }
  }

  async beginTransaction(connection: SessionConnection, settings: TransactionSettings): Promise<void> {
    const level = settings.isolationLevel === undefined ? '' : ` isolation level ${settings.isolationLevel}`;
    await connection.executeQuery(CompiledQuery.raw(`begin${level}`));
  }

  async commitTransaction(connection: SessionConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }

  async rollbackTransaction(connection: SessionConnection): Promise<void> {
    // A lost connection was rolled back by the server; saying so here would hide why it was lost.
    if (!connection.broken) await connection.executeQuery(CompiledQuery.raw('rollback'));
  }

  async releaseConnection(connection: SessionConnection): Promise<void> {
    connection.release();
  }

  async destroy(): Promise<void> {
    await this.#backend.close();
  }
}

/**
 * How values come back, the same from both databases, by PostgreSQL's type ids (pg_type.dat): whole numbers as numbers
 * while JavaScript holds them exactly, days as they are written, instants as ISO-8601 in UTC.
 */
export const PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  20: (text) => (Number.isSafeInteger(Number(text)) ? Number(text) : text),
  1082: (text) => text,
  1184: (text) => new Date(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')).toISOString(),
};
