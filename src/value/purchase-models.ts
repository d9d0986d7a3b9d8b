import { BgNbd } from './bg-nbd.js';
import { MbgNbd } from './mbg-nbd.js';
import { ParetoNbd } from './pareto-nbd.js';

/** The models of repeat buying by the names that a configuration knows them by. */
export const purchaseModels = { 'bg-nbd': BgNbd, 'mbg-nbd': MbgNbd, 'pareto-nbd': ParetoNbd } as const;

export type PurchaseModelName = keyof typeof purchaseModels;

export const purchaseModelNames = Object.keys(purchaseModels) as [PurchaseModelName, ...PurchaseModelName[]];
