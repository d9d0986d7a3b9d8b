import { DataError, UsageError } from '../errors.js';
import type { Estimate } from './maximum-likelihood.js';

/** A model that was fitted by maximum likelihood, as JSON. */
export interface FittedJson {
  model: string;
  parameters: Record<string, number>;
  standardErrors: Record<string, number | null>;
  logLikelihood: number;
}

/** A model whose few parameters are found by maximum likelihood. */
export abstract class FittedModel {
  abstract readonly name: string;
  /** Names of the parameters, in the order of the likelihood's. */
  abstract readonly parameterNames: readonly string[];

  #parameters?: Float64Array;
  #standardErrors: Float64Array = new Float64Array();
  logLikelihood = Number.NaN;
  iterations = 0;
  converged = false;

  get parameters(): Record<string, number> {
    const parameters = this.fitted();
    return Object.fromEntries(this.parameterNames.map((name, i) => [name, parameters[i]!]));
  }

  get standardErrors(): Record<string, number> {
    return Object.fromEntries(
      this.parameterNames.map((name, i) => [name, this.#standardErrors[i] ?? Number.NaN]),
    );
  }

  /** The parameters in the order of their names. @throws UsageError before the fit. */
  protected fitted(): Float64Array {
    if (this.#parameters) return this.#parameters;
    throw new UsageError({
      expected: `a fitted ${this.name} model`,
      found: 'one that has not seen customers yet',
    });
  }

  /** Keeps what a fit found. */
  protected take({ parameters, standardErrors, logLikelihood, iterations, converged }: Estimate): this {
    this.#parameters = parameters;
    this.#standardErrors = standardErrors;
    this.logLikelihood = logLikelihood;
    this.iterations = iterations;
    this.converged = converged;
    return this;
  }

  toJSON(): FittedJson {
    const errors = Object.entries(this.standardErrors).map(([name, error]) => [
      name,
      Number.isNaN(error) ? null : error,
    ]);
    return {
      model: this.name,
      parameters: this.parameters,
      standardErrors: Object.fromEntries(errors),
      logLikelihood: this.logLikelihood,
    };
  }

  /** Takes the parameters of a saved model; what `fromJSON` of each model is made of. */
  protected restore({ model, parameters, standardErrors, logLikelihood }: FittedJson): this {
    if (model !== this.name) {
      throw new DataError({ expected: `a saved ${this.name} model`, found: `one of ${model}` });
    }
    return this.take({
      parameters: Float64Array.from(this.parameterNames, name => parameters[name]!),
      standardErrors: Float64Array.from(this.parameterNames, name => standardErrors[name] ?? Number.NaN),
      logLikelihood,
      iterations: 0,
      converged: true,
    });
  }
}
