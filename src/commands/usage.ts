import { nearest } from '../data/nearest.js';
import { UsageError } from '../errors.js';
import type { Verb } from './command.js';

interface Complaint {
  expected: string;
  found: string;
  hint?: string;
}

/** How yargs begins a complaint, and what is said instead. */
const complaints: [RegExp, (match: string[], verb: Verb | undefined, verbs: readonly Verb[]) => Complaint][] =
  [
    [
      /^Missing command/,
      (_match, _verb, verbs) => ({ expected: `a command out of ${names(verbs).join(', ')}`, found: 'none' }),
    ],
    [
      /^Unknown (?:argument|command)s?: ([^,]*)/,
      ([, word], verb, verbs) =>
        verb
          ? {
              expected: `an option or input of kindred ${verb.name}`,
              found: `"${word}"`,
              ...meant(word, verb.optionNames, '--'),
            }
          : { expected: 'a command', found: `"${word}"`, ...meant(word, names(verbs), 'kindred ') },
    ],
    [
      /Argument: (.*?), Given: (.*?), Choices: (.*)/s,
      ([, option, value, choices]) => {
        const list = choices.replaceAll('"', '');
        return { expected: `--${option} out of ${list}`, found: value, ...meant(value, list.split(', ')) };
      },
    ],
    [
      /^Not enough arguments following: (.*)/,
      ([, option]) => ({ expected: `a value after --${option}`, found: 'none' }),
    ],
    [
      /^Not enough non-option arguments/,
      (_match, verb) => ({ expected: `an input, as in kindred ${verb?.command}`, found: 'none' }),
    ],
    [/^Missing required arguments?: (.*)/, ([, option]) => ({ expected: `--${option}`, found: 'none' })],
  ];

function names(verbs: readonly Verb[]): string[] {
  return verbs.map(({ name }) => name);
}

function meant(word: string, known: readonly string[], prefix = ''): { hint?: string } {
  const near = nearest(word, known);
  return near === undefined ? {} : { hint: `Did you mean ${prefix}${near}?` };
}

/** One of yargs' own complaints, in English, in the form of all errors. */
export function usageError(message: string, verb: Verb | undefined, verbs: readonly Verb[]): UsageError {
  const hint = `See kindred ${verb ? `${verb.name} ` : ''}--help.`;
  for (const [pattern, complaint] of complaints) {
    const match = pattern.exec(message);
    if (match) return new UsageError({ hint, ...complaint(match, verb, verbs) });
  }
  return new UsageError({ expected: 'a command line that makes sense', found: message.split('\n')[0], hint });
}
