/** Starts of a service that fail halfway: nothing of them goes on. */
import { mkdir, readFile, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLog } from '../../src/service/log.js';
import { ADDRESS, FIRST_TOKEN, serve } from '../../src/service/serve.js';
import { newFolder } from '../cli/fns.js';
import { freePort } from './postgres-server.js';

// The one is written when the web process answers, the other when the worker runs as well.
test.each([FIRST_TOKEN, ADDRESS])('one that cannot write its %s leaves nothing behind', async (name) => {
  const data = join(await newFolder(), 'data');
  await mkdir(join(data, name), { recursive: true });
  const port = await freePort();
  const options = { data, port, log: openLog('silent') };
  await expect(serve(options)).rejects.toThrow('EISDIR');
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
  await rmdir(join(data, name));
  const service = await serve(options);
  try {
    expect(await readFile(join(data, ADDRESS), 'utf8')).toBe(`${service.url}\n`);
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
    expect(await answer.json()).toEqual({ ready: true });
  } finally {
    await service.close();
  }
});
