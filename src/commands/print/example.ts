/**
 * A command line as it can be pasted into a shell: too long for a line, it goes on after a backslash, an option with its values
 * being kept together.
 *
 * @param width characters of a line, the backslash included.
 */
export function shellLines(command: string, width: number): string {
  const lines: string[] = [];
  let line = '';
  for (const part of command.split(/ (?=--)/)) {
    if (line !== '' && line.length + 1 + part.length + ' \\'.length > width) {
      lines.push(`${line} \\`);
      line = `  ${part}`;
    } else line = line === '' ? part : `${line} ${part}`;
  }
  return [...lines, line].join('\n');
}

/** Command lines that run as they are printed, each under what it does. */
export function examplesText(examples: readonly (readonly [string, string])[], width: number): string {
  const indented = (text: string) => text.replace(/^/gm, '  ');
  const each = examples.map(([command, what]) =>
    indented(`# ${what}\n${shellLines(command, width - '  '.length)}`),
  );
  return ['Examples:', ...each].join('\n');
}
