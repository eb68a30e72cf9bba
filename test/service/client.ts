/** A small client of the service's API, for tests. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { JobView } from '../../src/service/web/views.js';

/** A body of the API, as JSON gives it. */
// biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for
type Json = Record<string, any>;

/** An answer of the API. */
export interface Answer<Body = Json> {
  status: number;
  body: Body;
  headers: Headers;
}

/** A client with a token. */
export class Client {
  constructor(
    readonly url: string,
    readonly token: string,
  ) {}

  async call<Body = Json>(path: string, init: RequestInit = {}): Promise<Answer<Body>> {
    const headers = { authorization: `Bearer ${this.token}`, ...init.headers };
    const response = await fetch(path.startsWith('http') ? path : `${this.url}${path}`, { ...init, headers });
    const text = await response.text();
    let body: Body;
    try {
      body = JSON.parse(text) as Body;
    } catch {
      body = { text } as Body;
    }
    return { status: response.status, body, headers: response.headers };
  }

  json<Body = Json>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    return this.call<Body>(path, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  /** Uploads a file. @returns its id */
  async upload(path: string, name = basename(path)): Promise<string> {
    const form = new FormData();
    form.set('file', new Blob([await readFile(path)]), name);
    const { status, body } = await this.call('/v1/files', { method: 'POST', body: form });
    if (status !== 201) throw new Error(`${status}: ${JSON.stringify(body)}`);
    return body.id;
  }

  /** Makes a job. @throws unless it is taken */
  async job(kind: string, inputs: object, options: object, key?: string): Promise<JobView> {
    const headers = key === undefined ? undefined : { 'idempotency-key': key };
    const { status, body } = await this.json<JobView>('POST', '/v1/jobs', { kind, inputs, options }, headers);
    if (status !== 201) throw new Error(`${status}: ${JSON.stringify(body)}`);
    return body;
  }

  /** Waits until a job has ended. */
  async ended(id: string, seconds = 60): Promise<JobView> {
    const until = Date.now() + 1000 * seconds;
    for (;;) {
      const { status, body } = await this.call<JobView>(`/v1/jobs/${id}`);
      if (status === 200 && !['queued', 'running'].includes(body.state)) return body;
      if (Date.now() > until) throw new Error(`job ${id} has not ended: ${JSON.stringify(body)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** The bytes of a result, by its link alone. */
  async result(job: JobView, index = 0): Promise<Uint8Array> {
    const link = job.results[index]!.url;
    const response = await fetch(link.startsWith('http') ? link : `${this.url}${link}`);
    if (!response.ok) throw new Error(`${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  }
}
