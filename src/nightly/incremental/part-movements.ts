import { blendDepth } from '../../recommend/hybrid.js';
import { loadRecommender, type Recommender } from '../../recommend/index.js';
import { chainOf, partsOf, type RecommendationsConfig, voicesOf } from '../config/recommendations.js';
import type { BlendWeights } from '../recommend/fit.js';
import type { RuleFigures } from '../recommend/rule-figures.js';
import type { Base, Known } from './base.js';
import { describedHashes, fullParts } from './full-night.js';
import {
  type Catalogue,
  everywhere,
  inPlace,
  type Movement,
  movementOf,
  shift,
  together,
} from './movement.js';

/** How far what is recommended by content has moved: the share of items that are new, gone or described otherwise. */
function contentMovement({ full, numbers }: Base, { attributes = {}, ids }: Known): number {
  const now = describedHashes(attributes, ids.length);
  const before = full.described ?? new Int32Array();
  let same = 0;
  numbers.forEach((number, item) => {
    if (number >= 0 && now[number] === before[item]) same++;
  });
  return (numbers.length + ids.length - 2 * same) / (numbers.length + ids.length || 1);
}

/** How far what the rules say of items has moved. */
export function rulesMovement(now: RuleFigures, before: RuleFigures, numbers: Int32Array): number {
  const items = now.weight.length;
  const known = (prices: Float64Array) => prices.map(price => (price > 0 ? price : 0));
  const prices = shift(known(now.price), inPlace(known(before.price), numbers, now.price.length));
  let same = 0;
  numbers.forEach((number, item) => {
    if (number >= 0 && now.category[number] === before.category[item]) same++;
  });
  return Math.max(shift(now.weight, inPlace(before.weight, numbers, items)), prices, 1 - same / items);
}

/** How long the lists are that a recommender is asked for; undefined where rules choose among all items. */
function shownBy(name: string, wanted: RecommendationsConfig): Catalogue['shown'] {
  const { count, excludeOwned, rules } = wanted;
  if (rules) return undefined;
  const isVoice = voicesOf(wanted).some(voice => voice.name === name);
  return { places: isVoice ? blendDepth * count : count, excludeOwned };
}

/** How far each recommender has moved since the last full night, by its name. */
export async function movements(
  base: Base,
  known: Known,
  parts: ReadonlyMap<string, Recommender>,
  wanted: RecommendationsConfig,
): Promise<Map<string, Movement>> {
  const { folder, model, numbers, turnover } = base;
  const compared = fullParts(wanted);
  const ofPart = async (name: string): Promise<Movement> => {
    if (name === 'als') return everywhere(0);
    if (name === 'content') return everywhere(contentMovement(base, known));
    if (!compared.includes(name)) return everywhere(turnover);
    const catalogue = {
      numbers,
      items: known.ids.length,
      circle: known.circles.get(name),
      circleBefore: model.circles.find(({ part }) => part === name),
      shown: shownBy(name, wanted),
    };
    const before = await loadRecommender(folder, { name });
    return movementOf(parts.get(name)!, before, catalogue) ?? everywhere(turnover);
  };
  const moved = new Map<string, Movement>();
  for (const name of partsOf(wanted)) moved.set(name, await ofPart(name));
  return moved;
}

/** The same for each link of the chain. */
export function linkMovements(
  wanted: RecommendationsConfig,
  moved: ReadonlyMap<string, Movement>,
  { weights }: BlendWeights,
): Movement[] {
  const voices = voicesOf(wanted).map(({ name }, voice) => ({
    movement: moved.get(name)!,
    weight: weights[voice],
  }));
  return chainOf(wanted).map(name => (name === 'blend' ? together(voices) : moved.get(name)!));
}
