/** Numbers for Prometheus. */
import { expect, test } from 'vitest';
import type { Database, Row } from '../../src/service/database/database.js';
import { newMetrics } from '../../src/service/metrics.js';

test('two who ask at once are told the same places of workers', async () => {
  const worker = { devices: ['cpu'], slots: 3, running: 1 };
  const database = {
    async query<R extends object = Row>(text: string): Promise<R[]> {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return (text.includes('fns.worker') ? [worker, worker] : []) as R[];
    },
  } as Partial<Database> as Database;
  const metrics = newMetrics(database);
  for (const text of await Promise.all([metrics.text(), metrics.text()])) {
    expect(text).toContain('fns_worker_places{devices="cpu",state="all"} 6\n');
    expect(text).toContain('fns_worker_places{devices="cpu",state="busy"} 2\n');
  }
});

test('the age of the oldest job that waits is that of now', async () => {
  const database = {
    async query<R extends object = Row>(text: string): Promise<R[]> {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return (text.includes('min(created)') ? [{ kind: 'picture', queue: 'quick-cpu', age: 7 }] : []) as R[];
    },
  } as Partial<Database> as Database;
  expect(await newMetrics(database).text()).toContain(
    'fns_oldest_job_seconds{kind="picture",queue="quick-cpu"} 7\n',
  );
});
