import { kernelNames } from '../benchmark/kernel-names.js';
import { deviceNames } from '../device/device.js';
import { defineCommand, deviceOptions, inGroup } from './command.js';

export const bench = defineCommand({
  usage: 'bench',
  describe: "Measure this machine's limits, and how close every kernel comes to them on each device",
  positionals: {},
  options: {
    ...inGroup('Measuring:', {
      suite: {
        choices: ['quick', 'full'] as const,
        default: 'quick' as const,
        describe: 'quick: under a minute; full: up to the sizes of large shops',
      },
      kernel: { choices: kernelNames, array: true, nargs: 1, describe: 'Only this kernel; repeatable' },
      device: {
        choices: deviceNames,
        array: true,
        nargs: 1,
        describe: 'Only this device; repeatable. All that are real and fast unless told',
      },
      threads: deviceOptions.threads,
    }),
    ...inGroup('Comparing:', {
      json: {
        type: 'string',
        describe: 'Write the report as JSON to this file; without a name, on stdout and nothing else',
      },
      compare: { type: 'string', requiresArg: true, describe: 'A report of --json to set this run beside' },
      tolerance: {
        type: 'number',
        requiresArg: true,
        default: 0.15,
        describe: 'How much slower than --compare a kernel may be: 0.15 is 15 %. Beyond it, exit code 5',
      },
      chart: { type: 'string', requiresArg: true, describe: 'Draw a roofline chart to this SVG file' },
    }),
  },
  examples: [
    ['kindred bench', 'Every kernel on every device of this machine'],
    ['kindred bench --device native --kernel LloydStep', 'One kernel on the processor'],
    ['kindred bench --json report.json --chart roofline.svg', 'Keep the report and draw it'],
  ],
  async run({ suite, kernel, device, threads, json, compare, tolerance, chart }, terminal) {
    const { refuseLoss, refuseRegressions, runBenchmark } = await import('../benchmark/index.js');
    const { interruption } = await import('./interruption.js');
    const { benchmarkText, comparisonText, rowText } = await import('./print/bench.js');
    const { report, comparison } = await runBenchmark({
      suite,
      kernels: kernel,
      devices: device,
      threads,
      jsonFile: json || undefined,
      compareFile: compare,
      tolerance,
      chartFile: chart,
      signal: interruption(),
      onRow: row => terminal.note(rowText(row)),
    });
    const texts = [benchmarkText(report), ...(comparison ? [comparisonText(comparison)] : [])];
    terminal.result(report, texts.join('\n\n'));
    const files = [json, chart].filter(Boolean);
    if (files.length > 0) terminal.note(`written: ${files.join(', ')}`);
    refuseLoss(report);
    if (comparison) refuseRegressions(comparison, tolerance);
  },
});
