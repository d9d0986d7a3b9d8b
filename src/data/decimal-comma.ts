/** Whether this is text of a number as it is written with a decimal comma: `2,50`, `1.234,5`. */
export function isDecimalComma(value: unknown): boolean {
  return typeof value === 'string' && /^-?[\d.]*\d,\d+$/.test(value);
}

/** How to have such numbers read. */
export const decimalCommaHint = "Declare `decimal: ','` for this source if the comma is a decimal one.";
