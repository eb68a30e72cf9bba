/**
 * The middle of the values in order; of an even number the lower of the two in the middle, so that it is always one of
 * them.
 *
 * @throws RangeError when there are none.
 */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('there is no median of no values');
  return values.toSorted((a, b) => a - b)[(values.length - 1) >> 1]!;
}
