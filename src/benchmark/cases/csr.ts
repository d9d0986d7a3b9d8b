import type { Tensor } from '@tensorflow/tfjs-core';
import { type Csr, type CsrTensors, csrTensors } from '../../ops/index.js';

/** A sparse matrix on the device, as three of a case's inputs. */
export function tensorsOf(matrix: Csr): Tensor[] {
  const { indptr, indices, values } = csrTensors(matrix);
  return [indptr, indices, values];
}

/** The sparse matrix of the first three of these inputs. */
export function csrOf([indptr, indices, values]: Tensor[], rows: number, columns: number): CsrTensors {
  return { rows, columns, indptr, indices, values } as CsrTensors;
}
