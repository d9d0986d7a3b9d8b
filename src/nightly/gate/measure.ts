import type { Config } from '../config/index.js';

/** Customers of whom a figure was measured, and those who could have been. */
export interface GateSample {
  customers: number;
  of: number;
}

/** Undefined where it is everybody. */
export function sampleOf(customers: number, of: number): GateSample | undefined {
  return customers < of ? { customers, of } : undefined;
}

/** A figure of tonight beside that of the published night. */
export interface Measure {
  /** `rows of transactions`, `hitRate` … */
  name: string;
  value: number;
  /** In the published night; undefined where it has none. */
  before?: number;
  /** What the limit asks for, such as `at least 0.5 of before`; undefined where there is none. */
  limit?: string;
  /** Of whom it was measured, where it was not everybody. */
  sample?: GateSample;
  passed: boolean;
}

/** What the gate has found: kept in the manifest, where the next night reads what to compare with. */
export interface GateReport {
  /** The night compared with. */
  against?: string;
  measures: Measure[];
  /** Shares of the segments, the greatest first. */
  segmentShares?: number[];
  passed: boolean;
  /** Whether it was published all the same. */
  forced?: true;
}

export type GateSettings = Exclude<Config['gate'], false>;

/** A figure that must not fall by more than a share of what it was, nor below a least value. */
export function atLeast(
  name: string,
  value: number,
  before: number | undefined,
  { fall, least }: { fall: number; least?: number },
): Measure {
  const limits = [
    ...(before !== undefined && fall < 1
      ? [{ floor: before * (1 - fall), text: `at most ${percent(fall)} less than before` }]
      : []),
    ...(least !== undefined ? [{ floor: least, text: `at least ${least}` }] : []),
  ];
  const missed = limits.find(({ floor }) => value < floor);
  const limit = (missed ? [missed] : limits).map(({ text }) => text).join(', ') || undefined;
  return { name, value, before, limit, passed: missed === undefined };
}

/** A figure of change against the published night, which must not be too great. */
export function atMost(name: string, value: number, most: number): Measure {
  return { name, value, limit: most < 1 ? `at most ${percent(most)}` : undefined, passed: value <= most };
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}

/** A measure as people call it. */
export function measureName(name: string): string {
  return (
    { hitRate: 'hit rate', ndcg: 'NDCG', segments: 'shift of segments', churn: 'other recommendations' }[
      name
    ] ?? name
  );
}

/** Its value as it is read: a share, or a count. */
export function measureFigure(name: string, value: number): string {
  if (Number.isInteger(value) && value > 1) return value.toLocaleString('en-US');
  return name === 'ndcg' ? String(Number(value.toPrecision(3))) : percent(value);
}

/** `hit rate from 31 % to 4 % (at most 50 % less than before)` */
export function movement({ name, value, before, limit }: Measure): string {
  const from = before === undefined ? '' : ` from ${measureFigure(name, before)}`;
  return `${measureName(name)}${from}${from ? ' to' : ' of'} ${measureFigure(name, value)}${limit ? ` (${limit})` : ''}`;
}
