import { readFileSync, writeFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { Table, tableFromIPC, tableToIPC, Vector } from 'apache-arrow';
import { FeatureEncoder, HeldFeatures, KeptColumn } from '../data/index.js';
import { ItemNeighbours, Popularity } from '../recommend/index.js';
import { Dbscan, Hdbscan, KMeans, SegmentModel } from '../segment/index.js';
import { CustomerValue } from '../value/customer-value.js';
import { GroupedRfm } from '../value/grouped-rfm.js';
import { Rfm } from '../value/rfm.js';
import { Buying } from './buying.js';

/** How a thing with a class is taken apart into plain values and put together again, exactly as it was. */
interface Dismantling<T> {
  is(value: unknown): value is T;
  apart(value: T): unknown;
  together(parts: never): T;
}

function dismantling<T, P>(
  type: { prototype: T },
  apart: (value: T) => P,
  together: (parts: P) => T,
): Dismantling<T> {
  return { is: (value): value is T => value instanceof (type as unknown as new () => T), apart, together };
}

const classes: Record<string, Dismantling<unknown>> = {
  vector: dismantling(
    Vector,
    vector => tableToIPC(new Table({ vector })),
    bytes => tableFromIPC(bytes).getChild('vector')!,
  ),
  featureEncoder: dismantling(
    FeatureEncoder,
    ({ features, snapshot, quality }) => ({ features, snapshot, quality }),
    ({ features, snapshot, quality }) => FeatureEncoder.of(features, snapshot, quality),
  ),
  // Features on disk are not kept: a night that goes on computes them again.
  heldFeatures: dismantling(
    HeldFeatures,
    ({ matrix }) => matrix,
    matrix => new HeldFeatures(matrix),
  ),
  // As the features: on disk it is not kept.
  buying: dismantling(
    Buying,
    ({ customers }) => customers,
    customers => new Buying(customers),
  ),
  keptColumn: dismantling(
    KeptColumn,
    ({ length, held, file }) => ({ length, held, file }),
    ({ length, held }) => new KeptColumn(length, held),
  ),
  rfm: dismantling(
    Rfm,
    model => model.toJSON(),
    json => Rfm.fromJSON(json),
  ),
  groupedRfm: dismantling(
    GroupedRfm,
    model => model.toJSON(),
    json => GroupedRfm.fromJSON(json),
  ),
  map: dismantling(
    Map<unknown, unknown>,
    map => ({ keys: [...map.keys()], values: [...map.values()] }),
    ({ keys, values }) => new Map(keys.map((key, i) => [key, values[i]])),
  ),
  segmentModel: dismantling(
    SegmentModel,
    model => model.parts,
    parts => new SegmentModel(parts),
  ),
  // Of the three as much as is saved with a night: the findings have the labels of the customers beside them.
  kMeans: dismantling(
    KMeans,
    model => model.toJSON(),
    json => KMeans.fromJSON(json),
  ),
  dbscan: dismantling(
    Dbscan,
    model => model.toJSON(),
    json => Dbscan.fromJSON(json),
  ),
  hdbscan: dismantling(
    Hdbscan,
    model => model.toJSON(),
    json => Hdbscan.fromJSON(json),
  ),
  customerValue: dismantling(
    CustomerValue,
    model => model.toJSON(),
    json => CustomerValue.fromJSON(json),
  ),
  itemNeighbours: dismantling(
    ItemNeighbours,
    ({ options, similar, popularity, items }) => ({ options, similar, popularity, items }),
    ({ options, ...fitted }) => ItemNeighbours.of(options, fitted),
  ),
  popularity: dismantling(
    Popularity,
    ({ customersOf, customers }) => ({ customersOf, customers }),
    ({ customersOf, customers }) => new Popularity(customersOf, customers),
  ),
};

const classKey = '\u0000class';

/** Whether an array holds nothing that could need to be taken apart, as a long list of ids does. */
function isFlat(values: readonly unknown[]): boolean {
  return values.every(value => typeof value !== 'object' || value === null);
}

class NoParts extends Error {}

function apart(value: unknown): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') throw new NoParts();
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return isFlat(value) ? value : value.map(apart);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, apart(inner)]));
  }
  for (const [name, kind] of Object.entries(classes)) {
    if (kind.is(value)) return { [classKey]: name, parts: apart(kind.apart(value)) };
  }
  throw new NoParts();
}

function together(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return isFlat(value) ? value : value.map(together);
  const inner = Object.fromEntries(Object.entries(value).map(([key, part]) => [key, together(part)]));
  const name = inner[classKey];
  return typeof name === 'string' ? classes[name].together(inner.parts as never) : inner;
}

/** Writes what a stage has found; false for something that holds an object of a class that is not known here. */
export function writeFinding(file: string, value: unknown): boolean {
  try {
    writeFileSync(file, serialize(apart(value)));
    return true;
  } catch (error) {
    if (error instanceof NoParts) return false;
    throw error;
  }
}

/** What {@link writeFinding} has written. */
export function readFinding(file: string): unknown {
  return together(deserialize(readFileSync(file)));
}
