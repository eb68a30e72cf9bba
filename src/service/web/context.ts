/** What the routes of the API work with. */
import type { Limits } from '../limits.js';
import type { Log } from '../log.js';
import type { Metrics } from '../metrics.js';
import type { Ledger } from '../records/attempt.js';
import type { Token } from '../records/token.js';
import type { Storage } from '../storage/storage.js';
import type { UrlRules } from './fetch-url.js';
import type { JobChanges } from './job-changes.js';
import type { Links } from './links.js';

/** What routes work with. */
export interface WebContext {
  ledger: Ledger;
  storage: Storage;
  limits: Limits;
  log: Log;
  links: Links;
  changes: JobChanges;
  /** A folder for files that are being received. */
  folder: string;
  version: string;
  /** False once the service ends: load balancers shall send requests elsewhere. */
  isReady(): boolean;
  metrics: Metrics;
  /** Which files of other servers are fetched. */
  urls: UrlRules;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; not there on routes that anybody may use, and with signed links. */
    token?: Token;
  }
  interface FastifyContextConfig {
    /** Anybody may ask. */
    open?: boolean;
    /** A signed link does instead of a token. */
    link?: boolean;
    /** The scope that a token needs. */
    scope?: string;
  }
}
