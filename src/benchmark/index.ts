export { type BenchmarkOptions, benchmark, refuseLoss } from './benchmark.js';
export { type Comparison, refuseRegressions } from './compare.js';
export { type Machine, thisMachine } from './machine.js';
export {
  type BenchmarkReport,
  type BenchmarkRow,
  kernelTime,
  type MeasuredDevice,
  type MeasuredRow,
} from './report.js';
export { roofline } from './roofline.js';
export { type BenchmarkRun, runBenchmark } from './run-benchmark.js';
export { benchmarkCases, type Suite } from './suite.js';
