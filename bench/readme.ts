import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('../README.md', import.meta.url));

/** Puts the text between the markers of this comparison in bench/README.md. */
export async function rewrite(comparison: string, text: string): Promise<void> {
  const before = `<!-- ${comparison} -->`;
  const after = `<!-- end of ${comparison} -->`;
  const page = readFileSync(file, 'utf8');
  const [start, end] = [page.indexOf(before), page.indexOf(after)];
  if (start < 0 || end < start)
    throw new Error(`bench/README.md has no place between ${before} and ${after}`);
  await writeFile(file, `${page.slice(0, start)}${before}\n\n${text}\n\n${page.slice(end)}`);
}
