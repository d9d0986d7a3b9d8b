const prefixes = ['', 'k', 'm', 'g', 't'];

/** Bytes of a size as the data engine reads it: `512MB` is 512 million, `512MiB` 512 times 2²⁰. */
export function bytesOfSize(size: string | number): number {
  if (typeof size === 'number') return size;
  const [, amount, prefix, binary] = /^([\d.]+)\s*([kmgt]?)(i?)b$/i.exec(size) ?? [];
  return Number(amount) * (binary ? 1024 : 1000) ** prefixes.indexOf(prefix?.toLowerCase());
}
