const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];
const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/** Natural logarithm of the gamma function, x > 0. Relative error near 1e-15 (Lanczos 1964, g = 7, 9 terms). */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - logGamma(1 - x);
  let sum = LANCZOS[0]!;
  for (let i = 1; i < 9; i++) sum += LANCZOS[i]! / (x - 1 + i);
  const t = x + 6.5;
  return HALF_LOG_TWO_PI + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

/** Derivative of `logGamma`, x > 0: recurrence up to 8, then the asymptotic series (Abramowitz and Stegun 6.3.18). */
export function digamma(x: number): number {
  let shift = 0;
  let y = x;
  while (y < 8) shift -= 1 / y++;
  const z = 1 / (y * y);
  const series =
    z * (1 / 12 - z * (1 / 120 - z * (1 / 252 - z * (1 / 240 - z * (1 / 132 - z * (691 / 32760 - z / 12))))));
  return shift + Math.log(y) - 0.5 / y - series;
}

/** Derivative of `digamma`, x > 0: recurrence up to 12, then the asymptotic series (Abramowitz and Stegun 6.4.12). */
export function trigamma(x: number): number {
  let shift = 0;
  let y = x;
  for (; y < 12; y++) shift += 1 / (y * y);
  const z = 1 / (y * y);
  const series = z * (1 / 6 - z * (1 / 30 - z * (1 / 42 - z * (1 / 30 - z * (5 / 66 - (z * 691) / 2730)))));
  return shift + (1 + 0.5 / y + series) / y;
}
