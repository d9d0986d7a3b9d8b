import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { compare, refuseRegressions } from '../../src/benchmark/compare.js';
import { benchmark, benchmarkCases, refuseLoss, roofline, thisMachine } from '../../src/benchmark/index.js';
import { kernelNames } from '../../src/benchmark/kernel-names.js';
import { measure, timingOf } from '../../src/benchmark/measure.js';
import { type BenchmarkReport, boundBy, type MeasuredRow } from '../../src/benchmark/report.js';
import { benchmarkText } from '../../src/commands/print/bench.js';
import { DeviceError, DeviceMemoryError, QualityGateError } from '../../src/errors.js';

function row(shape: string, median: number): MeasuredRow {
  const timing = { median, least: median, most: median, runs: 5 };
  return {
    device: 'native',
    kernel: 'LloydStep',
    shape,
    rows: 10,
    cost: { flops: 100, bytes: 10 },
    resident: timing,
    streamed: timing,
    limit: 'memory',
    share: 0.5,
  };
}

function report(...rows: BenchmarkReport['rows']): BenchmarkReport {
  return { version: '1.0.0', machine: thisMachine(), date: '2026-01-01', devices: [], rows };
}

describe('measure', () => {
  it('runs once more than it counts', async () => {
    let runs = 0;
    const timing = await measure(async () => void runs++, { runs: 3, seconds: 0 });
    expect(timing.runs).toBe(3);
    expect(runs).toBe(4);
  });

  it('takes the median', () => {
    expect(timingOf([5, 1, 9])).toEqual({ median: 5, least: 1, most: 9, runs: 3 });
    expect(timingOf([4, 2]).median).toBe(3);
  });
});

describe('boundBy', () => {
  const limits = { flops: 100, bandwidth: 10, upload: 1, readback: 1, latency: 2 };

  it('is the slowest of arithmetic, memory and launch', () => {
    expect(boundBy({ flops: 1000, bytes: 10 }, limits)).toEqual({ seconds: 10, limit: 'arithmetic' });
    expect(boundBy({ flops: 10, bytes: 50 }, limits)).toEqual({ seconds: 5, limit: 'memory' });
    expect(boundBy({ flops: 1, bytes: 1 }, limits)).toEqual({ seconds: 2, limit: 'launch' });
  });
});

describe('compare', () => {
  const before = report(row('small', 1), row('large', 10), row('gone', 1));
  const now = report(row('small', 1.1), row('large', 20), row('new', 1));

  it('sets shared rows side by side and marks those beyond the tolerance', () => {
    const { rows, differences } = compare(before, now, 0.15);
    expect(rows.map(({ shape, ratio, regression }) => [shape, ratio, regression])).toEqual([
      ['small', 1.1, false],
      ['large', 2, true],
    ]);
    expect(differences).toEqual([]);
  });

  it('says what else differs', () => {
    const elsewhere = { ...before, machine: { ...before.machine, cores: 64 } };
    expect(compare(elsewhere, now, 0.15).differences[0]).toContain('cores: 64 before');
  });

  it('refuses regressions, and only them', () => {
    expect(() => refuseRegressions(compare(before, now, 0.15), 0.15)).toThrow(QualityGateError);
    expect(() => refuseRegressions(compare(before, now, 1.5), 1.5)).not.toThrow();
  });
});

describe('benchmark', () => {
  const smallest = kernelNames.map(name => benchmarkCases('quick').find(({ kernel }) => kernel === name)!);

  it('measures what is right and fits, and says of the rest why it did not', {
    timeout: 240_000,
  }, async () => {
    const wrong = {
      ...smallest[0],
      prepare: () => ({ ...smallest[0].prepare(), check: () => 'it is wrong' }),
    };
    const huge = { ...smallest[1], memory: 1e18 };
    const { rows, devices } = await benchmark(['native'], [...smallest, wrong, huge]);
    expect(devices[0].limits.flops).toBeGreaterThan(0);
    expect(rows.slice(0, -2).map(({ kernel }) => kernel)).toEqual([...kernelNames]);
    for (const measured of rows.slice(0, -2)) expect(measured).toHaveProperty('resident.median');
    expect(rows.at(-2)).toMatchObject({ skipped: 'wrong result: it is wrong' });
    expect(rows.at(-1)).toMatchObject({
      skipped: expect.stringMatching(/needs .* GiB of memory, .* are free/),
    });
  });
});

