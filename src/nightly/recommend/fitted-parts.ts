import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  Content,
  type ItemNeighbours,
  loadRecommender,
  type Recommender,
  saveRecommender,
  similarityIn,
} from '../../recommend/index.js';
import { stemOf } from '../../recommend/saved-recommender.js';
import { partsOf, type RecommendationsConfig } from '../config/recommendations.js';
import type { Run } from '../stage.js';
import { type FitPartOptions, fitPart, type Training } from './fit.js';

/**
 * The recommenders of a night by their names. Each is fitted once, when it is first asked for, and saved beside the other
 * models, where a run that was killed finds it again.
 */
export class FittedParts {
  readonly byName = new Map<string, Recommender>();
  readonly #folder?: string;
  #known: FitPartOptions['known'];

  constructor(
    { staging }: Pick<Run, 'staging'>,
    readonly wanted: RecommendationsConfig,
    readonly training: Training,
    readonly options: FitPartOptions,
  ) {
    this.#folder = staging?.path('model');
  }

  /** Fits all that the configuration names. */
  async fitAll(): Promise<void> {
    for (const name of partsOf(this.wanted)) await this.of(name);
  }

  async of(name: string): Promise<Recommender> {
    const part = this.byName.get(name) ?? (await this.#fitted(name));
    this.byName.set(name, part);
    return part;
  }

  /** Neighbours of items, which are also of use where nothing is recommended by them. */
  async items(): Promise<ItemNeighbours> {
    return (await this.of('item')) as ItemNeighbours;
  }

  /** Tells, before items are compared, what is known of an earlier comparison. */
  compareItemsWith(known: FitPartOptions['known']): void {
    this.#known = known;
  }

  /** Takes a recommender that was fitted in an earlier night in place of one of tonight. */
  keep(name: string, part: Recommender): void {
    this.byName.set(name, part);
  }

  /** Forgets a recommender that was kept. */
  drop(name: string): void {
    this.byName.delete(name);
  }

  /** Saves one that was kept beside those that were fitted. */
  async save(name: string): Promise<void> {
    const { items } = this.options;
    const part = this.byName.get(name);
    if (part && this.#folder) await saveRecommender(this.#folder, part, { name, items });
  }

  /** How alike two items are, for diversity: by what they are, where that is known, else by who has them. */
  async similarity(): Promise<(a: number, b: number) => number> {
    const content = this.byName.get('content');
    if (content instanceof Content) return (a, b) => content.similarity(a, b);
    return similarityIn((await this.items()).similar);
  }

  async #fitted(name: string): Promise<Recommender> {
    const folder = this.#folder;
    const { items } = this.options;
    // What is known of the customers is not all saved with these: they have to be told of them again.
    const isQuick = name === 'attributes';
    if (folder && !isQuick && existsSync(join(folder, `${stemOf(name)}.json`)))
      return loadRecommender(folder, { name, items });
    const part = await fitPart(name, this.wanted, this.training, {
      ...this.options,
      known: this.#known,
    });
    if (folder) await saveRecommender(folder, part, { name, items });
    return part;
  }
}
