/** The best candidates of one row at a time, best first; of equal scores the lower index. */
export class TopK {
  private readonly indices: Int32Array;
  private readonly scores: Float32Array;
  private length = 0;

  constructor(private readonly capacity: number) {
    this.indices = new Int32Array(capacity);
    this.scores = new Float32Array(capacity);
  }

  /** The score that a candidate must have at least to be taken. */
  get least(): number {
    return this.length === this.capacity && this.capacity > 0
      ? this.scores[this.capacity - 1]
      : Number.NEGATIVE_INFINITY;
  }

  /** Offers a candidate; it is dropped where `capacity` better ones are held. NaN is never taken. */
  offer(index: number, exactScore: number): void {
    const { capacity, indices, scores } = this;
    // Compared as they are handed out, in float32, so that equal scores are ties.
    const score = Math.fround(exactScore);
    const full = this.length === capacity;
    if (Number.isNaN(score) || capacity === 0) return;
    if (full && !this.isBefore(index, score, capacity - 1)) return;
    let place = full ? capacity - 1 : this.length++;
    for (; place > 0 && this.isBefore(index, score, place - 1); place--) {
      indices[place] = indices[place - 1];
      scores[place] = scores[place - 1];
    }
    indices[place] = index;
    scores[place] = score;
  }

  /** Writes the candidates at `offset`, fills up with index -1 and score -Infinity, and starts anew. */
  flush(indices: Int32Array, scores: Float32Array, offset: number): void {
    for (let place = 0; place < this.capacity; place++) {
      const filled = place < this.length;
      indices[offset + place] = filled ? this.indices[place] : -1;
      scores[offset + place] = filled ? this.scores[place] : Number.NEGATIVE_INFINITY;
    }
    this.length = 0;
  }

  private isBefore(index: number, score: number, place: number): boolean {
    return score > this.scores[place] || (score === this.scores[place] && index < this.indices[place]);
  }
}
