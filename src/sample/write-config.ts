import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMap, parseDocument } from 'yaml';
import { replaceFile } from '../data/replace-file.js';

const template = new URL('../../datasets/sample-shop/kindred.yaml', import.meta.url);

/** Writes a kindred.yaml beside the tables of a sample shop: that of the committed one, results in the folder `out`. */
export async function writeSampleConfig(folder: string, format: 'csv' | 'parquet'): Promise<string> {
  const text = await readFile(template, 'utf8');
  const document = parseDocument(
    text.replace(/^#.*/, '# The nightly refresh of a sample shop: kindred nightly kindred.yaml'),
  );
  document.setIn(['output', 'folder'], 'out');
  const sources = document.get('sources');
  for (const { key } of isMap(sources) ? sources.items : []) {
    const path = ['sources', String(key), 'path'];
    document.setIn(path, String(document.getIn(path)).replace(/\.csv$/, `.${format}`));
  }
  const file = join(folder, 'kindred.yaml');
  await replaceFile(file, temporary => writeFile(temporary, document.toString({ lineWidth: 0 })));
  return file;
}
