/** Files from other servers, by their address: of hosts on a list alone, and never of a private network. */
import { type LookupAddress, lookup as lookupAddresses } from 'node:dns';
import { type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { ApiError } from './errors.js';

/** What may be fetched. */
export interface UrlRules {
  /** Hosts: `images.example.com`, `*.example.com` (those below it), with a port where it is not the usual one. */
  hosts: readonly string[];
  /** Tells whether an address may be connected to; only tests say another. */
  isAllowed?: (address: string) => boolean;
}

/** Redirections that are followed. */
const REDIRECTS = 3;

/** Milliseconds without a byte after which a server is given up, and for all of it. */
const SILENCE = 15_000;
const ALL = 600_000;

/** A file of another server. */
export interface FetchedUrl {
  name: string;
  stream: IncomingMessage;
}

/**
 * Asks for a file. Its address is looked up once, checked, and connected to as it was checked, so that no name can
 * change its meaning in between; redirections are checked in the same way.
 *
 * @throws ApiError when it may not be fetched, or the server does not give it.
 */
export async function fetchUrl(text: string, rules: UrlRules): Promise<FetchedUrl> {
  let url = allowedUrl(text, rules);
  const until = AbortSignal.timeout(ALL);
  for (let i = 0; i <= REDIRECTS; i++) {
    const response = await get(url, rules, until);
    const { statusCode = 0, headers } = response;
    if (statusCode === 200)
      return { name: decodeURIComponentOr(url.pathname.split('/').at(-1)!), stream: response };
    response.destroy();
    if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined) {
      throw unreachable(`the server answers with ${statusCode}`);
    }
    url = allowedUrl(new URL(headers.location, url).href, rules);
  }
  throw unreachable(`more than ${REDIRECTS} redirections`);
}

const unreachable = (why: string) => new ApiError(422, 'url', `the file cannot be fetched: ${why}`);
const forbidden = (why: string) => new ApiError(403, 'url', why);

/** An address that the rules allow. @throws ApiError */
function allowedUrl(text: string, { hosts, isAllowed = isPublic }: UrlRules): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new ApiError(400, 'bad-request', 'url: an address is needed');
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw forbidden('only http and https are fetched');
  if (url.username !== '' || url.password !== '')
    throw forbidden('an address with a password is not fetched');
  const isListed = hosts.some((host) =>
    host.startsWith('*.') ? url.host.endsWith(host.slice(1)) : url.host === host.toLowerCase(),
  );
  if (!isListed) throw forbidden('the host is not on the list of those that files are fetched from');
  const name = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(name) && !isAllowed(name)) throw privateAddress();
  return url;
}

const privateAddress = () => forbidden('the host is in a private network');

/** Tells an address of the internet from those of machines, homes and data centres, in whatever form it is written. */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  return ipaddr.process(address).range() === 'unicast';
}

function get(url: URL, { isAllowed = isPublic }: UrlRules, signal: AbortSignal): Promise<IncomingMessage> {
  const lookup: LookupFunction = (host, options, done) => {
    lookupAddresses(host, { ...options, all: true }, (error, addresses: LookupAddress[] = []) => {
      if (error) return done(error, []);
      if (addresses.length === 0 || addresses.some(({ address }) => !isAllowed(address))) {
        return done(privateAddress(), []);
      }
      if (options.all) done(null, addresses);
      else done(null, addresses[0]!.address, addresses[0]!.family);
    });
  };
  return new Promise((resolve, reject) => {
    const ask = url.protocol === 'https:' ? requestTls : requestPlain;
    // A connection of its own: one that is kept may lead elsewhere by now.
    const request = ask(url, {
      lookup,
      signal,
      agent: false,
      headers: { accept: '*/*', 'user-agent': 'fns' },
    });
    request.setTimeout(SILENCE, () => request.destroy(new Error('the server is silent')));
    request.once('response', resolve);
    request.once('error', (error) => reject(error instanceof ApiError ? error : unreachable(error.message)));
    request.end();
  });
}

function decodeURIComponentOr(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
