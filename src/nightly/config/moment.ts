import { z } from 'zod';

/** A date, with or without a time and an offset from UTC or the name of a time zone. */
const moment =
  /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})([T ]([01]?\d|2[0-4]):[0-5]\d(:[0-5]\d(\.\d+)?)?( ?(Z|[+-]\d{1,2}(:?\d{2})?|[A-Za-z_]+(\/[\w+-]+)*))?)?$/;

/** Whether there is such a day: 30 February is none. */
function isMoment(text: string): boolean {
  const [, year, month, day] = moment.exec(text.trim()) ?? [];
  if (day === undefined) return false;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
}

/** The text of a date and time. What is none is told at once rather than once the data have been read. */
export const momentSchema = z.string().refine(isMoment, 'expected a date and time such as 2011-12-10 12:50');
