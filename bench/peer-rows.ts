import { alternate, type TimedRun } from './alternate.js';
import { Disagreement } from './check.js';
import type { Bench, Row } from './comparison.js';
import { PeerError, type PeerResult, type PeerRunOptions } from './python.js';

/** One side of a comparison with a Python peer. */
export interface PeerRow extends Omit<Row, 'ratio' | 'note'> {
  /** What the peer is told in each round. */
  tell?: (round: number) => PeerRunOptions['with'];
  /** What it is told in the run whose result is checked. Default: what it is told in the first round. */
  tellForCheck?: PeerRunOptions['with'];
  /** Looks at the peer's result before anything is timed; what it returns is noted in the row. */
  check(result: PeerResult): Promise<string | undefined> | string | undefined;
  /** Ours, which the check has run before. */
  ours: TimedRun;
  /** Told of each of the peer's runs. */
  seen?: (result: PeerResult) => Promise<void> | void;
  /** A note once everything is measured. */
  note?: () => string;
}

/** Checks the peer, then takes turns with it; a peer that is absent or disagrees gets a row that says so. */
export async function peerRow({ python, rounds }: Bench, wanted: PeerRow): Promise<Row> {
  const { tell, tellForCheck, check, ours, seen, note, ...row } = wanted;
  if (!python) return { ...row, note: 'not installed: run bench/peers/setup' };
  try {
    const run = await python.prepare(row.peer);
    if (typeof run === 'string') return { ...row, note: run };
    const checked = await check(await run({ keep: true, with: tellForCheck ?? tell?.(0) }));
    const theirs: TimedRun = async round => {
      const result = await run({ keep: seen !== undefined, with: tell?.(round) });
      await seen?.(result);
      return result.seconds;
    };
    const ratio = await alternate(ours, theirs, rounds, { warm: true });
    return { ...row, ratio, note: note?.() ?? checked };
  } catch (error) {
    if (error instanceof Disagreement) return { ...row, note: `**results differ**: ${error.message}` };
    if (error instanceof PeerError) return { ...row, note: `failed: ${error.message}` };
    throw error;
  }
}
