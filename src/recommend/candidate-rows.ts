import type { Csr } from '../ops/index.js';
import type { Candidates } from './winners.js';

/** Collects candidates, batch by batch, as the rows of a sparse matrix; only scores above 0 are kept. */
export class CandidateRows {
  readonly #indptr: Int32Array;
  readonly #indices: Int32Array;
  readonly #values: Float32Array;
  #rows = 0;

  constructor(
    rows: number,
    readonly columns: number,
    readonly topK: number,
  ) {
    this.#indptr = new Int32Array(rows + 1);
    this.#indices = new Int32Array(rows * topK);
    this.#values = new Float32Array(rows * topK);
  }

  append({ indices, scores }: Candidates): void {
    const { topK } = this;
    const order: number[] = [];
    let next = this.#indptr[this.#rows];
    for (let start = 0; start < indices.length; start += topK) {
      order.length = 0;
      for (let p = start; p < start + topK && indices[p] >= 0 && scores[p] > 0; p++) order.push(p);
      order.sort((a, b) => indices[a] - indices[b]);
      for (const p of order) {
        this.#indices[next] = indices[p];
        this.#values[next++] = scores[p];
      }
      this.#indptr[++this.#rows] = next;
    }
  }

  /** What was collected. */
  finish(): Csr {
    const entries = this.#indptr[this.#rows];
    return {
      rows: this.#indptr.length - 1,
      columns: this.columns,
      indptr: this.#indptr,
      indices: this.#indices.slice(0, entries),
      values: this.#values.slice(0, entries),
    };
  }
}
