export { adjustedRandIndex } from './adjusted-rand.js';
export { calinskiHarabasz } from './calinski-harabasz.js';
export { daviesBouldin } from './davies-bouldin.js';
export { type Silhouette, type SilhouetteOptions, silhouette } from './silhouette.js';
