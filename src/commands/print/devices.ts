import colors from 'picocolors';
import type { DeviceReport } from '../../device/index.js';
import { bytes } from './quantities.js';
import { table } from './table.js';

/** Every device as one row of a table; below it, for each absent one, how to get it. */
export function deviceTable(reports: DeviceReport[]): string {
  const rows = reports.map(report =>
    report.present
      ? [
          colors.green(report.name),
          report.hardware,
          report.memoryBytes === undefined ? '' : bytes(report.memoryBytes),
          report.threads === undefined ? '' : String(report.threads),
          report.simd ?? '',
          report.can.join(', '),
        ]
      : [colors.dim(report.name), colors.dim('not here'), '', '', '', colors.dim(report.reason)],
  );
  const found = table(
    [
      { heading: 'device' },
      { heading: 'hardware', width: 34 },
      { heading: 'memory', align: 'right' },
      { heading: 'threads', align: 'right' },
      { heading: 'SIMD' },
      { heading: 'can, or why it is not here', width: 60 },
    ],
    rows,
  );
  const remedies = reports.flatMap(report =>
    report.present || !report.remedy ? [] : [`${colors.cyan(report.name)}: ${report.remedy}`],
  );
  return remedies.length > 0 ? `${found}\n\nHow to get the others:\n${remedies.join('\n')}` : found;
}
