/** Told by a run what it is doing; the command line draws it, a library caller may leave it out. */
export interface Progress {
  /** A stage begins. */
  begin(stage: string): void;
  /** The stage was finished by a run that was killed; its results are used. */
  resume?(stage: string, rows: number): void;
  /** Part of the stage is done: `total` where it is known, in `unit` such as `rows`. */
  update(done: number, total: number | undefined, unit: string): void;
  /** The stage is finished. */
  end(stage: string, rows: number, seconds: number): void;
}

/** Says nothing. */
export const silent: Progress = { begin() {}, update() {}, end() {} };
