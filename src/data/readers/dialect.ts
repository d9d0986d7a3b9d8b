const candidates = [',', ';', '\t', '|'];

/** The fields of a line; a doubled quote inside quotes is one quote. */
export function fields(line: string, delimiter: string, quote: string): string[] {
  const found: string[] = [];
  let field = '';
  let quoted = false;
  for (let at = 0; at < line.length; at++) {
    const letter = line[at];
    if (quoted) {
      if (letter !== quote) field += letter;
      else if (line[at + 1] === quote) field += line[at++];
      else quoted = false;
    } else if (letter === quote && field === '') quoted = true;
    else if (letter === delimiter) {
      found.push(field);
      field = '';
    } else field += letter;
  }
  return [...found, field];
}

/**
 * The delimiter that cuts the first lines of a file into the most fields, the same number on most of them;
 * a comma if there is but one field.
 */
export function detectDelimiter(lines: readonly string[], quote: string): string {
  const sample = lines.slice(0, 50).filter(line => line !== '');
  let best = { delimiter: ',', score: 0 };
  for (const delimiter of candidates) {
    const counts = sample.map(line => fields(line, delimiter, quote).length);
    const agreeing = counts.filter(count => count === counts[0]).length / Math.max(1, counts.length);
    const score = counts[0] > 1 ? agreeing * 1000 + counts[0] : 0;
    if (score > best.score) best = { delimiter, score };
  }
  return best.delimiter;
}
