import { expect, test } from 'vitest';
import { Database } from '../../../src/data/index.js';
import { recommendationsSchema } from '../../../src/nightly/config/recommendations.js';
import { reachedSql } from '../../../src/nightly/incremental/reached.js';

test('the last link that a list has something of is known by its reasons', async () => {
  const config = recommendationsSchema.parse({
    count: 2,
    chain: ['blend', 'content', 'popular-in-land'],
    blend: ['als', 'item'],
  });
  const database = await Database.open({});
  try {
    await database.run(
      `CREATE TABLE lists AS FROM (VALUES
         ('a', 1, 'goes with a lamp'), ('a', 2, 'matches your taste'), ('b', 1, 'goes with a cup'), ('b', 2, 'is like a cup'),
         ('c', 1, 'is like a cup'), ('c', 2, 'popular in France'), ('d', 1, 'popular in France'), ('d', 2, 'popular'),
         ('short', 1, 'goes with a cup')) AS t(customer, rank, reason)`,
    );
    const reached = await database.rows(`${reachedSql('lists', config)} ORDER BY customer`);
    // A list that is not full is not there: all links were asked.
    expect(reached).toEqual([
      { customer: 'a', link: 0 },
      { customer: 'b', link: 1 },
      { customer: 'c', link: 2 },
      { customer: 'd', link: 3 },
    ]);
  } finally {
    await database.close();
  }
});
