import { CLOSING_DAY, EVERYDAY, GIFTS, SALES, type Season } from './calendar.js';
import { CATEGORIES } from './words.js';

/** A planted customer segment: how its customers come, stay and spend. */
export interface PlantedSegment {
  name: string;
  /** Share of all customers. */
  share: number;
  season: Season;
  /** First and last day on which its customers sign up. */
  signUp: [number, number];
  /** Days after which nobody of the segment buys any more. */
  lastDay: number;
  /** Share of its customers who signed up and never bought. */
  idle: number;
  /**
   * Mean days between baskets while a customer is active, at pace 1. A customer's own rate is gamma distributed around its
   * inverse with this shape, and after each basket the customer leaves for good with a probability that is beta distributed:
   * the assumptions of the BG/NBD model (Fader, Hardie and Lee 2005).
   */
  interval: number;
  shape: number;
  /** Both parameters of the beta distribution of the probability of leaving. */
  leaving: [number, number];
  /** Mean lines of a basket beyond the first. */
  extraLines: number;
  /** Mean pieces of a line beyond the first. */
  extraPieces: number;
  /** Chance to take the dearer (positive) or cheaper (negative) of two things they like. */
  taste: number;
  /** Share of lines bought at a discount. */
  discounted: number;
  /** Weights of `CHANNELS`. */
  channels: number[];
}

export const CHANNELS = ['search', 'social', 'email', 'referral', 'marketplace', 'store'];

export const SEGMENTS: PlantedSegment[] = [
  {
    name: 'loyal',
    share: 0.13,
    season: EVERYDAY,
    signUp: [0, 420],
    lastDay: CLOSING_DAY,
    idle: 0,
    interval: 17,
    shape: 9,
    leaving: [1, 90],
    extraLines: 3.2,
    extraPieces: 0.5,
    taste: 0.75,
    discounted: 0.05,
    channels: [3, 1, 3, 3, 0.5, 2],
  },
  {
    name: 'bargain',
    share: 0.22,
    season: SALES,
    signUp: [0, 480],
    lastDay: CLOSING_DAY,
    idle: 0,
    interval: 48,
    shape: 7,
    leaving: [1, 40],
    extraLines: 2.4,
    extraPieces: 0.9,
    taste: -0.85,
    discounted: 0.88,
    channels: [2, 2, 4, 1, 4, 0.5],
  },
  {
    name: 'new',
    share: 0.16,
    season: EVERYDAY,
    signUp: [CLOSING_DAY - 75, CLOSING_DAY - 2],
    lastDay: CLOSING_DAY,
    idle: 0.12,
    interval: 60,
    shape: 3,
    leaving: [1, 8],
    extraLines: 1.4,
    extraPieces: 0.2,
    taste: 0,
    discounted: 0.08,
    channels: [3, 5, 1, 1, 2, 1],
  },
  {
    name: 'gifts',
    share: 0.18,
    season: GIFTS,
    signUp: [250, 680],
    lastDay: CLOSING_DAY,
    idle: 0.01,
    interval: 150,
    shape: 6,
    leaving: [1, 30],
    extraLines: 2.8,
    extraPieces: 1.6,
    taste: 0.15,
    discounted: 0.07,
    channels: [5, 1, 1, 2, 2, 2],
  },
  {
    name: 'lapsed',
    share: 0.18,
    season: EVERYDAY,
    signUp: [0, 380],
    lastDay: 440,
    idle: 0.01,
    interval: 45,
    shape: 4,
    leaving: [2, 4],
    extraLines: 1.6,
    extraPieces: 0.3,
    taste: 0,
    discounted: 0.08,
    channels: [3, 3, 1, 1, 3, 1],
  },
  {
    name: 'occasional',
    share: 0.13,
    season: EVERYDAY,
    signUp: [0, 520],
    lastDay: CLOSING_DAY,
    idle: 0.01,
    interval: 100,
    shape: 6,
    leaving: [1, 25],
    extraLines: 1.8,
    extraPieces: 0.3,
    taste: 0.1,
    discounted: 0.07,
    channels: [4, 2, 1, 2, 1, 3],
  },
];

/** A planted taste: which categories its customers like, and who they tend to be. */
export interface PlantedTaste {
  name: string;
  /** Weight of each of `CATEGORIES`. */
  likes: number[];
  /** Mean age. */
  age: number;
  /** Share of women among those who say. */
  women: number;
}

function taste(name: string, first: string, second: string, age: number, women: number): PlantedTaste {
  const likes = CATEGORIES.map(category => {
    if (category === first) return 0.7;
    if (category === second) return 0.14;
    return 0.16 / (CATEGORIES.length - 2);
  });
  return { name, likes, age, women };
}

export const TASTES: PlantedTaste[] = [
  taste('cook', 'Kitchen', 'Garden', 46, 0.5),
  taste('gardener', 'Garden', 'Outdoors', 58, 0.5),
  taste('young family', 'Children', 'Stationery', 35, 0.66),
  taste('paper lover', 'Stationery', 'Living Room', 39, 0.74),
  taste('well-being', 'Bath and Body', 'Living Room', 42, 0.78),
  taste('decorator', 'Living Room', 'Kitchen', 44, 0.64),
  taste('traveller', 'Outdoors', 'Bath and Body', 33, 0.45),
];

/** Category that everybody buys before Christmas, and hardly anybody at other times. */
export const SEASONAL_CATEGORY = CATEGORIES.indexOf('Feasts and Seasons');

export const COUNTRIES = [
  'Germany',
  'France',
  'United Kingdom',
  'Netherlands',
  'Austria',
  'Belgium',
  'Denmark',
  'Italy',
  'Switzerland',
  'Ireland',
];
export const COUNTRY_WEIGHTS = [34, 16, 14, 9, 7, 6, 5, 4, 3, 2];
