import type { CustomerPurchases } from '../../data/index.js';

/** What all customers have, some at a time. */
export type Purchases = Pick<CustomerPurchases, 'rows' | 'batches'>;
