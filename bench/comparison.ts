import type { Ratio } from './alternate.js';
import type { Search } from './floor.js';
import type { PythonPeers } from './python.js';

/** What a comparison is given to work with. */
export interface Bench {
  /** Small sizes, to try the benchmarks out. */
  quick: boolean;
  /** Times that ours and a peer take turns. */
  rounds: number;
  /** Undefined where bench/peers/setup was not run. */
  python?: PythonPeers;
}

/** One piece of work done by one peer and by us. */
export interface Row {
  /** What was done, with its sizes. */
  work: string;
  peer: string;
  /** Seconds of each; undefined where the peer is absent. */
  ratio?: Ratio;
  /** Why there is no ratio, or what the reader should know of it. */
  note?: string;
  /** The ratio that we want to reach. */
  wanted?: number;
  /** What has to be done at least, to compare with this machine's limits. */
  least?: Search;
}

export interface Comparison {
  /** As on the command line and in the markers of the README. */
  name: string;
  run(bench: Bench): AsyncGenerator<Row>;
}
