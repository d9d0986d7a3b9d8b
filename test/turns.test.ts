import { expect, it } from 'vitest';
import { takeTurns } from '../src/turns.js';

it('lets timers run in the midst of a long computation', async () => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const turn = takeTurns();
  const end = performance.now() + 200;
  while (performance.now() < end) await turn();
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(0);
});

it('throws the reason of an abort', async () => {
  const stop = new AbortController();
  const turn = takeTurns(stop.signal);
  await expect(turn()).resolves.toBeUndefined();
  stop.abort(new Error('enough'));
  await expect(turn()).rejects.toThrow('enough');
});
