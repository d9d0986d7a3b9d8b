export { adjustedRandIndex } from './adjusted-rand.js';
export { calinskiHarabasz } from './calinski-harabasz.js';
export { daviesBouldin } from './davies-bouldin.js';
export * from './ranking/index.js';
export { type Silhouette, type SilhouetteOptions, silhouette } from './silhouette.js';
