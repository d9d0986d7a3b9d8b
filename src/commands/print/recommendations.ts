import colors from 'picocolors';
import { reasonText } from '../../nightly/recommendation-tables.js';
import type { RunResult } from '../../nightly/run.js';
import type { RecommendationExample } from '../../nightly/stage.js';
import { counted, figure } from './quantities.js';

/** The first recommendations of a customer, each with its reason. */
export function exampleText({ customer, items, recommendations }: RecommendationExample, most = 3): string {
  const lines = recommendations.slice(0, most).map(({ rank, item, name, because, reason }) => {
    const label = name === item ? item : `${name} ${colors.dim(`(${item})`)}`;
    const why = reasonText(reason, because);
    return `  ${rank}. ${label}${colors.dim(`: ${why}`)}`;
  });
  const none = lines.length === 0 ? ': nothing is left to recommend' : '';
  return [`${colors.bold(customer)}, who has ${counted(items, 'item')}${none}`, ...lines].join('\n');
}

/** What the reader should know: the weights of a blend, and what could not be done. */
export function remarkLines({
  weights,
  remarks,
}: NonNullable<RunResult['found']['recommendations']>): string[] {
  const shares = Object.entries(weights ?? {}).map(([name, weight]) => `${name} ${figure(weight)}`);
  return [...remarks, ...(shares.length > 0 ? [`Weights of the blend: ${shares.join(', ')}.`] : [])];
}

/** What `kindred recommend` found. */
export function recommendationSummary({ found: { recommendations } }: RunResult): string {
  if (!recommendations) return 'No recommendations.';
  const { items, pairs, rows, examples } = recommendations;
  return [
    ...remarkLines(recommendations),
    `${counted(rows, 'recommendation')} from ${counted(pairs, 'pair')} of a customer and one of ${counted(items, 'item')}; for example:`,
    ...examples.map(example => exampleText(example, 5)),
  ].join('\n\n');
}
