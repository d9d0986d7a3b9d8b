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
export { type Linkage, type LinkageMethod, type LinkageOptions, linkage, linkageMethods } from './linkage.js';
export { linkageMatrix, type Merges } from './merges.js';
export { newick } from './newick.js';
