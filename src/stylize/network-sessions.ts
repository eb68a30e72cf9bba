/** The sessions that a style network runs in: one for a file, or for a style of ours one for each size of picture. */
import { allFinite } from '../core/all-finite.js';
import { failure } from '../core/errors.js';
import type { Size } from '../core/sizes.js';
import { encodeSizedStyle } from '../files/sized-style.js';
import type { Style } from '../files/style-file.js';
import { blockSizeModel } from '../nets/blocked-planes.js';
import type { HostTensor, OpenSession, Session, SessionOptions } from '../runtime/session.js';
import { trialModel } from '../runtime/trial-model.js';

/** What sessions are opened with. */
export interface NetworkSessionOptions extends Pick<SessionOptions, 'device' | 'threads'> {
  openSession: OpenSession;
}

/** A network that is loaded. */
export interface NetworkSessions {
  readonly device: Session['device'];
  /** A session that others can share the device and the thread of. */
  readonly first: Session;
  /** Runs the network on a picture of this size. */
  run(size: Size, feeds: Readonly<Record<string, HostTensor>>): Promise<Record<string, HostTensor>>;
  /** Gives back the memory that past pictures took. */
  release(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a file as it is.
 *
 * @throws FnsError when the device is missing or the model cannot be loaded.
 */
export async function openFile(
  model: Uint8Array,
  { openSession, ...options }: NetworkSessionOptions,
): Promise<NetworkSessions> {
  const session = await openSession(model, options);
  return {
    device: session.device,
    first: session,
    run: (_, feeds) => session.run(feeds),
    release: async () => {},
    close: () => session.close(),
  };
}

/** Sizes that are kept, and the pixels that they have together: a session keeps the memory of its largest run. */
const MOST_SIZES = 3;
const MOST_PIXELS = 2.5e6;

/**
 * Opens a style of ours, whose graph is built for the size of each picture and for the device.
 *
 * @throws FnsError when the device is missing or a parameter is not finite.
 */
export async function openSizes(
  style: Style,
  label: string,
  { openSession, ...options }: NetworkSessionOptions,
): Promise<NetworkSessions> {
  for (const [name, { data }] of style.parameters) {
    if (!allFinite(data)) {
      throw failure(
        `${label} holds numbers that are not finite (${name}): it is damaged or its training diverged`,
      );
    }
  }
  const first = await openSession(trialModel(), options);
  const { device } = first;
  const block = device === 'cpu' ? await blockSize(openSession, { ...options, beside: first }) : undefined;
  /** The last used is the last. */
  const kept = new Map<string, { pixels: number; session: Promise<Session> }>();
  const drop = async (key: string) => {
    const { session } = kept.get(key)!;
    kept.delete(key);
    await (await session).close();
  };
  const makeRoom = async (pixels: number) => {
    let total = pixels;
    for (const entry of kept.values()) total += entry.pixels;
    for (const [key, entry] of [...kept]) {
      if (kept.size < MOST_SIZES && total <= MOST_PIXELS) return;
      total -= entry.pixels;
      await drop(key);
    }
  };
  const sessionFor = async (size: Size): Promise<Session> => {
    const key = `${size.width}x${size.height}`;
    const pixels = size.width * size.height;
    let entry = kept.get(key);
    if (!entry) {
      await makeRoom(pixels);
      const model = encodeSizedStyle(style, size, { device, block });
      const session = openSession(model, { ...options, device, beside: first });
      entry = { pixels, session };
    }
    kept.delete(key);
    kept.set(key, entry);
    try {
      return await entry.session;
    } catch (error) {
      kept.delete(key);
      throw error;
    }
  };
  const release = async () => {
    for (const key of [...kept.keys()]) await drop(key);
  };
  return {
    device,
    first,
    run: async (size, feeds) => (await sessionFor(size)).run(feeds),
    release,
    async close() {
      await release();
      await first.close();
    },
  };
}

/** Channels in a block of the CPU's fast layout; undefined where it has none, as in WebAssembly. */
async function blockSize(openSession: OpenSession, options: SessionOptions): Promise<number | undefined> {
  const session = await openSession(blockSizeModel(), options).catch(() => undefined);
  if (!session) return undefined;
  const x = { dtype: 'float32', shape: [1, 4, 1, 1], data: new Float32Array(4) } as const;
  const { y } = await session.run({ x });
  await session.close();
  const [, block] = y!.shape;
  return block === 8 || block === 16 ? block : undefined;
}
