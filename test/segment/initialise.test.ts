import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/random.js';
import { sampleOf } from '../../src/segment/candidates.js';
import { randomly, spreadOut } from '../../src/segment/initialise.js';
import { onDevice } from '../devices.js';
import { matrix } from './tables.js';

describe('randomly and spreadOut', () => {
  onDevice('cpu');

  it('never choose a weight of 0, nor the same place twice', async () => {
    const places = [1, 1, 2, 9];
    const seeds = { x: matrix([places, places]), weights: tf.tensor1d([1, 1, 1, 0]) };
    for (let seed = 0; seed < 20; seed++) {
      for (const initialise of [randomly, spreadOut]) {
        const chosen = await initialise(seeds, 4, new Random(seed));
        expect(chosen.map(i => places[i]).sort()).toEqual([1, 2]);
      }
    }
    tf.dispose([seeds.x, seeds.weights]);
  });
});

describe('sampleOf', () => {
  it('is everybody or one of each stretch', () => {
    expect([...sampleOf(4, 9, new Random(0))]).toEqual([0, 1, 2, 3]);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 50, max: 900 }),
        fc.nat(),
        (size, n, seed) => {
          const sample = sampleOf(n, size, new Random(seed));
          expect(sample).toHaveLength(Math.min(size, n));
          expect(sample.every((i, s) => i < n && (s === 0 || i > sample[s - 1]))).toBe(true);
        },
      ),
    );
  });
});
