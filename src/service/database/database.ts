/** The database of the service: PostgreSQL, or the same embedded (PGlite). Both speak the same SQL. */

/** Rows of a query. */
export type Row = Record<string, unknown>;

/** Runs statements, alone or within a transaction. */
export interface Queries {
  /** One statement with its values (`$1`, `$2`). */
  query<R extends object = Row>(text: string, values?: readonly unknown[]): Promise<R[]>;
  /** Several statements without values; gives the rows of the last. */
  script(text: string): Promise<Row[]>;
}

/** A database that is open. */
export interface Database extends Queries {
  /** True when this program alone has it, and there are no other workers. */
  readonly isEmbedded: boolean;
  /** Does all of it or nothing. */
  transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T>;
  /** Calls back at every `pg_notify` on the channel, from any program. Lost connections are opened again. */
  listen(channel: string, onMessage: (payload: string) => void): Promise<void>;
  close(): Promise<void>;
}
