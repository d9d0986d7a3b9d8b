import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { Database, openSource, sourceSchema } from '../../src/data/index.js';
import type { KindredError } from '../../src/errors.js';

/** A database and a folder for the files of one test, both gone after it. */
export interface Workshop {
  db: Database;
  folder: string;
  /** Writes a file into the folder; gives its path. */
  file(name: string, content: string | Uint8Array): string;
  /** Opens a source as a configuration declares it. */
  open(name: string, source: object): ReturnType<typeof openSource>;
  /** Makes a table of one source from rows of text, the first of them the header. */
  table(name: string, lines: string[], source?: object): ReturnType<typeof openSource>;
}

export function workshop(): Workshop {
  const shop = {} as Workshop;
  beforeEach(async () => {
    shop.db = await Database.open({ memory: '512MB', threads: 2 });
    shop.folder = mkdtempSync(join(tmpdir(), 'kindred-test-'));
    shop.file = (name, content) => {
      const path = join(shop.folder, name);
      writeFileSync(path, content);
      return path;
    };
    shop.open = (name, source) => openSource(shop.db, name, sourceSchema.parse(source), shop.folder);
    shop.table = (name, lines, source) => {
      shop.file(`${name}.csv`, `${lines.join('\n')}\n`);
      return shop.open(name, { path: `${name}.csv`, ...source });
    };
  });
  afterEach(async () => {
    await shop.db.close();
    rmSync(shop.folder, { recursive: true, force: true });
  });
  return shop;
}

/** What a user would read: the sentence and the hint of the error that `work` ends with. */
export async function complaint(work: () => Promise<unknown>): Promise<{ code: number; text: string }> {
  try {
    await work();
  } catch (error) {
    const { exitCode, message, hint } = error as KindredError;
    if (exitCode === undefined) throw error;
    return { code: exitCode, text: hint ? `${message} ${hint}` : message };
  }
  throw new Error('nothing was wrong');
}
