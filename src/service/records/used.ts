/** What owners used on a day. */
import type { Queries } from '../database/database.js';
import type { Quotas } from '../limits.js';

/** Amounts of what quotas count. */
export interface Amounts {
  bytes?: number;
  pixels?: number;
  seconds?: number;
}

/** Adds to what an owner used today. */
export async function addUsed(on: Queries, owner: string, amounts: Amounts): Promise<void> {
  const { bytes = 0, pixels = 0, seconds = 0 } = amounts;
  await on.query(
    `INSERT INTO fns.used AS u (owner, day, bytes, pixels, seconds)
     VALUES ($1, (now() AT TIME ZONE 'UTC')::date, $2, $3, $4)
     ON CONFLICT (owner, day) DO UPDATE
     SET bytes = u.bytes + $2, pixels = u.pixels + $3, seconds = u.seconds + $4`,
    [owner, Math.round(bytes), Math.round(pixels), seconds],
  );
}

/** What an owner used today. */
export async function usedToday(on: Queries, owner: string): Promise<Required<Amounts>> {
  const [row] = await on.query(
    `SELECT bytes, pixels, seconds FROM fns.used WHERE owner = $1 AND day = (now() AT TIME ZONE 'UTC')::date`,
    [owner],
  );
  return {
    bytes: Number(row?.bytes ?? 0),
    pixels: Number(row?.pixels ?? 0),
    seconds: Number(row?.seconds ?? 0),
  };
}

/** Waits until no other transaction adds jobs of the owner that it has counted. */
export async function lockOwner(tx: Queries, owner: string): Promise<void> {
  await tx.query('SELECT pg_advisory_xact_lock(hashtext($1))', [owner]);
}

/** The quota that is used up; undefined while none is. `jobs` counts those that wait or run. */
export async function usedUp(on: Queries, owner: string, quotas: Quotas): Promise<keyof Quotas | undefined> {
  const used = await usedToday(on, owner);
  for (const quota of ['bytes', 'pixels', 'seconds'] as const) {
    const most = quotas[quota];
    if (most !== undefined && used[quota] >= most) return quota;
  }
  if (quotas.jobs === undefined) return undefined;
  const [row] = await on.query(
    `SELECT count(*) AS open FROM fns.job WHERE owner = $1 AND parent IS NULL AND state IN ('queued', 'running')`,
    [owner],
  );
  return Number(row!.open) >= quotas.jobs ? 'jobs' : undefined;
}
