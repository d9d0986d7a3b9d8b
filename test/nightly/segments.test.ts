import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { columnOf } from '../../src/customer-column.js';
import { UsageError } from '../../src/errors.js';
import type { ConfigInput } from '../../src/nightly/config/index.js';
import { loadCustomerModel } from '../../src/nightly/customer-model.js';
import { loadConfig } from '../../src/nightly/load-config.js';
import { type RunResult, run } from '../../src/nightly/run.js';
import { driftReport } from '../../src/nightly/segment-drift.js';
import { segmentReference } from '../../src/nightly/segment-reference.js';
import { describeSegments } from '../../src/segment/describe-segments.js';
import { emptyFolder } from '../commands/kindred.js';
import { rowsOf, tinyShop } from '../commands/shop.js';
import { dataset } from '../datasets.js';

const mall = dataset('mall-customers/Mall_Customers.csv');
const wholesale = dataset('wholesale-customers/Wholesale customers data.csv');

/** Runs a committed configuration on the public data with other segments. */
function night(name: string, file: string, segments: string, more: string[] = []): Promise<RunResult> {
  const set = [`segments=${segments}`, ...more];
  return run(loadConfig({ file: `datasets/${name}/kindred.yaml`, dataFolder: dirname(file), set }));
}

const ascending = (a: number, b: number) => a - b;
const sizesOf = ({ found }: RunResult) => [...found.segments!.model.sizes].sort(ascending);

