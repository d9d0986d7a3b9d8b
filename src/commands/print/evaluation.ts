import colors from 'picocolors';
import { stringify } from 'yaml';
import type { Evaluation, EvaluationRow } from '../../nightly/recommend/evaluation.js';
import type { RunResult } from '../../nightly/run.js';
import { count, counted, figure, percent } from './quantities.js';
import { type Column, table } from './table.js';

const number = (heading: string): Column => ({ heading, align: 'right' });

const three = (value: number) => (Number.isFinite(value) ? value.toFixed(3) : '–');

function cells({
  recommender,
  accuracy,
  coverage,
  novelty,
  diversity,
  popularityBias,
}: EvaluationRow): string[] {
  const { ndcg, precision, recall, f1, averagePrecision, reciprocalRank, hitRate, auc } = accuracy;
  const half = (ndcg.high - ndcg.low) / 2;
  return [
    recommender,
    `${ndcg.mean.toFixed(4)} ± ${half.toFixed(4)}`,
    ...[precision, recall, f1, averagePrecision, reciprocalRank, hitRate, auc].map(({ mean }) => three(mean)),
    three(coverage),
    novelty.toFixed(2),
    three(diversity),
    popularityBias.toFixed(2),
  ];
}

/** What was held out, and from whom. */
function settingText({
  split,
  from,
  share,
  leave,
  k,
  trained,
  items,
  customers,
  heldOut,
}: Evaluation): string {
  const how = {
    time: `trained until ${from === undefined ? '' : new Date(1000 * from).toISOString().slice(0, 16).replace('T', ' ')}; the latest ${percent(share ?? 0)} of the transactions held out`,
    last: `the last ${leave === 1 ? 'transaction' : `${leave} transactions`} of each customer held out`,
    random: `${percent(share ?? 0)} of the transactions held out by chance`,
  };
  return `${counted(trained, 'pair')} of a customer and one of ${counted(items, 'item')}, ${how[split]}: ${counted(heldOut, 'new pair')} of ${counted(customers, 'customer')} to foresee with ${k} places.`;
}

/** Whom the figures rest on, where it is not everybody. */
function sampleText({ sample, customers, testable }: Evaluation): string {
  const lines: string[] = [];
  if (sample) {
    lines.push(
      `A sample of ${count(sample.customers)} of ${counted(sample.of, 'customer')}, drawn with seed ${sample.seed}: all of them do not fit into ${sample.memory} of memory.`,
    );
  }
  if (testable !== undefined) {
    lines.push(
      `Tested on ${count(customers)} of ${counted(testable, 'customer')} who could be, evenly picked (evaluation.customers).`,
    );
  }
  return lines.join('\n');
}

/** Who beats popularity, by the interval of the difference. */
function verdict({ rows }: Evaluation): string {
  const others = rows.filter(({ gain }) => gain);
  const better = others.filter(({ gain }) => gain!.low > 0);
  if (others.length === 0) return '';
  if (better.length === others.length)
    return 'Every recommender beats popularity (95 % interval of the difference in NDCG).';
  const rest = others.filter(({ gain }) => !(gain!.low > 0)).map(({ recommender }) => recommender);
  return `Not clearly better than popularity: ${rest.join(', ')}.`;
}

function tunedText({ tuned = [] }: Evaluation): string[] {
  return tuned.map(({ recommender, settings, before, after, trials }) => {
    const { neighbours, ...rest } = settings;
    const written =
      recommender === 'item'
        ? { ...(neighbours !== undefined && { neighbours }), item: rest }
        : { [recommender]: settings };
    const yaml = stringify({ recommendations: written }).trimEnd();
    const gain = `${recommender}: NDCG ${three(before)} → ${three(after)} on the part it was tuned on, ${counted(trials, 'trial')}`;
    if (Object.keys(settings).length === 0) return `${gain}; the present settings are the best found.`;
    return `${gain}\n${colors.dim(yaml)}`;
  });
}

/** What `kindred evaluate` found: one table, how ratings were predicted, and which settings are better. */
export function evaluationSummary({ found: { evaluation } }: RunResult): string {
  if (!evaluation) return 'Nothing to compare.';
  const { k, rows, ratings, weights } = evaluation;
  const columns = [
    { heading: 'recommender' },
    number(`NDCG@${k}`),
    ...['precis.', 'recall', 'F1', 'MAP', 'MRR', 'hits', 'AUC', 'cover.', 'novelty', 'divers.', 'bias'].map(
      number,
    ),
  ];
  const parts = [
    settingText(evaluation),
    sampleText(evaluation),
    table(columns, rows.map(cells)),
    verdict(evaluation),
  ];
  if (weights) {
    const shares = Object.entries(weights).map(([name, weight]) => `${name} ${figure(weight)}`);
    parts.push(`Weights of the blend: ${shares.join(', ')}.`);
  }
  if (ratings) {
    const lines = ratings.map(({ predictor, rmse, mae }) => [predictor, rmse.toFixed(4), mae.toFixed(4)]);
    const heading = `Predicted ratings, ${count(evaluation.heldOut)} held out`;
    parts.push(`${heading}\n${table([{ heading: 'predicted by' }, number('RMSE'), number('MAE')], lines)}`);
  }
  return [...parts, ...tunedText(evaluation)].filter(Boolean).join('\n\n');
}
