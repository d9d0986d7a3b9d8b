import * as os from 'node:os';

/** The machine that a benchmark ran on, so that two can be compared. */
export interface Machine {
  processor: string;
  cores: number;
  memoryBytes: number;
  platform: string;
  node: string;
}

export function thisMachine(): Machine {
  return {
    processor: os.cpus()[0]?.model.trim() ?? os.arch(),
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    platform: `${os.type()} ${os.release()} ${os.arch()}`,
    node: process.version,
  };
}
