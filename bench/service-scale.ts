/**
 * The service with 10, 100 and 1,000 workers, as a simulation of its queue:
 *   npx tsx bench/service-scale.ts [--seconds 1] [--database-jobs 400] [--jobs 200000]
 * Jobs come at random times (Poisson) and take random times (exponential, `--seconds` in the mean); each also takes the
 * database `1 / --database-jobs` seconds, one after the other. What is printed beside it is the formula for the same
 * without a database (Erlang C), so that the simulation is checked where both must agree.
 */
import { parseArgs } from 'node:util';
import { randomGenerator } from '../src/core/random.js';

const { values: args } = parseArgs({
  options: {
    seconds: { type: 'string', default: '1' },
    'database-jobs': { type: 'string', default: '400' },
    jobs: { type: 'string', default: '200000' },
  },
});
const service = Number(args.seconds);
const databaseSeconds = 1 / Number(args['database-jobs']);
const count = Number(args.jobs);

/** A heap of times, the earliest first. */
class Times {
  private readonly heap: number[] = [];

  constructor(size: number) {
    this.heap = new Array(size).fill(0);
  }

  /** Takes the earliest, and puts a later one in its place. */
  replace(next: (earliest: number) => number): void {
    const { heap } = this;
    let at = 0;
    const value = next(heap[0]!);
    for (;;) {
      const left = 2 * at + 1;
      if (left >= heap.length) break;
      const child = left + 1 < heap.length && heap[left + 1]! < heap[left]! ? left + 1 : left;
      if (heap[child]! >= value) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = value;
  }
}

/** Waiting times of jobs, in seconds: for a worker, and for the database before that. */
function simulate(workers: number, load: number, withDatabase: boolean): number[] {
  const random = randomGenerator(workers + 1);
  const exponential = (mean: number) => -mean * Math.log(1 - random());
  const free = new Times(workers);
  const rate = (load * workers) / service;
  const waits: number[] = [];
  let now = 0;
  let database = 0;
  for (let i = 0; i < count; i++) {
    now += exponential(1 / rate);
    let ready = now;
    if (withDatabase) {
      database = Math.max(database, now) + databaseSeconds;
      ready = database;
    }
    const length = exponential(service);
    free.replace((earliest) => {
      const start = Math.max(earliest, ready);
      // The first tenth only fills the queue.
      if (i > count / 10) waits.push(start - now);
      return start + length;
    });
  }
  return waits;
}

/** The mean waiting time of the same without a database: Erlang C. */
function erlangC(workers: number, load: number): number {
  const a = workers * load;
  // B by its recursion, which does not overflow.
  let b = 1;
  for (let n = 1; n <= workers; n++) b = (a * b) / (n + a * b);
  const c = b / (1 - load * (1 - b));
  return (c * service) / (workers * (1 - load));
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const p99 = (values: readonly number[]) =>
  Float64Array.from(values).sort()[Math.floor(0.99 * values.length)]!;

console.log(
  `a job takes ${service} s of a worker and ${(1000 * databaseSeconds).toFixed(1)} ms of the database`,
);
console.log('workers  load  jobs/s  wait (simulated)  (Erlang C)  with the database  p99');
for (const workers of [10, 100, 1000]) {
  for (const load of [0.7, 0.9, 0.95]) {
    const alone = mean(simulate(workers, load, false));
    const rate = (load * workers) / service;
    const busy = rate * databaseSeconds;
    const waits = busy < 1 ? simulate(workers, load, true) : undefined;
    const shown = waits ? `${mean(waits).toFixed(3)} s` : 'never ends';
    console.log(
      [
        String(workers).padStart(7),
        load.toFixed(2).padStart(5),
        rate.toFixed(0).padStart(7),
        `${alone.toFixed(4)} s`.padStart(17),
        `${erlangC(workers, load).toFixed(4)} s`.padStart(11),
        shown.padStart(18),
        waits ? `${p99(waits).toFixed(2)} s` : `database ${(100 * busy).toFixed(0)} %`,
      ].join('  '),
    );
  }
}
