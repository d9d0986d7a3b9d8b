import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/random.js';
import { Content } from '../../src/recommend/content.js';
import { describeItems } from '../../src/recommend/item-attributes.js';
import { recommendationsOf } from '../../src/recommend/recommendations.js';
import { beside, multiply } from '../../src/recommend/sparse-rows.js';
import { tokenise } from '../../src/recommend/tokenise.js';
import { onDevice, onEveryDevice } from '../devices.js';
import { csr, dense, randomCsr } from './matrices.js';

describe('tokenise', () => {
  it.each([
    ['Red RETROSPOT-bag, 12 pcs.', ['red', 'retrospot', 'bag', '12', 'pcs']],
    ["Children's 3.5mm jack", ["children's", '3.5mm', 'jack']],
    ['Ｃａｆｅ́ ﬁlter', ['café', 'filter']],
    ['红色茶杯', ['红色', '茶杯']],
    ['陶瓷茶壶 Tea Pot 500ml', ['陶瓷', '茶壶', 'tea', 'pot', '500ml']],
    ['ガラスのコップ', ['ガラス', 'の', 'コップ']],
    ['ชุดน้ำชา', ['ชุด', 'น้ำ'.normalize('NFKC'), 'ชา']],
    ['Чайник № 5', ['чайник', 'no', '5']],
    [' … ', []],
    ['', []],
  ])('splits %j', (text, words) => {
    expect(tokenise(text)).toEqual(words);
  });

  it('gives plain text the words that the rules of Unicode give it', () => {
    const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'aZ09 \t-/&()!$%^~`|<#@[*"'), maxLength: 20 }),
        text => {
          const words = [...segmenter.segment(text.toLowerCase())].filter(({ isWordLike }) => isWordLike);
          expect(tokenise(text)).toEqual(words.map(({ segment }) => segment));
        },
      ),
    );
  });
});

describe('describeItems', () => {
  it('weighs words by how rare they are', () => {
    // Columns red, cup, pot, tea: ln(4 / 3) + 1 for red, ln(4 / 2) + 1 for the others, rows of norm 1.
    const found = dense(describeItems({ texts: { name: ['red cup', 'red red pot', 'tea'] } }));
    const expected = [
      [0.605349, 0.795961, 0, 0],
      [0.83559, 0, 0.549351, 0],
      [0, 0, 0, 1],
    ];
    found.forEach((row, i) => {
      row.forEach((value, j) => {
        expect(value).toBeCloseTo(expected[i][j], 5);
      });
    });
  });

  it('sets categories, several of an item too, and numbers beside the text', () => {
    const found = dense(
      describeItems(
        {
          categories: { colour: ['red', ['red', 'blue'], undefined] },
          numbers: { price: [1, 3, Number.NaN], same: [4, 4, 4] },
        },
        { colour: 2 },
      ),
    );
    const third = Math.fround(1 / 3);
    expect(found[0]).toEqual([2, 0, -third, 0]);
    expect(found[1][0]).toBeCloseTo(Math.SQRT2, 6);
    expect(found[1][2]).toBe(third);
    expect(found[2]).toEqual([0, 0, 0, 0]);
  });

  it('refuses lists of different lengths and weights of nothing', () => {
    const texts = { name: ['a', 'b'] };
    expect(() => describeItems({ texts, numbers: { price: [1] } })).toThrow(
      'expected 2 entries of the attribute price, found 1',
    );
    expect(() => describeItems({ texts }, { title: 2 })).toThrow('found 2 for title');
  });
});

it('multiplies and joins sparse matrices as dense ones', () => {
  fc.assert(
    fc.property(fc.nat(), seed => {
      const [a, b] = [randomCsr(7, 5, 4, seed), randomCsr(5, 6, 4, seed + 1)];
      const [x, y] = [dense(a), dense(b)];
      const product = x.map(row =>
        y[0].map((_, j) => row.reduce((sum, value, i) => sum + value * y[i][j], 0)),
      );
      expect(dense(multiply(a, b))).toEqual(product);
      expect(dense(beside([a, a], 7))).toEqual(x.map(row => [...row, ...row]));
    }),
    { numRuns: 30 },
  );
});

const names = ['red tea cup', 'blue tea cup', 'garden spade', 'garden rake', 'red tea pot', ''];

