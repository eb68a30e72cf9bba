import { describe, expect, test } from 'vitest';
import { Graph, matmul, scale, sum, toModel } from '../../src/graph/index.js';
import { openSession } from '../../src/node/session.js';
import { parseDevice } from '../../src/runtime/session.js';

/** y = sum(a a^T ...), heavy enough to take a while. */
function heavyModel(n: number): Uint8Array {
  const graph = new Graph();
  let y = graph.input('a', [n, n]);
  const a = y;
  for (let i = 0; i < 8; i++) y = scale(matmul(y, a), 1 / n);
  graph.output('y', sum(y));
  return toModel(graph);
}

/** A counter whose state goes round: next = state + 1. */
function counterModel(): Uint8Array {
  const graph = new Graph();
  const state = graph.input('state', [2]);
  const next = graph.node('Add', [state, graph.scalar(1)], [2]);
  graph.output('next', next);
  graph.output('double', scale(next, 2));
  return toModel(graph);
}

const square = (n: number) => ({
  dtype: 'float32' as const,
  shape: [n, n],
  data: new Float32Array(n * n).fill(0.01),
});

describe('sessions in Node', () => {
  test('the main thread stays free while a graph runs', async () => {
    const n = 1024;
    const session = await openSession(heavyModel(n), { device: 'cpu', threads: 1 });
    let ticks = 0;
    const timer = setInterval(() => ticks++, 2);
    await session.run({ a: square(n) });
    clearInterval(timer);
    await session.close();
    expect(ticks).toBeGreaterThan(5);
  });

  test('state goes from one run to the next', async () => {
    const session = await openSession(counterModel(), { device: 'cpu', state: { next: 'state' } });
    await session.writeState({ state: { dtype: 'float32', shape: [2], data: Float32Array.of(0, 10) } });
    await session.run({});
    const { double } = await session.run({});
    expect([...(double!.data as Float32Array)]).toEqual([4, 24]);
    expect([...((await session.readState()).state!.data as Float32Array)]).toEqual([2, 12]);
    await session.close();
  });

  test('a missing input, and a run after closing, are errors and not a hang', async () => {
    const session = await openSession(counterModel(), { device: 'cpu' });
    await expect(session.run({})).rejects.toThrow(/state/);
    await session.close();
    await expect(session.run({})).rejects.toThrow(/closed/);
  });

  test('a missing device and a broken model say so', async () => {
    await expect(openSession(counterModel(), { device: 'cuda' })).rejects.toMatchObject({
      message: expect.stringMatching(/^no CUDA device: it needs an NVIDIA GPU/),
      code: 'no-device',
    });
    await expect(openSession(Uint8Array.of(1, 2, 3), { device: 'cpu' })).rejects.toThrow(/cannot be loaded/);
    expect(() => parseDevice('tpu')).toThrow(/unknown device 'tpu': one of auto, cpu, webgpu, cuda/);
  });

  test('auto finds a device', async () => {
    const session = await openSession(counterModel(), { state: { next: 'state' } });
    expect(['cpu', 'webgpu']).toContain(session.device);
    await session.close();
  });

  test('the device is known before there is a session', async () => {
    const session = await openSession(counterModel(), { state: { next: 'state' } });
    expect(await openSession.deviceFor()).toBe(session.device);
    expect(await openSession.deviceFor('auto')).toBe(session.device);
    await session.close();
    expect(await openSession.deviceFor('cpu')).toBe('cpu');
    expect(await openSession.deviceFor('cuda')).toBe('cuda');
  });
});