describe.skipIf(!mall)('Mall customers', () => {
  test.each([
    ['ward', [21, 23, 32, 39, 85], [245.6546, 262.5626, 394.8597, 405.66]],
    ['complete', [21, 23, 32, 39, 85], [74.3303, 96.026, 101.415, 143.4225]],
    ['average', [3, 21, 36, 38, 102], []],
    ['single', [1, 1, 2, 3, 193], []],
  ])('%s linkage cut at 5', async (linkage, sizes, last) => {
    const result = await night(
      'mall-customers',
      mall!,
      `{ algorithm: hierarchical, linkage: ${linkage}, k: 5 }`,
    );
    expect(sizesOf(result)).toEqual(sizes);
    const heights = [...result.found.segments!.hierarchy!.merges.heights].slice(-4);
    last.forEach((height, i) => {
      expect(heights[i]).toBeCloseTo(height, 3);
    });
  });

  test.each([
    [5, 5, 5, 87, 89],
    [8, 5, 6, 35, 141],
    [10, 5, 4, 17, 164],
    [9, 4, 7, 16, 168],
  ])('DBSCAN with radius %i and %i points', async (radius, points, clusters, noise, core) => {
    const settings = `{ algorithm: dbscan, radius: ${radius}, minimumPoints: ${points} }`;
    const { found } = await night('mall-customers', mall!, settings);
    expect([found.segments!.model.k, found.segments!.noise?.size, found.segments!.density?.core]).toEqual([
      clusters,
      noise,
      core,
    ]);
  });

  test('k: auto finds the five of the textbooks, and says why', async () => {
    const { found } = await night('mall-customers', mall!, '{ k: auto, starts: 50 }');
    const { choice, remarks, quality, kmeans } = found.segments!;
    expect(choice).toMatchObject({ k: 5, criterion: 'silhouette' });
    expect(choice!.curve.map(({ k }) => k)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(remarks[0]).toMatch(/^5 segments: the silhouette is best with 0\.554, before 0\.540 with 6/);
    expect(kmeans!.inertia).toBeCloseTo(44_448.4554, 3);
    expect(quality.silhouette).toBeCloseTo(0.553932, 5);
    expect(quality.daviesBouldin).toBeCloseTo(0.572563, 5);
    expect(quality.calinskiHarabasz).toBeCloseTo(247.359, 3);
    expect(found.segments!.fidelity).toBeGreaterThan(0.95);
  });
});

describe.skipIf(!wholesale)('Wholesale customers', () => {
  test.each([
    [0.5, 2, 174, 209],
    [1, 1, 47, 376],
  ])('DBSCAN with radius %f on z-scores', async (radius, clusters, noise, core) => {
    const settings = `{ algorithm: dbscan, radius: ${radius} }`;
    const { found } = await night('wholesale-customers', wholesale!, settings, ['scale=standard']);
    expect([found.segments!.model.k, found.segments!.noise?.size, found.segments!.density?.core]).toEqual([
      clusters,
      noise,
      core,
    ]);
    // One segment has no silhouette.
    expect(Number.isNaN(found.segments!.quality.silhouette)).toBe(clusters === 1);
  });

  test('Ward cut at 3', async () => {
    const settings = '{ algorithm: hierarchical, k: 3, correlation: spearman }';
    const result = await night('wholesale-customers', wholesale!, settings, ['scale=standard']);
    expect(sizesOf(result)).toEqual([6, 153, 281]);
    const { features, values } = result.found.segments!.correlations!;
    const place = features.indexOf('grocery') * features.length + features.indexOf('detergents');
    // scipy.stats.spearmanr
    expect(values[place]).toBeCloseTo(0.8, 1);
  });
});

/** Sixty customers in two groups; of those at the border, `late` have moved over. */
function shopOf(late: number, folder: string): void {
  const rows = Array.from({ length: 60 }, (_, i) => {
    const rich = i >= 30 - late;
    return `c${i},${rich ? 90 + (i % 5) : 20 + (i % 5)},${rich ? 'FR' : 'DE'}`;
  });
  writeFileSync(join(folder, 'customers.csv'), `id,income,country\n${rows.join('\n')}\n`);
}

function config(changes: object): ConfigInput {
  return {
    sources: { customers: { path: 'customers.csv', columns: { customer: 'id' } } },
    features: [{ name: 'income', column: 'income', source: 'customers' }],
    segments: { k: 2 },
    output: { folder: 'out', format: 'csv' },
    ...changes,
  } as ConfigInput;
}

function runIn(folder: string, changes: object = {}, output = 'out'): Promise<RunResult> {
  const loaded = loadConfig({ changes: config(changes), dataFolder: folder });
  return run(
    { ...loaded, baseFolder: folder },
    { stages: ['load', 'clean', 'features', 'segments', 'publish'], output },
  );
}

const tableOf = (folder: string, name: string) =>
  rowsOf(readFileSync(join(folder, 'out', `${name}.csv`), 'utf8'));

describe('from one night to the next', () => {
  test('segments keep their numbers, and who moved is told', async () => {
    const folder = emptyFolder();
    shopOf(0, folder);
    await runIn(folder);
    const [first] = tableOf(folder, 'customers');
    shopOf(12, folder);
    const { found } = await runIn(folder, { drift: { warn: 0.15 } });
    const { report } = found.segments!.drift!;
    expect(report.migration).toMatchObject({ known: 60, changed: 12, joined: 0, gone: 0 });
    expect(report.migration.flows).toEqual([{ from: 0, to: 1, customers: 12 }]);
    // The larger segment of now has the number of the one that it continues.
    expect(tableOf(folder, 'customers')[0].segment).toBe(first.segment);
    expect(found.segments!.model.sizes).toEqual([18, 42]);
    expect(report.segments.map(({ stayed, joined, left }) => [stayed, joined, left])).toEqual([
      [18, 0, 12],
      [30, 12, 0],
    ]);
    expect(report.warnings).toEqual([
      expect.stringMatching(/^income has shifted: its mean went from 57 to 71/),
    ]);
    expect(tableOf(folder, 'migration')).toHaveLength(12);
    expect(tableOf(folder, 'migration')[0]).toMatchObject({
      customer: 'c18',
      previousSegment: '0',
      segment: '1',
    });
    expect(tableOf(folder, 'segment-migration')).toMatchObject([
      { previousSegment: '0', segment: '0', customers: '18', share: '0.6' },
      { previousSegment: '0', segment: '1', customers: '12', share: '0.4' },
      { previousSegment: '1', segment: '1', customers: '30', share: '1.0' },
    ]);
    expect(tableOf(folder, 'drift')[0]).toMatchObject({ feature: 'income', warning: 'true' });
    expect(tableOf(folder, 'segment-drift')).toHaveLength(2);
    const { reference } = await loadCustomerModel(join(folder, 'out', 'model'));
    expect(reference?.segments.map(({ size }) => size)).toEqual([18, 42]);
  });

  test('a higher threshold warns less, false compares nothing, and a folder that is none is refused', async () => {
    const folder = emptyFolder();
    shopOf(0, folder);
    await runIn(folder);
    shopOf(2, folder);
    const still = await runIn(folder, { drift: { warn: 5 } }, 'other');
    expect(still.found.segments!.drift).toBeUndefined();
    const compared = await runIn(folder, { drift: { warn: 5, previous: 'out' } }, 'other');
    expect(compared.found.segments!.drift!.report).toMatchObject({ warnings: [], migration: { changed: 2 } });
    expect((await runIn(folder, { drift: false })).found.segments!.drift).toBeUndefined();
    await expect(runIn(folder, { drift: { previous: 'nowhere' } })).rejects.toThrow(
      /saved customers model, found no such/,
    );
  });

  test.each([
    ['a number that is none', 'customer,segment\nc1,first\n'],
    ['no table', '\xff\xfe\u0000"'],
  ])('earlier customers with %s are a fault of the file, and no fault where nobody asked for them', async (_, text) => {
    const folder = emptyFolder();
    shopOf(0, folder);
    await runIn(folder);
    writeFileSync(join(folder, 'out', 'customers.csv'), text, 'latin1');
    const asked = runIn(folder, { drift: { previous: 'out' } }, 'other');
    await expect(asked).rejects.toThrow(/customers\.csv: expected the customers of earlier results/);
    expect((await runIn(folder)).found.segments!.drift).toBeUndefined();
  });

  test('who was in no segment and is in a new one has changed', async () => {
    const values = Float64Array.of(1, 1, 5, 5, 9, 9);
    const customers = { names: ['income'], raw: () => columnOf(values), rows: 6 };
    const features = [{ name: 'income', values }];
    const described = async (labels: Int32Array, k: number) =>
      (await describeSegments({ labels, k, features })).segments;
    const [earlier, labels] = [Int32Array.of(0, 0, 1, 1, -1, -1), Int32Array.of(0, 0, 1, 1, 2, -1)];
    const reference = segmentReference(customers, await described(earlier, 2));
    const { migration } = driftReport(
      customers,
      columnOf(labels),
      await described(labels, 3),
      { folder: 'out', reference },
      { matched: Int32Array.of(0, 1, -1), by: 'customers', warn: 1, earlier: columnOf(earlier) },
    );
    expect(migration).toMatchObject({ known: 6, changed: 1, flows: [{ from: -1, to: 2, customers: 1 }] });
    expect(migration.pairs.map(({ customers }) => customers)).toEqual([1, 1, 2, 2]);
  });

  test('categories and conditions describe them', async () => {
    const folder = emptyFolder();
    shopOf(12, folder);
    const { found } = await runIn(folder);
    const [rich, poor] = found.segments!.profiles;
    expect(rich.categories.map(({ category, direction }) => [category, direction])).toContainEqual([
      'FR',
      'over',
    ]);
    expect(poor.explanation.rules[0].conditions).toEqual([{ feature: 'income', upTo: expect.any(Number) }]);
    expect(found.segments!.fidelity).toBe(1);
    expect(tableOf(folder, 'segments')[0]).toMatchObject({ conditionsRecall: '1.0', size: '42' });
    expect(tableOf(folder, 'categories').length).toBe(4);
  });
});

describe('k-means of the configuration', () => {
  const optionsOf = ({ found }: RunResult) => {
    const { clusterer } = found.segments!.model.parts;
    return clusterer.algorithm === 'kmeans' ? clusterer.model.options : undefined;
  };

  test('chooses first centroids by k-means|| and looks at batches', async () => {
    const folder = emptyFolder();
    shopOf(0, folder);
    const segments = { k: 2, init: 'k-means||', oversampling: 3, rounds: 4, batchSize: 16, starts: 2 };
    const result = await runIn(folder, { segments });
    expect(optionsOf(result)).toMatchObject(segments);
    expect(sizesOf(result)).toEqual([30, 30]);
    expect(result.found.segments!.remarks).toEqual([]);
  });

  test('begins with the segments of before, of the output folder or of another one', async () => {
    const folder = emptyFolder();
    shopOf(0, folder);
    const first = await runIn(folder, { segments: { k: 2, warmStart: true } });
    expect(first.found.segments!.remarks).toEqual([
      'Started anew, not from earlier segments: there are none yet.',
    ]);
    const before = [...first.found.segments!.model.centroids];
    shopOf(4, folder);
    const next = await runIn(folder, { segments: { k: 2, warmStart: true } });
    expect(next.found.segments!.remarks).toEqual(['Started from the earlier segments.']);
    const { init } = optionsOf(next)!;
    expect(typeof init === 'object' && 'centroids' in init && [...init.centroids]).toEqual(before);
    // As plain nights find them.
    const plain = await runIn(folder, { segments: { k: 2 }, drift: false }, 'plain');
    expect(sizesOf(next)).toEqual(sizesOf(plain));
    expect(next.found.segments!.kmeans!.inertia).toBeCloseTo(plain.found.segments!.kmeans!.inertia, 5);

    const named = await runIn(folder, { segments: { k: 2, warmStart: 'out' } }, 'other');
    expect(named.found.segments!.remarks).toEqual([`Started from the segments in ${join(folder, 'out')}.`]);
    const bare = await runIn(folder, { segments: { k: 2, warmStart: 'out/model' } }, 'other');
    expect(typeof optionsOf(bare)!.init).toBe('object');
  });

  test('does not begin with segments that are not the like, and says why', async () => {
    const folder = emptyFolder();
    shopOf(0, folder);
    await runIn(folder, { segments: { k: 2 } });
    const warm = (segments: object, changes: object = {}) =>
      runIn(folder, { segments: { k: 2, ...segments }, ...changes }, 'other');
    await expect(warm({ k: 3, warmStart: 'out' })).rejects.toThrow(
      /out.*segments\.warmStart.*expected 3 segments, found 2/,
    );
    await expect(warm({ warmStart: 'out' }, { scale: 'none' })).rejects.toThrow(
      /features scaled as those of now, found others/,
    );
    const features = [{ name: 'wealth', column: 'income', source: 'customers' }];
    await expect(warm({ warmStart: 'out' }, { features })).rejects.toThrow(
      /segments by wealth, found by income/,
    );
    await expect(warm({ warmStart: 'nowhere' })).rejects.toThrow(/found no such/);
    const anew = await runIn(folder, { segments: { k: 3, warmStart: true } });
    expect(anew.found.segments!.remarks).toEqual([
      'Started anew, not from earlier segments: expected 3 segments, found 2.',
    ]);
    await runIn(folder, { segments: { algorithm: 'hierarchical', k: 2 } });
    const other = await runIn(folder, { segments: { k: 2, warmStart: true } });
    expect(other.found.segments!.remarks[0]).toMatch(
      /expected segments of the algorithm kmeans, found of hierarchical\.$/,
    );
  });
});

describe('features: auto', () => {
  test('leaves out what says nothing, and what says the same twice', async () => {
    const folder = emptyFolder();
    const rows = Array.from({ length: 200 }, (_, i) => {
      const income = (i % 2) * 50 + (i % 7);
      return `${i + 1},${income},${income * 2 + (i % 2)},1,${(i * 13) % 200},${i % 3 === 0 ? 'a' : 'b'},x${i}`;
    });
    writeFileSync(
      join(folder, 'customers.csv'),
      `id,income,doubled,constant,number,letter,text\n${rows.join('\n')}\n`,
    );
    const { found } = await runIn(folder, { features: 'auto' });
    const { verdicts, ineligible } = found.features!.chosen!;
    const reasons = new Map([...verdicts, ...ineligible].map(({ name, reason }) => [name, reason]));
    expect(found.features!.customers.names).toEqual(['income', 'letter=a', 'letter=b']);
    expect(reasons.get('doubled')).toBe('says what income says');
    expect(reasons.get('constant')).toBe('the same for everybody');
    expect(reasons.get('number')).toMatch(/an id\?/);
    expect(reasons.get('text')).toBe('200 categories');
    expect(tableOf(folder, 'features').filter(({ selected }) => selected === 'true')).toHaveLength(2);
  });
});

describe('every algorithm writes what belongs to it', () => {
  test('hierarchical: the tree as a drawing, in Newick and as a linkage matrix', async () => {
    const folder = tinyShop();
    await run(
      loadConfig({ file: join(folder, 'kindred.yaml'), set: ['segments={ algorithm: hierarchical, k: 3 }'] }),
      {
        output: 'out',
      },
    );
    expect(readFileSync(join(folder, 'out', 'dendrogram.svg'), 'utf8')).toMatch(/^<svg/);
    expect(readFileSync(join(folder, 'out', 'dendrogram.nwk'), 'utf8')).toMatch(/^\(.*c00.*\);\n$/);
    expect(tableOf(folder, 'linkage')).toHaveLength(11);
    expect(tableOf(folder, 'segments').map(({ size }) => size)).toEqual(['4', '4', '4']);
  });

  test('k-means with k: auto: the curve as a table and a drawing', async () => {
    const folder = tinyShop();
    await run(
      loadConfig({ file: join(folder, 'kindred.yaml'), set: ['segments={ k: { from: 2, to: 5 } }'] }),
      {
        output: 'out',
      },
    );
    expect(tableOf(folder, 'k-curve').map(({ k, chosen }) => [k, chosen])).toEqual([
      ['1', 'false'],
      ['2', 'false'],
      ['3', 'true'],
      ['4', 'false'],
      ['5', 'false'],
    ]);
    expect(readFileSync(join(folder, 'out', 'k-curve.svg'), 'utf8')).toContain('3 segments');
    expect(existsSync(join(folder, 'out', 'linkage.csv'))).toBe(false);
  });
});

describe('settings that do not fit are refused', () => {
  test.each([
    [
      '{ algorithm: dbscan, k: 3 }',
      /segments\.k with the algorithm kmeans or hierarchical only, found the algorithm dbscan/,
    ],
    [
      '{ linkage: ward }',
      /segments\.linkage with the algorithm hierarchical only, found the algorithm kmeans/,
    ],
    ['{ algorithm: hierarchical, k: 3, height: 2 }', /either segments\.k or segments\.height, found both/],
    [
      '{ algorithm: hierarchical, k: { criterion: gap } }',
      /a criterion other than gap for the algorithm hierarchical, found gap/,
    ],
    ['{ algorithm: dbscan, radius: 0 }', /greater than 0 for segments\.radius, found 0/],
    ['{ algorithm: dbscan, minimumPoints: 0 }', /at least 1 for segments\.minimumPoints, found 0/],
    ['{ k: { from: 6, to: 3 } }', /segments\.k\.from to be at most segments\.k\.to, found 6 and 3/],
    ['{ rounds: 3 }', /segments\.rounds with the init k-means\|\| only, found the init k-means\+\+/],
    ['{ init: k-means||, oversampling: 0 }', /greater than 0 for segments\.oversampling, found 0/],
    ['{ init: kmeans }', /for segments\.init, found "kmeans"/],
    ['{ batchSize: 0 }', /at least 1 for segments\.batchSize, found 0/],
    ['{ batchSize: 100, exchange: true }', /segments\.exchange without segments\.batchSize, found both/],
    ['{ k: auto, warmStart: true }', /a number of segments with segments\.warmStart.*found "auto"/],
    [
      '{ algorithm: hdbscan, warmStart: true }',
      /segments\.warmStart with the algorithm kmeans only, found the algorithm hdbscan/,
    ],
    ['{ algorithm: kmens }', /for segments\.algorithm, found "kmens"/],
    [
      '{ actions: [{ when: { recency: hihg }, action: x }] }',
      /comparison such as "> 90".*recency, found "hihg"/,
    ],
    ['{ actions: [{ when: { recency: high } }] }', /text for segments\.actions\[0\]\.action/],
  ])('%s', (segments, message) => {
    const load = () => loadConfig({ changes: config({ segments: parse(segments) }) });
    expect(load).toThrow(UsageError);
    expect(load).toThrow(message);
  });
});