onEveryDevice('Content', () => {
  it('recommends what is described like the items of the customer, also what nobody has', async () => {
    const before = tf.memory().numTensors;
    const model = await new Content().fit({ texts: { name: names } });
    const found = await model.recommend(csr(6, [{ 0: 1 }, { 3: 2 }, { 5: 1 }, {}]), { count: 3 });
    expect(tf.memory().numTensors).toBe(before);
    expect(
      recommendationsOf(found, 0)
        .map(({ item }) => item)
        .sort(),
    ).toEqual([1, 4]);
    expect(recommendationsOf(found, 1)).toMatchObject([{ item: 2, reason: 'content', because: 3 }]);
    expect(recommendationsOf(found, 2)).toEqual([]);
    expect(recommendationsOf(found, 3)).toEqual([]);
    const [spade] = await model.neighbours(2);
    expect(spade.item).toBe(3);
    expect(spade.score).toBeCloseTo(found.scores[3], 6);
  });
});

describe('Content', () => {
  onDevice('cpu');

  it('finds the items most like each, and misses none', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 6 }), async (seed, count) => {
        const random = new Random(seed);
        const words = () =>
          Array.from({ length: random.integer(6) }, () => `w${Math.floor(30 ** random.uniform())}`);
        const texts = Array.from({ length: 40 }, () => words().join(' '));
        const model = await new Content().fit({ texts: { text: texts } });
        const { indices, scores } = await model.similarItems(count);
        const rows = dense(model.items);
        rows.forEach((row, item) => {
          const wanted = rows
            .map((other, i) => (i === item ? 0 : other.reduce((sum, value, c) => sum + value * row[c], 0)))
            .filter(score => score > 0)
            .sort((a, b) => b - a);
          for (let rank = 0; rank < count; rank++) {
            const [other, score] = [indices[item * count + rank], scores[item * count + rank]];
            expect(other >= 0 && score > 0).toBe(rank < wanted.length);
            if (!(rank < wanted.length)) continue;
            expect(score).toBeCloseTo(wanted[rank], 5);
            expect(score).toBeCloseTo(model.similarity(item, other), 5);
          }
        });
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    [
      'Chinese, some of it mixed with English',
      [
        '红色陶瓷茶壶',
        '蓝色陶瓷茶壶',
        '陶瓷茶壶 tea pot 500ml',
        '儿童雨伞',
        '红色儿童雨伞',
        '不锈钢厨房剪刀',
      ],
      { 0: [1, 2], 3: [4], 4: [3] },
    ],
    [
      'Japanese',
      ['ガラスのコップ', '青いガラスのコップ', '子供用の傘', '大きい傘', '木製まな板'],
      { 0: [1], 1: [0], 3: [2] },
    ],
    ['Thai', ['ชุดน้ำชาสีแดง', 'ชุดน้ำชาสีฟ้า', 'ร่มเด็ก', 'ร่มกันแดด'], { 0: [1], 1: [0], 2: [3] }],
  ])('finds what is alike by names without spaces: %s', async (_, texts, expected) => {
    const model = await new Content().fit({ texts: { name: texts } });
    for (const [item, alike] of Object.entries(expected)) {
      const found = await model.neighbours(Number(item), alike.length);
      expect(found.map(neighbour => neighbour.item).sort(), texts[Number(item)]).toEqual(alike);
    }
    const umbrella = await model.recommend(csr(texts.length, [{ 3: 1 }]), { count: 1 });
    expect(texts[umbrella.items[0]]).toMatch(/伞|傘|ร่ม/);
  });

  it('compares items with numbers below the mean as well', async () => {
    const model = await new Content().fit({ numbers: { price: [1, 2, 9, 10] } });
    const { indices } = await model.similarItems(1);
    expect([...indices]).toEqual([1, 0, 3, 2]);
  });

  it('can be told what counts', async () => {
    const attributes = {
      texts: { name: ['tea cup', 'tea pot', 'spade'] },
      categories: { colour: ['red', 'blue', 'red'] },
    };
    const nearest = async (weights: Record<string, number>) =>
      (await (await new Content({ weights }).fit(attributes)).neighbours(0))[0].item;
    expect(await nearest({ colour: 0.1 })).toBe(1);
    expect(await nearest({ name: 0.1 })).toBe(2);
    const model = await new Content().fit(attributes);
    await expect(model.recommend(csr(2, [{}]))).rejects.toThrow('customers with the 3 items of the model');
    await expect(model.neighbours(3)).rejects.toThrow('an item of 0 … 2, found 3');
  });
});
