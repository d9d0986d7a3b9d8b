import type { Csr } from '../ops/index.js';
import type { Candidates } from './winners.js';

/** Collects candidates, batch by batch, as the rows of a sparse matrix; only scores above 0 are kept. */
export class CandidateRows {
  readonly #indptr: Int32Array;
  readonly #indices: Int32Array;
  readonly #values: Float32Array;
  /** `[columns]`, scores of the row at hand. */
  readonly #scores: Float32Array;
  #rows = 0;

  constructor(
    rows: number,
    readonly columns: number,
    readonly topK: number,
  ) {
    this.#indptr = new Int32Array(rows + 1);
    this.#indices = new Int32Array(rows * topK);
    this.#values = new Float32Array(rows * topK);
    this.#scores = new Float32Array(columns);
  }

  append({ indices, scores }: Candidates): void {
    const { topK } = this;
    let next = this.#indptr[this.#rows];
    for (let start = 0; start < indices.length; start += topK) {
      const first = next;
      for (let p = start; p < start + topK && indices[p] >= 0 && scores[p] > 0; p++) {
        this.#scores[indices[p]] = scores[p];
        this.#indices[next++] = indices[p];
      }
      // Sorted as numbers, without a function to compare them, which would take most of the time.
      this.#indices.subarray(first, next).sort();
      for (let p = first; p < next; p++) this.#values[p] = this.#scores[this.#indices[p]];
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
