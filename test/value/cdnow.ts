import { readFileSync } from 'node:fs';
import { dataset } from '../datasets.js';

/** Calibration summary of the CDNOW sample (Fader and Hardie), in weeks; undefined where the data are not there. */
export function cdnow(): Record<'frequency' | 'recency' | 'T' | 'monetary', number[]> | undefined {
  const file = dataset('cdnow/cdnow_customers_summary_with_transactions.csv');
  if (file === undefined) return undefined;
  const rows = readFileSync(file, 'utf8')
    .trim()
    .split(/\r?\n/)
    .slice(1)
    .map(line => line.split(',').map(Number));
  const column = (at: number) => rows.map(row => row[at]!);
  return { frequency: column(1), recency: column(2), T: column(3), monetary: column(4) };
}
