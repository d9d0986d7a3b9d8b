/** What a piece of work asks of a device: the least it must compute and the least it must move. */
export interface Cost {
  /** Floating-point operations; a fused multiply-add counts as two. */
  flops: number;
  /** Bytes read and written when every input is read once and every output written once. */
  bytes: number;
}

const bytesOfFloat = 4;

/** Bytes of this many float32 or int32 numbers. */
export function bytesOf(...counts: number[]): number {
  return bytesOfFloat * counts.reduce((sum, count) => sum + count, 0);
}

/** The cost of doing this work a number of times. */
export function times(count: number, { flops, bytes }: Cost): Cost {
  return { flops: count * flops, bytes: count * bytes };
}
