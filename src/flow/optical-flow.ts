/** Motion estimated from two pictures, and pictures moved along it. */
import type { Image } from '../core/image.js';
import { atMostLongerSide, type Size } from '../core/sizes.js';
import type { Flow } from './flow-field.js';
import { type Mat, type OpenCv, withMats } from './opencv.js';

/** A picture in grey, 0..255, one byte a pixel. */
export interface GreyPicture extends Size {
  data: Uint8Array;
}

/** What estimates motion. */
export interface OpticalFlow {
  /** A picture in grey, its longer side at most so many pixels. */
  grey(picture: Image, mostSide: number): GreyPicture;
  /** Where each pixel of a picture is in another one. */
  between(from: GreyPicture, to: GreyPicture): Flow;
  /** The picture whose pixel (x, y) is that of `picture` at (x + dx, y + dy), bicubic; beyond the border its edge. */
  warp(picture: Image, flow: Flow): Image;
}

/**
 * Farneback's method (2003), by OpenCV: a pyramid, a window of 15 pixels, three iterations on each level.
 */
const PYRAMID_SCALE = 0.5;
const LEVELS = 5;
const WINDOW = 15;
const ITERATIONS = 3;
const POLYNOMIAL = 5;
const SIGMA = 1.1;

/** The flow by an OpenCV that is ready. */
export function opticalFlowBy(cv: OpenCv): OpticalFlow {
  return {
    grey: (picture, mostSide) => grey(cv, picture, mostSide),
    between: (from, to) => estimate(cv, from, to),
    warp: (picture, flow) => warp(cv, picture, flow),
  };
}

function grey(cv: OpenCv, picture: Image, mostSide: number): GreyPicture {
  const { width, height } = atMostLongerSide(picture, mostSide);
  return withMats((keep) => {
    const colour = keep(filled(cv, picture, cv.CV_8UC3, picture.data));
    const whole = keep(new cv.Mat());
    cv.cvtColor(colour, whole, cv.COLOR_RGB2GRAY);
    if (width === picture.width && height === picture.height) {
      return { width, height, data: whole.data.slice() };
    }
    const small = keep(new cv.Mat());
    cv.resize(whole, small, new cv.Size(width, height), 0, 0, cv.INTER_AREA);
    return { width, height, data: small.data.slice() };
  });
}

function estimate(cv: OpenCv, from: GreyPicture, to: GreyPicture): Flow {
  const { width, height } = from;
  return withMats((keep) => {
    const a = keep(filled(cv, from, cv.CV_8UC1, from.data));
    const b = keep(filled(cv, to, cv.CV_8UC1, to.data));
    const flow = keep(new cv.Mat(height, width, cv.CV_32FC2));
    cv.calcOpticalFlowFarneback(
      ...([a, b, flow, PYRAMID_SCALE, LEVELS, WINDOW, ITERATIONS, POLYNOMIAL, SIGMA, 0] as const),
    );
    const vectors = flow.data32F;
    const dx = new Float32Array(width * height);
    const dy = new Float32Array(width * height);
    for (let i = 0; i < dx.length; i++) {
      dx[i] = vectors[2 * i]!;
      dy[i] = vectors[2 * i + 1]!;
    }
    return { width, height, dx, dy };
  });
}

function warp(cv: OpenCv, picture: Image, { width, height, dx, dy }: Flow): Image {
  return withMats((keep) => {
    const from = keep(filled(cv, picture, cv.CV_8UC3, picture.data));
    const mapX = keep(new cv.Mat(height, width, cv.CV_32FC1));
    const mapY = keep(new cv.Mat(height, width, cv.CV_32FC1));
    const [xs, ys] = [mapX.data32F, mapY.data32F];
    for (let y = 0, i = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i++) {
        xs[i] = x + dx[i]!;
        ys[i] = y + dy[i]!;
      }
    }
    const moved = keep(new cv.Mat());
    cv.remap(from, moved, mapX, mapY, cv.INTER_CUBIC, cv.BORDER_REPLICATE);
    return { width, height, data: moved.data.slice() };
  });
}

function filled(cv: OpenCv, { width, height }: Size, type: number, data: Uint8Array): Mat {
  const mat = new cv.Mat(height, width, type);
  mat.data.set(data);
  return mat;
}
