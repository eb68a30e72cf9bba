/** Large files to the service by resumable uploads (tus). */
import { type DetailedError, Upload } from 'tus-js-client';
import { Cancelled } from '../engine/worker-host.js';
import { ServiceFailure } from './failure.js';
import { addressOfService, failureOf } from './http.js';
import type { OnSent } from './send-file.js';
import { token } from './service.js';

/** A proxy that passes on whole requests only loses no more than this when a connection breaks. */
const PIECE = 16 * 2 ** 20;
/** Milliseconds before it is tried again; each piece that arrives starts them anew. */
const PAUSES = [0, 1000, 2000, 4000, 8000, 15_000, 30_000];

/**
 * Sends a file in pieces. One that is given up is removed there.
 *
 * @returns its id; undefined when the service does not find the pieces before
 * @throws ServiceFailure, Cancelled when the signal is aborted.
 */
export function sendInPieces(file: Blob, signal: AbortSignal, onSent: OnSent): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const upload: Upload = new Upload(file, {
      endpoint: addressOfService('v1/uploads'),
      headers: token.value ? { authorization: `Bearer ${token.value}` } : {},
      chunkSize: PIECE,
      retryDelays: PAUSES,
      storeFingerprintForResuming: false,
      onUploadUrlAvailable() {
        upload.url = addressOfService(upload.url!);
      },
      onProgress: (sent, all) => onSent(sent / all),
      onSuccess() {
        signal.removeEventListener('abort', abort);
        resolve(upload.url!.split('/').at(-1));
      },
      onError(error) {
        signal.removeEventListener('abort', abort);
        const { originalRequest, originalResponse: answer } = error as DetailedError;
        const status = answer?.getStatus() ?? 0;
        if (status === 0) return reject(new ServiceFailure('away'));
        if (status === 404 && originalRequest.getMethod() === 'PATCH') return resolve(undefined);
        failureOf(status, new Blob([answer!.getBody()])).then(reject);
      },
    });
    const abort = () => {
      void upload.abort(true).catch(() => undefined);
      reject(new Cancelled());
    };
    signal.addEventListener('abort', abort);
    upload.start();
  });
}
