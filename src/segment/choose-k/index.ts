export { type ChooseKOptions, type ChosenK, chooseK } from './choose-k.js';
export { type Criterion, criteria, type KFigures } from './criteria.js';
