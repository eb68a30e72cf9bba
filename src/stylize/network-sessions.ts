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

/** The session for one size. */
interface Sized {
  pixels: number;
  session: Promise<Session>;
  /** The runs that have not ended. */
  runs: Set<Promise<unknown>>;
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
  const kept = new Map<string, Sized>();
  const drop = async (keys: readonly string[]) => {
    const dropped = keys.map((key) => kept.get(key)!);
    for (const key of keys) kept.delete(key);
    for (const { session, runs } of dropped) {
      await Promise.allSettled(runs);
      await session.then((opened) => opened.close()).catch(() => {});
    }
  };
  /** Those that leave for a picture of so many pixels, the oldest first. */
  const leaving = (pixels: number): string[] => {
    const left: string[] = [];
    let total = pixels;
    for (const entry of kept.values()) total += entry.pixels;
    for (const [key, entry] of kept) {
      if (kept.size - left.length < MOST_SIZES && total <= MOST_PIXELS) break;
      total -= entry.pixels;
      left.push(key);
    }
    return left;
  };
  const open = async (size: Size, room: Promise<void>): Promise<Session> => {
    await room;
    const model = encodeSizedStyle(style, size, { device, block });
    return openSession(model, { ...options, device, beside: first });
  };
  // Without a wait before it is kept: pictures may be asked for at the same time.
  const entryFor = (size: Size): Sized => {
    const key = `${size.width}x${size.height}`;
    const pixels = size.width * size.height;
    const known = kept.get(key);
    if (known) {
      kept.delete(key);
      kept.set(key, known);
      return known;
    }
    const entry: Sized = { pixels, session: open(size, drop(leaving(pixels))), runs: new Set() };
    kept.set(key, entry);
    entry.session.catch(() => kept.get(key) === entry && kept.delete(key));
    return entry;
  };
  const release = () => drop([...kept.keys()]);
  return {
    device,
    first,
    async run(size, feeds) {
      const { session, runs } = entryFor(size);
      const running = session.then((opened) => opened.run(feeds));
      runs.add(running);
      try {
        return await running;
      } finally {
        runs.delete(running);
      }
    },
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
