/** What a service refuses or cannot do. */
import { words } from '../words.js';

/** Why: the code of the API's error or of a failed job, or `away` when nothing answers. */
export class ServiceFailure extends Error {
  override readonly name = 'ServiceFailure';

  /**
   * @param code as docs/service.md lists them
   * @param message the service's own sentence, in English
   */
  constructor(
    readonly code: string,
    message = '',
  ) {
    super(message);
  }

  /** The token is of no use: another one is needed. */
  get isOfToken(): boolean {
    return this.code === 'token';
  }

  /** No other request would fare better now. */
  get isOfAll(): boolean {
    return (
      this.isOfToken || ['scope', 'quota', 'too-many', 'unavailable', 'away', 'internal'].includes(this.code)
    );
  }
}

/** The sentence for it, with a next step. @param name of the photo or the video */
export function serviceFailureText({ code, message }: ServiceFailure, name: string): string {
  const { failures } = words.value.server;
  const plain: Record<string, string> = {
    token: failures.token,
    quota: failures.quota,
    'too-many': failures.tooMany,
    unavailable: failures.away,
    away: failures.away,
    'too-long': failures.tooLong,
    cancelled: failures.cancelled,
  };
  if (code === 'scope') return failures.scope(/'(\w+)'/.exec(message)?.[1] ?? 'picture');
  if (code === 'too-large') return failures.tooLarge(name);
  if (code === 'refused') return failures.refused(name, message);
  return plain[code] ?? failures.other(message || code);
}
