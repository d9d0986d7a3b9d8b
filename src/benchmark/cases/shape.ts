import type { Cost } from '../../ops/index.js';
import { type BenchmarkCase, type PreparedCase, size } from '../case.js';

export type Shape = [features: number, customers: number, k: number];

function customersShape([features, customers, k]: Shape): string {
  return `${size(customers)} × ${features}, k = ${k}`;
}

/** Inputs and outputs on the device and the host's copies of both. */
export function memoryOf({ bytes }: Cost): number {
  return 2 * bytes;
}

/** The customers, some numbers more of each, and a few matrices of centroids, on the device and on the host. */
function memoryOfCustomers([features, customers, k]: Shape): number {
  return 8 * ((features + 8) * customers + 8 * k * features);
}

/** A kernel on customers and centroids; `more` says in words what else its sizes are. */
export function customersCase(
  kernel: string,
  shape: Shape,
  cost: Cost,
  prepare: () => Omit<PreparedCase, 'cost'>,
  more?: string,
): BenchmarkCase {
  return {
    kernel,
    shape: [customersShape(shape), ...(more ? [more] : [])].join(', '),
    rows: shape[1],
    memory: memoryOfCustomers(shape),
    prepare: () => ({ cost, ...prepare() }),
  };
}
