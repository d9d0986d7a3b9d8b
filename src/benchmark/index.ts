export {
  type BenchmarkOptions,
  type BenchmarkReport,
  type BenchmarkRow,
  benchmark,
  type MeasuredDevice,
  type MeasuredRow,
  refuseLoss,
} from './benchmark.js';
export { type Comparison, refuseRegressions } from './compare.js';
export { type Machine, thisMachine } from './machine.js';
export { roofline } from './roofline.js';
export { type BenchmarkRun, runBenchmark } from './run-benchmark.js';
export { benchmarkCases, type Suite } from './suite.js';
