/** Where in the user's input something was found. */
export interface Place {
  /** Path of the file or name of the table. */
  file?: string;
  /** Line in the file, the first is 1. */
  line?: number;
  /** Name of the column. */
  column?: string;
  /** Key of the configuration, such as `segments.k`, or name of an argument. */
  key?: string;
}

/** What an error has to say: one sentence of what was expected and what was found, then how to mend it. */
export interface Complaint extends Place {
  /** What was expected, as it completes "expected …". */
  expected: string;
  /** What was found, as it completes "found …". */
  found: string;
  /** One line on how to mend it. */
  hint?: string;
  cause?: unknown;
}

function where({ file, line, column, key }: Place): string {
  const parts = [file, line === undefined ? undefined : `line ${line}`, column && `column "${column}"`, key];
  const place = parts.filter(Boolean).join(', ');
  return place ? `${place}: ` : '';
}

/**
 * An error that the user can mend. Its message is one sentence and `hint` one line;
 * `exitCode` is what the command line ends with. Anything that is not one of these is a bug of ours.
 */
export abstract class KindredError extends Error {
  abstract readonly exitCode: number;
  readonly hint?: string;
  readonly place: Place;
  /** What it was made of. */
  readonly complaint: Complaint;

  constructor(complaint: Complaint) {
    const { expected, found, hint, cause, ...place } = complaint;
    super(`${where(place)}expected ${expected}, found ${found}.`, { cause });
    this.name = new.target.name;
    this.hint = hint;
    this.place = place;
    this.complaint = complaint;
  }
}

/** Wrong usage: an argument, an option or a key of the configuration. */
export class UsageError extends KindredError {
  readonly exitCode = 2;
}

/** Wrong data: a file, a column or a value in it. */
export class DataError extends KindredError {
  readonly exitCode = 3;
}

/** A device that was asked for is absent, or failed. */
export class DeviceError extends KindredError {
  readonly exitCode = 4;
}

/** A device that has too little memory for what was asked of it; opened again, it can do smaller work. */
export class DeviceMemoryError extends DeviceError {}

/** A result that the configured quality gate refuses to publish. */
export class QualityGateError extends KindredError {
  readonly exitCode = 5;
}

/** The run was stopped from outside, with Ctrl-C for one. */
export class Interrupted extends Error {
  readonly exitCode = 130;

  constructor() {
    super('Interrupted.');
    this.name = 'Interrupted';
  }
}
