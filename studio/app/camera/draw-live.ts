/** Draws a camera in the look that is chosen: always its newest frame, so that nothing queues up. */
import { Cancelled } from '../engine/worker-host.js';
import { FilmHost } from '../film/film-host.js';
import { filmLook } from '../film/film-look.js';
import { look } from '../state.js';
import { FrameSize } from './frame-size.js';

/** What was drawn last. */
export interface LiveFrame {
  width: number;
  height: number;
  device: string;
  /** Frames a second. */
  rate: number;
}

interface LiveOptions {
  /** Where frames are shown. */
  canvas: HTMLCanvasElement;
  isMirrored(): boolean;
  /** The size must stay: a recording has one. */
  isFixed(): boolean;
  /** Told of each frame that is shown, and when the camera took it (milliseconds of `performance.now`). */
  onFrame(frame: LiveFrame, taken: number): void;
  onError(error: unknown): void;
}

/** Milliseconds that a new frame is waited for; some browsers do not tell of them. */
const PATIENCE = 150;
/** Frames that the rate is the mean of. */
const RATE_FRAMES = 20;

/** Draws from now on. Returns how to end it. */
export function drawLive(video: HTMLVideoElement, options: LiveOptions): () => void {
  const host = new FilmHost();
  const size = new FrameSize();
  let isOver = false;
  run(video, host, size, options, () => isOver).catch((error) => {
    if (!isOver && !(error instanceof Cancelled)) options.onError(error);
  });
  return () => {
    isOver = true;
    host.cancel();
  };
}

async function run(
  video: HTMLVideoElement,
  host: FilmHost,
  size: FrameSize,
  { canvas, isMirrored, isFixed, onFrame }: LiveOptions,
  isOver: () => boolean,
): Promise<void> {
  const context = canvas.getContext('2d')!;
  const newFrame = watchFrames(video);
  const times: number[] = [];
  let network = '';
  while (!isOver()) {
    await newFrame();
    if (isOver()) return;
    const { videoWidth, videoHeight } = video;
    const keepsSize = isFixed() && canvas.width > 0;
    // A hidden page needs no pictures, unless they are recorded.
    if (videoWidth === 0 || (document.hidden && !isFixed())) continue;
    const given = { width: videoWidth, height: videoHeight };
    const { width, height } = keepsSize ? canvas : size.of(given);
    const wanted = filmLook(look.value, { width, height });
    if (wanted.parts.length === 0) continue;
    const key = [...wanted.parts.map(({ style }) => style.id), wanted.strokeSize].join(' ');
    if (key !== network) size.restart();
    network = key;
    const taken = performance.now();
    const frame = await createImageBitmap(video);
    const begun = performance.now();
    const { bitmap, device } = await host.frame(frame, wanted, { width, height, isMirrored: isMirrored() });
    if (isOver()) return;
    if (!keepsSize) size.add(performance.now() - begun);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    times.push(performance.now());
    if (times.length > RATE_FRAMES) times.shift();
    const seconds = (times.at(-1)! - times[0]!) / 1000;
    const rate = seconds > 0 ? (times.length - 1) / seconds : 0;
    onFrame({ width, height, device, rate }, taken);
  }
}

/** Gives a function that waits for a frame that it has not told of. */
function watchFrames(video: HTMLVideoElement): () => Promise<void> {
  let isNew = false;
  let tell: (() => void) | undefined;
  const watch = () => {
    video.requestVideoFrameCallback?.(() => {
      isNew = true;
      tell?.();
      if (video.srcObject) watch();
    });
  };
  watch();
  return async () => {
    if (!isNew) {
      await new Promise<void>((resolve) => {
        tell = resolve;
        setTimeout(resolve, PATIENCE);
      });
    }
    isNew = false;
  };
}
