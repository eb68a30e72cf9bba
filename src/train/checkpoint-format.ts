import { z } from 'zod';
import { failure } from '../core/errors.js';
import { type FloatTensor, readSafetensors, writeSafetensors } from '../core/safetensors.js';
import { sha256 } from '../core/sha256.js';
import type { TrainerState } from './trainer.js';

/** Version of the checkpoint format that this code writes. */
const CHECKPOINT_VERSION = 1;

/** Everything that a training needs to go on as if it had never stopped. */
export interface Checkpoint {
  /** All that the run follows from: configuration, files, devices. JSON. */
  run: unknown;
  /** Seconds of training so far. */
  seconds: number;
  /** Batches drawn from the photos so far: the position in the data, from which the state of all randomness follows. */
  position: number;
  state: TrainerState;
}

const headerSchema = z.object({
  version: z.number().int(),
  run: z.unknown(),
  seconds: z.number().min(0),
  position: z.number().int().min(0),
  steps: z.number().int().min(0),
  paintings: z.array(z.object({ steps: z.number().int().min(0), loss: z.number() })),
});

/**
 * A checkpoint as a safetensors file: parameters and moments by name, the rest as JSON under `fns.checkpoint`, and a
 * SHA-256 of both.
 */
export async function encodeCheckpoint(checkpoint: Checkpoint): Promise<Uint8Array> {
  const { run, seconds, position, state } = checkpoint;
  const { steps, paintings, tensors } = state;
  const header = JSON.stringify({ version: CHECKPOINT_VERSION, run, seconds, position, steps, paintings });
  const metadata = { 'fns.checkpoint': header, 'fns.sha256': await digest(header, tensors) };
  return writeSafetensors(tensors, metadata);
}

/**
 * Reads a checkpoint.
 *
 * @param label what to call the file in errors
 * @throws FnsError when the bytes are no checkpoint, are of a newer version, or were changed in any bit.
 */
export async function decodeCheckpoint(bytes: Uint8Array, label: string): Promise<Checkpoint> {
  const { tensors, metadata } = readSafetensors(bytes, label);
  const text = metadata['fns.checkpoint'];
  if (text === undefined) {
    throw failure(
      `${label} is a safetensors file, but not a checkpoint of a training (fns.checkpoint is missing)`,
    );
  }
  if (metadata['fns.sha256'] !== (await digest(text, tensors))) {
    throw failure(`${label} is damaged: its checksum is wrong`);
  }
  const header = headerSchema.safeParse(JSON.parse(text));
  if (!header.success) {
    throw failure(`${label} is damaged: its header has no valid ${header.error.issues[0]!.path.join('.')}`);
  }
  const { version, run, seconds, position, steps, paintings } = header.data;
  if (version > CHECKPOINT_VERSION) {
    throw failure(
      `${label} was written by a newer version (format ${version}); this one reads ${CHECKPOINT_VERSION}`,
    );
  }
  return { run, seconds, position, state: { steps, paintings, tensors } };
}

/** The SHA-256 of a text and the names, shapes and values of tensors, in hexadecimal. */
async function digest(text: string, tensors: ReadonlyMap<string, FloatTensor>): Promise<string> {
  const shapes = [...tensors].map(([name, { shape }]) => [name, shape]);
  const parts: Uint8Array[] = [new TextEncoder().encode(JSON.stringify([text, shapes]))];
  for (const { data } of tensors.values()) {
    parts.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return sha256(...parts);
}
