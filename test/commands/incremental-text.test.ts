import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { incrementalText } from '../../src/commands/print/nightly.js';

const report = {
  since: '2026-11-20T030000Z',
  nights: 2,
  turnover: 0.0148,
  newItems: 1,
  parts: [
    { name: 'als', kept: true, moved: 0 },
    { name: 'item', kept: false, moved: 0.0142 },
  ],
  bought: 7507,
  changed: 7542,
  kept: 92_458,
  fullSeconds: 23.6,
};

test('a night between full ones says what was kept, what was made anew and what that saved', () => {
  expect(stripVTControlCharacters(incrementalText(report, 3.17)).split('\n')).toEqual([
    'Built on the full night 2026-11-20T030000Z: since then 1.5 % of the purchases have come or gone, and 1 item is new.',
    'Recommenders: als kept, item moved by 1.4 %.',
    'Recommended anew to 7,542 customers, 7,507 of whom bought something since last night; kept for 92,458.',
    'Recommendations took 3.2 s; 23.6 s in the full night.',
  ]);
  expect(incrementalText({ ...report, fullSeconds: undefined }, 3)).not.toContain('took');
});
