import { expect, test } from 'vitest';
import { leaveLastOut } from '../../src/evaluate/index.js';
import { recommendationsSchema } from '../../src/nightly/config/recommendations.js';
import { withSales } from '../../src/nightly/recommend/learn-blend.js';
import { tune } from '../../src/nightly/recommend/tune.js';
import { Random } from '../../src/random.js';
import { onDevice } from '../devices.js';

onDevice('cpu');

const random = new Random(3);
const customer = Int32Array.from({ length: 300 }, (_, i) => i % 50);
const events = {
  customers: 50,
  items: 20,
  customer,
  item: customer.map(c => 2 * random.integer(10) + (c % 2)),
  time: Float64Array.from(customer, (_, i) => 86_400 * i),
};
const split = withSales(leaveLastOut(events), events);
const config = recommendationsSchema.parse({});
const training = { interactions: split.train, circles: new Map() };

test('tries as many settings as it is told, tells of each, and never ends with worse ones', async () => {
  const told: string[] = [];
  const found = await tune(['item', 'trending'], config, split, training, {
    seed: 1,
    trials: 4,
    customers: 1000,
    k: 5,
    onTrial: (done, total, unit) => told.push(`${done}/${total} ${unit}`),
  });
  expect(told).toEqual(Array.from({ length: 8 }, (_, i) => `${i + 1}/8 trials`));
  expect(found.map(({ recommender, trials }) => [recommender, trials])).toEqual([
    ['item', 4],
    ['trending', 4],
  ]);
  for (const { before, after } of found) expect(after).toBeGreaterThanOrEqual(before);
});

test('ends when it is not wanted any more, however quick a trial is', async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error('enough')), 0);
  const trials = 20_000;
  const search = tune(['trending'], config, split, training, {
    ...{ seed: 1, trials, customers: 1000, k: 5, onTrial: () => {}, signal: stop.signal },
  });
  await expect(search).rejects.toThrow('enough');
});

test('stops where its budget of time ends, and tells how much of it is spent', async () => {
  const told: [number, number, string][] = [];
  const [found] = await tune(['item'], config, split, training, {
    seed: 1,
    budget: '0.001s',
    customers: 1000,
    k: 5,
    onTrial: (...progress) => told.push(progress),
  });
  expect(found.trials).toBe(2);
  expect(told.every(([done, total, unit]) => done <= total && unit === 's of the budget')).toBe(true);
});
