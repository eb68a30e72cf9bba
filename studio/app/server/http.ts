/** Requests to the service behind the page. */
import { Cancelled } from '../engine/worker-host.js';
import { ServiceFailure } from './failure.js';
import { token } from './service.js';

/** A request. */
export interface ServiceRequest {
  method: 'GET' | 'POST' | 'DELETE';
  /** Below the page: `v1/jobs`. */
  path: string;
  /** A form, or what is sent as JSON. */
  body?: FormData | object;
  /** Told the share of the body that was sent, and that of the answer that has come: 0 to 1. */
  onSent?(share: number): void;
  onReceived?(share: number): void;
  signal?: AbortSignal;
  /** Another token than the one that is kept; links need none. */
  token?: string;
}

/** The address of something of the service. What a service calls itself may not be what the page knows it by. */
export function addressOfService(pathOrLink: string): string {
  const { pathname, search } = new URL(pathOrLink, document.baseURI);
  const at = pathname.lastIndexOf('/v1/');
  return new URL(pathname.slice(at + 1) + search, document.baseURI).href;
}

/**
 * Sends a request. XMLHttpRequest tells how much of an upload is sent; `fetch` cannot.
 *
 * @returns the body of the answer
 * @throws ServiceFailure when it is refused or nothing answers, Cancelled when the signal is aborted.
 */
export function ask({
  method,
  path,
  body,
  onSent,
  onReceived,
  signal,
  ...rest
}: ServiceRequest): Promise<Blob> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(new Cancelled());
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    signal?.addEventListener('abort', abort);
    request.open(method, addressOfService(path));
    request.responseType = 'blob';
    const bearer = rest.token ?? token.value;
    if (bearer !== undefined) request.setRequestHeader('authorization', `Bearer ${bearer}`);
    if (onSent) request.upload.onprogress = (event) => onSent(shareOf(event));
    if (onReceived) request.onprogress = (event) => onReceived(shareOf(event));
    request.onabort = () => reject(new Cancelled());
    request.onerror = () => reject(new ServiceFailure('away'));
    request.onload = () => {
      const answer = request.response as Blob;
      if (request.status < 300) resolve(answer);
      else void failureOf(request.status, answer).then(reject);
    };
    request.onloadend = () => signal?.removeEventListener('abort', abort);
    const isForm = body instanceof FormData;
    if (body && !isForm) request.setRequestHeader('content-type', 'application/json');
    request.send(isForm ? body : body && JSON.stringify(body));
  });
}

/** The same for an answer in JSON. */
export async function askJson<T>(request: ServiceRequest): Promise<T> {
  return JSON.parse(await (await ask(request)).text()) as T;
}

/** Sends a request that outlives the page. @returns the status, when nothing answers 0 */
export async function send(method: 'POST' | 'DELETE', path: string): Promise<number> {
  const headers: Record<string, string> = token.value ? { authorization: `Bearer ${token.value}` } : {};
  const answer = fetch(addressOfService(path), { method, headers, keepalive: true });
  return answer.then(
    ({ status }) => status,
    () => 0,
  );
}

function shareOf({ loaded, total }: ProgressEvent): number {
  return total > 0 ? loaded / total : 0;
}

/** The failure in an answer: the service's own, or that of a proxy before it. */
export async function failureOf(status: number, answer: Blob): Promise<ServiceFailure> {
  try {
    const { error } = JSON.parse(await answer.text()) as { error: { code: string; message: string } };
    return new ServiceFailure(error.code, error.message);
  } catch {
    const codes: Record<number, string> = { 401: 'token', 403: 'scope', 413: 'too-large', 429: 'too-many' };
    return new ServiceFailure(codes[status] ?? (status >= 500 ? 'away' : 'other'), `HTTP ${status}`);
  }
}
