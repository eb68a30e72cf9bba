/** A dense tensor in row-major order: `data.length` is the product of `shape` (1 for the scalar shape []). */
export interface FloatTensor {
  shape: number[];
  data: Float32Array;
}
