import { size } from '#kindred/benchmark/case.js';
import { Random } from '#kindred/random.js';
import { Content } from '#kindred/recommend/index.js';
import { clock } from './alternate.js';
import { expectSameRanking } from './check.js';
import type { Comparison } from './comparison.js';
import { peerRow } from './peer-rows.js';

const topK = 10;

/** Texts that the peer searches for at a time. */
const block = 500;

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
    const [items, vocabulary, every] = bench.quick ? [5_000, 5_000, 1] : [100_000, 30_000, 10];
    const { words, ends, texts } = descriptions(1, items, vocabulary);
    await bench.python?.load(
      'content',
      { words: { values: words, shape: [words.length] }, ends: { values: ends, shape: [items] } },
      { vocabulary, topK, block, every },
    );
    const ours = async () => (await new Content().fit({ texts: { name: texts } })).similarItems(topK);
    yield await peerRow(bench, {
      work: `TF-IDF and the ten most alike: ${size(items)} texts`,
      peer: 'scikit-learn',
      wanted: 5,
      async check({ arrays }) {
        const found = await ours();
        for (let text = 0; text < items; text += block * every) {
          const [from, to] = [text * topK, Math.min(items, text + block) * topK];
          const some = (array: Int32Array | Float32Array) => array.subarray(from, to);
          const theirs = { indices: some(arrays.indices), scores: some(arrays.scores) };
          expectSameRanking({ indices: some(found.indices), scores: some(found.scores) }, theirs, topK, 1e-4);
        }
        return every > 1
          ? `the peer searches every ${every}th block of ${block}, and counts it ${every} times`
          : undefined;
      },
      ours: () => clock(ours),
    });
  },
};
