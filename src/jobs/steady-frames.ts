/** The pictures of a video made steady, one after the other. */
import { failure } from '../core/errors.js';
import type { Image } from '../core/image.js';
import type { Size } from '../core/sizes.js';
import { createSteadyBlend } from '../flow/create-steady-blend.js';
import type { SteadyBlend, SteadyState } from '../flow/steady-blend.js';

/** A blend, or nothing when none is asked for. */
export async function openSteadyBlend(amount: number | undefined): Promise<SteadyBlend | undefined> {
  return amount ? createSteadyBlend({ amount }) : undefined;
}

/** Blends each picture with those before it. */
export async function* steadyFrames<Frame extends Image>(
  drawn: AsyncIterable<{ frame: Frame; picture: Image }>,
  steady: SteadyBlend | undefined,
): AsyncGenerator<{ frame: Frame; picture: Image }> {
  for await (const { frame, picture } of drawn) {
    yield { frame, picture: steady ? steady.blend(frame, picture) : picture };
  }
}

/** The bytes of a state: the frame, then the picture. */
export function encodeSteadyState({ frame, picture }: SteadyState): Uint8Array {
  const bytes = new Uint8Array(frame.data.length + picture.data.length);
  bytes.set(frame.data);
  bytes.set(picture.data, frame.data.length);
  return bytes;
}

/**
 * The state of a video whose frames have this size.
 *
 * @throws FnsError when the bytes are of another one.
 */
export function decodeSteadyState(bytes: Uint8Array, { width, height }: Size): SteadyState {
  const length = 3 * width * height;
  if (bytes.length !== 2 * length) throw failure('the parts of the video are damaged: begin anew');
  const image = (from: number): Image => ({ width, height, data: bytes.slice(from, from + length) });
  return { frame: image(0), picture: image(length) };
}