describe('A device that is lost', () => {
  const [first] = benchmarkCases('quick').filter(({ kernel }) => kernel === 'FeatureMoments');
  const lost = new DeviceError({ expected: 'a device', found: 'that it was lost' });

  it('ends the run with the rows so far, which are told as they come, and with exit code 4', async () => {
    const losing = {
      ...first,
      prepare: () => ({
        ...first.prepare(),
        upload: () => {
          throw lost;
        },
      }),
    };
    const told: string[] = [];
    const found = await benchmark(['native', 'cpu'], [first, losing, first], {
      onRow: ({ kernel }) => void told.push(kernel),
    });
    expect(told).toEqual(['FeatureMoments']);
    expect(found.rows).toHaveLength(1);
    expect(found.devices.map(({ name }) => name)).toEqual(['native']);
    expect(found.lost).toBe(lost.message);
    expect(() => refuseLoss(found)).toThrow(/lost after 1 row: .*that it was lost/);
    expect(() => refuseLoss(found)).toThrow(expect.objectContaining({ exitCode: 4 }));
  });

  it('is told from a case that is too large for a device that stays', async () => {
    const tooLarge = {
      ...first,
      prepare: () => ({
        ...first.prepare(),
        run: () => {
          throw new DeviceError({ expected: 'at most 128 MiB', found: '1 GiB' });
        },
      }),
    };
    const { rows, lost: wasLost } = await benchmark(['native'], [tooLarge, first]);
    expect(wasLost).toBe(undefined);
    expect(rows[0]).toMatchObject({ skipped: 'expected at most 128 MiB, found 1 GiB.' });
    expect(rows[1]).toHaveProperty('resident.median');
  });

  it('is told from one that ran out of memory, which is opened again for the other cases', async () => {
    let hungry = 0;
    const huge = {
      ...first,
      prepare: () => ({
        ...first.prepare(),
        check: () => {
          hungry++;
          throw new DeviceMemoryError({ expected: 'enough memory', found: 'too little' });
        },
      }),
    };
    const { rows, devices, lost: wasLost } = await benchmark(['native'], [huge, first]);
    expect([hungry, wasLost, devices.length]).toEqual([1, undefined, 1]);
    expect(rows[0]).toMatchObject({ skipped: 'expected enough memory, found too little.' });
    expect(rows[1]).toHaveProperty('resident.median');
  });

  it('is no matter where every device stays', () => {
    expect(() => refuseLoss(report(row('small', 1)))).not.toThrow();
  });
});

describe('The report as text', () => {
  it('names what was not measured, and why, below what was', () => {
    const skipped = { device: 'native', kernel: 'Gram', shape: 'huge', skipped: 'needs 99 GiB' } as const;
    const text = stripVTControlCharacters(benchmarkText(report(row('small', 1), skipped)));
    expect(text).toMatch(
      /native {2}LloydStep {2}small .*memory\nnative Gram huge: not measured: needs 99 GiB/,
    );
    expect(benchmarkText(report(skipped))).toContain('native Gram huge: not measured');
  });
});

describe('roofline', () => {
  it('draws every measured row below the limits', async () => {
    const svg = await roofline(
      report(row('small', 1), { device: 'native', kernel: 'x', shape: 'y', skipped: 'z' }),
    );
    expect(svg).toContain('<svg');
    expect(svg).toContain('LloydStep');
  });

  it('has a colour for each kernel', async () => {
    const svg = await roofline(report(...kernelNames.map(kernel => ({ ...row('small', 1), kernel }))));
    const points = [...svg.matchAll(/fill="(#[0-9a-f]{6})"/g)].map(([, colour]) => colour);
    expect(new Set(points).size).toBeGreaterThanOrEqual(kernelNames.length);
  });
});
