import { GroupedRfm } from '../value/grouped-rfm.js';
import type { RfmScores } from '../value/rfm.js';
import type { Buying } from './buying.js';
import type { Findings } from './stage.js';

/** What some customers bought, `to` not included. */
export function rfmValuesOf(buying: Pick<Buying, 'part'>, from: number, to: number) {
  return {
    recency: buying.part('recency', from, to),
    frequency: buying.part('frequency', from, to),
    monetary: buying.part('monetary', from, to),
  };
}

/** The scores of some customers, `to` not included. */
export function scoresOf(
  { buying, rfm, among }: Pick<NonNullable<Findings['value']>, 'buying' | 'rfm' | 'among'>,
  from: number,
  to: number,
): RfmScores {
  const columns = rfmValuesOf(buying, from, to);
  return rfm instanceof GroupedRfm ? rfm.score(columns, among!.codes.part(from, to)) : rfm.score(columns);
}
