import { z } from 'zod';
import { nearest } from '../data/nearest.js';
import type { Complaint } from '../errors.js';

type Issue = z.core.$ZodIssue;
type JsonSchema = z.core.JSONSchema.JSONSchema;

const words: Record<string, string> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of keys',
  record: 'a mapping of keys',
};

/** `segments.k`, `sources.transactions.clean[2]` */
export function keyPath(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i > 0 ? '.' : ''}${String(key)}`))
    .join('');
}

/** A value of the configuration as the user would recognise it, in one short line. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner !== null && typeof inner === 'object' ? Reflect.get(inner, key) : undefined),
    value,
  );
}

/** The keys that a schema knows at a path; unions give the keys of all their members. */
function keysAt(schema: JsonSchema, path: readonly PropertyKey[]): string[] {
  const members = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  const ofMembers = members.flatMap(member => keysAt(member as JsonSchema, path));
  const [key, ...rest] = path;
  // Of a mapping whose keys are of a list, the list is a schema of their names.
  const { enum: listed = [] } = (schema.propertyNames ?? {}) as JsonSchema;
  if (key === undefined)
    return [...Object.keys(schema.properties ?? {}), ...listed.map(String), ...ofMembers];
  const inner =
    typeof key === 'number'
      ? schema.items
      : (schema.properties?.[String(key)] ?? schema.additionalProperties);
  const ofInner =
    inner && typeof inner === 'object' && !Array.isArray(inner) ? keysAt(inner as JsonSchema, rest) : [];
  return [...ofInner, ...ofMembers];
}

/** What the schema says of the key at a path. */
function describedAt(schema: JsonSchema, path: readonly PropertyKey[]): string | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return schema.description;
  const inner =
    typeof key === 'number'
      ? schema.items
      : (schema.properties?.[String(key)] ?? schema.additionalProperties);
  const around = [inner, ...[schema.anyOf, schema.oneOf, schema.allOf].flatMap(members => members ?? [])];
  for (const [i, each] of around.entries()) {
    if (!each || typeof each !== 'object' || Array.isArray(each)) continue;
    const text = describedAt(each as JsonSchema, i === 0 ? rest : path);
    if (text) return text;
  }
  return undefined;
}

/** How far a member of a union is from being what was meant: whole of another kind, keys it does not know, the rest. */
function distance(issues: readonly Issue[]): number[] {
  const atRoot = (code: Issue['code']) =>
    issues.some(issue => issue.path.length === 0 && issue.code === code);
  // The one word that is understood, such as auto, is not what was meant by another.
  const isOtherWord = issues.some(
    issue => issue.path.length === 0 && issue.code === 'invalid_value' && issue.values.length === 1,
  );
  const depth = Math.max(...issues.map(({ path }) => path.length));
  return [
    Number(atRoot('invalid_type') || isOtherWord),
    Number(atRoot('unrecognized_keys')),
    -depth,
    issues.length,
  ];
}

function compare(a: number[], b: number[]): number {
  const i = a.findIndex((value, place) => value !== b[place]);
  return i < 0 ? 0 : a[i] - b[i];
}

/** Of a union's failures the one of the member that was most likely meant. */
function meant(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const [best] = issue.errors
    .filter(issues => issues.length > 0)
    .map(issues => ({ issues, distance: distance(issues) }))
    .sort((a, b) => compare(a.distance, b.distance));
  if (!best || best.distance[0] === 1) return issue;
  const first = best.issues.find(({ code }) => code === 'unrecognized_keys') ?? best.issues[0];
  return meant({ ...first, path: [...issue.path, ...first.path] });
}

function bound(issue: {
  origin: string;
  minimum?: number | bigint;
  maximum?: number | bigint;
  inclusive?: boolean;
}): string {
  const [limit, least] = issue.minimum === undefined ? [issue.maximum, false] : [issue.minimum, true];
  if (issue.origin === 'string')
    return least ? 'text that is not empty' : `text of at most ${limit} characters`;
  if (issue.origin === 'array') return `a list of at ${least ? 'least' : 'most'} ${limit}`;
  if (issue.inclusive === false) return `a number ${least ? 'greater' : 'less'} than ${limit}`;
  return `a number of at ${least ? 'least' : 'most'} ${limit}`;
}

function types(issue: Extract<Issue, { code: 'invalid_union' }>): string {
  const names = issue.errors.flat().flatMap(inner => {
    if (inner.path.length > 0) return [];
    if (inner.code === 'invalid_type') return [words[inner.expected] ?? inner.expected];
    if (inner.code === 'invalid_value') return inner.values.map(shown);
    return [];
  });
  return [...new Set(names)].join(' or ') || 'another value';
}

/** What one failure of a zod schema says to the user, and the path of the key it is about. */
export function complaintOf(
  failure: Issue,
  value: unknown,
  schema: z.ZodType,
): Complaint & { path: readonly PropertyKey[] } {
  const issue = meant(failure);
  const place = issue.path.length > 0 ? ` for ${keyPath(issue.path)}` : '';
  const found = shown(at(value, issue.path));
  const { path } = issue;
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const described = describedAt(json, path);
  const usual = {
    path,
    found,
    hint: path.length > 0 && described ? `${keyPath(path)} is: ${described}.` : undefined,
  };
  switch (issue.code) {
    case 'unrecognized_keys': {
      const key = issue.keys[0] ?? '';
      const known = [...new Set(keysAt(json, path))];
      const near = nearest(key, known);
      return {
        path: [...path, key],
        expected: path.length > 0 ? `a known key in ${keyPath(path)}` : 'a known key',
        found: `"${key}"`,
        hint: near ? `Did you mean "${near}"?` : `Known keys: ${known.join(', ')}.`,
      };
    }
    case 'invalid_type':
      return { ...usual, expected: `${words[issue.expected] ?? issue.expected}${place}` };
    case 'invalid_value': {
      const near = nearest(String(at(value, path)), issue.values.map(String));
      return {
        ...usual,
        expected:
          `${issue.values.map(one => (typeof one === 'string' ? one : shown(one))).join(', ')}${place}`.replace(
            /, ([^,]*)$/,
            ' or $1',
          ),
        ...(near && { hint: `Did you mean "${near}"?` }),
      };
    }
    case 'too_small':
    case 'too_big':
      return { ...usual, expected: `${bound(issue)}${place}` };
    case 'invalid_union':
      return { ...usual, expected: `${types(issue)}${place}` };
    case 'invalid_key': {
      const expected = issue.issues[0].message.replace(/^expected /, '');
      return { path, expected: `${expected} in ${keyPath(path.slice(0, -1))}`, found: shown(path.at(-1)) };
    }
    case 'custom': {
      // What is wrong with two keys together says itself what was found.
      const { found: both } = issue.params ?? {};
      if (typeof both === 'string') return { ...usual, expected: issue.message, found: both };
      return { ...usual, expected: `${issue.message.replace(/^expected /, '')}${place}` };
    }
    default:
      // Schemas give their own words as "expected …".
      return { ...usual, expected: `${issue.message.replace(/^expected /, '')}${place}` };
  }
}
