/** Units in which models of repeat buying count time, with their days; months and years are mean ones. */
export const unitDays = { day: 1, week: 7, month: 365.25 / 12, year: 365.25 } as const;

export type TimeUnit = keyof typeof unitDays;

export const timeUnits = Object.keys(unitDays) as [TimeUnit, ...TimeUnit[]];

/** A year in whole units: 365 days, 52 weeks, 12 months. */
export function unitsOfYear(unit: TimeUnit): number {
  return Math.floor(unitDays.year / unitDays[unit]);
}
