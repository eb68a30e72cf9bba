/** A PostgreSQL server of its own for a test, in a temporary folder. */
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A server that runs. */
export interface PostgresServer {
  url: string;
  /** The process of the server. */
  readonly pid: number;
  /** Ends it as a power cut would, and starts it again. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const VERSIONS = '/usr/lib/postgresql';

/** The folder of the newest server's programs; where none is installed undefined, with a warning, and in CI an error. */
export function postgresPrograms(): string | undefined {
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions
    .map((version) => join(VERSIONS, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'initdb')));
  if (found) return found;
  const missing = 'there is no PostgreSQL server (Debian’s postgresql)';
  if (process.env.CI) throw new Error(`no tests of the service with PostgreSQL: ${missing}`);
  console.warn(`skipped: tests of the service with PostgreSQL, because ${missing}`);
  return undefined;
}

/** A port that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** The server does not run as root: root lends it the user that Debian has made for it. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Starts a server. @throws where none is installed */
export async function startPostgres(): Promise<PostgresServer> {
  const bin = postgresPrograms();
  if (!bin) throw new Error('no PostgreSQL server is installed');
  const user = serverUser();
  const folder = mkdtempSync(join(tmpdir(), 'fns-postgres-'));
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const options = { ...user, cwd: folder, stdio: 'ignore' } as const;
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'fns', '-A', 'trust', '-E', 'UTF8', '--no-sync'],
    options,
  );
  const port = await freePort();
  const url = `postgres://fns@127.0.0.1:${port}/postgres`;
  const start = () => {
    const args = ['-D', data, '-p', String(port), '-k', folder, '-c', 'listen_addresses=127.0.0.1'];
    return spawn(join(bin, 'postgres'), args, options);
  };
  const ready = async () => {
    for (let tries = 0; tries < 600; tries++) {
      try {
        execFileSync(join(bin, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port), '-q'], {
          stdio: 'ignore',
        });
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    throw new Error('PostgreSQL does not start');
  };
  let server = start();
  await ready();
  return {
    url,
    get pid() {
      return server.pid!;
    },
    async restart() {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      // Immediate: no checkpoint, so that the log is replayed.
      server.kill('SIGQUIT');
      await ended;
      server = start();
      await ready();
    },
    async close() {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGQUIT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
