import type { Cost } from '../../ops/index.js';
import { size } from '../case.js';

export type Shape = [features: number, customers: number, k: number];

export function customersShape([features, customers, k]: Shape): string {
  return `${size(customers)} × ${features}, k = ${k}`;
}

/** Inputs and outputs on the device and the host's copies of both. */
export function memoryOf({ bytes }: Cost): number {
  return 2 * bytes;
}
