export {
  Hdbscan,
  type HdbscanFitOptions,
  type HdbscanJson,
  type HdbscanOptions,
  type SoftAssignment,
} from './hdbscan.js';
export type { ClusterSelection } from './select.js';
