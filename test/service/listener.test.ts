/** Connections that listen to PostgreSQL: one that is being opened is closed as well. */
import { connect, createServer, type Socket } from 'node:net';
import { expect, test, vi } from 'vitest';
import { openPostgres } from '../../src/service/database/postgres.js';
import { freePort, postgresPrograms, startPostgres } from './postgres-server.js';

test.skipIf(postgresPrograms() === undefined)('none stays that was being opened', async () => {
  const postgres = await startPostgres();
  const open = new Set<Socket>();
  let isHeld = false;
  let go = () => {};
  /** Stands before the server: connections may have to wait. */
  const proxy = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => {});
    go = () => {
      const server = connect(Number(new URL(postgres.url).port), '127.0.0.1');
      server.on('error', () => {});
      server.on('close', () => socket.destroy());
      socket.on('close', () => server.destroy());
      socket.pipe(server).pipe(socket);
    };
    if (!isHeld) go();
  });
  const port = await freePort();
  await new Promise<void>((resolve) => proxy.listen(port, '127.0.0.1', resolve));
  try {
    const url = new URL(postgres.url);
    url.port = String(port);
    const database = await openPostgres(String(url), () => {});
    await database.listen('channel', () => {});
    isHeld = true;
    for (const socket of open) socket.destroy();
    await vi.waitFor(() => expect(open.size).toBe(0));
    // It is opened again.
    await vi.waitFor(() => expect(open.size).toBe(1), 10_000);
    const closed = database.close();
    go();
    await closed;
    await vi.waitFor(() => expect(open.size).toBe(0));
  } finally {
    proxy.close();
    await postgres.close();
  }
});
