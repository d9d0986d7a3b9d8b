import { describe, expect, test } from 'vitest';
import {
  bytes,
  count,
  counted,
  duration,
  figure,
  percent,
  rate,
} from '../../src/commands/print/quantities.js';

describe('quantities in words', () => {
  test.each([
    [count(1234567), '1,234,567'],
    [counted(1, 'row'), '1 row'],
    [counted(2000, 'row'), '2,000 rows'],
    [counted(0.98, 'customer'), '1 customer'],
    [percent(0.1234), '12.3 %'],
    [bytes(0), '0 bytes'],
    [bytes(1023), '1,023 bytes'],
    [bytes(1536), '1.5 KiB'],
    [bytes(812 * 1024 ** 2), '812 MiB'],
    [bytes(140 * 1024 ** 3), '140 GiB'],
    [duration(0.0123), '12 ms'],
    [duration(3.44), '3.4 s'],
    [duration(59.97), '1 min 0 s'],
    [duration(125.2), '2 min 5 s'],
    [duration(3720), '1 h 2 min'],
    [rate(2e6, 1), '2.0 M rows/s'],
    [rate(45_400, 1), '45 k rows/s'],
    [rate(12, 2, 'customers'), '6 customers/s'],
    [rate(0, 1), ''],
    [figure(12345.678), '12,346'],
    [figure(2.34567), '2.346'],
    [figure(0.000123456), '0.0001235'],
    [figure(123456789012345), '123,456,789,012,345'],
    [figure(1e39), '1.000e+39'],
    [figure(-2.5e307), '-2.500e+307'],
  ])('%s', (found, expected) => {
    expect(found).toBe(expected);
  });
});
