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

/** As many as there are kernels: Vega's `tableau20`, in pairs of one hue, and four more. */
const colours =
  `4c78a8 9ecae9 f58518 ffbf79 54a24b 88d27a b79a20 f2cf5b 439894 83bcb6 e45756 ff9d98 79706e bab0ac d67195 fcbfd2 b279a2 \
d6a5c9 9e765f d8b5a5 1b1b1b 7570b3 66a61e a6d854`
    .split(' ')
    .map(colour => `#${colour}`);

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
          color: { field: 'kernel', title: 'kernel', scale: { range: colours } },
          shape: { field: 'device', title: 'measured on' },
          description: { field: 'label' },
        },
      },
    ],
  });
}
