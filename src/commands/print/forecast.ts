import type { ValueReport } from '../../nightly/value-report.js';
import type { CustomerValueJson } from '../../value/customer-value.js';
import type { FittedJson } from '../../value/fitted-model.js';
import { count, counted, figure, percent } from './quantities.js';
import { type Column, table } from './table.js';

/** Correlation of frequency and spend from which on the model of spend is doubtful. */
const doubtful = 0.3;

const numbers = (...headings: string[]): Column[] =>
  headings.map(heading => ({ heading, align: 'right' as const }));

function four(value: number): string {
  return figure(Number(value.toPrecision(4)));
}

function parameterRows({ model, parameters, standardErrors }: FittedJson): string[][] {
  return Object.entries(parameters).map(([name, value], i) => {
    const error = standardErrors[name];
    return [i === 0 ? model : '', name, four(value), error === null ? 'not determined' : four(error)];
  });
}

/** Parameters that may as well be 0, or anything. */
function vagueParameters({ parameters, standardErrors }: FittedJson): string[] {
  return Object.entries(parameters)
    .filter(([name, value]) => !((standardErrors[name] ?? Number.POSITIVE_INFINITY) < value))
    .map(([name]) => name);
}

/** The fitted models: parameters, errors, likelihoods, who was left out, what to be wary of. */
function modelText(
  { purchases, spend, ...fit }: CustomerValueJson,
  { end, fitted }: Pick<ValueReport, 'end' | 'fitted'>,
): string {
  const parameters = table(
    [{ heading: 'model' }, { heading: '' }, ...numbers('estimate', 'standard error')],
    [...parameterRows(purchases), ...parameterRows(spend)],
  );
  const likelihood = ({ model, logLikelihood }: FittedJson) =>
    `${model} ${logLikelihood.toLocaleString('en-US', { maximumFractionDigits: 2 })}`;
  const remarks = [
    `Fitted to ${counted(fit.customers, 'customer')}, ${count(fit.repeatBuyers)} of whom bought again, up to ${end}; times in ${fit.unit}s.`,
    ...(fitted
      ? [`These are a sample of the ${counted(fitted.of, 'customer')}, who do not all fit into the memory.`]
      : []),
    `Log-likelihood: ${likelihood(purchases)}, ${likelihood(spend)}.`,
    ...fit.leftOut.map(
      ({ customers, from, because }) => `Left out of ${from}: ${counted(customers, 'customer')}; ${because}.`,
    ),
  ];
  const vague = vagueParameters(purchases);
  if (!fit.converged || vague.length > 0) {
    remarks.push(
      `The data hardly determine ${vague.join(', ') || 'these parameters'}: take the chances to be a customer still with care, and see what --holdout says.`,
    );
  }
  if (fit.correlation !== null && Math.abs(fit.correlation) > doubtful) {
    remarks.push(
      `How often and how dearly customers buy are correlated (${fit.correlation.toFixed(2)}): Gamma-Gamma takes them to be unrelated, so expected spend is biased.`,
    );
  }
  return `${parameters}\n\n${remarks.join('\n')}`;
}

function expectedText({ unit, horizon, customers, expected, model }: ValueReport): string {
  const { purchases, alive, lifetimeValue, historicalValue } = expected;
  const time = `In the next ${counted(horizon, unit)}`;
  if (purchases === undefined || alive === undefined) {
    return `${counted(customers, 'customer')} brought in ${count(historicalValue ?? 0)} so far. ${time}, going on as before: ${count(lifetimeValue)}`;
  }
  const discount = model ? ` at ${percent(model.discountRate)} a year` : '';
  return `${time}: ${counted(purchases, 'purchase')}, worth ${count(lifetimeValue)} today${discount}, of ${counted(alive, 'customer')} out of ${count(customers)} who are expected to be customers still`;
}

function loyaltyText(loyalty: NonNullable<ValueReport['loyalty']>): string {
  const all = loyalty.reduce((sum, { customers }) => sum + customers, 0);
  const value = loyalty.reduce((sum, { lifetimeValue }) => sum + lifetimeValue, 0);
  return table(
    [{ heading: 'loyalty' }, ...numbers('customers', 'share', 'lifetime value', 'share')],
    loyalty.map(({ tier, customers, lifetimeValue }) => [
      tier,
      count(customers),
      percent(customers / all),
      count(lifetimeValue),
      percent(value > 0 ? lifetimeValue / value : 0),
    ]),
  );
}

function atRiskText({ customers, expectedLoss, first }: NonNullable<ValueReport['atRisk']>): string {
  if (customers === 0) return 'Nobody is at risk.';
  const shown = table(
    [{ heading: 'at risk' }, ...numbers('expected loss', 'P(alive)', 'lifetime value')],
    first.map(({ customer, expectedLoss, probabilityAlive, lifetimeValue }) => [
      customer,
      count(expectedLoss),
      percent(probabilityAlive),
      count(lifetimeValue),
    ]),
  );
  const meaning =
    'Expected loss: what the customer would bring in if surely still there, times the chance that they have left; lifetime value: the same, times the chance that they are still there. Below 50 % P(alive) the loss is the greater of the two.';
  return `${shown}\n\n${meaning}\n${counted(customers, 'customer')} at risk, with an expected loss of ${count(expectedLoss)}`;
}

function holdoutText(holdout: NonNullable<ValueReport['holdout']>): string {
  const { customers, days, purchases, revenue, groups } = holdout;
  const off = (of: { actual: number; predicted: number }) => {
    const share = of.predicted / of.actual - 1;
    const apart = of.actual > 0 ? ` (${share < 0 ? '−' : '+'}${percent(Math.abs(share))})` : '';
    return `${count(of.predicted)} predicted, ${count(of.actual)} made${apart}`;
  };
  const shown = table(
    [{ heading: 'repeats before' }, ...numbers('customers', 'then predicted', 'then made')],
    groups.map(({ repeats, customers, predicted, actual }) => [
      repeats,
      count(customers),
      predicted.toFixed(2),
      actual.toFixed(2),
    ]),
  );
  return [
    shown,
    [
      `Held out: ${counted(days, 'day')} of ${counted(customers, 'customer')}; purchases ${off(purchases)}, revenue ${off(revenue)}.`,
      `A customer's purchases are ${holdout.meanAbsoluteError.toFixed(2)} off in the mean; going on at the rate of before would be ${holdout.meanAbsoluteErrorOfRate.toFixed(2)} off.`,
    ].join('\n'),
  ].join('\n\n');
}

/** What a model of lifetime value found. */
export function forecastText(report: ValueReport): string {
  const { model, loyalty, atRisk, holdout } = report;
  return [
    model && modelText(model, report),
    expectedText(report),
    loyalty && loyaltyText(loyalty),
    atRisk && atRiskText(atRisk),
    holdout && holdoutText(holdout),
  ]
    .filter(text => text !== undefined)
    .join('\n\n');
}
