/** Files on their way to the service. */
import { Cancelled } from '../engine/worker-host.js';
import { ServiceFailure } from './failure.js';
import { askJson } from './http.js';
import { service } from './service.js';

/** Larger files are sent in pieces, which go on after a connection that broke. */
const LARGE = 16 * 2 ** 20;

/** Told the share that was sent, 0 to 1. */
export type OnSent = (share: number) => void;

/**
 * Sends a file.
 *
 * @returns its id
 * @throws ServiceFailure, Cancelled when the signal is aborted.
 */
export async function sendFile(file: Blob, signal: AbortSignal, onSent: OnSent): Promise<string> {
  if (file.size > (service.value?.uploadBytes ?? Number.POSITIVE_INFINITY)) {
    throw new ServiceFailure('too-large');
  }
  if (file.size <= LARGE) return sendWhole(file, signal, onSent);
  const { sendInPieces } = await import('./send-in-pieces.js').catch(() => {
    throw new ServiceFailure('away');
  });
  if (signal.aborted) throw new Cancelled();
  // A service of several processes that share no folder may not find the piece before.
  return (await sendInPieces(file, signal, onSent)) ?? sendWhole(file, signal, onSent);
}

async function sendWhole(file: Blob, signal: AbortSignal, onSent: OnSent): Promise<string> {
  const body = new FormData();
  // Its name stays here.
  body.set('file', file, 'file');
  const { id } = await askJson<{ id: string }>({ method: 'POST', path: 'v1/files', body, onSent, signal });
  return id;
}
