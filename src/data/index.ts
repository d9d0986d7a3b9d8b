export { integerVector, textVector } from './arrow-columns.js';
export { filledColumns } from './chunk-reader.js';
export { clean } from './clean.js';
export { type CleaningStep, cleaningStepSchema } from './cleaning-step.js';
export {
  type Column,
  type ColumnTable,
  columnPart,
  columnTable,
  type DictionaryColumn,
  idColumn,
  idText,
  type NumberColumn,
  type TextColumn,
} from './column-table.js';
export { type CustomerFeatures, HeldFeatures } from './customer-features.js';
export { type CustomerGroups, type Grouping, readCustomerGroups } from './customer-groups.js';
export {
  type CustomerPurchases,
  customersAtATime,
  customersIn,
  HeldPurchases,
  type PurchaseBatch,
} from './customer-purchases.js';
export { Database, type DatabaseOptions } from './database.js';
export {
  type Feature,
  featureSchema,
  type Scale,
  type Scales,
  scalesSchema,
} from './feature.js';
export { type FeatureContext, FeatureEncoder } from './feature-encoder.js';
export type { FeatureMatrix } from './feature-matrix.js';
export { unifyIds } from './integrity.js';
export {
  type InteractionOptions,
  type Interactions,
  type InteractionWeight,
  interactionWeightSchema,
  readInteractions,
  readPurchases,
} from './interactions.js';
export { closeColumns, KeptColumn, type KeptColumns, keptColumns } from './kept-column.js';
export { type LoadOptions, loadSources } from './load-sources.js';
export { bytesOfSize } from './memory-size.js';
export { mergeParts, partFormat } from './merge-parts.js';
export { type NumberBatch, numberBatches, spoolBatches } from './number-batches.js';
export { openSource, type SourceSummary } from './open-source.js';
export { population } from './population.js';
export {
  countCustomers,
  customerIdBatches,
  historyTypes,
  keepPurchaseHistory,
  observationEnd,
  type PurchaseHistory,
  purchaseHistoryBatches,
  readCustomerIds,
  readSplitHistory,
  type SplitHistory,
} from './purchase-history.js';
export { type QualityRow, qualityTable } from './quality.js';
export { bytesPerFeature } from './raw-features.js';
export { readArrow } from './read-table.js';
export { readArrowFiles } from './readers/arrow.js';
export { discardUnfinished, replaceFile } from './replace-file.js';
export { findRfm, type RfmColumns, readRfm } from './rfm.js';
export { resolveSnapshot } from './snapshot.js';
export { type Role, type Source, sourceSchema } from './source.js';
export { identifier, literal } from './sql.js';
export { withoutPassword } from './without-password.js';
export {
  type OutputFormat,
  outputFormatSchema,
  TableWriter,
  type WriteOptions,
  writeTable,
  writeTables,
} from './write-table.js';
