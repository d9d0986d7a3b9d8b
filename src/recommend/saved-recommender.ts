import { DataError, UsageError } from '../errors.js';
import { modelFile, readModel } from '../model-file.js';
import { Als } from './als/als.js';
import { AttributeNeighbours } from './attribute-neighbours.js';
import { Content } from './content.js';
import { Blend, Chain, type Voice } from './hybrid.js';
import { ItemNeighbours } from './item-neighbours.js';
import { Popularity } from './popularity.js';
import type { Recommender } from './recommender.js';
import { type LoadOptions, loadParts, type SaveOptions, saveParts } from './saved-parts.js';
import { SegmentFavourites } from './segment-favourites.js';
import { Trending } from './trending.js';
import { UserNeighbours } from './user-neighbours.js';

const classes = [
  Als,
  AttributeNeighbours,
  Content,
  ItemNeighbours,
  Popularity,
  SegmentFavourites,
  Trending,
  UserNeighbours,
] as const;

type Fitted = InstanceType<(typeof classes)[number]>;

const kindOf = (recommender: Recommender) => classes.find(type => recommender instanceof type)?.kind;

/** What is saved of a chain or a blend: its parts are files of their own. */
interface Members {
  members: { name: string; weight?: number }[];
  softening?: number;
}

export interface SaveTreeOptions extends SaveOptions {
  /** What the recommender is called, hence the stem of its files. */
  name: string;
  /** Names of parts that are in the folder already. */
  saved?: ReadonlySet<string>;
}

/** The stem of the files of a recommender of that name. */
export const stemOf = (name: string) => encodeURIComponent(name);

/**
 * Writes a recommender into a folder as `<name>.json` and `<name>.bin`. A chain or a blend names its parts, each of which
 * has files of its own, so that one that is a part of both is there once.
 *
 * @throws UsageError for a recommender that is none of this library, such as one with rules, which are no model.
 */
export async function saveRecommender(
  folder: string,
  recommender: Recommender,
  { name, items, saved = new Set() }: SaveTreeOptions,
): Promise<void> {
  const options = { name: stemOf(name), items };
  if (recommender instanceof Chain || recommender instanceof Blend) {
    const members: readonly Voice[] = 'links' in recommender ? recommender.links : recommender.voices;
    for (const member of members) {
      if (!saved.has(member.name)) {
        await saveRecommender(folder, member.recommender, { name: member.name, items, saved });
      }
    }
    const parts: Members = {
      members: members.map(member => ({ name: member.name, weight: member.weight })),
      softening: recommender instanceof Blend ? recommender.options.softening : undefined,
    };
    return saveParts(folder, recommender instanceof Chain ? 'chain' : 'blend', parts, options);
  }
  if (kindOf(recommender) === undefined) {
    throw new UsageError({ expected: 'a recommender that can be saved', found: `${name}, which is none` });
  }
  await (recommender as Fitted).save(folder, options);
}

/**
 * Reads what {@link saveRecommender} wrote.
 *
 * @throws DataError where there is no such recommender, or one of another version of the format or, with `items`, of the
 * catalogue.
 */
export async function loadRecommender(
  folder: string,
  { name, items }: LoadOptions & { name: string },
): Promise<Recommender> {
  const options = { name: stemOf(name), items };
  const header = (await readModel(folder, `${name} recommender`, options.name)) as { kind?: string } | null;
  const kind = header?.kind;
  if (kind === 'chain' || kind === 'blend') {
    const { members, softening } = await loadParts<Members>(folder, kind, options);
    const voices: Voice[] = [];
    for (const member of members) {
      voices.push({ ...member, recommender: await loadRecommender(folder, { name: member.name, items }) });
    }
    return kind === 'chain' ? new Chain(voices) : new Blend(voices, { softening });
  }
  const type = classes.find(each => each.kind === kind);
  if (!type) {
    throw new DataError({
      file: modelFile(folder, options.name),
      expected: 'a saved recommender',
      found: `a ${kind} model`,
      hint: 'It was saved by another version of Kindred: fit and save the model again.',
    });
  }
  return type.load(folder, options);
}
