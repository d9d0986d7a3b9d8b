const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `1,234,567` */
export function count(value: number): string {
  return whole.format(value);
}

/** `1 row`, `1,234 rows` */
export function counted(value: number, one: string, many = `${one}s`): string {
  const number = count(value);
  return `${number} ${number === '1' ? one : many}`;
}

/** A figure of a table: whole numbers in full, others with four significant digits, beyond 10¹⁵ by their power of ten. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Math.abs(value) >= 1e15) return value.toExponential(3);
  if (Number.isInteger(value)) return count(value);
  const digits = Math.abs(value) >= 1000 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 4 };
  return value.toLocaleString('en-US', digits);
}

/** `12.3 %` */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

const binaryUnits = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** `7.2 MiB` */
export function bytes(value: number): string {
  const unit = value < 1 ? 0 : Math.min(Math.floor(Math.log2(value) / 10), binaryUnits.length - 1);
  const scaled = value / 1024 ** unit;
  return `${unit > 0 && scaled < 100 ? scaled.toFixed(1) : count(scaled)} ${binaryUnits[unit]}`;
}

/** `12 ms`, `3.4 s`, `2 min 5 s`, `1 h 2 min` */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(1000 * seconds)} ms`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(Math.round(seconds) / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds) - 60 * minutes} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `1.2 M rows/s`; empty when nothing can be said. */
export function rate(rows: number, seconds: number, unit = 'rows'): string {
  if (!(rows > 0 && seconds > 0)) return '';
  const perSecond = rows / seconds;
  if (perSecond >= 1e6) return `${(perSecond / 1e6).toFixed(1)} M ${unit}/s`;
  if (perSecond >= 1e4) return `${Math.round(perSecond / 1e3)} k ${unit}/s`;
  if (perSecond < 1) return `${Number(perSecond.toPrecision(2))} ${unit}/s`;
  return `${count(perSecond)} ${unit}/s`;
}
