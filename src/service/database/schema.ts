/** The tables of the service, in the schema `fns`. */
import type { Database } from './database.js';

/** The steps from an empty database to that of this version, each run once. A step that was released never changes. */
const STEPS: readonly string[] = [
  `
  CREATE TABLE fns.setting (name text PRIMARY KEY, value text NOT NULL);

  CREATE TABLE fns.token (
    id uuid PRIMARY KEY,
    hash text NOT NULL UNIQUE,
    owner text NOT NULL,
    name text NOT NULL,
    scopes text[] NOT NULL,
    quotas jsonb NOT NULL,
    created timestamptz NOT NULL DEFAULT now(),
    expires timestamptz,
    revoked timestamptz
  );

  -- What an owner used of each quota on a day (UTC).
  CREATE TABLE fns.used (
    owner text NOT NULL,
    day date NOT NULL,
    bytes bigint NOT NULL DEFAULT 0,
    pixels bigint NOT NULL DEFAULT 0,
    seconds double precision NOT NULL DEFAULT 0,
    PRIMARY KEY (owner, day)
  );

  CREATE TABLE fns.job (
    id uuid PRIMARY KEY,
    owner text NOT NULL,
    kind text NOT NULL,
    queue text NOT NULL,
    state text NOT NULL,
    inputs jsonb NOT NULL,
    options jsonb NOT NULL,
    limits jsonb NOT NULL,
    progress jsonb,
    error jsonb,
    attempts int NOT NULL DEFAULT 0,
    attempt_id uuid,
    worker text,
    heartbeat timestamptz,
    checkpoint text,
    cancel boolean NOT NULL DEFAULT false,
    pixels bigint,
    seconds double precision,
    created timestamptz NOT NULL DEFAULT now(),
    started timestamptz,
    finished timestamptz,
    version bigint NOT NULL DEFAULT 0,
    -- What its client calls it, so that a request that is sent again makes no second job.
    request text,
    UNIQUE (owner, request)
  );
  CREATE INDEX job_owner ON fns.job (owner, created DESC);
  CREATE INDEX job_open ON fns.job (state, heartbeat) WHERE state IN ('queued', 'running');
  CREATE INDEX job_finished ON fns.job (finished) WHERE finished IS NOT NULL;

  -- Uploads and results. A result has the job that made it.
  CREATE TABLE fns.file (
    id uuid PRIMARY KEY,
    owner text NOT NULL,
    job uuid REFERENCES fns.job (id) ON DELETE CASCADE,
    name text NOT NULL,
    key text NOT NULL,
    bytes bigint NOT NULL,
    sha256 text NOT NULL,
    created timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX file_job ON fns.file (job) WHERE job IS NOT NULL;
  CREATE INDEX file_created ON fns.file (created);

  -- What is to be removed from the store.
  CREATE TABLE fns.trash (prefix text PRIMARY KEY, due timestamptz NOT NULL);

  CREATE TABLE fns.worker (
    id text PRIMARY KEY,
    devices text[] NOT NULL,
    slots int NOT NULL,
    running int NOT NULL,
    draining boolean NOT NULL DEFAULT false,
    heartbeat timestamptz NOT NULL
  );
  `,
  `
  -- A job that workers share has parts, each a job that nobody is shown.
  ALTER TABLE fns.job
    ADD COLUMN parent uuid REFERENCES fns.job (id) ON DELETE CASCADE,
    ADD COLUMN part jsonb,
    ADD COLUMN parts int;
  CREATE INDEX job_parent ON fns.job (parent) WHERE parent IS NOT NULL;
  `,
];

/** The lock that programs which start at the same time wait for; any fixed number. */
const LOCK = 7_261_803_914;

/** Brings the tables to those of this version. */
export async function prepareSchema(database: Database): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.query('SELECT pg_advisory_xact_lock($1::bigint)', [LOCK]);
    await tx.script(`
      CREATE SCHEMA IF NOT EXISTS fns;
      CREATE TABLE IF NOT EXISTS fns.step (number int PRIMARY KEY, made timestamptz NOT NULL DEFAULT now());
    `);
    const done = new Set(
      (await tx.query<{ number: number }>('SELECT number FROM fns.step')).map((s) => s.number),
    );
    for (const [number, step] of STEPS.entries()) {
      if (done.has(number)) continue;
      await tx.script(step);
      await tx.query('INSERT INTO fns.step (number) VALUES ($1)', [number]);
    }
  });
}
