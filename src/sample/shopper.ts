import { Random, WeightedChoice } from '../random.js';
import { CLOSING_DAY, HOURS, MINUTES_A_DAY, MONTH } from './calendar.js';
import type { Catalogue } from './catalogue.js';
import {
  CHANNELS,
  COUNTRY_WEIGHTS,
  type PlantedSegment,
  type PlantedTaste,
  SEASONAL_CATEGORY,
  SEGMENTS,
  TASTES,
} from './segments.js';
import { CATEGORIES, COMMENTS, THEMES } from './words.js';

/** Takes the rows of one table, whole numbers only; -1 stands for a missing value. */
export interface Sink {
  add(...row: number[]): void;
}

/** Where a simulated customer leaves traces; the columns are those of `STAGES` in tables.ts. */
export interface Sinks {
  customers: Sink;
  transactions: Sink;
  browsing: Sink;
  feedback: Sink;
  truth: Sink;
}

export const NOTHING = -1;
export const EVENTS = ['view', 'cart', 'wishlist'];
export const GENDERS = ['female', 'male', 'other'];

const THEMES_PER_CATEGORY = THEMES.length / CATEGORIES.length;
const GARDEN = CATEGORIES.indexOf('Garden');
const segmentChoice = new WeightedChoice(SEGMENTS.map(segment => segment.share));
const hourChoice = new WeightedChoice(HOURS);
const countryChoice = new WeightedChoice(COUNTRY_WEIGHTS);
const channelChoice = SEGMENTS.map(segment => new WeightedChoice(segment.channels));

/** How often the dirt occurs that cleaning has to find. */
const DIRT = {
  /** Share of baskets bought without signing in: no customer on them. */
  guest: 0.015,
  cancelled: 0.02,
  /** Share of lines that the export wrote twice. */
  twice: 0.004,
  /** Share of lines given away: price 0. */
  free: 0.001,
  /** Share of lines whose quantity was mistyped. */
  mistyped: 0.0003,
  noAge: 0.05,
  wrongAge: 0.004,
  noGender: 0.08,
  customerTwice: 0.003,
};

/** A minute on a day, at an hour when people shop. */
function minuteOn(day: number, random: Random): number {
  return Math.floor(day) * MINUTES_A_DAY + hourChoice.draw(random) * 60 + random.integer(60);
}

/** Simulates customers one by one; each has a stream of random numbers of its own. */
export class Shop {
  readonly #catalogue: Catalogue;
  readonly #sinks: Sinks;
  readonly #seed: number;
  readonly #pace: number;
  #orders = 0;
  /** Weight of each theme for the customer at hand. */
  readonly #likes = new Float64Array(THEMES.length);
  #bought: number[] = [];
  #basket: number[] = [];

  /** `pace` multiplies how often everybody buys. */
  constructor(catalogue: Catalogue, sinks: Sinks, seed: number, pace = 1) {
    this.#catalogue = catalogue;
    this.#sinks = sinks;
    this.#seed = seed;
    this.#pace = pace;
  }

