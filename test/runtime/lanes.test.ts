import { expect, test } from 'vitest';
import { openSession } from '../../src/node/session.js';
import { type Lane, laneCount, openLanes, runLanes } from '../../src/runtime/lanes.js';
import type { OpenSession } from '../../src/runtime/session.js';

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Lanes that compute parts in so many milliseconds, and write down what happens. */
function lanesOf(count: number, milliseconds: (part: number) => number, events: string[] = []) {
  let running = 0;
  let most = 0;
  const lane = (): Lane<number> => {
    let busy = false;
    return {
      async prepare(part) {
        events.push(`prepare ${part}`);
        await wait(1);
        return {
          async run() {
            expect(busy).toBe(false);
            busy = true;
            most = Math.max(most, ++running);
            await wait(milliseconds(part));
            running--;
            busy = false;
            return part;
          },
        };
      },
    };
  };
  return { lanes: Array.from({ length: count }, lane), most: () => most, running: () => running };
}

test.each([
  [1, 5],
  [2, 9],
  [3, 9],
  [3, 2],
  [2, 0],
])('%i lanes compute %i parts at the same time, and each is taken once, in order', async (count, parts) => {
  const { lanes, most } = lanesOf(count, (part) => (part % count === 0 ? 20 : 2));
  const seen: number[] = [];
  let taking = 0;
  await runLanes(parts, lanes, async (found, part) => {
    expect(++taking).toBe(1);
    expect(found).toBe(part);
    await wait(3);
    seen.push(part);
    taking--;
  });
  expect(seen).toEqual(Array.from({ length: parts }, (_, i) => i));
  expect(most()).toBe(Math.min(count, parts));
});

test('no lane runs far ahead of what is taken', async () => {
  const events: string[] = [];
  const { lanes } = lanesOf(2, (part) => (part === 0 ? 100 : 1), events);
  let first = 0;
  await runLanes(20, lanes, async (_, part) => {
    if (part === 0) first = events.length;
    await wait(1);
  });
  // Part 0 and the one after it in its lane; in the other one that waits, one that is done and one that is ready.
  expect(first).toBeLessThanOrEqual(6);
});

test('an error of a lane, of a take and the signal end all, and nothing is at work afterwards', async () => {
  const { lanes, running } = lanesOf(3, (part) => 5 + part);
  const broken: Lane<number> = {
    prepare: async (part) => ({
      run: async () => {
        throw new Error(`no memory for ${part}`);
      },
    }),
  };
  await expect(runLanes(12, [lanes[0]!, broken, lanes[1]!], async () => {})).rejects.toThrow(
    'no memory for 1',
  );
  expect(running()).toBe(0);
  const full = async (_: number, part: number) => {
    if (part === 4) throw new Error('the disk is full');
  };
  await expect(runLanes(12, lanes, full)).rejects.toThrow('the disk is full');
  expect(running()).toBe(0);
  const controller = new AbortController();
  const stop = async (_: number, part: number) => {
    if (part === 3) controller.abort(new Error('stopped'));
  };
  await expect(runLanes(12, lanes, stop, controller.signal)).rejects.toThrow('stopped');
  expect(running()).toBe(0);
});

test('as many lanes as threads and memory allow; one where sessions cannot run at the same time', async () => {
  const cpu = { device: 'cpu', threads: 4 } as const;
  expect(await laneCount(openSession, cpu, 9.9)).toBe(4);
  expect(await laneCount(openSession, cpu, 2.7)).toBe(2);
  expect(await laneCount(openSession, cpu, 0.3)).toBe(1);
  expect(await laneCount(openSession, { device: 'cuda', threads: 4 }, 9)).toBe(1);
  const web: OpenSession = Object.assign(() => Promise.reject(new Error()), {
    deviceFor: async () => 'cpu' as const,
  });
  expect(await laneCount(web, cpu, 9)).toBe(1);
});

test('lanes that cannot all be opened leave none open', async () => {
  let open = 0;
  let asked = 0;
  const scarce: OpenSession = Object.assign(
    async (...how: Parameters<OpenSession>) => {
      if (++asked === 2) throw new Error('there is not enough memory');
      const session = await openSession(...how);
      open++;
      const { close } = session;
      return Object.assign(session, {
        async close() {
          open--;
          await close();
        },
      });
    },
    { deviceFor: openSession.deviceFor, threads: 4 },
  );
  await expect(openLanes(scarce, { device: 'cpu' }, 4)).rejects.toThrow('not enough memory');
  expect([asked, open]).toEqual([3, 0]);
});

test('the error is the first one, whichever lane it is of', async () => {
  const failing = (ms: number, message: string): Lane<number> => ({
    prepare: async () => ({
      async run() {
        await wait(ms);
        throw new Error(message);
      },
    }),
  });
  const lanes = [failing(40, 'later'), failing(5, 'first')];
  await expect(runLanes(4, lanes, async () => {})).rejects.toThrow('first');
});

test('lanes share the threads', async () => {
  const lanes = await openLanes(openSession, { device: 'cpu', threads: 5 }, 2);
  expect(lanes.sessions.map(({ threads }) => threads)).toEqual([2, 2]);
  expect(lanes.sessions[0]!.beside).toBeUndefined();
  expect(lanes.sessions[1]!.beside).toBeDefined();
  await lanes.close();
});
