export {
  type FitItemsOptions,
  ItemNeighbours,
  type ItemNeighboursOptions,
  type Neighbour,
  type RecommendationBatch,
  type RecommendOptions,
} from './item-neighbours.js';
export { Popularity } from './popularity.js';
export {
  type ReasonKind,
  type Recommendation,
  type Recommendations,
  reasonKinds,
  recommendationsOf,
} from './recommendations.js';
