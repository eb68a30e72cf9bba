/** The part of fft.js that is used here: the package has no types. */
declare module 'fft.js' {
  /** Transforms of `size` complex numbers, a power of two; arrays hold real and imaginary parts in turn. */
  export default class FFT {
    constructor(size: number);
    createComplexArray(): number[];
    transform(out: number[], data: readonly number[]): void;
  }
}
