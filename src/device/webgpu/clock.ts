/** A graphics card's own clock, which tells how long it was at work, whatever the host did meanwhile. */
export class Clock {
  private readonly stamps: GPUQuerySet;
  private readonly resolved: GPUBuffer;
  private readonly readable: GPUBuffer;

  /** @param device with the feature `timestamp-query`. */
  constructor(device: GPUDevice) {
    const size = 16;
    this.stamps = device.createQuerySet({ type: 'timestamp', count: 2 });
    this.resolved = device.createBuffer({
      size,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
    this.readable = device.createBuffer({ size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  }

  /** Records the moment before what is recorded next. */
  start(encoder: GPUCommandEncoder): void {
    encoder
      .beginComputePass({ timestampWrites: { querySet: this.stamps, beginningOfPassWriteIndex: 0 } })
      .end();
  }

  /** Records the moment after all that is recorded, and where it can be read. */
  stop(encoder: GPUCommandEncoder): void {
    encoder.beginComputePass({ timestampWrites: { querySet: this.stamps, endOfPassWriteIndex: 1 } }).end();
    encoder.resolveQuerySet(this.stamps, 0, 2, this.resolved, 0);
    encoder.copyBufferToBuffer(this.resolved, 0, this.readable, 0, this.readable.size);
  }

  /** Seconds between the two moments; undefined where the card's clock did not go on. To be awaited before the next start. */
  async seconds(): Promise<number | undefined> {
    await this.readable.mapAsync(GPUMapMode.READ);
    const [started, stopped] = new BigUint64Array(this.readable.getMappedRange().slice(0));
    this.readable.unmap();
    return stopped > started ? Number(stopped - started) / 1e9 : undefined;
  }
}
