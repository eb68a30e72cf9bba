/** A worker that dies fails what it was asked for, and the next run has a new one. */
import { beforeEach, expect, test, vi } from 'vitest';
import { Cancelled, WorkerHost } from '../app/engine/worker-host.js';
import { soon } from './later.js';

vi.mock('../app/engine/device.js', () => ({ isIos: false }));

/** What a host needs of a worker. */
class FakeWorker {
  onerror: ((event: Partial<ErrorEvent>) => void) | undefined;
  isEnded = false;
  addEventListener() {}
  postMessage() {}
  terminate() {
    this.isEnded = true;
  }
  die(message: string) {
    this.onerror?.({ message, preventDefault: () => undefined });
  }
}

let workers: FakeWorker[];
/** What the next worker does before all else. */
let starting: Promise<void>;

class Host extends WorkerHost<unknown> {
  protected create(): Worker {
    workers.push(new FakeWorker());
    return workers.at(-1) as unknown as Worker;
  }
  protected prepare(): Promise<void> {
    return starting;
  }
}

const never = () => new Promise<never>(() => undefined);

beforeEach(() => {
  workers = [];
  starting = Promise.resolve();
});

test('a worker that dies while it works fails the run; the next run has a new worker', async () => {
  const host = new Host();
  const run = host.run(never);
  await soon();
  workers[0]!.die('out of memory');
  await expect(run).rejects.toThrow('out of memory');
  expect(await host.run(async () => 'drawn')).toBe('drawn');
  expect(workers.map(({ isEnded }) => isEnded)).toEqual([true, false]);
});

test('a worker that dies between two runs is replaced', async () => {
  const host = new Host();
  await host.run(async () => undefined);
  workers[0]!.die('gone');
  await soon();
  expect(await host.run(async () => 'drawn')).toBe('drawn');
  expect(workers).toHaveLength(2);
});

test('a worker that cannot be started says why, and is started anew by the next run', async () => {
  const host = new Host();
  starting = Promise.reject(new Error('no runtime'));
  await expect(host.run(never)).rejects.toThrow('no runtime');
  starting = never();
  const run = host.run(never);
  await soon();
  workers[1]!.die('no script');
  await expect(run).rejects.toThrow('no script');
  starting = Promise.resolve();
  expect(await host.run(async () => 'drawn')).toBe('drawn');
});

test('a run that waits for one that fails has its own worker', async () => {
  const host = new Host();
  const [first, second] = [host.run(never), host.run(async () => 'drawn')];
  await soon();
  workers[0]!.die('gone');
  await expect(first).rejects.toThrow('gone');
  expect(await second).toBe('drawn');
});

test('cancelled work says so', async () => {
  const host = new Host();
  const run = host.run(never);
  await soon();
  host.cancel();
  await expect(run).rejects.toThrow(Cancelled);
});
