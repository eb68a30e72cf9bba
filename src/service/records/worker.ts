/** Workers as the database has them. */
import type { Queries } from '../database/database.js';

/** A worker. */
export interface WorkerRecord {
  id: string;
  devices: readonly string[];
  /** Jobs at a time. */
  slots: number;
  /** Jobs that run now. */
  running: number;
  draining: boolean;
}

/** Says that a worker is there. */
export async function beatWorker(
  on: Queries,
  { id, devices, slots, running, draining }: WorkerRecord,
): Promise<void> {
  await on.query(
    `INSERT INTO fns.worker (id, devices, slots, running, draining, heartbeat) VALUES ($1, $2, $3, $4, $5, now())
     ON CONFLICT (id) DO UPDATE SET running = $4, draining = $5, heartbeat = now()`,
    [id, devices, slots, running, draining],
  );
}

/** Removes a worker that has ended. */
export async function removeWorker(on: Queries, id: string): Promise<void> {
  await on.query('DELETE FROM fns.worker WHERE id = $1', [id]);
}

/** The workers that were heard of in the last seconds. */
export function liveWorkers(on: Queries, seconds = 60): Promise<WorkerRecord[]> {
  return on.query<WorkerRecord>(
    `SELECT id, devices, slots, running, draining FROM fns.worker
     WHERE heartbeat > now() - $1::float8 * interval '1 second' ORDER BY id`,
    [seconds],
  );
}
