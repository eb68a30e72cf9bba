/** Symmetric 3x3 matrices, such as the covariance of colours. */

/** A 3x3 matrix, rows one after another. */
export type Matrix3 = readonly number[];

/** The product of two 3x3 matrices. */
export function multiply(a: Matrix3, b: Matrix3): number[] {
  return Array.from({ length: 9 }, (_, i) => {
    const [row, column] = [Math.floor(i / 3), i % 3];
    return a[3 * row]! * b[column]! + a[3 * row + 1]! * b[3 + column]! + a[3 * row + 2]! * b[6 + column]!;
  });
}

/**
 * A function of a symmetric matrix: that of each of its eigenvalues, in the same directions (found by Jacobi's
 * rotations). `Math.sqrt` gives the square root.
 */
export function ofEigenvalues(matrix: Matrix3, f: (eigenvalue: number) => number): number[] {
  let values = [...matrix];
  let vectors = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  for (let sweep = 0; sweep < 12; sweep++) {
    for (const [p, q] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const) {
      const off = values[3 * p + q]!;
      if (off === 0) continue;
      const theta = Math.atan2(2 * off, values[4 * q]! - values[4 * p]!) / 2;
      const rotation = [1, 0, 0, 0, 1, 0, 0, 0, 1];
      rotation[4 * p] = Math.cos(theta);
      rotation[4 * q] = Math.cos(theta);
      rotation[3 * p + q] = Math.sin(theta);
      rotation[3 * q + p] = -Math.sin(theta);
      values = multiply(multiply(transposed(rotation), values), rotation);
      vectors = multiply(vectors, rotation);
    }
  }
  const diagonal = [f(values[0]!), 0, 0, 0, f(values[4]!), 0, 0, 0, f(values[8]!)];
  return multiply(multiply(vectors, diagonal), transposed(vectors));
}

function transposed(m: Matrix3): number[] {
  return [m[0]!, m[3]!, m[6]!, m[1]!, m[4]!, m[7]!, m[2]!, m[5]!, m[8]!];
}
