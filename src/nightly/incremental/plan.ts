import { closeColumns, filledColumns, type KeptColumn, keptColumns } from '../../data/index.js';
import { literals } from '../../data/sql.js';
import type { Recommender } from '../../recommend/index.js';
import { chainOf, type RecommendationsConfig, voicesOf } from '../config/recommendations.js';
import { memoryShares } from '../memory-shares.js';
import type { RuleFigures } from '../recommend/rule-figures.js';
import type { Run } from '../stage.js';
import { type Base, type IncrementalNight, type Known, recommendationsIn, tooMany } from './base.js';
import type { ChangedCustomers } from './changed-purchases.js';
import type { CustomerRows } from './customer-rows.js';
import { publishedRows } from './merge.js';
import type { Movement } from './movement.js';
import { linkMovements, movements, rulesMovement } from './part-movements.js';
import type { IncrementalReport, PartReport } from './report.js';

/** Who is recommended to anew, and where the recommendations of all others are. */
export interface Plan {
  changed: ChangedCustomers;
  /** `[customers]`, how far recommenders had moved since the last full night when recommendations were made. */
  made: KeptColumn<'float32'>;
  /** File of the recommendations of the published night. */
  recommendations: string;
  report: IncrementalReport;
}

/** Customers who are marked together. */
const customersAtATime = 65_536;

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

/** Marks the customers to whom some items were recommended. */
async function markRecommendedTo(
  { database, config, published }: Run,
  { table }: CustomerRows,
  items: readonly string[],
  marks: KeptColumn<'int32'>,
): Promise<void> {
  const { format } = config.output;
  const before = publishedRows(recommendationsIn(published!.folder, format), format);
  const marked =
    items.length === 0
      ? `SELECT 0 FROM ${table}`
      : `SELECT CAST(r.customer IS NOT NULL AS INTEGER) FROM ${table} AS n LEFT JOIN (
           SELECT DISTINCT CAST(customer AS VARCHAR) AS customer FROM ${before}
           WHERE CAST(item AS VARCHAR) IN (SELECT unnest(${literals(items)}))
         ) AS r USING (customer) ORDER BY n.number`;
  const some = new Int32Array(customersAtATime);
  let from = 0;
  for await (const filled of filledColumns(database, marked, [some])) {
    await marks.write(from, some.subarray(0, filled));
    from += filled;
  }
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
  const { isChanged } = keptColumns(
    run.database,
    { isChanged: 'int32' },
    rows.customers,
    memoryShares(config.memory).found,
  );
  const { made, link, same, sameCircles } = compared;
  let count = 0;
  try {
    await markRecommendedTo(run, rows, staleItems(base, known, rules), isChanged);
    for await (const { from, matrix } of known.purchases.batches()) {
      const to = from + matrix.rows;
      const [isToDo, far] = [isChanged.part(from, to).slice(), made.part(from, to).slice()];
      const [reached, isSame, areCirclesSame] = [link, same, sameCircles].map(column =>
        column.part(from, to),
      );
      for (let row = 0; row < matrix.rows; row++) {
        const limit = tolerance - far[row];
        const by = links.map(({ of }) => of(from + row, matrix, row));
        const isMoved = ruled > limit || by.some((share, place) => place <= reached[row] && share > limit);
        const isOfOthers = areCirclesSame[row] === 0 && reached[row] >= circleLink;
        if (isSame[row] === 0 || isOfOthers || isMoved) isToDo[row] = 1;
        if (isToDo[row] === 0) continue;
        far[row] = Math.max(ruled, ...by);
        count++;
      }
      await isChanged.write(from, isToDo);
      await made.write(from, far);
    }
  } finally {
    await closeColumns({ isChanged, made });
  }
  if (count > most * rows.customers) {
    night.because = tooMany(count, rows.customers, most);
    return undefined;
  }
  const { incremental, stages, night: last } = published.manifest;
  const isOld = new Uint8Array(known.ids.length);
  for (const number of base.numbers) if (number >= 0) isOld[number] = 1;
  return {
    changed: { isChanged, count },
    made,
    recommendations: recommendationsIn(published.folder, config.output.format),
    report: {
      since: incremental?.since ?? last!,
      nights: (incremental?.nights ?? 0) + 1,
      turnover: base.turnover,
      newItems: isOld.reduce((sum, old) => sum + 1 - old, 0),
      parts: [...partReports(moved), ...(rules ? [{ name: 'rules', kept: false, moved: ruled }] : [])],
      bought: base.bought,
      changed: count,
      kept: rows.customers - count,
      fullSeconds: incremental
        ? incremental.fullSeconds
        : stages.find(({ stage }) => stage === 'recommendations')?.seconds,
    },
  };
}

function partReports(moved: ReadonlyMap<string, Movement>): PartReport[] {
  return [...moved].map(([name, { overall }]) => ({ name, kept: name === 'als', moved: overall }));
}
