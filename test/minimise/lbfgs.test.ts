import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { adam } from '../../src/minimise/adam.js';
import { lbfgs } from '../../src/minimise/lbfgs.js';
import type { Objective } from '../../src/minimise/minimiser.js';

/** scipy's counts, and its minima where components are bounded. */
const { bounded, ...golden } = JSON.parse(
  readFileSync(new URL('../golden/lbfgs.json', import.meta.url), 'utf8'),
) as Record<string, { iterations: number; evaluations: number; whole_steps?: number[] }> & {
  bounded: Record<string, { low: number; high: number; value: number; x: number[]; iterations: number }>;
};

function rosenbrock(n: number): [Objective<Float64Array>, Float64Array] {
  const objective: Objective<Float64Array> = async (x) => {
    let value = 0;
    const gradient = new Float64Array(n);
    for (let i = 0; i + 1 < n; i++) {
      const [a, b] = [x[i + 1]! - x[i]! ** 2, 1 - x[i]!];
      value += 100 * a * a + b * b;
      gradient[i]! += -400 * a * x[i]! - 2 * b;
      gradient[i + 1]! += 200 * a;
    }
    return { value, gradient };
  };
  return [objective, Float64Array.from({ length: n }, (_, i) => (i % 2 === 0 ? -1.2 : 1))];
}

function quadratic(condition: number): [Objective<Float64Array>, Float64Array] {
  const d = Float64Array.from({ length: 50 }, (_, i) => condition ** (i / 49));
  const objective: Objective<Float64Array> = async (x) => ({
    value: 0.5 * x.reduce((s, v, i) => s + d[i]! * v * v, 0),
    gradient: x.map((v, i) => d[i]! * v),
  });
  return [objective, new Float64Array(50).fill(1)];
}

/** A string held at both ends that a load bends. */
function string(): [Objective<Float64Array>, Float64Array] {
  const n = 50;
  const objective: Objective<Float64Array> = async (x) => {
    const gradient = Float64Array.from(
      x,
      (v, i) => 2 * v - (x[i - 1] ?? 0) - (x[i + 1] ?? 0) - Math.sin(i / 5),
    );
    const value = x.reduce((sum, v, i) => sum + 0.5 * v * (gradient[i]! - Math.sin(i / 5)), 0);
    return { value, gradient };
  };
  return [objective, new Float64Array(n)];
}

const PROBLEMS = [
  ...[2, 10, 100].map((n) => [`rosenbrock${n}`, rosenbrock(n)] as const),
  ...[100, 10_000, 1_000_000].map((c) => [`quadratic${c}`, quadratic(c)] as const),
];

describe('lbfgs beside scipy, until the value is below 1e-8', () => {
  test.each(PROBLEMS)('%s', async (name, [objective, start]) => {
    const stop = new AbortController();
    const result = await lbfgs(objective, start, {
      iterations: 10_000,
      memory: 10,
      signal: stop.signal,
      onIteration: ({ value }) => {
        if (value < 1e-8) stop.abort();
      },
    });
    expect(result.value).toBeLessThan(1e-8);
    const scipy = golden[name]!;
    expect(result.iterations).toBeLessThanOrEqual(1.3 * scipy.iterations + 5);
    expect(result.evaluations).toBeLessThanOrEqual(1.3 * scipy.evaluations + 8);
  });
});

test.each(PROBLEMS.filter(([name]) => golden[name]!.whole_steps))(
  'without a line search lbfgs goes step by step where PyTorch goes: %s',
  async (name, [objective, start]) => {
    const wanted = golden[name]!.whole_steps!;
    const values: number[] = [];
    const { evaluations } = await lbfgs(objective, start, {
      iterations: wanted.length,
      memory: 10,
      lineSearch: 'none',
      onIteration: ({ value }) => {
        values.push(value);
      },
    });
    expect(evaluations).toBe(wanted.length + 1);
    values.forEach((value, i) => {
      expect(Math.abs(value / wanted[i]! - 1)).toBeLessThan(1e-6);
    });
  },
);