  /** Writes everything that customer number `id` (from 0) did. */
  visit(id: number): void {
    const random = new Random(this.#seed, id + 1);
    const segmentIndex = segmentChoice.draw(random);
    const segment = SEGMENTS[segmentIndex]!;
    const tasteIndex = random.integer(TASTES.length);
    const taste = TASTES[tasteIndex]!;
    for (let theme = 0; theme < THEMES.length; theme++) {
      const category = Math.floor(theme / THEMES_PER_CATEGORY);
      this.#likes[theme] = taste.likes[category]! * (0.15 + random.exponential());
    }
    this.#bought = [];
    const [early, late] = segment.signUp;
    const signUp = early + random.integer(late - early + 1);
    this.#describe(id, signUp, segmentIndex, taste, random);
    this.#sinks.truth.add(id, segmentIndex, tasteIndex);
    if (random.uniform() >= segment.idle) this.#shop(id, signUp, segment, random);
    this.#browse(id, signUp, segment, random);
  }

  #describe(id: number, signUp: number, segment: number, taste: PlantedTaste, random: Random): void {
    let age = Math.round(Math.min(90, Math.max(18, random.normal(taste.age, 10))));
    if (random.uniform() < DIRT.noAge) age = NOTHING;
    else if (random.uniform() < DIRT.wrongAge) age = random.uniform() < 0.5 ? 0 : 199;
    let gender = random.uniform() < taste.women ? 0 : 1;
    if (random.uniform() < 0.01) gender = 2;
    if (random.uniform() < DIRT.noGender) gender = NOTHING;
    const country = countryChoice.draw(random);
    const channel = channelChoice[segment]!.draw(random);
    const wantsMail = random.uniform() < (CHANNELS[channel] === 'email' ? 0.9 : 0.4) ? 1 : 0;
    const times = random.uniform() < DIRT.customerTwice ? 2 : 1;
    for (let i = 0; i < times; i++) {
      this.#sinks.customers.add(id, gender, age, country, channel, signUp, wantsMail);
    }
  }

  #shop(id: number, signUp: number, segment: PlantedSegment, random: Random): void {
    const rate = (this.#pace / segment.interval) * random.gamma(segment.shape, 1 / segment.shape);
    const leaving = random.beta(segment.leaving[0], segment.leaving[1]);
    // The first basket is why people sign up; who signs up for presents waits for the season.
    let day = segment.season.after(signUp, random.exponential(0.5));
    while (day < segment.lastDay) {
      this.#buy(id, day, segment, random);
      if (random.uniform() < leaving) break;
      day = segment.season.after(day, random.exponential(rate));
    }
  }

  #buy(id: number, day: number, segment: PlantedSegment, random: Random): void {
    const { transactions } = this.#sinks;
    const order = this.#orders++;
    const customer = random.uniform() < DIRT.guest ? NOTHING : id;
    const minute = minuteOn(day, random);
    const month = MONTH[Math.floor(day)]!;
    const mission = this.#theme(month, random);
    const lines = 1 + random.poisson(segment.extraLines);
    const isCancelled = random.uniform() < DIRT.cancelled;
    const cancelledAt = Math.min(
      minute + 60 + random.integer(3 * MINUTES_A_DAY),
      CLOSING_DAY * MINUTES_A_DAY - 1,
    );
    const cancellation = isCancelled ? this.#orders++ : NOTHING;
    this.#basket.length = 0;
    for (let line = 0; line < lines; line++) {
      const item = this.#pick(mission, day, month, segment, random);
      if (item === NOTHING || this.#basket.includes(item)) continue;
      this.#basket.push(item);
      if (this.#bought.length < 64) this.#bought.push(item);
      else this.#bought[random.integer(64)] = item;
      let pieces = 1 + random.poisson(segment.extraPieces);
      if (random.uniform() < DIRT.mistyped) pieces *= 1000;
      const discount = random.uniform() < segment.discounted ? 10 * (1 + random.integer(4)) : 0;
      const full = this.#catalogue.price[item]!;
      const price = random.uniform() < DIRT.free ? 0 : Math.round((full * (100 - discount)) / 100);
      const times = random.uniform() < DIRT.twice ? 2 : 1;
      for (let i = 0; i < times; i++)
        transactions.add(order, minute, customer, item, pieces, price, discount, 0);
      if (isCancelled) {
        transactions.add(cancellation, cancelledAt, customer, item, -pieces, price, discount, 1);
      } else if (customer !== NOTHING) this.#rate(id, item, minute, random);
      if (customer !== NOTHING) this.#lookBefore(id, item, minute, random);
    }
  }

  /** A theme this customer likes, in its time of the year. */
  #theme(month: number, random: Random): number {
    const isAdvent = month === 10 || month === 11;
    if (isAdvent && random.uniform() < 0.3) {
      return SEASONAL_CATEGORY * THEMES_PER_CATEGORY + random.integer(THEMES_PER_CATEGORY);
    }
    const theme = random.choice(this.#likes);
    const isWinter = month < 2 || month > 8;
    const isGarden = Math.floor(theme / THEMES_PER_CATEGORY) === GARDEN;
    return isGarden && isWinter && random.uniform() < 0.4 ? random.choice(this.#likes) : theme;
  }

  /** The next thing for the basket: bought before, what goes with the last one, or something new from a theme. */
  #pick(mission: number, day: number, month: number, segment: PlantedSegment, random: Random): number {
    const way = random.uniform();
    if (way < 0.12 && this.#bought.length > 0) return this.#bought[random.integer(this.#bought.length)]!;
    if (way < 0.42 && this.#basket.length > 0)
      return this.#ifSold(this.#catalogue.companion[this.#basket.at(-1)!]!, day);
    const theme = way < 0.85 ? mission : this.#theme(month, random);
    const one = this.#fromTheme(theme, day, random);
    if (random.uniform() >= Math.abs(segment.taste) || one === NOTHING) return one;
    const other = this.#fromTheme(theme, day, random);
    if (other === NOTHING) return one;
    const dearer = this.#catalogue.price[one]! > this.#catalogue.price[other]! ? one : other;
    return segment.taste > 0 === (dearer === one) ? one : other;
  }

  #fromTheme(theme: number, day: number, random: Random): number {
    const item = this.#catalogue.byTheme[theme]![this.#catalogue.popularity[theme]!.draw(random)];
    return item === undefined ? NOTHING : this.#ifSold(item, day);
  }

  #ifSold(item: number, day: number): number {
    return this.#catalogue.added[item]! <= day ? item : NOTHING;
  }

  #lookBefore(id: number, item: number, minute: number, random: Random): void {
    const { browsing } = this.#sinks;
    if (random.uniform() < 0.3) return;
    const seen = Math.max(0, minute - 1 - random.integer(40));
    browsing.add(id, seen, item, 0);
    if (random.uniform() < 0.15) browsing.add(id, Math.min(minute, seen + 1), item, 1);
  }

