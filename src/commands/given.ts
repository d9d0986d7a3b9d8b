type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The entries that have a value, so that what was not said keeps its default. */
export function given<T extends object>(entries: T): Given<T> {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as Given<T>;
}
