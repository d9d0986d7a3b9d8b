import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { BackendValues, TensorInfo } from '@tensorflow/tfjs-core';
import { DeviceError, DeviceMemoryError } from '../../errors.js';
import { Clock } from './clock.js';
import { variantsOf } from './features.js';
import { loadShader, type Shader } from './shader.js';

/** Limits of the device within which a dispatch must stay. */
export interface DispatchLimits {
  /** Bytes of one tensor that a kernel can see. */
  bindingBytes: number;
  /** Workgroups along one axis of a dispatch. */
  workgroupsPerAxis: number;
  /** Bytes of scratch memory that a kernel takes at a time. */
  scratchBytes: number;
}

/** Some of a tensor's bytes. They begin at a multiple of 256, which every device can bind. */
export interface TensorWindow {
  tensor: TensorInfo;
  offset: number;
  bytes: number;
}

/** One run of an entry point of a kernel. */
export interface Dispatch {
  /** Name of the file in `kernels/`, without `.wgsl`. */
  shader: string;
  /** The entry point. */
  entry: string;
  /** Values of the `override` constants: what the tiling depends on. */
  constants?: Record<string, number>;
  /** Values of the fields of `struct Sizes`: what the loops depend on. Unnamed fields are 0. */
  sizes?: Record<string, number>;
  /** What the entry point's storage variables stand for, by name. An undefined one is not looked at. */
  tensors: Record<string, TensorInfo | TensorWindow | GPUBuffer | undefined>;
  /**
   * How many workgroups. They are laid out on a grid with rows no longer than the device allows: the kernel
   * computes the linear number and leaves out what is beyond the end.
   */
  workgroups: number;
}

/** What TensorFlow.js's back end records its commands with, which it declares private. */
interface Recorder {
  commandEncoder: GPUCommandEncoder;
  computePassEncoder: GPUComputePassEncoder | null;
  dispatchCountInPass: number;
  /** Data whose buffers are in use by recorded commands and must outlive them. */
  commandQueueOwnedIds: WeakSet<object>;
  /** Uniform buffers that go back to the pool when the commands are submitted. */
  uniformPendingDisposal: GPUBuffer[];
}

/** Where TensorFlow.js's back end keeps buffers for tensors to come, by size and usage, which it declares private. */
interface Pool {
  freeBuffers: Map<string, GPUBuffer[]>;
  numFreeBuffers: number;
  numBytesAllocated: number;
}

/**
 * TensorFlow.js's WebGPU back end with a way to run kernels of our own among its commands, and with errors
 * that reach whoever reads a result: WebGPU itself tells of them out of band, and hands out zeros.
 */
export class KernelBackend extends WebGPUBackend {
  readonly limits: DispatchLimits;
  /** Which variants of a kernel's parts this device can run, the most wanted first. */
  readonly variants: readonly string[];
  private readonly recorder = this as unknown as Recorder;
  private readonly pipelines = new Map<string, GPUComputePipeline>();
  private readonly compilations = new Set<Promise<void>>();
  /** Numbers that depend on a tensor's values alone, by the identity of its data, which never changes. */
  private readonly derived = new WeakMap<object, GPUBuffer>();
  /** By number of the binding, for tensors that are empty or left out: WebGPU has no empty bindings. */
  private readonly standIns = new Map<number, GPUBuffer>();
  private failure?: DeviceError;
  private compilationFailure?: DeviceError;
  /** Rejects when the card is lost: what waits for it then never comes. */
  private readonly loss: Promise<never>;
  private lost?: DeviceError;
  private clock?: Clock;

