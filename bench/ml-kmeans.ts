import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installedPeers } from './python.js';

interface Options {
  initialization: 'kmeans++' | number[][];
  maxIterations: number;
  tolerance: number;
  seed?: number;
}

/** As much of ml-kmeans as is compared with; its own types are not there when only the engine is installed. */
export interface MlKMeans {
  kmeans(
    data: number[][],
    k: number,
    options: Options,
  ): { clusters: number[]; centroids: number[][]; iterations: number };
}

/** The peer ml-kmeans; a sentence where it is not installed. */
export async function loadMlKMeans(): Promise<MlKMeans | string> {
  try {
    const { resolve } = createRequire(join(installedPeers, 'package.json'));
    return (await import(pathToFileURL(resolve('ml-kmeans')).href)) as MlKMeans;
  } catch {
    return 'not installed: run bench/peers/setup';
  }
}

/** Points as it takes them, one array of numbers each. */
export function pointsOf(x: Float32Array, features: number): number[][] {
  const customers = x.length / features;
  return Array.from({ length: customers }, (_, i) =>
    Array.from({ length: features }, (_, f) => x[f * customers + i]),
  );
}
