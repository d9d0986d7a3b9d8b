import type { TopLevelSpec } from 'vega-lite';
import type { HoldoutReport } from '../value/holdout.js';
import { colours, look, whole } from './look.js';

const series = ['actual', 'predicted'];
const colour = {
  field: 'series',
  type: 'nominal',
  scale: { domain: series, range: [colours.plain, colours.accent] },
} as const;

/** Purchases after the split by the number of repeat purchases before it: as they were, and as predicted. */
export function holdoutGroupsChart({ groups, customers, purchases, days }: HoldoutReport): TopLevelSpec {
  const values = groups.flatMap(group =>
    series.map(name => ({
      // The number of customers is the second line of the label.
      group: `${group.repeats}|(${whole(group.customers)})`,
      series: name,
      mean: group[name as 'actual' | 'predicted'],
    })),
  );
  return {
    ...look,
    width: 560,
    height: 320,
    title: {
      text: `Purchases in the ${whole(days)} days held out`,
      subtitle: `${whole(customers)} customers: ${whole(purchases.predicted)} purchases predicted, ${whole(purchases.actual)} made`,
    },
    data: { values },
    mark: { type: 'line', point: { size: 60, filled: true }, strokeWidth: 2 },
    encoding: {
      x: {
        field: 'group',
        type: 'ordinal',
        sort: null,
        title: 'repeat purchases before, and how many customers had made as many',
        axis: { labelAngle: 0, labelExpr: "split(datum.label, '|')", labelLineHeight: 15 },
      },
      y: { field: 'mean', type: 'quantitative', title: 'mean purchases of a customer' },
      color: colour,
    },
  };
}

/** Cumulative repeat purchases over time, as they were and as the model has them, with the beginning of the holdout. */
export function trackingChart({ tracking, days, parameters }: HoldoutReport, model: string): TopLevelSpec {
  const values = tracking.flatMap(point =>
    series.map(name => ({ week: point.day / 7, series: name, total: point[name as 'actual' | 'predicted'] })),
  );
  const last = tracking.at(-1)!;
  const split = (last.day + 1 - days) / 7;
  const learnt = Object.entries(parameters)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`)
    .join(', ');
  return {
    ...look,
    width: 640,
    height: 340,
    title: {
      text: 'Repeat purchases so far',
      subtitle: [
        `${whole(last.predicted)} predicted until the end, ${whole(last.actual)} made`,
        `${model} learnt before the line: ${learnt}`,
      ],
    },
    layer: [
      {
        data: { values },
        mark: { type: 'line', strokeWidth: 2 },
        encoding: {
          x: { field: 'week', type: 'quantitative', title: 'weeks since the first purchase of all' },
          y: {
            field: 'total',
            type: 'quantitative',
            title: 'repeat purchases, cumulative',
            axis: { format: ',.0f' },
          },
          color: colour,
          strokeDash: {
            field: 'series',
            type: 'nominal',
            scale: {
              domain: series,
              range: [
                [1, 0],
                [6, 4],
              ],
            },
          },
        },
      },
      {
        data: { values: [{ week: split, text: 'held out' }] },
        layer: [
          {
            mark: { type: 'rule', color: '#999', strokeDash: [3, 3] },
            encoding: { x: { field: 'week', type: 'quantitative' } },
          },
          {
            mark: { type: 'text', align: 'left', dx: 5, y: 330, color: '#777', fontSize: 12 },
            encoding: { x: { field: 'week', type: 'quantitative' }, text: { field: 'text' } },
          },
        ],
      },
    ],
  };
}
