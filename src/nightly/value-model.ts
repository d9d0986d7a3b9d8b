import { checkHeader, readModelAs, writeModel } from '../model-file.js';
import { CustomerValue, type CustomerValueJson } from '../value/customer-value.js';
import type { Config } from './config/index.js';
import { publicSources } from './passwords.js';

/** Everything that valuing customers by their purchases needs: how to read and clean these, and the fitted models. */
export interface ValueModel {
  sources: Config['sources'];
  value: CustomerValue;
  /** Last day that the model has seen. */
  end: string;
}

/** Name of its file, `value.json`, and what it begins with. */
export const valueModelHeader = { kind: 'value', version: 1 } as const;

/** Writes the model into a folder: `value.json`. */
export async function saveValueModel(folder: string, { sources, value, end }: ValueModel): Promise<void> {
  await writeModel(folder, {
    ...valueModelHeader,
    sources: publicSources({ transactions: sources.transactions }),
    end,
    value: value.toJSON(),
  } as typeof valueModelHeader);
}

/** @throws DataError if the folder holds no such model, or one of another version. */
export async function loadValueModel(folder: string): Promise<ValueModel> {
  return readModelAs(folder, valueModelHeader.kind, json => {
    checkHeader(json, valueModelHeader);
    const { sources, end, value } = json as unknown as Omit<ValueModel, 'value'> & {
      value: CustomerValueJson;
    };
    return { sources, end, value: CustomerValue.fromJSON(value) };
  });
}
