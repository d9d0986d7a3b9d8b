import { BetaGeometric } from './beta-geometric.js';
import type { FittedJson } from './fitted-model.js';

/** The modified BG/NBD model: a customer may leave after any purchase, the first included. */
export class MbgNbd extends BetaGeometric {
  readonly name = 'MBG/NBD';
  protected override readonly leavesAtOnce = 1;

  static fromJSON(json: FittedJson): MbgNbd {
    return new MbgNbd().restore(json);
  }
}
