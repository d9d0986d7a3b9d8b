import { unknownColumn } from './columns.js';
import type { Role, Source } from './source.js';

/** Roles whose columns are ids, integers or text. */
export const idRoles: ReadonlySet<string> = new Set<Role>(['customer', 'basket', 'item']);

/** Roles whose columns are numbers. */
export const numberRoles: ReadonlySet<string> = new Set<Role>(['quantity', 'price', 'amount', 'rating']);

/** A column of the source and its name in the table. */
export interface Renaming {
  column: string;
  as: string;
}

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

/**
 * Gives the columns that play a role its name; others keep theirs. One column may play several roles. A column that
 * has the name of a role another one plays steps aside as `…_original`.
 */
export function renamings(names: readonly string[], source: Source, file: string): Renaming[] {
  const played = Object.entries(source.columns ?? {}).map(([role, wanted]) => {
    const column = names.find(name => same(name, wanted));
    if (column !== undefined) return { column, as: role };
    const numeric = names.every(name => /^[\d.:/-]*$/.test(name));
    const data = 'The first line looks like data: declare `header: false`, or give `names`.';
    throw unknownColumn(wanted, names, { file, hint: numeric ? data : undefined });
  });
  const canonical = [...idRoles, ...numberRoles, 'time'];
  return names.flatMap(column => {
    const own = played.filter(each => each.column === column);
    if (own.length > 0) return own;
    if (played.some(({ as }) => same(as, column))) return [{ column, as: `${column}_original` }];
    // A column named Customer is the customer: SQL would take one for the other anyway.
    return [{ column, as: canonical.find(role => same(role, column)) ?? column }];
  });
}

/** Declared types by column of the table; they may be given for columns of the source or for roles. */
export function declaredTypes(
  renamed: readonly Renaming[],
  source: Source,
  file: string,
): Map<string, string> {
  const declared = new Map<string, string>();
  for (const [wanted, type] of Object.entries(source.types ?? {})) {
    const found = renamed.filter(({ column, as }) => same(column, wanted) || same(as, wanted));
    const names = renamed.map(({ column }) => column);
    if (found.length === 0) throw unknownColumn(wanted, names, { file });
    for (const { as } of found) declared.set(as, type);
  }
  return declared;
}
