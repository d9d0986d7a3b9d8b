import { describe, expect, test } from 'vitest';
import { type ActionRule, profileSegments, suggestActions } from '../../src/segment/index.js';

/** Three segments: long gone and rare, active and frequent, in between. */
const labels = Int32Array.from({ length: 90 }, (_, i) => Math.floor(i / 30));
const of = (...values: number[]) => Float64Array.from(labels, (label, i) => values[label] + (i % 3));
const profiles = profileSegments({
  labels,
  k: 3,
  features: [
    { name: 'recency', values: of(300, 5, 90) },
    { name: 'frequency', values: of(1, 30, 8) },
    { name: 'monetary', values: of(20, 3000, 200) },
  ],
  revenue: of(20, 3000, 200),
});

test('the usual actions tell the gone, the best and the others apart', () => {
  const [gone, best, between] = suggestActions(profiles);
  expect(gone).toMatch(/last call/);
  expect(best).toMatch(/premium|membership/);
  expect(between).toMatch(/newsletter/);
});

test("usual actions fit other names of what is spent, and leave alone what they don't know", () => {
  const features = [{ name: 'Spending Score', values: of(1, 50, 25) }];
  expect(suggestActions(profileSegments({ labels, k: 3, features }))[1]).toMatch(/premium|membership/);
  const tenure = [{ name: 'tenure', values: of(1, 50, 25) }];
  expect(suggestActions(profileSegments({ labels, k: 3, features: tenure })).slice(0, 2)).toEqual([
    'welcome: show what else there is',
    'membership: thank them for staying',
  ]);
  const others = [{ name: 'fresh', values: of(1, 50, 25) }];
  expect(suggestActions(profileSegments({ labels, k: 3, features: others }))).toEqual(['', '', '']);
});

describe('rules of their own', () => {
  test('the first that fits decides; levels hold for their extremes, comparisons for medians', () => {
    const rules: ActionRule[] = [
      { when: { recency: '> 200' }, action: 'write' },
      { when: { frequency: 'high', revenueShare: '>= 0.5' }, action: 'ring' },
      { when: { size: 30, monetary: 'average' }, action: 'wait' },
      { action: 'nothing' },
    ];
    expect(suggestActions(profiles, rules)).toEqual(['write', 'ring', 'wait']);
    expect(
      suggestActions(profiles, [{ when: { recency: 'very low' }, action: 'a' }, { action: 'b' }]),
    ).toEqual(
      ['b', 'a', 'b'].map((action, i) => (i === 1 ? (profiles[1].distinctions[0].very ? 'a' : 'b') : action)),
    );
    expect(suggestActions(profiles, [])).toEqual(['', '', '']);
  });

  test.each([
    [{ recncy: 'high' }, /segments\.actions\[0\]\.when.*one of recency, frequency.*found "recncy"/],
    [{ recency: 'hihg' }, /very low, low.*or a comparison such as "> 90", found "hihg"/],
    [{ share: 'high' }, /a comparison such as "> 90", found "high"/],
  ])('%o is refused', (when, message) => {
    expect(() => suggestActions(profiles, [{ when, action: 'x' }])).toThrow(message);
  });
});
