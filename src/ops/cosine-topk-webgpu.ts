import type * as tf from '@tensorflow/tfjs-core';
import type { KernelBackend, TensorWindow } from '../device/webgpu/backend.js';
import { type ColumnPart, columnRanges, inColumnParts } from './column-parts.js';

/** Workgroups that keep even a large graphics card busy. */
const workgroupsWanted = 512;

/** Bytes of workgroup memory that the filter takes. */
const filterBytes = 30 << 10;

/** Whether to look for candidates in float16 first, where the card has it and there is enough for it to do. */
function filterPays(factors: number, n: number, { variants, device }: KernelBackend): boolean {
  const fits = device.limits.maxComputeWorkgroupStorageSize >= filterBytes;
  return variants.some(variant => variant !== 'subgroups') && fits && factors >= 32 && n >= 1024;
}

interface TopKInputs {
  queries: tf.TensorInfo;
  items: tf.TensorInfo;
  excludeIndptr?: tf.TensorInfo;
  excludeIndices?: tf.TensorInfo;
}

interface TopKAttributes {
  topK: number;
  metric: 'cosine' | 'dot';
}

/** @param filtered whether to compute in float16 first; results are the same. */
export function topKOnWebgpu(
  { queries, items, excludeIndptr, excludeIndices }: TopKInputs,
  { topK, metric }: TopKAttributes,
  backend: KernelBackend,
  filtered = filterPays(queries.shape[0], items.shape[1], backend),
): tf.TensorInfo[] {
  const m = queries.shape[1];
  const [foundIndices, foundScores] = [backend.output([m, topK], 'int32'), backend.output([m, topK])];
  if (m * topK === 0) return [foundIndices, foundScores];
  const searchPart = ({ part, from, count, of }: ColumnPart) => {
    const starts = excludeIndptr && { tensor: excludeIndptr, offset: 4 * from, bytes: 4 * (count + 1) };
    const found = { foundIndices: of(foundIndices, topK), foundScores: of(foundScores, topK) };
    const inputs = { queries: part, items, excludeIndptr: starts, excludeIndices };
    searchFor({ ...inputs, ...found }, { topK, metric }, backend, filtered);
  };
  inColumnParts(queries, backend, searchPart, { numbers: topK });
  return [foundIndices, foundScores];
}

interface Search extends Omit<TopKInputs, 'excludeIndptr'> {
  excludeIndptr?: TensorWindow;
  foundIndices: tf.TensorInfo | TensorWindow;
  foundScores: tf.TensorInfo | TensorWindow;
}

function searchFor(
  { queries, items, excludeIndptr, excludeIndices, foundIndices, foundScores }: Search,
  { topK, metric }: TopKAttributes,
  backend: KernelBackend,
  filtered: boolean,
): void {
  const shader = 'cosine-topk';
  const [factors, m] = queries.shape;
  const parts = columnRanges(items.shape, backend.limits);
  const blocks = Math.ceil(m / 64);
  // Few queries leave most of the card idle: then the items are shared out, in whole tiles.
  const sharesWanted = Math.min(
    32,
    Math.ceil(parts[0].count / 1024),
    Math.ceil(workgroupsWanted / blocks),
    Math.floor(backend.limits.bindingBytes / (4 * m * topK)),
  );
  const shareOf = (n: number, shares: number) =>
    128 * Math.max(1, Math.ceil(n / (128 * Math.max(1, shares))));
  const shares = Math.max(1, Math.ceil(parts[0].count / shareOf(parts[0].count, sharesWanted)));
  const listed = shares === 1 ? [0] : [shares, m, topK];
  const cosine = metric === 'cosine' ? 1 : 0;
  const exclude = excludeIndptr ? 1 : 0;
  backend.withScratch([listed, listed], (listedIndices, listedScores) => {
    inColumnParts(items, backend, ({ part, from, count: n }) => {
      const sizes = { factors, m, n, topK, share: shareOf(n, shares), shares, item0: from };
      backend.withScratch([[m + n]], inverseNorms => {
        if (cosine || filtered) {
          backend.dispatch({
            shader,
            entry: 'norms',
            sizes,
            tensors: { queries, items: part, newInverseNorms: inverseNorms },
            workgroups: Math.ceil((m + n) / 64),
          });
        }
        backend.dispatch({
          shader: filtered ? `${shader}-half` : shader,
          entry: filtered ? 'searchHalf' : 'search',
          constants: { cosine, exclude, more: from > 0 ? 1 : 0, last: from === parts.at(-1)?.from ? 1 : 0 },
          sizes,
          tensors: {
            queries,
            items: part,
            inverseNorms,
            excludeIndptr,
            excludeIndices,
            foundIndices: shares === 1 ? foundIndices : listedIndices,
            foundScores: shares === 1 ? foundScores : listedScores,
          },
          workgroups: blocks * shares,
        });
      });
    });
    if (shares === 1) return;
    backend.dispatch({
      shader,
      entry: 'merge',
      sizes: { m, topK, shares },
      tensors: { listedIndices, listedScores, foundIndices, foundScores },
      workgroups: Math.ceil(m / 64),
    });
  });
}
