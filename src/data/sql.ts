/** Quotes a name for use in SQL, whatever characters it holds: `Annual Income (k$)` → `"Annual Income (k$)"`. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes text for use in SQL. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A list of texts for use in SQL. */
export function literals(texts: readonly string[]): string {
  return `[${texts.map(literal).join(', ')}]`;
}

/** A finite number for use in SQL; every float64 survives unchanged. */
export function number(value: number): string {
  return `CAST('${value}' AS DOUBLE)`;
}