  /** @param hardware what the card calls itself. */
  constructor(device: GPUDevice, adapterInfo: GPUAdapterInfo, hardware: string) {
    super(device, adapterInfo);
    this.limits = {
      bindingBytes: Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize),
      workgroupsPerAxis: device.limits.maxComputeWorkgroupsPerDimension,
      scratchBytes: 1 << 28,
    };
    this.variants = variantsOf(device.features, adapterInfo);
    device.addEventListener('uncapturederror', event => {
      event.preventDefault?.();
      this.failure ??=
        event.error instanceof GPUOutOfMemoryError
          ? outOfMemory(hardware, event.error.message)
          : failure('the graphics card to carry out its work', event.error.message);
    });
    this.loss = device.lost.then(({ reason, message }) => {
      const why = [reason, message].filter(Boolean).join(': ');
      this.lost = failure(`the graphics card ${hardware} to stay`, `that it was lost (${why})`);
      throw this.lost;
    });
    this.loss.catch(() => {});
  }

  /** Records an entry point's run behind what is already recorded. */
  dispatch({ shader: name, entry, constants = {}, sizes = {}, tensors, workgroups }: Dispatch): void {
    if (this.lost) throw this.lost;
    if (workgroups === 0) return;
    // First, since an upload may send off what is recorded.
    for (const tensor of Object.values(tensors)) this.upload(tensor);
    const shader = loadShader(name, this.variants);
    const pipeline = this.pipeline(name, shader, entry, constants);
    const entries = Object.entries(tensors).map(([variable, tensor]) => {
      const binding = bindingOf(shader, name, variable);
      return { binding, resource: (tensor && this.resource(tensor)) ?? { buffer: this.standIn(binding) } };
    });
    const uniforms = this.uniforms(shader, name, sizes);
    if (uniforms) entries.push({ binding: bindingOf(shader, name, 'sizes'), resource: { buffer: uniforms } });
    const bindGroup = this.device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });

    this.ensureCommandEncoderReady();
    this.recorder.computePassEncoder ??= this.recorder.commandEncoder.beginComputePass();
    const pass = this.recorder.computePassEncoder;
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(...this.grid(workgroups));
    this.afterRecording();
  }

  /**
   * Moves a tensor's values from the host to the card. Before much of it, what is recorded is sent off: the card
   * works on it while the host copies, instead of afterwards, so that batches overlap.
   */
  override uploadToGPU(dataId: object): void {
    const { values, resource } = this.tensorMap.get(dataId);
    const much = values && !resource && (values as Float32Array).byteLength >= muchToUpload;
    if (much && this.recorder.commandEncoder) this.sendOff();
    super.uploadToGPU(dataId);
  }

  /** Fills buffers of outputs or scratch with zeros: those from the pool come back dirty. */
  clear(...tensors: (TensorInfo | GPUBuffer)[]): void {
    const buffers = tensors.map(tensor => ('dataId' in tensor ? this.bufferOf(tensor) : tensor));
    this.ensureCommandEncoderReady();
    this.endComputePassEncoder();
    for (const buffer of buffers) this.recorder.commandEncoder.clearBuffer(buffer);
  }

  /**
   * Copies columns of `source [rows, columns]` from `from` on to `part [rows, count]`, also of a tensor that no buffer
   * can hold as long as its values are still on the host.
   */
  copyColumns(source: TensorInfo, from: number, part: TensorInfo): void {
    const [rows, columns] = source.shape;
    const count = part.shape[1];
    // What is recorded may use the memory that the part gets.
    if (this.recorder.commandEncoder) this.sendOff();
    const { values, resource } = this.tensorMap.get(source.dataId);
    const target = this.bufferOf(part);
    if (values && !resource && bytesOfTensor(source) > this.device.limits.maxBufferSize) {
      for (let row = 0; row < rows; row++) {
        const some = (values as Float32Array).subarray(row * columns + from, row * columns + from + count);
        this.queue.writeBuffer(target, 4 * row * count, some);
      }
      return;
    }
    const buffer = this.bufferOf(source);
    this.ensureCommandEncoderReady();
    this.endComputePassEncoder();
    for (let row = 0; row < rows; row++) {
      const [start, place] = [4 * (row * columns + from), 4 * row * count];
      this.recorder.commandEncoder.copyBufferToBuffer(buffer, start, target, place, 4 * count);
    }
  }

  /** A new tensor whose values are not defined yet. */
  output(shape: number[], dtype: 'float32' | 'int32' = 'float32'): TensorInfo {
    const info = this.makeTensorInfo(shape, dtype);
    if (shape.includes(0)) {
      this.tensorMap.get(info.dataId).values = dtype === 'int32' ? new Int32Array(0) : new Float32Array(0);
    }
    return info;
  }

  /** Runs `use` with tensors of its own that are given back behind it. */
  withScratch<T>(shapes: number[][], use: (...scratch: TensorInfo[]) => T): T {
    const scratch = shapes.map(shape => this.output(shape));
    try {
      return use(...scratch);
    } finally {
      for (const { dataId } of scratch) this.disposeData(dataId);
    }
  }

  /**
   * A buffer of numbers that depend on a tensor's values alone, made at its first use and kept as long as
   * the tensor's data: an iterative algorithm pays for it once.
   */
  derivedFrom({ dataId }: TensorInfo, bytes: number, make: (buffer: GPUBuffer) => void): GPUBuffer {
    let buffer = this.derived.get(dataId);
    if (!buffer) {
      const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST;
      buffer = this.device.createBuffer({ size: bytes, usage });
      this.derived.set(dataId, buffer);
      make(buffer);
    }
    return buffer;
  }

  /** Sends off what is recorded and resolves when the device has done it. */
  async finish(): Promise<void> {
    this.sendOff();
    await this.unlessLost(this.queue.onSubmittedWorkDone());
  }

  /**
   * Seconds that the card needs for what `work` records, by its own clock, without what it takes to get it started
   * and to hear of its end; undefined if `work` records nothing. For cards with the feature `timestamp-query`.
   */
  async busy(work: () => void): Promise<number | undefined> {
    this.clock ??= new Clock(this.device);
    await this.finish();
    this.ensureCommandEncoderReady();
    const first = this.recorder.commandEncoder;
    this.clock.start(first);
    work();
    const isNothing = this.recorder.commandEncoder === first && this.recorder.dispatchCountInPass === 0;
    this.ensureCommandEncoderReady();
    this.endComputePassEncoder();
    this.clock.stop(this.recorder.commandEncoder);
    this.submitQueue();
    const seconds = await this.unlessLost(this.clock.seconds());
    return isNothing ? undefined : seconds;
  }

  /** Gives back the memory of tensors that are gone, which is otherwise kept for others of the same size. */
  trim(): void {
    const pool = this.bufferManager as unknown as Pool;
    for (const buffer of [...pool.freeBuffers.values()].flat()) {
      pool.numBytesAllocated -= buffer.size;
      buffer.destroy();
    }
    for (const buffers of pool.freeBuffers.values()) buffers.length = 0;
    pool.numFreeBuffers = 0;
  }

  private sendOff(): void {
    this.ensureCommandEncoderReady();
    this.endComputePassEncoder();
    this.submitQueue();
  }

  override async read(dataId: object): Promise<BackendValues> {
    return this.unlessLost(super.read(dataId));
  }

  /** Waits for the card and then tells of whatever failed on it until now. */
  private async unlessLost<T>(work: Promise<T>): Promise<T> {
    try {
      const result = await Promise.race([work, this.loss]);
      await this.complain();
      return result;
    } catch (error) {
      // A card that is lost lets go of its buffers before it tells that it is lost.
      await Promise.race([this.loss, nextTurn()]);
      await this.complain();
      if (!(error instanceof DOMException)) throw error;
      throw failure('the graphics card to hand out a result', error.message || error.name);
    }
  }

  /** @throws Error where the values are on the card: only a browser can wait for them. */
  override readSync(dataId: object): BackendValues {
    const { values } = this.tensorMap.get(dataId);
    if (values === null || values === undefined) {
      throw new Error('Values on a graphics card cannot be had synchronously: await tensor.data() instead.');
    }
    return values;
  }

  override dispose(): void {
    super.dispose();
    this.device.destroy();
  }

  private async complain(): Promise<void> {
    await Promise.race([Promise.all(this.compilations), this.loss]);
    // What follows a failed compilation is its consequence.
    const error = this.compilationFailure ?? this.failure;
    if (error) throw error;
  }

  private pipeline(
    name: string,
    { code }: Shader,
    entryPoint: string,
    constants: Record<string, number>,
  ): GPUComputePipeline {
    const key = JSON.stringify([name, entryPoint, constants]);
    let pipeline = this.pipelines.get(key);
    if (!pipeline) {
      this.device.pushErrorScope('validation');
      const module = this.device.createShaderModule({ code, label: name });
      pipeline = this.device.createComputePipeline({
        label: `${name}.${entryPoint}`,
        layout: 'auto',
        compute: { module, entryPoint, constants },
      });
      const compilation = this.device
        .popErrorScope()
        .then(error => {
          if (error) this.compilationFailure ??= failure(`${name}.${entryPoint} to compile`, error.message);
        })
        // Only of a card that is lost, of which whoever waits for it is told.
        .catch(() => {})
        .finally(() => this.compilations.delete(compilation));
      this.compilations.add(compilation);
      this.pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  private upload(tensor: TensorInfo | TensorWindow | GPUBuffer | undefined): void {
    if (!tensor || !('dataId' in tensor || 'tensor' in tensor)) return;
    const info = 'tensor' in tensor ? tensor.tensor : tensor;
    if (bytesOfTensor(info) > 0) this.bufferOf(info);
  }

  /** Undefined for an empty tensor. */
  private resource(tensor: TensorInfo | TensorWindow | GPUBuffer): GPUBufferBinding | undefined {
    if (!('dataId' in tensor || 'tensor' in tensor)) return { buffer: tensor };
    const window = 'tensor' in tensor ? tensor : { tensor, offset: 0, bytes: bytesOfTensor(tensor) };
    if (window.bytes === 0) return undefined;
    this.requireBytes(window.tensor, window.bytes, this.limits.bindingBytes);
    return { buffer: this.bufferOf(window.tensor), offset: window.offset, size: window.bytes };
  }

  private bufferOf(tensor: TensorInfo): GPUBuffer {
    this.requireBytes(tensor, bytesOfTensor(tensor), this.device.limits.maxBufferSize);
    this.uploadToGPU(tensor.dataId);
    // The tensor may be disposed of before the commands are submitted: its buffer has to wait for that.
    this.recorder.commandQueueOwnedIds.add(tensor.dataId);
    return this.tensorMap.get(tensor.dataId).resource as GPUBuffer;
  }

  private requireBytes({ shape }: TensorInfo, bytes: number, most: number): void {
    if (bytes <= most) return;
    throw new DeviceError({
      expected: `at most ${most} bytes of a tensor at a time on this graphics card`,
      found: `${bytes} bytes of one of shape [${shape.join(', ')}]`,
      hint: 'pass the data in smaller batches',
    });
  }

  private standIn(binding: number): GPUBuffer {
    let buffer = this.standIns.get(binding);
    if (!buffer) {
      buffer = this.device.createBuffer({ size: 16, usage: GPUBufferUsage.STORAGE });
      this.standIns.set(binding, buffer);
    }
    return buffer;
  }

  private uniforms(shader: Shader, name: string, sizes: Record<string, number>): GPUBuffer | undefined {
    const unknown = Object.keys(sizes).find(field => !shader.sizes.includes(field));
    if (unknown) throw new Error(`kernels/${name}.wgsl has no size "${unknown}"`);
    if (Object.keys(sizes).length === 0) return undefined;
    const values = Uint32Array.from(shader.sizes, field => sizes[field] ?? 0);
    const bytes = Math.ceil(values.byteLength / 16) * 16;
    const buffer = this.bufferManager.acquireBuffer(bytes, GPUBufferUsage.COPY_DST | GPUBufferUsage.UNIFORM);
    this.queue.writeBuffer(buffer, 0, values);
    this.recorder.uniformPendingDisposal.push(buffer);
    return buffer;
  }

  private grid(workgroups: number): [x: number, y: number] {
    const { workgroupsPerAxis } = this.limits;
    if (workgroups <= workgroupsPerAxis) return [workgroups, 1];
    const rows = Math.ceil(workgroups / workgroupsPerAxis);
    if (rows > workgroupsPerAxis) {
      throw new DeviceError({
        expected: `at most ${workgroupsPerAxis ** 2} workgroups at a time on this graphics card`,
        found: `${workgroups}`,
        hint: 'pass the data in smaller batches',
      });
    }
    return [Math.ceil(workgroups / rows), rows];
  }

  private afterRecording(): void {
    this.recorder.dispatchCountInPass++;
    if (this.recorder.dispatchCountInPass >= commandsAtATime) this.sendOff();
  }
}

/** Dispatches recorded before they are sent off, so that the device starts while the host goes on. */
const commandsAtATime = 16;

/** Bytes that take the host longer to copy than it takes to send off what is recorded. */
const muchToUpload = 1 << 20;

function bytesOfTensor({ shape }: TensorInfo): number {
  return shape.reduce((product, size) => product * size, 4);
}

function bindingOf(shader: Shader, name: string, variable: string): number {
  const binding = shader.bindings.get(variable);
  if (binding === undefined) throw new Error(`kernels/${name}.wgsl has no variable "${variable}"`);
  return binding;
}

function nextTurn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

function outOfMemory(hardware: string, message: string): DeviceMemoryError {
  return new DeviceMemoryError({
    expected: `enough memory on the graphics card ${hardware}`,
    found: `too little (${message})`,
    hint: 'pass the data in smaller batches, or run on another device: --device native',
  });
}

function failure(expected: string, found: string): DeviceError {
  return new DeviceError({ expected, found, hint: 'run again, or on another device: --device native' });
}
