/** The frames of a video made steady, one after the other. */
import { type Image, motion } from 'fast-neural-style/browser';
import { keptFile, type OnBytes } from './kept-files.js';

/** Which video a frame is of, and how steady it is to be. */
export interface SteadyRun {
  /** Another number for each video that is made. */
  video: number;
  /** 0 to 1. */
  amount: number;
  /** The address of OpenCV's script, which sees how things move. */
  script: string;
}

let current: { video: number; blend: motion.SteadyBlend } | undefined;
let flow: Promise<motion.OpticalFlow> | undefined;

/** The picture to show of a video's next frame. The script is fetched with the first, once for each browser. */
export async function steadied(
  { video, amount, script }: SteadyRun,
  frame: Image,
  drawn: Image,
  onBytes?: OnBytes,
): Promise<Image> {
  flow ??= loadFlow(script, onBytes);
  flow.catch(() => {
    flow = undefined;
  });
  const opticalFlow = await flow;
  if (current?.video !== video) current = { video, blend: motion.steadyBlend({ amount, opticalFlow }) };
  return current.blend.blend(frame, drawn);
}

/** Loads OpenCV. Its script is made for other kinds of modules: here it is given one, and comes back in an object. */
async function loadFlow(script: string, onBytes: OnBytes | undefined): Promise<motion.OpticalFlow> {
  const bytes = (await keptFile(script, onBytes)) as Uint8Array<ArrayBuffer>;
  const parts = [
    'const module = { exports: {} }; const { exports } = module;\n',
    bytes,
    '\nexport const loaded = { cv: module.exports };',
  ];
  const url = URL.createObjectURL(new Blob(parts, { type: 'text/javascript' }));
  try {
    const { loaded } = (await import(/* @vite-ignore */ url)) as { loaded: { cv: motion.OpenCvModule } };
    const { cv } = await motion.openCvWhenReady(loaded);
    return motion.opticalFlowBy(cv);
  } finally {
    URL.revokeObjectURL(url);
  }
}
