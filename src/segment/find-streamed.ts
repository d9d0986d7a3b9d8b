import { type Choice, chooseK } from './choose-k/index.js';
import { foundByKMeans, namedInit } from './find-by-kmeans.js';
import type { FindOptions, FoundModel, Of } from './find-options.js';
import { KMeans } from './kmeans.js';
import { type CustomerStream, sampleStream } from './visit.js';

/** Customers by whom the number of segments is chosen: so many are tried in no time, and more change no choice. */
const judges = 20_000;

/** As `findSegments` by k-means, of customers who need not fit into memory: their segments are predicted batch by batch. */
export async function findStreamed(
  stream: CustomerStream,
  { algorithm: _, k: wanted, init, ...rest }: Of<'kmeans'>,
  { seed = 0, features, onStep, signal }: FindOptions,
): Promise<FoundModel> {
  const options = { ...rest, seed };
  const choice = typeof wanted === 'number' ? undefined : await chooseBySample(wanted);
  const k = choice?.k ?? (wanted as number);
  let iterations = 0;
  const onIteration = () => onStep?.(++iterations, undefined, 'iterations');
  const model = await new KMeans({ ...options, init, k }).fitStream(stream, {
    features,
    onIteration,
    signal,
  });
  const found = foundByKMeans(model);
  return choice ? { ...found, choice, remarks: [choice.reason] } : found;

  async function chooseBySample(range: Exclude<typeof wanted, number>): Promise<Choice> {
    let customers = 0;
    for await (const { rows } of stream()) customers += rows;
    const x = await sampleStream(stream, customers, judges, seed, signal);
    try {
      const { model: _, ...choice } = await chooseK(x, {
        ...{ ...options, ...range, init: namedInit(init), features, signal },
        onProgress: (done, total) => onStep?.(done, total, 'numbers of segments'),
      });
      const of = `${x.shape[1].toLocaleString('en')} of the ${customers.toLocaleString('en')} customers`;
      return { ...choice, reason: `${choice.reason.replace(/\.$/, '')} (by ${of}).` };
    } finally {
      x.dispose();
    }
  }
}