describe('between bounds, beside scipy', () => {
  const problems = {
    rosenbrock2: rosenbrock(2),
    rosenbrock10: rosenbrock(10),
    quadratic10000: quadratic(10_000),
    string: string(),
  };
  const names = Object.keys(problems) as (keyof typeof problems)[];

  test.each(names)('lbfgs finds the minimum of %s', async (name) => {
    const [objective, start] = problems[name];
    const { low, high, ...wanted } = bounded[name]!;
    const near = wanted.value + 1e-6 * Math.max(1, Math.abs(wanted.value));
    let needed = Number.POSITIVE_INFINITY;
    const { x, value } = await lbfgs(objective, start, {
      iterations: 500,
      memory: 10,
      bounds: { low, high },
      onIteration: (i) => {
        for (const v of i.x) expect(v >= low && v <= high).toBe(true);
        if (i.value <= near) needed = Math.min(needed, i.iteration);
      },
    });
    expect(Math.abs(value - wanted.value)).toBeLessThan(1e-7 * Math.max(1, Math.abs(wanted.value)));
    x.forEach((v, i) => {
      expect(v).toBeCloseTo(wanted.x[i]!, 3);
    });
    // scipy's first looks along the gradient for the bounds it meets, and so finds at once where a small problem is
    // held.
    expect(needed).toBeLessThanOrEqual(1.3 * wanted.iterations + 25);
  });

  test.each(names.filter((name) => !name.startsWith('rosenbrock')))(
    'lbfgs without a line search finds the minimum of %s',
    async (name) => {
      const [objective, start] = problems[name];
      const { low, high, ...wanted } = bounded[name]!;
      const { value } = await lbfgs(objective, start, {
        iterations: 500,
        lineSearch: 'none',
        bounds: { low, high },
      });
      expect(value).toBeCloseTo(wanted.value, 4);
    },
  );

  test.each(names)('adam comes near the minimum of %s', async (name) => {
    const [objective, start] = problems[name];
    const { low, high, ...wanted } = bounded[name]!;
    const { x, value } = await adam(objective, start, {
      iterations: 3000,
      learningRate: 0.02,
      bounds: { low, high },
    });
    for (const v of x) expect(v >= low && v <= high).toBe(true);
    expect(value).toBeLessThan(wanted.value + 0.01 * Math.max(1, Math.abs(wanted.value)));
  });
});

describe('lbfgs', () => {
  test('finds the minimum in single precision too', async () => {
    const [objective, start] = rosenbrock(10);
    const single: Objective<Float32Array> = async (x) => {
      const { value, gradient } = await objective(Float64Array.from(x));
      return { value: Math.fround(value), gradient: Float32Array.from(gradient) };
    };
    const { x } = await lbfgs(single, Float32Array.from(start), { iterations: 200 });
    for (const v of x) expect(v).toBeCloseTo(1, 2);
  });

  test('steps over values that are not finite', async () => {
    // The logarithm's minimum on the line is at e^-1; below 0 it is NaN.
    const objective: Objective<Float64Array> = async ([x]) => ({
      value: x! * Math.log(x!),
      gradient: Float64Array.of(Math.log(x!) + 1),
    });
    const { x, reason } = await lbfgs(objective, Float64Array.of(0.9), {
      iterations: 100,
      gradientTolerance: 1e-7,
    });
    expect(x[0]).toBeCloseTo(Math.exp(-1), 6);
    expect(reason).toBe('gradient');
  });

  test('ends where nothing is left to gain, and says why', async () => {
    const [objective] = quadratic(10);
    const atMinimum = await lbfgs(objective, new Float64Array(50), { iterations: 5 });
    expect(atMinimum).toMatchObject({ value: 0, iterations: 0, reason: 'gradient' });
    const uphill: Objective<Float64Array> = async (x) => ({ value: -x[0]!, gradient: Float64Array.of(1) });
    expect((await lbfgs(uphill, Float64Array.of(0), { iterations: 5 })).reason).toBe('no descent');
    const raised: Objective<Float64Array> = async (x) => {
      const { value, gradient } = await objective(x);
      return { value: value + 1, gradient };
    };
    const flat = await lbfgs(raised, new Float64Array(50).fill(1), {
      iterations: 500,
      changeTolerance: 1e-3,
    });
    expect(flat.reason).toBe('change');
  });
});

test('adam comes near the minimum of Rosenbrock’s function', async () => {
  const [objective, start] = rosenbrock(2);
  const { value, iterations } = await adam(objective, start, { iterations: 5000, learningRate: 0.01 });
  expect(iterations).toBe(5000);
  expect(value).toBeLessThan(1e-4);
});
