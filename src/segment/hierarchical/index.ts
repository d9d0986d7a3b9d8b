export { type Cut, type CutClusters, cutTree } from './cut.js';
export {
  type Dendrogram,
  type DendrogramLeaf,
  type DendrogramLink,
  type DendrogramOptions,
  type DrawDendrogramOptions,
  dendrogram,
  drawDendrogram,
} from './dendrogram.js';
export { type Linkage, type LinkageOptions, linkage } from './linkage.js';
export { type LinkageMethod, linkageMethods } from './linkage-methods.js';
export { linkageMatrix, type Merges } from './merges.js';
export { newick } from './newick.js';
