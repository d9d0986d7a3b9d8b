import { bytesOfSize } from '../data/index.js';

/** Bytes that Node.js, the data engine and the libraries take before there is any data. */
const ofProcess = 180e6;

/** Bytes that the data engine does its work in at least: with less it refuses tables of many columns. */
const leastEngine = 32e6;

/** How the memory that the process may take is shared out, in bytes. */
export interface MemoryShares {
  /** What the data engine takes before it spills to disk. */
  engine: number;
  /** What a table collects of what is written to it, beside the engine. */
  output: number;
  /** Features of k-means beyond this are left on disk. */
  features: number;
  /** Whether it is worth some time that no memory lies idle. */
  isScarce: boolean;
}

/** Below it, memory is returned to the system as soon as it is free. */
const scarce = 1e9;

/** Shares out the `memory` of a configuration: what the process takes anyway, and half of the rest for the data engine. */
export function memoryShares(memory: string | number): MemoryShares {
  const all = bytesOfSize(memory);
  const rest = all - ofProcess;
  return {
    engine: Math.floor(Math.max(leastEngine, rest / 2)),
    output: Math.floor(Math.max(leastEngine, rest / 8)),
    features: Math.max(0, rest / 4),
    isScarce: all < scarce,
  };
}
