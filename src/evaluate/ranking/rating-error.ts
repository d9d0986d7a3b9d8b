import { UsageError } from '../../errors.js';

export interface RatingError {
  /** Root of the mean squared error. */
  rmse: number;
  /** Mean absolute error. */
  mae: number;
}

/** How far predicted ratings are from the true ones, in units of the rating; NaN for no rating at all. */
export function ratingError(predicted: ArrayLike<number>, truth: ArrayLike<number>): RatingError {
  if (predicted.length !== truth.length) {
    throw new UsageError({ expected: `${truth.length} predictions`, found: `${predicted.length}` });
  }
  let [squares, absolutes] = [0, 0];
  for (let i = 0; i < truth.length; i++) {
    const error = predicted[i] - truth[i];
    squares += error * error;
    absolutes += Math.abs(error);
  }
  return { rmse: Math.sqrt(squares / truth.length), mae: absolutes / truth.length };
}
