/** The shop's clock: days and minutes since it opened. It is a fixed stretch of time, so that a seed gives one shop. */
export const OPENING = '2024-01-01';
/** Days from the opening to the last day of the data, 2025-12-31, that day included. */
export const CLOSING_DAY = 731;
export const MINUTES_A_DAY = 1440;

/** Month of each day, 0 is January. */
export const MONTH = new Int8Array(CLOSING_DAY);
const DATE = new Int8Array(CLOSING_DAY);
const WEEKDAY = new Int8Array(CLOSING_DAY);
for (let day = 0; day < CLOSING_DAY; day++) {
  const date = new Date(Date.parse(OPENING) + day * 86_400_000);
  MONTH[day] = date.getUTCMonth();
  DATE[day] = date.getUTCDate();
  WEEKDAY[day] = date.getUTCDay();
}

/** How busy the shop is in each hour of the day. */
export const HOURS = [2, 1, 1, 1, 1, 2, 4, 7, 9, 10, 10, 10, 11, 10, 9, 9, 10, 11, 13, 15, 16, 14, 9, 5];

/** A season: how strongly customers are drawn to the shop on each day, mean 1 over the whole time. */
export class Season {
  /** Strength of the days before each day: operational time. */
  readonly #elapsed = new Float64Array(CLOSING_DAY + 1);

  constructor(strength: (month: number, date: number, weekday: number) => number) {
    for (let day = 0; day < CLOSING_DAY; day++) {
      this.#elapsed[day + 1] = this.#elapsed[day]! + strength(MONTH[day]!, DATE[day]!, WEEKDAY[day]!);
    }
    const mean = this.#elapsed[CLOSING_DAY]! / CLOSING_DAY;
    for (let day = 1; day <= CLOSING_DAY; day++) this.#elapsed[day]! /= mean;
  }

  /** The day (with a fraction) that lies `wait` days of average strength after `day`; Infinity when that is past the end. */
  after(day: number, wait: number): number {
    const whole = Math.floor(day);
    const from = this.#elapsed[whole]!;
    const target = from + (day - whole) * (this.#elapsed[whole + 1]! - from) + wait;
    if (!(target < this.#elapsed[CLOSING_DAY]!)) return Number.POSITIVE_INFINITY;
    let low = whole;
    let high = CLOSING_DAY;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#elapsed[middle]! <= target) low = middle;
      else high = middle;
    }
    return low + (target - this.#elapsed[low]!) / (this.#elapsed[high]! - this.#elapsed[low]!);
  }
}

const MONTHLY = [0.75, 0.8, 0.95, 1, 1, 0.95, 0.85, 0.85, 1, 1.1, 1.4, 1.5];
const WEEKLY = [1.15, 1.05, 0.95, 0.95, 1, 1, 0.9];

export const EVERYDAY = new Season((month, _, weekday) => MONTHLY[month]! * WEEKLY[weekday]!);

/** Sales at the end of the seasons and around the last Friday of November. */
export const SALES = new Season((month, date, weekday) => {
  const isSale = (date <= 18 && (month === 0 || month === 6)) || (month === 10 && date >= 22);
  return WEEKLY[weekday]! * (isSale ? 4 : 0.8);
});

/** Presents are bought from the middle of November to the 22nd of December. */
export const GIFTS = new Season((month, date) => {
  if (month === 10) return date >= 12 ? 9 : 0.3;
  if (month === 11) return date <= 22 ? 12 : 0.3;
  return month === 4 && date <= 10 ? 0.3 : 0.06;
});
