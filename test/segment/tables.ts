import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';

/** Columns of a CSV of plain numbers (no quotes), by name. */
export function readColumns(path: string, names: readonly string[]): number[][] {
  const [header, ...lines] = readFileSync(path, 'utf8').trim().split(/\r?\n/);
  const places = names.map(name => header.split(',').indexOf(name));
  const rows = lines.map(line => line.split(','));
  return places.map(place => rows.map(row => Number(row[place])));
}

export const mallColumns = ['Annual Income (k$)', 'Spending Score (1-100)'];
export const wholesaleColumns = ['Fresh', 'Milk', 'Grocery', 'Frozen', 'Detergents_Paper', 'Delicassen'];

export const scalings: Record<string, (column: number[]) => number[]> = {
  raw: column => column,
  'z-score': column => {
    const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
    const variance = column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length;
    return column.map(value => (value - mean) / Math.sqrt(variance));
  },
  'natural log': column => column.map(Math.log),
};

/** `[features, customers]` of columns. */
export function matrix(columns: number[][]): tf.Tensor2D {
  return tf.tensor2d(Float32Array.from(columns.flat()), [columns.length, columns[0].length]);
}
