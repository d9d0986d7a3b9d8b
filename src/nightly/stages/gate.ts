import { QualityGateError } from '../../errors.js';
import { foresight } from '../gate/foresight.js';
import {
  atLeast,
  atMost,
  type GateReport,
  type GateSettings,
  type Measure,
  movement,
} from '../gate/measure.js';
import { churnOf, recommendedItems, recommendedSql } from '../gate/recommended.js';
import type { Run, Stage } from '../stage.js';

/** Half the sum of the differences of two lists of shares. */
function shift(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, share, i) => sum + Math.abs(share - b[i]), 0) / 2;
}

/** A figure of the published night by its name. */
function beforeOf({ published }: Run): (name: string) => number | undefined {
  const measures = published?.manifest.gate?.measures ?? [];
  return name => measures.find(measure => measure.name === name)?.value;
}

function rowMeasures({ found, published }: Run, { rows: fall }: GateSettings): Measure[] {
  const sources = published?.manifest.sources ?? [];
  return found.summaries.map(({ name, rows }) =>
    atLeast(`rows of ${name}`, rows, sources.find(source => source.name === name)?.rows, { fall }),
  );
}

async function recommendationMeasures(run: Run, settings: GateSettings): Promise<Measure[]> {
  const { config, database, staging, found, published } = run;
  if (!found.recommendations || !staging) return [];
  const { coverage, hitRate, ndcg, least = {}, churn, sample } = settings;
  const before = beforeOf(run);
  const measures: Measure[] = [];
  const now = await recommendedSql(database, staging.folder, config.output.format);
  if (now !== undefined) {
    const share = (await recommendedItems(database, now)) / found.recommendations.items;
    measures.push(atLeast('coverage', share, before('coverage'), { fall: coverage, least: least.coverage }));
  }
  const test = await foresight(run, settings);
  if (test) {
    measures.push(
      ...[
        atLeast('hitRate', test.hitRate, before('hitRate'), { fall: hitRate, least: least.hitRate }),
        atLeast('ndcg', test.ndcg, before('ndcg'), { fall: ndcg, least: least.ndcg }),
      ].map(measure => ({ ...measure, sample: test.sample })),
    );
  }
  if (now !== undefined && published) {
    const { format } = published.manifest.config.output;
    const then = await recommendedSql(database, published.folder, format);
    const most = Math.max(1000, sample);
    const changed = then === undefined ? undefined : await churnOf(database, now, then, most);
    if (changed) measures.push({ ...atMost('churn', changed.share, churn), sample: changed.sample });
  }
  return measures;
}

function customersOf({ found }: Run): number | undefined {
  return found.value?.buying.rows ?? found.features?.customers.rows;
}

/** What was measured, without a judgement of the whole. */
async function measured(run: Run, settings: GateSettings): Promise<GateReport> {
  const { found, published } = run;
  const { customers: fall, least, segments } = settings;
  const measures = rowMeasures(run, settings);
  const customers = customersOf(run);
  if (customers !== undefined) {
    const before = beforeOf(run)('customers');
    measures.push(atLeast('customers', customers, before, { fall, least: least?.customers }));
  }
  const segmentShares = found.segments?.profiles.map(({ share }) => share).sort((a, b) => b - a);
  const sharesBefore = published?.manifest.gate?.segmentShares;
  // Another number of segments was asked for: their sizes cannot be compared.
  if (segmentShares && sharesBefore?.length === segmentShares.length) {
    measures.push(atMost('segments', shift(segmentShares, sharesBefore), segments));
  }
  measures.push(...(await recommendationMeasures(run, settings)));
  return {
    against: published?.manifest.night,
    measures,
    segmentShares,
    passed: measures.every(({ passed }) => passed),
  };
}

export const gate: Stage = {
  name: 'gate',
  does: 'compare with the published night, refuse to publish what is outside the limits',
  idle: config => (config.gate === false ? 'gate: false' : undefined),
  always: true,
  async run(run) {
    const { config, force, found } = run;
    if (!config.gate) return 0;
    const report = await measured(run, config.gate);
    found.gate = !report.passed && force ? { ...report, forced: true } : report;
    if (!report.passed && !force) {
      const missed = report.measures.filter(({ passed }) => !passed);
      throw new QualityGateError({
        expected: 'a night within the limits of `gate`',
        found: missed.map(movement).join('; '),
        hint: report.against
          ? `The night ${report.against} stays published. Mend the data, change the limits, or publish with --force.`
          : 'Nothing was published. Mend the data, change the limits, or publish with --force.',
      });
    }
    return report.measures.length;
  },
};
