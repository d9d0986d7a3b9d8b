/** In the order in which `auto` tries them, but for `cpu`, which is opened only by name. */
export const deviceNames = ['webgpu', 'cuda', 'native', 'tensorflow', 'wasm', 'cpu'] as const;

export type DeviceName = (typeof deviceNames)[number];

/** What is known of a device that opened. */
export interface DeviceFacts {
  name: DeviceName;
  /** The name of its TensorFlow.js back end. */
  backend: string;
  /** The processor or graphics card, as it calls itself. */
  hardware: string;
  /** Memory that it can use, in bytes; undefined where the driver does not tell. */
  memoryBytes?: number;
  /** Host threads that compute; undefined for a GPU. */
  threads?: number;
  /** The vector instructions in use, such as `AVX-512`. */
  simd?: string;
  /** Whether it computes in the host's memory, where the data is already: nothing is uploaded nor read back. */
  sharesMemory?: boolean;
  /** Whether it is a processor that plays a graphics card. */
  software?: boolean;
  /** Features and limits worth knowing, in words. */
  can: string[];
}

/** An open device: TensorFlow.js's engine computes on it until it is closed. */
export interface Device extends DeviceFacts {
  /** Resolves when the device has finished everything that was started on it. */
  finish(): Promise<void>;
  /**
   * Seconds that the device itself needs for what `work` starts on it, by its own clock; undefined if that is nothing
   * or the device has no clock. Only of graphics cards, which work while the host does something else.
   */
  busy?(work: () => void): Promise<number | undefined>;
  /** Gives back memory that is kept for tensors to come. */
  trim?(): void;
  /** Frees what the device holds; tensors on it are gone. */
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Host threads to compute with; all cores unless told. */
  threads?: number;
  /** Whether a processor may play the graphics card; only where the device was asked for by name. */
  softwareAllowed?: boolean;
}

/** One kind of device: how to open it. */
export interface DeviceDriver {
  name: DeviceName;
  /**
   * Opens the device, registers its TensorFlow.js back end and makes that the engine's.
   * @throws DeviceError with the reason and, as its hint, how to get the device.
   */
  open(options: OpenOptions): Promise<Device>;
}
