export { Hdbscan, type HdbscanFitOptions, type HdbscanOptions, type SoftAssignment } from './hdbscan.js';
export type { ClusterSelection } from './select.js';
