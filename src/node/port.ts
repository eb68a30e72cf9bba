/** Ports that servers listen on. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { badOption, type FnsError, failure } from '../core/errors.js';

/**
 * Checks a port.
 *
 * @throws FnsError (usage) when it is none.
 */
export function requirePort(port: number | undefined): void {
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port < 65536)) {
    throw badOption('port', `a number of 0 to 65535 is needed, got ${port}`);
  }
}

/**
 * Lets a server listen.
 *
 * @param port 0 for any that is free
 * @returns the port that it listens on
 * @throws FnsError when the port is taken or the host is none of this machine.
 */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenFailure(host, port, error)));
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** The error of a server that cannot listen. */
export function listenFailure(host: string, port: number, error: NodeJS.ErrnoException): FnsError {
  const reasons: Record<string, string> = { EADDRINUSE: 'it is taken', EACCES: 'it is not allowed' };
  const reason = reasons[error.code ?? ''] ?? error.message;
  return failure(`cannot listen on ${host}, port ${port}: ${reason}`, error);
}
