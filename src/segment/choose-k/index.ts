export {
  type Choice,
  type ChoiceOptions,
  chooseDivision,
  type Divider,
  type Division,
} from './choose-division.js';
export { type ChooseKOptions, type ChosenK, chooseK } from './choose-k.js';
export { type Criterion, criteria, type KFigures } from './criteria.js';
