export { BgNbd } from './bg-nbd.js';
export { type ChurnRisk, type ChurnRiskColumns, type ChurnRiskOptions, churnRisk } from './churn-risk.js';
export {
  CustomerValue,
  type CustomerValueJson,
  type CustomerValueOptions,
  type CustomerValues,
  type LeftOut,
} from './customer-value.js';
export type { FittedJson } from './fitted-model.js';
export { GammaGamma, type SpendSummary } from './gamma-gamma.js';
export { GroupedRfm, type GroupedRfmJson } from './grouped-rfm.js';
export {
  type HistoricalValueOptions,
  type HistoricalValues,
  historicalValue,
  type SpendHistory,
} from './historical-value.js';
export {
  Holdout,
  type HoldoutData,
  type HoldoutDays,
  type HoldoutGroup,
  type HoldoutReport,
  type TrackingPoint,
  validateHoldout,
} from './holdout.js';
export { type LifetimeValueOptions, lifetimeValue } from './lifetime-value.js';
export {
  LOYALTY_TIERS,
  type Loyalty,
  type LoyaltyColumns,
  type LoyaltyTier,
  loyaltyTiers,
  NO_LOYALTY_TIER,
} from './loyalty.js';
export { MbgNbd } from './mbg-nbd.js';
export { ParetoNbd } from './pareto-nbd.js';
export { type Discounting, PurchaseModel, type PurchaseSummary } from './purchase-model.js';
export { type PurchaseModelName, purchaseModelNames, purchaseModels } from './purchase-models.js';
export { type Purchases, type SummaryColumns, summarisePurchases } from './purchase-summary.js';
export {
  Rfm,
  type RfmColumns,
  type RfmJson,
  type RfmOptions,
  type RfmScores,
  type RfmValues,
} from './rfm.js';
export type { RfmBoundaries } from './rfm-boundaries.js';
export { NO_RFM_SEGMENT, RFM_SEGMENTS, type RfmSegment } from './rfm-segments.js';
export { type TimeUnit, timeUnits, unitDays } from './time-unit.js';
