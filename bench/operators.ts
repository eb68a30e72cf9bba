/**
 * Where the time of a picture goes: the share of each operator, in the file for all sizes and in the graph for one size:
 *   npx tsx bench/operators.ts [--size 1024] [--width 16]
 * Convolutions of one channel each are norms here, which the graph for one size computes by them.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { files, nets, openSession } from 'fast-neural-style';
import * as ort from 'onnxruntime-node';
import { encodeSizedStyle } from '../src/files/sized-style.js';
import { blockSizeModel } from '../src/nets/blocked-planes.js';

const { values: args } = parseArgs({
  options: { size: { type: 'string', default: '1024' }, width: { type: 'string', default: '16' } },
});
const [side, width] = [Number(args.size), Number(args.width)];
const RUNS = 4;

/** An entry of ONNX Runtime's profile. */
interface ProfileEvent {
  cat: string;
  name: string;
  dur: number;
  args: { op_name: string; input_type_shape: Record<string, number[]>[] };
}

/** Milliseconds of each operator in one picture. */
async function profile(model: Uint8Array): Promise<Map<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'fns-profile-'));
  const session = await ort.InferenceSession.create(model, {
    ...{ executionProviders: ['cpu'], intraOpNumThreads: availableParallelism(), enableMemPattern: false },
    ...{ enableProfiling: true, profileFilePrefix: join(folder, 'profile'), logSeverityLevel: 4 },
  });
  const data = Float32Array.from({ length: 3 * side * side }, () => 255 * Math.random());
  for (let i = 0; i < RUNS; i++)
    await session.run({ image: new ort.Tensor('float32', data, [1, 3, side, side]) });
  session.endProfiling();
  await session.release();
  const events: ProfileEvent[] = JSON.parse(readFileSync(join(folder, readdirSync(folder)[0]!), 'utf8'));
  rmSync(folder, { recursive: true });
  const times = new Map<string, number>();
  for (const { cat, name, dur, args } of events) {
    if (cat !== 'Node' || !name.endsWith('_kernel_time')) continue;
    const kernel = Object.values(args.input_type_shape[1] ?? {})[0];
    const type = args.op_name === 'Conv' && kernel?.[1] === 1 ? 'Conv of one channel (norm)' : args.op_name;
    times.set(type, (times.get(type) ?? 0) + dur / 1000 / RUNS);
  }
  return times;
}

const probe = await openSession(blockSizeModel(), { device: 'cpu' });
const { y } = await probe.run({ x: { dtype: 'float32', shape: [1, 4, 1, 1], data: new Float32Array(4) } });
await probe.close();
const info = {
  ...{ name: 'bench', architecture: 'modern' as const, width, steps: 0, seed: 0 },
  ...{ lossNetwork: '', config: '{}', licence: '', bleed: nets.BLEED.modern },
};
const style = { info, parameters: nets.initialParameters('modern', width, 0) };
const size = { width: side, height: side };
const graphs = {
  'file for all sizes': files.encodeStyle(style),
  'graph for the size': encodeSizedStyle(style, size, { device: 'cpu', block: y!.shape[1] }),
};
for (const [name, model] of Object.entries(graphs)) {
  const times = [...(await profile(model))].sort((a, b) => b[1] - a[1]);
  const total = times.reduce((sum, [, ms]) => sum + ms, 0);
  const other = total - (times.find(([type]) => type === 'Conv')?.[1] ?? 0);
  console.log(
    `\n${name}: ${total.toFixed(0)} ms, ${((100 * other) / total).toFixed(0)} % is not convolution`,
  );
  for (const [type, ms] of times.slice(0, 12)) {
    console.log(`${((100 * ms) / total).toFixed(1).padStart(5)} % ${ms.toFixed(1).padStart(8)} ms  ${type}`);
  }
}
