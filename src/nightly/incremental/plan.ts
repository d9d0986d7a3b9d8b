import { literals } from '../../data/sql.js';
import type { Recommender } from '../../recommend/index.js';
import { chainOf, type RecommendationsConfig, voicesOf } from '../config/recommendations.js';
import type { RuleFigures } from '../recommend/rule-figures.js';
import type { Run } from '../stage.js';
import { type Base, type IncrementalNight, type Known, recommendationsIn, tooMany } from './base.js';
import type { CustomerRows } from './customer-rows.js';
import { publishedRows } from './merge.js';
import type { Movement } from './movement.js';
import { linkMovements, movements, rulesMovement } from './part-movements.js';
import type { IncrementalReport, PartReport } from './report.js';

/** Who is recommended to anew, and where the recommendations of all others are. */
export interface Plan {
  /** Numbers of customers, ascending. */
  changed: Int32Array;
  /** `[customers]`, how far recommenders had moved since the last full night when recommendations were made. */
  made: Float32Array;
  /** File of the recommendations of the published night. */
  recommendations: string;
  report: IncrementalReport;
}

/** The first link of the chain for which it counts which circles a customer is in. */
function firstCircleLink(wanted: RecommendationsConfig, circles: Known['circles']): number {
  const links = chainOf(wanted).map(name =>
    name === 'blend' ? voicesOf(wanted).map(voice => voice.name) : [name],
  );
  const first = links.findIndex(names => names.some(name => circles.has(name)));
  return first < 0 ? links.length : first;
}

/** Ids of items that may no longer be shown as they were: gone, of another name, or newly forbidden. */
function staleItems(
  { model, full, numbers }: Base,
  { names }: Known,
  rules: RuleFigures | undefined,
): string[] {
  return model.items.filter((_, item) => {
    const number = numbers[item];
    if (number < 0 || names[number] !== model.names[item]) return true;
    return rules?.weight[number] === 0 && full.rules?.weight[item] !== 0;
  });
}

/** Numbers of the customers to whom some items were recommended. */
async function recommendedTo(
  { database, config, published }: Run,
  { table }: CustomerRows,
  items: readonly string[],
): Promise<number[]> {
  if (items.length === 0) return [];
  const { format } = config.output;
  const before = publishedRows(recommendationsIn(published!.folder, format), format);
  const rows = await database.rows<{ number: number }>(
    `SELECT number FROM ${table} SEMI JOIN (SELECT CAST(customer AS VARCHAR) AS customer FROM ${before}
       WHERE CAST(item AS VARCHAR) IN (SELECT unnest(${literals(items)}))) USING (customer) ORDER BY number`,
  );
  return rows.map(({ number }) => number);
}

/**
 * Who is to be recommended to anew: customers whose purchases changed, and those for whom some recommender that has a say has
 * moved by more than the tolerance since their recommendations were made. Undefined, with the reason in `night`, where these
 * are too many.
 *
 * @param parts tonight's recommenders by name, and what the rules say of items
 */
export async function planOf(
  run: Run,
  wanted: RecommendationsConfig,
  night: IncrementalNight,
  { parts, rules }: { parts: ReadonlyMap<string, Recommender>; rules?: RuleFigures },
): Promise<Plan | undefined> {
  const { base, known, rows } = night;
  const { config, published } = run;
  if (!base || !config.incremental || !published) return undefined;
  const { most, tolerance } = config.incremental;
  const { compared } = base;
  const moved = await movements(base, known, parts, wanted);
  const links = linkMovements(wanted, moved, base.full.blend);
  const ruled = rules && base.full.rules ? rulesMovement(rules, base.full.rules, base.numbers) : 0;
  const circleLink = firstCircleLink(wanted, known.circles);
  const isToDo = new Uint8Array(rows.customers);
  for (const number of await recommendedTo(run, rows, staleItems(base, known, rules))) isToDo[number] = 1;
  const { made, link: reached, same, sameCircles } = compared;
  for await (const { from, matrix } of known.purchases.batches()) {
    for (let row = 0; row < matrix.rows; row++) {
      const customer = from + row;
      const limit = tolerance - made[customer];
      const by = links.map(link => link.of(customer, matrix, row));
      const isMoved = ruled > limit || by.some((share, link) => link <= reached[customer] && share > limit);
      const isOfOthers = sameCircles[customer] === 0 && reached[customer] >= circleLink;
      if (same[customer] === 0 || isOfOthers || isMoved) isToDo[customer] = 1;
      if (isToDo[customer] === 1) made[customer] = Math.max(ruled, ...by);
    }
  }
  const changed = Int32Array.from(isToDo.keys()).filter(row => isToDo[row] === 1);
  if (changed.length > most * rows.customers) {
    night.because = tooMany(changed.length, rows.customers, most);
    return undefined;
  }
  const { incremental, stages, night: last } = published.manifest;
  const isOld = new Uint8Array(known.ids.length);
  for (const number of base.numbers) if (number >= 0) isOld[number] = 1;
  return {
    changed,
    made,
    recommendations: recommendationsIn(published.folder, config.output.format),
    report: {
      since: incremental?.since ?? last!,
      nights: (incremental?.nights ?? 0) + 1,
      turnover: base.turnover,
      newItems: isOld.reduce((sum, old) => sum + 1 - old, 0),
      parts: [...partReports(moved), ...(rules ? [{ name: 'rules', kept: false, moved: ruled }] : [])],
      bought: base.bought,
      changed: changed.length,
      kept: rows.customers - changed.length,
      fullSeconds: incremental
        ? incremental.fullSeconds
        : stages.find(({ stage }) => stage === 'recommendations')?.seconds,
    },
  };
}

function partReports(moved: ReadonlyMap<string, Movement>): PartReport[] {
  return [...moved].map(([name, { overall }]) => ({ name, kept: name === 'als', moved: overall }));
}