  /** Visits without buying, from the sign-up to some time after the last basket. */
  #browse(id: number, signUp: number, segment: PlantedSegment, random: Random): void {
    const days = segment.lastDay - signUp;
    const visits = random.poisson(Math.min(6, (this.#pace * days) / segment.interval / 3));
    for (let i = 0; i < visits; i++) {
      const day = signUp + random.integer(days);
      const theme = random.choice(this.#likes);
      let minute = minuteOn(day, random);
      for (let views = 1 + random.poisson(0.8); views > 0; views--) {
        const item = this.#fromTheme(theme, day, random);
        if (item !== NOTHING) this.#sinks.browsing.add(id, minute, item, random.uniform() < 0.06 ? 2 : 0);
        minute += 1 + random.integer(4);
      }
    }
  }

  #rate(id: number, item: number, minute: number, random: Random): void {
    if (random.uniform() >= 0.12) return;
    const theme = this.#catalogue.theme[item]!;
    let average = 0;
    for (const like of this.#likes) average += like / THEMES.length;
    const affinity = Math.max(-1, Math.min(1, Math.log(this.#likes[theme]! / average) / 2));
    const opinion = 3.6 + 0.9 * affinity + this.#catalogue.quality[item]! + random.normal(0, 0.6);
    const rating = Math.max(1, Math.min(5, Math.round(opinion)));
    const comment = random.uniform() < 0.5 ? NOTHING : (rating - 1) * COMMENTS[0]!.length + random.integer(4);
    const after = Math.min(
      minute + (3 + random.integer(20)) * MINUTES_A_DAY,
      CLOSING_DAY * MINUTES_A_DAY - 1,
    );
    this.#sinks.feedback.add(id, item, after, rating, comment);
  }
}
