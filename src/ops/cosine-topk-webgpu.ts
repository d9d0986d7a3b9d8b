import type * as tf from '@tensorflow/tfjs-core';
import type { KernelBackend, TensorWindow } from '../device/webgpu/backend.js';
import { type ColumnPart, inColumnParts } from './column-parts.js';

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
  const n = items.shape[1];
  const blocks = Math.ceil(m / 64);
  // Few queries leave most of the card idle: then the items are shared out, in whole tiles.
  const sharesWanted = Math.min(32, Math.ceil(n / 1024), Math.ceil(workgroupsWanted / blocks));
  const share = 128 * Math.max(1, Math.ceil(n / (128 * Math.max(1, sharesWanted))));
  const shares = Math.max(1, Math.ceil(n / share));
  const sizes = { factors, m, n, topK, share, shares };
  const cosine = metric === 'cosine' ? 1 : 0;
  const listed = shares === 1 ? [0] : [shares, m, topK];
  backend.withScratch([[m + n], listed, listed], (inverseNorms, listedIndices, listedScores) => {
    if (cosine || filtered) {
      backend.dispatch({
        shader,
        entry: 'norms',
        sizes,
        tensors: { queries, items, newInverseNorms: inverseNorms },
        workgroups: Math.ceil((m + n) / 64),
      });
    }
    backend.dispatch({
      shader: filtered ? `${shader}-half` : shader,
      entry: filtered ? 'searchHalf' : 'search',
      constants: { cosine, exclude: excludeIndptr ? 1 : 0 },
      sizes,
      tensors: {
        queries,
        items,
        inverseNorms,
        excludeIndptr,
        excludeIndices,
        foundIndices: shares === 1 ? foundIndices : listedIndices,
        foundScores: shares === 1 ? foundScores : listedScores,
      },
      workgroups: blocks * shares,
    });
    if (shares > 1) {
      backend.dispatch({
        shader,
        entry: 'merge',
        sizes,
        tensors: { listedIndices, listedScores, foundIndices, foundScores },
        workgroups: Math.ceil(m / 64),
      });
    }
  });
}
