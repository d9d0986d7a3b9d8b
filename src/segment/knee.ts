/**
 * Where a curve bends most: the place whose point lies farthest from the straight line between the curve's ends,
 * after both axes are scaled to [0, 1]. The offline form of Kneedle with sensitivity 0. (V. Satopää, J. Albrecht,
 * D. Irwin and B. Raghavan, "Finding a 'Kneedle' in a haystack", ICDCS workshops 2011.)
 *
 * @param x ascending.
 * @param y of a curve that only rises or only falls, on the whole.
 * @param bend `below` for a curve that hangs under that line (a falling one that flattens out, a rising one that
 * gets steeper), `above` for one that arches over it.
 * @returns the place of the knee; of equal ones the first, 0 for a straight or flat curve.
 */
export function kneeOf(x: ArrayLike<number>, y: ArrayLike<number>, bend: 'below' | 'above'): number {
  const last = x.length - 1;
  if (last < 1) return 0;
  const [width, height] = [x[last] - x[0], y[last] - y[0]];
  const sign = bend === 'below' ? -1 : 1;
  const scale = Math.abs(height) > 0 ? Math.abs(height) : 1;
  let [knee, most] = [0, 1e-12];
  for (let i = 0; i <= last; i++) {
    const line = y[0] + (height * (x[i] - x[0])) / width;
    const distance = (sign * (y[i] - line)) / scale;
    if (distance > most) {
      most = distance;
      knee = i;
    }
  }
  return knee;
}
