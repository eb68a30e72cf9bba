/** OpenCV as WebAssembly: the few functions that are needed, and its memory. */

/** A matrix of OpenCV, in its own memory. */
export interface Mat {
  rows: number;
  cols: number;
  data: Uint8Array;
  data32F: Float32Array;
  delete(): void;
}

/** What is used of OpenCV. */
export interface OpenCv {
  Mat: new (rows?: number, cols?: number, type?: number) => Mat;
  Size: new (width: number, height: number) => object;
  CV_8UC1: number;
  CV_8UC3: number;
  CV_32FC1: number;
  CV_32FC2: number;
  COLOR_RGB2GRAY: number;
  INTER_AREA: number;
  INTER_LINEAR: number;
  INTER_CUBIC: number;
  BORDER_REPLICATE: number;
  cvtColor(from: Mat, to: Mat, code: number): void;
  resize(from: Mat, to: Mat, size: object, fx: number, fy: number, how: number): void;
  remap(from: Mat, to: Mat, mapX: Mat, mapY: Mat, how: number, border: number): void;
  calcOpticalFlowFarneback(
    from: Mat,
    to: Mat,
    flow: Mat,
    pyramidScale: number,
    levels: number,
    window: number,
    iterations: number,
    polynomial: number,
    sigma: number,
    flags: number,
  ): void;
}

/** Its module, whose `Mat` is there when its WebAssembly is ready. */
export interface OpenCvModule extends OpenCv {
  onRuntimeInitialized?: () => void;
}

/**
 * OpenCV when its WebAssembly is ready. It comes in an object of its own (see `opencv-module.ts`).
 */
export async function whenReady({ cv }: { cv: OpenCvModule }): Promise<{ cv: OpenCv }> {
  if (!cv.Mat) {
    await new Promise<void>((resolve) => {
      cv.onRuntimeInitialized = resolve;
    });
  }
  return { cv };
}

/** Runs something with matrices that are deleted after it, since OpenCV's memory is not collected. */
export function withMats<T>(use: (keep: <M extends Mat>(mat: M) => M) => T): T {
  const kept: Mat[] = [];
  try {
    return use((mat) => {
      kept.push(mat);
      return mat;
    });
  } finally {
    for (const mat of kept) mat.delete();
  }
}
