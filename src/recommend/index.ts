export { Als, type AlsOptions } from './als/als.js';
export type { Factors } from './als/solve.js';
export {
  AttributeNeighbours,
  type AttributeNeighboursOptions,
  type Attributes,
} from './attribute-neighbours.js';
export { Content, type ContentOptions } from './content.js';
export { Blend, type BlendOptions, Chain, type Link, type Voice } from './hybrid.js';
export type { ItemAttributes } from './item-attributes.js';
export {
  type FitItemsOptions,
  ItemNeighbours,
  type ItemNeighboursOptions,
  type Neighbour,
  type RecommendationBatch,
} from './item-neighbours.js';
export { Popularity } from './popularity.js';
export {
  type Centring,
  RatingNeighbours,
  type RatingNeighboursOptions,
  type RatingPairs,
} from './rating-neighbours.js';
export {
  type ReasonKind,
  type Recommendation,
  type Recommendations,
  reasonKinds,
  recommendationsOf,
} from './recommendations.js';
export type { Recommender, RecommendOptions } from './recommender.js';
export { Ruled, type Rules, similarityIn } from './rules.js';
export type { LoadOptions, SaveOptions } from './saved-parts.js';
export { loadRecommender, type SaveTreeOptions, saveRecommender } from './saved-recommender.js';
export {
  type Favourite,
  type FavouritesOptions,
  SegmentFavourites,
  type SegmentFavouritesOptions,
} from './segment-favourites.js';
export { type SimilarityMeasure, type SimilarityOptions, similarityMeasures } from './similarity.js';
export { tokenise } from './tokenise.js';
export { type LastSales, type Sales, Trending, type TrendingOptions } from './trending.js';
export {
  type SimilarCustomersOptions,
  UserNeighbours,
  type UserNeighboursOptions,
} from './user-neighbours.js';
export { type Weighting, weightings } from './weightings.js';
