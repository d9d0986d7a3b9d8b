#!/usr/bin/env node
import { createRequire } from 'node:module';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { helpWidth } from './commands/command.js';
import { verbs } from './commands/index.js';
import './commands/interruption.js';
import { errorText, exitCodeOf } from './commands/print/error.js';
import { clearLine } from './commands/print/progress.js';
import { usageError } from './commands/usage.js';
import { explained } from './data/replace-file.js';
import { Interrupted } from './errors.js';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
// yargs would pass a lone dash over.
const args = hideBin(process.argv).map(word => (word === '-' ? '/dev/stdin' : word));
const verb = verbs.find(({ name }) => name === args.find(word => !word.startsWith('-')));

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that closes the pipe early, such as `head`, is no error.
  if (error.code === 'EPIPE') process.exit(0);
  const unwritten = explained(error, 'standard output');
  process.stderr.write(`${errorText(unwritten, false)}\n`);
  process.exit(exitCodeOf(unwritten));
});

// Progress that nobody can read is no reason to stop.
process.stderr.on('error', () => {});

try {
  await yargs(args)
    .scriptName('kindred')
    .usage("$0 <command> [inputs] [options]\n\nA shop's data in; segments, values and recommendations out.")
    .command(verbs)
    .demandCommand(1, 'Missing command')
    .strict()
    .version(version)
    .alias({ help: 'h', version: 'V' })
    .wrap(helpWidth())
    .locale('en')
    .exitProcess(false)
    .fail((message, error) => {
      throw error && error.name !== 'YError' ? error : usageError(message ?? error.message, verb, verbs);
    })
    .parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
  const clear = process.stderr.isTTY ? clearLine : '';
  process.stderr.write(`${clear}${errorText(error, args.includes('--verbose'))}\n`);
  // What was interrupted may still be at work in the background.
  if (error instanceof Interrupted) process.exit();
}
