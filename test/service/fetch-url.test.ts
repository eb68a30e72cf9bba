/** Files by their address: SSRF in its known forms is refused. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetchUrl, isPublic } from '../../src/service/web/fetch-url.js';

let server: Server;
let host: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const [, what, to] = request.url!.split('?')[0]!.split('/');
    if (what === 'to') response.writeHead(302, { location: decodeURIComponent(to!) }).end();
    else if (what === 'none') response.writeHead(404).end();
    else if (what === 'cut') response.writeHead(200, { 'content-length': '100' }).end('x');
    else response.end(`the file ${request.url}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `localhost:${(server.address() as AddressInfo).port}`;
});

afterAll(() => void server.close());

const anywhere = () => true;

test('a file of a listed host, over a redirection', async () => {
  const rules = { hosts: [host], isAllowed: anywhere };
  const { name, stream } = await fetchUrl(`http://${host}/to/%2Fphotos%2Fa%2520b.jpg`, rules);
  expect([name, await text(stream)]).toEqual(['a b.jpg', 'the file /photos/a%20b.jpg']);
});

test.each([
  ['http://localhost/x', 'not on the list'],
  ['http://other.example/x', 'not on the list'],
  ['http://example.com.evil.example/x', 'not on the list'],
  ['http://evilexample.com/x', 'not on the list'],
  ['http://example.com:8080/x', 'not on the list'],
  ['ftp://example.com/x', 'only http and https'],
  ['file:///etc/passwd', 'only http and https'],
  ['http://user:password@example.com/', 'with a password'],
  ['http://example.com@localhost/', 'with a password'],
  ['no address', 'an address is needed'],
])('%s is refused', async (url, message) => {
  await expect(fetchUrl(url, { hosts: ['example.com', '*.example.com'] })).rejects.toThrow(message);
});

test('a listed host that is in a private network is refused, and a redirection to one', async () => {
  await expect(fetchUrl(`http://${host}/x`, { hosts: [host] })).rejects.toThrow('private network');
  const rules = { hosts: [host], isAllowed: anywhere };
  for (const to of [
    'http://169.254.169.254/latest/meta-data/',
    'http://[::1]/',
    '//127.0.0.1/',
    'file:///etc/passwd',
  ]) {
    await expect(fetchUrl(`http://${host}/to/${encodeURIComponent(to)}`, rules), to).rejects.toThrow(
      /not on the list|only http/,
    );
  }
  const circle = `http://${host}/to/x`;
  await expect(fetchUrl(circle, rules)).rejects.toThrow('more than 3 redirections');
});

test('what the server does not give is said', async () => {
  const rules = { hosts: [host], isAllowed: anywhere };
  await expect(fetchUrl(`http://${host}/none`, rules)).rejects.toThrow('answers with 404');
  const { stream } = await fetchUrl(`http://${host}/cut`, rules);
  await expect(text(stream)).rejects.toThrow();
});

describe('addresses', () => {
  test.each([
    ...['127.0.0.1', '10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254', '0.0.0.0', '100.64.0.1'],
    ...[
      '::1',
      '::',
      'fe80::1',
      'fc00::1',
      '::ffff:127.0.0.1',
      '::ffff:7f00:1',
      '64:ff9b::7f00:1',
      '2002:7f00:1::',
    ],
    ...['224.0.0.1', '255.255.255.255', '192.0.2.1', 'ff02::1', '0x7f.1', '2130706433', '017700000001', 'x'],
  ])('%s is private', (address) => {
    expect(isPublic(address)).toBe(false);
  });

  test.each(['93.184.216.34', '8.8.8.8', '2606:2800:220:1:248:1893:25c8:1946'])('%s is public', (address) => {
    expect(isPublic(address)).toBe(true);
  });
});
