export type { CustomerColumn, CustomerNumbers } from './customer-column.js';
export {
  type CleaningStep,
  type Column,
  type ColumnTable,
  clean,
  columnTable,
  Database,
  type DatabaseOptions,
  type Feature,
  type FeatureContext,
  FeatureEncoder,
  type FeatureMatrix,
  type Interactions,
  idColumn,
  idText,
  loadSources,
  type NumberBatch,
  numberBatches,
  openSource,
  type QualityRow,
  readArrow,
  readInteractions,
  readRfm,
  type Source,
  type SourceSummary,
  spoolBatches,
  TableWriter,
  writeTable,
} from './data/index.js';
export {
  type Device,
  type DeviceFacts,
  type DeviceName,
  type DeviceReport,
  deviceNames,
  listDevices,
  openDevice,
} from './device/index.js';
export * from './errors.js';
export * from './evaluate/index.js';
export { type Config, type ConfigInput, configJsonSchema } from './nightly/config/index.js';
export { type LoadedConfig, type LoadOptions, loadConfig } from './nightly/load-config.js';
export type { Manifest } from './nightly/manifest.js';
export { type Plan, plan } from './nightly/plan.js';
export { type RunOptions, type RunResult, run } from './nightly/run.js';
export {
  type Csr,
  centroidUpdate,
  cosineTopK,
  type DistanceBlock,
  type DistanceBlocksOptions,
  lloydStep,
  nearestCentroid,
  nearestLabel,
  pairwiseDistance,
  pairwiseDistanceBlocks,
  sparseCosineTopK,
  transpose,
} from './ops/index.js';
export * from './recommend/index.js';
export { type SampleOptions, type SampleSummary, writeSample } from './sample/write-sample.js';
export * from './segment/index.js';
export * from './value/index.js';
