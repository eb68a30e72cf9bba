/** Tells whether no number is infinite or NaN. A plain loop: `every` takes ten times as long for a picture. */
export function allFinite(data: Float32Array): boolean {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) return false;
  return true;
}
