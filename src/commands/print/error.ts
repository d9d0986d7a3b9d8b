import colors from 'picocolors';
import { withoutPassword } from '../../data/without-password.js';
import { Interrupted, KindredError } from '../../errors.js';

/** The exit code of a run that ended with this error: 1, a bug of ours, for all that is not the user's to mend. */
export function exitCodeOf(error: unknown): number {
  return error instanceof KindredError || error instanceof Interrupted ? error.exitCode : 1;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}

/** How to mend an error that does not say so itself. */
const usualHints: Record<string, string> = {
  UsageError: 'See --help for the options, and "kindred nightly --schema" for the keys of kindred.yaml.',
  DataError: 'Check the file, and how the configuration or the options describe it.',
  DeviceError: 'See "kindred devices" for what this machine can compute on.',
};

/** One sentence and one line on how to mend it; `verbose` adds the stack and the causes. */
export function errorText(error: unknown, verbose: boolean): string {
  const lines: string[] = [];
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Interrupted) lines.push('Interrupted; nothing was published.');
  else if (error instanceof KindredError) {
    lines.push(`${colors.red('error:')} ${oneLine(message)}`);
    const hint = error.hint ?? usualHints[error.name];
    if (hint) lines.push(`${colors.cyan('hint:')} ${oneLine(hint)}`);
  } else {
    lines.push(`${colors.red('bug:')} ${message.split('\n')[0]}`);
    if (!verbose)
      lines.push(
        `${colors.cyan('hint:')} This is a fault of Kindred's; run again with --verbose and report what it prints.`,
      );
  }
  for (let cause = verbose ? error : undefined; cause instanceof Error; cause = cause.cause) {
    // A database server's refusal repeats the address that it was given.
    lines.push(colors.dim(withoutPassword(cause.stack ?? cause.message)));
  }
  return lines.join('\n');
}
