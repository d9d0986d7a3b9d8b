export { type Likeness, matchSegments, stableNumbers } from './match-segments.js';
export { optimalAssignment } from './optimal-assignment.js';
export {
  type Distribution,
  distributionOf,
  populationStability,
  stabilityOfShares,
} from './population-stability.js';
