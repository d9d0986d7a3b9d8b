import { expect, it } from 'vitest';
import { z } from 'zod';
import { cleaningStepSchema, featureSchema, sourceSchema } from '../../src/data/index.js';

/** The keys of a JSON Schema, at any depth, that have no description. */
function undescribed(schema: unknown, path = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties = {}, anyOf } = schema as Record<string, Record<string, object>>;
  const here = Object.entries(properties).flatMap(([key, value]) => {
    const missing = 'description' in value ? [] : [`${path}.${key}`];
    return [...missing, ...undescribed(value, `${path}.${key}`)];
  });
  const options = Array.isArray(anyOf) ? anyOf.flatMap(option => undescribed(option, path)) : [];
  const { items } = schema as { items?: object };
  return [...here, ...options, ...undescribed(items, `${path}[]`)];
}

it.each([
  ['source', sourceSchema],
  ['cleaning step', cleaningStepSchema],
  ['feature', featureSchema],
])('the schema of a %s becomes a JSON Schema in which every key is described', (_, schema) => {
  expect(undescribed(z.toJSONSchema(schema))).toEqual([]);
});

it.each([
  [featureSchema, { name: 'visits' }],
  [featureSchema, { name: 'x', sql: 'count(*)', column: 'x' }],
  [featureSchema, 'recensy'],
  [cleaningStepSchema, { missing: { column: 'x', action: 'constant' } }],
  [cleaningStepSchema, { outliers: { column: 'x', method: 'winsorise', action: 'drop' } }],
  [cleaningStepSchema, { dropDuplicates: false }],
  [sourceSchema, { path: 'x.csv', colums: {} }],
  [sourceSchema, { path: 'x.csv', columns: { client: 'id' } }],
  [sourceSchema, { path: 'x.csv', types: { id: 'string' } }],
])('refuses %#', (schema, value) => {
  expect(schema.safeParse(value).success).toBe(false);
});
