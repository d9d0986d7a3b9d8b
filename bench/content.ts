import { size } from '#kindred/benchmark/case.js';
import { Random } from '#kindred/random.js';
import { Content } from '#kindred/recommend/index.js';
import { clock } from './alternate.js';
import { expectSameRanking } from './check.js';
import type { Comparison } from './comparison.js';
import { peerRow } from './peer-rows.js';

const topK = 10;

/** Texts of 6 to 14 words, drawn by their rank (Zipf) from a vocabulary, as numbers and as text. */
function descriptions(seed: number, items: number, vocabulary: number) {
  const random = new Random(seed);
  const words: number[] = [];
  const ends = new Int32Array(items);
  const texts = Array.from({ length: items }, (_, item) => {
    const length = 6 + random.integer(9);
    const own = Array.from({ length }, () =>
      Math.min(vocabulary - 1, Math.floor((vocabulary + 1) ** random.uniform()) - 1),
    );
    words.push(...own);
    ends[item] = words.length;
    return own.map(word => `w${word}`).join(' ');
  });
  return { words: Int32Array.from(words), ends, texts };
}

/** From texts to the ten items most like each item. */
export const content: Comparison = {
  name: 'content',
  async *run(bench) {
    const [items, vocabulary] = bench.quick ? [5_000, 5_000] : [100_000, 30_000];
    const { words, ends, texts } = descriptions(1, items, vocabulary);
    await bench.python?.load(
      'content',
      { words: { values: words, shape: [words.length] }, ends: { values: ends, shape: [items] } },
      { vocabulary, topK, block: 500 },
    );
    const ours = async () => (await new Content().fit({ texts: { name: texts } })).similarItems(topK);
    yield await peerRow(bench, {
      work: `TF-IDF and the ten most alike: ${size(items)} texts`,
      peer: 'scikit-learn',
      wanted: 5,
      async check({ arrays }) {
        const { indices, scores } = arrays;
        expectSameRanking(await ours(), { indices, scores }, topK, 1e-4);
        return undefined;
      },
      ours: () => clock(ours),
    });
  },
};
