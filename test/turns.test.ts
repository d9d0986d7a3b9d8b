import { expect, it, vi } from 'vitest';
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

it('lets others have their turn between many short computations', async () => {
  let now = performance.now();
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
  let others = 0;
  const other = () => {
    others++;
    immediate = setImmediate(other);
  };
  let immediate = setImmediate(other);
  for (let computation = 0; computation < 20; computation++) {
    const turn = takeTurns();
    now += 10;
    await turn();
  }
  clearImmediate(immediate);
  clock.mockRestore();
  expect(others).toBeGreaterThan(1);
});

it('throws the reason of an abort', async () => {
  const stop = new AbortController();
  const turn = takeTurns(stop.signal);
  await expect(turn()).resolves.toBeUndefined();
  stop.abort(new Error('enough'));
  await expect(turn()).rejects.toThrow('enough');
});
