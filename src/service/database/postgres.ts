/** A PostgreSQL server, for any number of web and worker processes. */
import pg from 'pg';
import { failure } from '../../core/errors.js';
import type { Database, Queries, Row } from './database.js';

/** Milliseconds between attempts to listen again after the connection was lost. */
const LISTEN_AGAIN = 1000;

/** Milliseconds that a server has to answer a new connection. */
const CONNECT_TIMEOUT = 10_000;

/**
 * Connects to a server.
 *
 * @param url `postgres://user:password@host/database`
 * @param onError told of connections that were lost; queries that ran on them fail themselves
 * @throws FnsError when there is no connection.
 */
export async function openPostgres(url: string, onError: (error: Error) => void): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    keepAlive: true,
    application_name: 'fns',
  });
  pool.on('error', onError);
  try {
    await pool.query('SELECT 1');
  } catch (error) {
    await pool.end();
    throw failure(`cannot connect to the database: ${reason(error)}`, error);
  }
  const listeners = new Set<Listener>();
  return {
    isEmbedded: false,
    ...queries(pool),
    transaction: (work) => againAfterDeadlock(() => transaction(work)),
    async listen(channel, onMessage) {
      const listener = newListener(url, channel, onMessage, onError);
      listeners.add(listener);
      await listener.ready;
    },
    async close() {
      for (const listener of listeners) await listener.close();
      if (!pool.ending) await pool.end();
    },
  };

  async function transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    let broken: Error | undefined;
    const lost = (error: Error) => {
      broken = error;
    };
    client.on('error', lost);
    try {
      await client.query('BEGIN');
      const result = await work(queries(client));
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((failed: Error) => {
        broken = failed;
      });
      throw error;
    } finally {
      client.off('error', lost);
      client.release(broken);
    }
  }
}

/** Deadlocks and lost races that a transaction is tried again after, at most so often. */
const TRIES = 4;

/** Does it again when the server has ended it so that another transaction could go on. */
async function againAfterDeadlock<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      const isDeadlock = ['40P01', '40001'].includes((error as { code?: string }).code ?? '');
      if (!isDeadlock || tries === TRIES) throw error;
    }
  }
}

/** The names of statements: each is planned once on a connection, which costs more than to run it. */
const names = new Map<string, string>();

/** So many are named; those that are made of others' words would be without end. */
const MOST_NAMES = 500;

function statementName(text: string): string | undefined {
  const found = names.get(text);
  if (found !== undefined || names.size === MOST_NAMES) return found;
  const name = `fns${names.size}`;
  names.set(text, name);
  return name;
}

function queries(on: pg.Pool | pg.PoolClient): Queries {
  return {
    async query<R extends object = Row>(text: string, values: readonly unknown[] = []): Promise<R[]> {
      return (await on.query({ name: statementName(text), text, values: [...values] })).rows as R[];
    },
    async script(text) {
      const result = (await on.query(text)) as pg.QueryResult | pg.QueryResult[];
      return (Array.isArray(result) ? result.at(-1)?.rows : result.rows) ?? [];
    },
  };
}

/** A connection that listens. */
interface Listener {
  /** Resolves after the first attempt. */
  ready: Promise<void>;
  close(): Promise<void>;
}

function newListener(
  url: string,
  channel: string,
  onMessage: (payload: string) => void,
  onError: (error: Error) => void,
): Listener {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const again = () => {
    client = undefined;
    if (closed) return;
    timer = setTimeout(() => {
      attempt = connect();
    }, LISTEN_AGAIN);
  };
  const connect = async () => {
    const made = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: CONNECT_TIMEOUT,
      keepAlive: true,
      application_name: 'fns listen',
    });
    let isOver = false;
    const over = () => {
      if (isOver) return;
      isOver = true;
      again();
    };
    made.on('error', (error) => {
      onError(error);
      over();
    });
    made.on('end', over);
    made.on('notification', ({ payload }) => onMessage(payload ?? ''));
    try {
      await made.connect();
      client = made;
      // Closed meanwhile.
      if (closed) return await made.end();
      await made.query(`LISTEN "${channel}"`);
    } catch (error) {
      if (!closed) onError(error as Error);
      over();
      made.end().catch(() => {});
    }
  };
  let attempt = connect();
  return {
    ready: attempt,
    async close() {
      closed = true;
      clearTimeout(timer);
      await client?.end().catch(() => {});
      await attempt;
    },
  };
}

/** What an error says; one of several addresses has its reasons inside. */
function reason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map((each) => (each as Error).message).join('; ');
  return (error as Error).message;
}
