import { bytesOfSize } from '../data/index.js';

/** Bytes that Node.js, the data engine and the libraries take before there is any data; measured on Linux. */
const ofProcess = 180e6;

/** Bytes that the data engine does its work in at least: with less it soon refuses. */
const leastEngine = 32e6;

/** Bytes that recommenders are fitted in at least: with less, a sample of customers would be too small to learn from. */
const leastFitting = 1e6;

/** Bytes of the batches of features that k-means reads from disk, and of what is computed of them. */
const ofBatches = 24e6;

/** Below it, memory is returned to the system as soon as it is free. */
const scarce = 2e9;

/** How the memory that the process may take is shared out, in bytes. */
export interface MemoryShares {
  /** What the data engine takes before it spills to disk. */
  engine: number;
  /** What a table of all customers collects while it is written, before it spills to disk. */
  output: number;
  /** Features of k-means beyond this are left on disk. */
  features: number;
  /** What customers have bought for: beyond this it is left on disk. */
  values: number;
  /** What is found of each customer, such as the segment: each kind of it beyond this is left on disk. */
  found: number;
  /** Purchases beyond this are left on disk, and what recommenders have to hold of all customers comes from a sample. */
  fitting: number;
  /** Whether it is worth some time that no memory lies idle. */
  isScarce: boolean;
}

/** Shares out the `memory` of a configuration: of what is left beside the process itself, a third is for the data engine. */
export function memoryShares(memory: string | number): MemoryShares {
  const all = bytesOfSize(memory);
  const rest = all - ofProcess;
  return {
    engine: Math.floor(Math.max(leastEngine, rest / 3)),
    output: Math.floor(Math.max(leastEngine, rest / 8)),
    features: Math.max(0, rest / 4),
    values: Math.max(0, rest / 16),
    found: Math.max(0, rest / 64),
    fitting: Math.max(leastFitting, (3 / 8) * rest),
    isScarce: all < scarce,
  };
}

/** Bytes that the process takes at least for k-means of customers whose features are on disk. */
export const leastMemory = ofProcess + leastEngine + ofBatches;
