import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnOf, gathered, readerOf } from '../src/customer-column.js';
import { Random } from '../src/random.js';
import { valuesAtRanks } from '../src/values-at-ranks.js';

/** What sorting gives, by group. */
function sorted(values: ArrayLike<number>, groups: ArrayLike<number>, count: number): number[][] {
  const found = Array.from({ length: count }, (): number[] => []);
  for (let i = 0; i < values.length; i++) {
    if (groups[i] >= 0 && !Number.isNaN(values[i])) found[groups[i]].push(values[i]);
  }
  return found.map(own => own.sort((a, b) => a - b));
}

const spread = (count: number) => [0, Math.floor(count / 3), count >> 1, count - 1];

describe('values at ranks', () => {
  it('are those of the sorted values of each group', () => {
    const value = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.double());
    const row = fc.record({ value, group: fc.integer({ min: -1, max: 3 }) });
    fc.assert(
      fc.property(fc.array(row), rows => {
        const [values, groups] = [rows.map(({ value }) => value), rows.map(({ group }) => group)];
        const found = valuesAtRanks(columnOf(values), { of: columnOf(groups), count: 4 }, spread);
        sorted(values, groups, 4).forEach((own, group) => {
          const wanted = own.length > 0 ? spread(own.length).map(rank => own[rank]) : [];
          expect([...found[group]].map(each => each + 0)).toEqual(wanted.map(each => each + 0));
        });
      }),
    );
  });

  it.each([
    ['even', (random: Random) => random.uniform()],
    ['a few far off', (random: Random) => Math.exp(30 * random.normal())],
    ['nearly all equal', (random: Random) => (random.uniform() < 1e-5 ? random.uniform() : 7)],
    ['of every size', (random: Random) => (random.uniform() - 0.5) * 10 ** random.integer(600) * 1e-300],
  ])('are those of the sorted values where these are more than are sorted at a time: %s', (_, draw) => {
    const random = new Random(1);
    const values = Float64Array.from({ length: 2_400_000 }, () => draw(random));
    const groups = Int32Array.from(values, (_, i) => (i % 12 === 0 ? 1 : i % 1000 === 1 ? -1 : 0));
    const found = valuesAtRanks(columnOf(values), { of: columnOf(groups), count: 2 }, spread);
    const own = values.filter((_, i) => groups[i] === 0).sort();
    const others = values.filter((_, i) => groups[i] === 1).sort();
    expect([...found[0]]).toEqual(spread(own.length).map(rank => own[rank]));
    expect([...found[1]]).toEqual(spread(others.length).map(rank => others[rank]));
  });
});

describe('a column of customers', () => {
  it('gives those that are asked for, in whatever order', () => {
    const column = columnOf(Float64Array.from({ length: 200_000 }, (_, i) => 2 * i));
    const customers = [3, 4, 70_000, 199_999, -1, 5, 150_000, 0];
    const wanted = customers.map(customer => (customer < 0 ? -7 : 2 * customer));
    expect([...gathered(column, customers, -7)]).toEqual(wanted);
    const read = readerOf(column);
    for (const customer of customers) if (customer >= 0) expect(read(customer)).toBe(2 * customer);
  });
});
