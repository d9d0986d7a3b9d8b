import { BetaGeometric } from './beta-geometric.js';
import type { FittedJson } from './fitted-model.js';

/** The BG/NBD model: after each repeat purchase a customer may leave. Who never bought again counts as a customer still. */
export class BgNbd extends BetaGeometric {
  readonly name = 'BG/NBD';
  protected override readonly leavesAtOnce = 0;

  static fromJSON(json: FittedJson): BgNbd {
    return new BgNbd().restore(json);
  }
}
