import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Events, interactionsOf } from '../../../src/evaluate/ranking/events.js';
import { leaveLastOut, randomFolds, randomSplit, timeSplit } from '../../../src/evaluate/ranking/splits.js';
import type { Csr } from '../../../src/ops/index.js';
import { dense } from '../../recommend/matrices.js';

function eventsOf(rows: [customer: number, item: number, time: number, value: number][]): Events {
  return {
    customers: 3,
    items: 4,
    customer: Int32Array.from(rows, row => row[0]),
    item: Int32Array.from(rows, row => row[1]),
    time: Float64Array.from(rows, row => row[2]),
    value: Float32Array.from(rows, row => row[3]),
  };
}

const events = eventsOf([
  [0, 1, 30, 5],
  [0, 0, 10, 2],
  [0, 1, 20, 3],
  [2, 3, 10, 4],
  [2, 2, 40, 1],
  [1, 0, 50, 2],
]);

const pairs = ({ rows, indptr, indices }: Csr) =>
  Array.from({ length: rows }, (_, row) =>
    [...indices.subarray(indptr[row], indptr[row + 1])].map(item => `${row}-${item}`),
  ).flat();

describe('interactionsOf', () => {
  it('combines the events of a pair', () => {
    expect(dense(interactionsOf(events))[0]).toEqual([1, 1, 0, 0]);
    expect(dense(interactionsOf(events, 'sum'))[0]).toEqual([2, 8, 0, 0]);
    expect(dense(interactionsOf(events, 'mean'))[0]).toEqual([2, 4, 0, 0]);
    expect(dense(interactionsOf(events, 'last'))).toEqual([
      [2, 5, 0, 0],
      [2, 0, 0, 0],
      [0, 0, 1, 4],
    ]);
  });

  it('refuses numbers outside', () => {
    expect(() => interactionsOf({ ...events, items: 3 })).toThrow('found customer 2 with item 3');
  });
});

it('leaves the last out, not the only one, and nothing that the customer had before', () => {
  const { train, heldOut } = leaveLastOut(events);
  expect(pairs(train)).toEqual(['0-0', '0-1', '1-0', '2-3']);
  expect(pairs(heldOut)).toEqual(['2-2']);
  expect(pairs(leaveLastOut(events, { onlyNew: false }).heldOut)).toEqual(['0-1', '2-2']);
  expect(pairs(leaveLastOut(events, { count: 2 }).train)).toEqual(['0-0', '1-0', '2-2', '2-3']);
});

it('splits by time, at a point or by a share', () => {
  const { train, heldOut } = timeSplit(events, { at: 30 });
  expect(pairs(train)).toEqual(['0-0', '0-1', '2-3']);
  expect(pairs(heldOut)).toEqual(['1-0', '2-2']);
  expect(pairs(timeSplit(events, { share: 1 / 3 }).heldOut)).toEqual(['1-0', '2-2']);
  expect(pairs(timeSplit(events, { at: 99 }).heldOut)).toEqual([]);
  expect(() => timeSplit({ ...events, time: undefined })).toThrow('events with their times');
  expect(() => timeSplit(events, { share: 20 })).toThrow('a share between 0 and 1');
});

it('splits by chance without losing or doubling a pair, and in folds that hold out each once', () => {
  const anyEvents = fc
    .uniqueArray(fc.tuple(fc.nat(2), fc.nat(3)), { minLength: 5, selector: String })
    .map(rows => eventsOf(rows.map(([customer, item], i) => [customer, item, i, 1])));
  fc.assert(
    fc.property(anyEvents, fc.nat(), (some, seed) => {
      const all = pairs(interactionsOf(some)).sort();
      const { train, heldOut } = randomSplit(some, { share: 0.4, seed });
      expect([...pairs(train), ...pairs(heldOut)].sort()).toEqual(all);
      expect(heldOut.indices.length).toBe(Math.round(0.4 * all.length));
      const folds = randomFolds(some, { folds: 3, seed });
      expect(folds.flatMap(fold => pairs(fold.heldOut)).sort()).toEqual(all);
      for (const fold of folds) expect([...pairs(fold.train), ...pairs(fold.heldOut)].sort()).toEqual(all);
    }),
  );
});
