import { drawChart } from '../report/chart.js';
import { type BenchmarkReport, kernelTime, type MeasuredDevice, type MeasuredRow } from './report.js';

/** The corners of the roof from 1/16 to 4096 flop a byte: memory bandwidth first, then the arithmetic peak. */
function roof({ name, limits }: MeasuredDevice) {
  const corner = limits.flops / limits.bandwidth;
  return [1 / 16, Math.min(4096, Math.max(1 / 16, corner)), 4096].map(intensity => ({
    device: name,
    intensity,
    rate: Math.min(limits.flops, intensity * limits.bandwidth) / 1e9,
  }));
}

function point(row: MeasuredRow) {
  const { device, kernel, shape, cost, share } = row;
  return {
    device,
    kernel,
    label: `${shape}: ${Math.round(100 * share)} % of the limit`,
    intensity: cost.flops / cost.bytes,
    rate: cost.flops / kernelTime(row).median / 1e9,
  };
}

const intensity = {
  field: 'intensity',
  type: 'quantitative',
  scale: { type: 'log', base: 2 },
  title: 'arithmetic intensity, flop per byte',
} as const;

const rate = {
  field: 'rate',
  type: 'quantitative',
  scale: { type: 'log' },
  title: 'GFLOP/s',
} as const;

/**
 * The measured kernels below their devices' measured limits, as SVG.
 * (Williams, Waterman and Patterson, "Roofline", CACM 52(4), 2009.)
 */
export function roofline({ machine, devices, rows }: BenchmarkReport): Promise<string> {
  const points = rows.filter((row): row is MeasuredRow => 'resident' in row).map(point);
  return drawChart({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: { text: 'Kernels below the limits of their device', subtitle: machine.processor },
    width: 720,
    height: 420,
    background: 'white',
    layer: [
      {
        data: { values: devices.flatMap(roof) },
        mark: { type: 'line', strokeWidth: 2 },
        encoding: { x: intensity, y: rate, strokeDash: { field: 'device', title: 'limit of' } },
      },
      {
        data: { values: points },
        mark: { type: 'point', filled: true, size: 70, opacity: 0.85, tooltip: true },
        encoding: {
          x: intensity,
          y: rate,
          // More kernels than the usual scheme has colours.
          color: { field: 'kernel', title: 'kernel', scale: { scheme: 'tableau20' } },
          shape: { field: 'device', title: 'measured on' },
          description: { field: 'label' },
        },
      },
    ],
  });
}
