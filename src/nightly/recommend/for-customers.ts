import type { CustomerColumn } from '../../customer-column.js';
import type { CustomerFeatures } from '../../data/index.js';
import {
  AttributeNeighbours,
  type Attributes,
  Blend,
  Chain,
  type Recommender,
  Ruled,
  SegmentFavourites,
  UserNeighbours,
} from '../../recommend/index.js';
import { attributesOf, codesOf } from './some-customers.js';

/** What is known of some customers, in the order of their numbers among themselves. */
export interface KnownCustomers {
  /** By recommender, `[customers]`: their segment, or their group of a column, -1 where it is not known. */
  circles: ReadonlyMap<string, Int32Array>;
  profiles?: Attributes;
  /** `[customers]`, the numbers that they had in the fit, -1 for one who was not in it; undefined where none was. */
  fitted?: Int32Array;
}

/**
 * A recommender, fitted to whomever, for these customers: `customers` of {@link Recommender.recommend} are their numbers among
 * themselves.
 */
export function forCustomers(name: string, recommender: Recommender, known: KnownCustomers): Recommender {
  const bound = <M extends { name: string; recommender: Recommender }>(member: M): M => ({
    ...member,
    recommender: forCustomers(member.name, member.recommender, known),
  });
  if (recommender instanceof Chain) return new Chain(recommender.links.map(bound));
  if (recommender instanceof Blend) return new Blend(recommender.voices.map(bound), recommender.options);
  if (recommender instanceof Ruled) {
    return new Ruled(forCustomers(name, recommender.recommender, known), recommender.rules);
  }
  const { circles, profiles, fitted } = known;
  if (recommender instanceof SegmentFavourites) {
    return recommender.forCustomers(circles.get(name) ?? new Int32Array());
  }
  if (recommender instanceof AttributeNeighbours && profiles) return recommender.forCustomers(profiles);
  if (recommender instanceof UserNeighbours) {
    return {
      recommend: (rows, options) => {
        const customers = fitted && options?.customers?.map(customer => fitted[customer]);
        return recommender.recommend(rows, { ...options, customers });
      },
    };
  }
  return recommender;
}

/** What is known of the customers of these numbers. */
export function someOf(
  {
    circles,
    profiles,
  }: {
    circles: ReadonlyMap<string, { codes: CustomerColumn<Int32Array> }>;
    profiles?: CustomerFeatures;
  },
  customers: Int32Array,
): KnownCustomers {
  return {
    circles: new Map([...circles].map(([part, some]) => [part, codesOf(some, customers)])),
    profiles: profiles && attributesOf(profiles, customers),
  };
}
