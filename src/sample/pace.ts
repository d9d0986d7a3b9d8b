import type { Catalogue } from './catalogue.js';
import { Shop } from './shopper.js';

const PILOT_CUSTOMERS = 1000;

/** The pace at which a customer has the wanted number of transaction rows, found by bisection on a few customers. */
export function findPace(catalogue: Catalogue, seed: number, rowsPerCustomer: number): number {
  const ignore = { add: () => {} };
  const rowsAt = (pace: number) => {
    let rows = 0;
    const transactions = { add: () => rows++ };
    const sinks = { customers: ignore, transactions, browsing: ignore, feedback: ignore, truth: ignore };
    const shop = new Shop(catalogue, sinks, seed, pace);
    for (let id = 0; id < PILOT_CUSTOMERS; id++) shop.visit(id);
    return rows / PILOT_CUSTOMERS;
  };
  let low = Math.log(1 / 64);
  let high = Math.log(64);
  for (let i = 0; i < 12; i++) {
    const middle = (low + high) / 2;
    if (rowsAt(Math.exp(middle)) < rowsPerCustomer) low = middle;
    else high = middle;
  }
  return Math.exp((low + high) / 2);
}
