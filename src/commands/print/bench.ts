import colors from 'picocolors';
import type {
  BenchmarkReport,
  BenchmarkRow,
  Comparison,
  MeasuredDevice,
  MeasuredRow,
} from '../../benchmark/index.js';
import { kernelTime } from '../../benchmark/report.js';
import { bytes, count, counted, percent, rate } from './quantities.js';
import { table } from './table.js';

const giga = 1e9;

function fine(seconds: number): string {
  if (seconds >= 1) return `${seconds.toFixed(2)} s`;
  return seconds >= 1e-3 ? `${(1e3 * seconds).toFixed(2)} ms` : `${(1e6 * seconds).toFixed(1)} µs`;
}

function perSecond(value: number): string {
  return value >= 100 ? count(value) : value.toPrecision(3);
}

/** One row as it is measured. */
export function rowText(row: BenchmarkRow): string {
  const name = `${row.device} ${row.kernel} ${row.shape}`;
  return 'skipped' in row
    ? `${name}: not measured: ${row.skipped}`
    : `${name}: ${fine(kernelTime(row).median)}, ${percent(row.share)} of the limit`;
}

function deviceText({ name, hardware, simd, threads, memoryBytes, limits, can }: MeasuredDevice): string {
  const facts = [hardware, simd, threads && counted(threads, 'thread'), memoryBytes && bytes(memoryBytes)];
  const { upload, readback } = limits;
  const transfer =
    upload === undefined || readback === undefined
      ? "data stays in the host's memory"
      : `upload ${perSecond(upload / giga)} GB/s, readback ${perSecond(readback / giga)} GB/s`;
  return [
    `${colors.bold(name)}: ${facts.filter(Boolean).join(', ')}`,
    colors.dim(`  ${can.join(', ')}`),
    `  limits: ${perSecond(limits.flops / giga)} GFLOP/s, ${perSecond(limits.bandwidth / giga)} GB/s, ${transfer}, launch ${fine(limits.latency)}`,
  ].join('\n');
}

/** How far the least and the greatest time lie from the median: `-3 +12 %`. */
function spread({ resident: { median, least, most } }: MeasuredRow): string {
  const below = Math.round(100 * (1 - least / median));
  const above = Math.round(100 * (most / median - 1));
  return `${below === 0 ? '' : '-'}${below} ${above === 0 ? '' : '+'}${above} %`;
}

function cells(row: MeasuredRow, withBusy: boolean): string[] {
  const { device, kernel, shape, cost, resident, busy, streamed, limit, share, rows } = row;
  const seconds = kernelTime(row).median;
  return [
    device,
    kernel,
    shape,
    fine(resident.median),
    spread(row),
    ...(withBusy ? [busy ? fine(busy.median) : ''] : []),
    fine(streamed.median),
    rate(rows, seconds),
    perSecond(cost.flops / seconds / giga),
    perSecond(cost.bytes / seconds / giga),
    percent(share),
    limit,
  ];
}

/** What was not measured, those with one reason together. */
function skippedTexts(rows: BenchmarkRow[]): string[] {
  const reasons = new Map<string, string[]>();
  for (const row of rows) {
    if (!('skipped' in row)) continue;
    const reason = `${row.device}: not measured, ${row.skipped}`;
    reasons.set(reason, [...(reasons.get(reason) ?? []), `${row.kernel} ${row.shape}`]);
  }
  return [...reasons].map(([reason, cases]) => `${reason}: ${cases.join('; ')}`);
}

/** The machine, its devices' limits and every row. */
export function benchmarkText({ machine, devices, rows, lost }: BenchmarkReport): string {
  const right = 'right' as const;
  const done = rows.filter((row): row is MeasuredRow => 'resident' in row);
  const withBusy = done.some(({ busy }) => busy);
  const measured = table(
    [
      { heading: 'device' },
      { heading: 'kernel' },
      { heading: 'shape' },
      { heading: 'median', align: right },
      { heading: 'spread', align: right },
      ...(withBusy ? [{ heading: 'busy', align: right }] : []),
      { heading: 'streamed', align: right },
      { heading: 'rate', align: right },
      { heading: 'GFLOP/s', align: right },
      { heading: 'GB/s', align: right },
      { heading: 'share', align: right },
      { heading: 'bound by' },
    ],
    done.map(row => cells(row, withBusy)),
  );
  return [
    `${machine.processor}, ${machine.cores} cores, ${bytes(machine.memoryBytes)}, ${machine.platform}, Node.js ${machine.node}`,
    ...devices.map(deviceText),
    '',
    measured,
    ...skippedTexts(rows).map(colors.yellow),
    colors.dim(
      'share: the time that the limit alone would take, by the median; streamed: with upload and readback',
    ),
    ...(withBusy
      ? [
          colors.dim(
            'busy: by the clock of the device, without starting it and waiting; rates and shares are by it where it is there',
          ),
        ]
      : []),
    ...(lost ? [colors.red(`Ended early: ${lost}`)] : []),
  ].join('\n');
}

/** This run beside an earlier one, slower rows marked. */
export function comparisonText({ rows, differences }: Comparison): string {
  const compared = table(
    [
      { heading: 'device' },
      { heading: 'kernel' },
      { heading: 'shape' },
      { heading: 'before', align: 'right' },
      { heading: 'now', align: 'right' },
      { heading: 'ratio', align: 'right' },
      { heading: '' },
    ],
    rows.map(({ device, kernel, shape, before, now, ratio, regression }) => [
      device,
      kernel,
      shape,
      fine(before),
      fine(now),
      ratio.toFixed(2),
      regression ? colors.red('slower') : '',
    ]),
  );
  const remarks = differences.map(difference => colors.yellow(`not the same machine: ${difference}`));
  return [compared, ...remarks].join('\n');
}
