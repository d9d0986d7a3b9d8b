import { stripVTControlCharacters } from 'node:util';
import { getKernel, getKernelsForBackend } from '@tensorflow/tfjs-core';
import { describe, expect, it, vi } from 'vitest';
import { scalable } from '../../src/benchmark/case.js';
import { compare, refuseRegressions } from '../../src/benchmark/compare.js';
import { benchmark, benchmarkCases, refuseLoss, roofline, thisMachine } from '../../src/benchmark/index.js';
import { coveredBy, kernelNames } from '../../src/benchmark/kernel-names.js';
import { measure, timingOf } from '../../src/benchmark/measure.js';
import { type BenchmarkReport, boundBy, type MeasuredRow } from '../../src/benchmark/report.js';
import { sizeFor } from '../../src/benchmark/size-case.js';
import { benchmarkText } from '../../src/commands/print/bench.js';
import type { Device } from '../../src/device/index.js';
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

  it('takes the time of another clock where the run tells it', async () => {
    expect(await measure(async () => 7, { runs: 2, seconds: 0 })).toMatchObject({ median: 7, most: 7 });
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

  it('goes by the clock of the device where both reports know it', () => {
    const timing = (median: number) => ({ ...row('small', 1).resident, median });
    const known = report({ ...row('small', 1), busy: timing(0.25) });
    expect(compare(known, report({ ...row('small', 1), busy: timing(0.5) }), 0.15).rows[0].ratio).toBe(2);
    expect(compare(before, known, 0.15).rows[0].ratio).toBe(1);
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

describe('sizeFor', () => {
  const device = { finish: async () => {} } as Device;

  /** Takes a millisecond for each row; tells which sizes were run. */
  function timed(rows: number, millisecondsOfRow: number) {
    const ran: number[] = [];
    let clock = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => clock);
    const of = (count: number) => ({
      ...row(`${count}`, 1),
      rows: count,
      memory: 0,
      prepare: () => ({
        cost: { flops: 0, bytes: 0 },
        upload: () => [],
        run() {
          ran.push(count);
          clock += count * millisecondsOfRow;
          return [];
        },
        check: () => undefined,
      }),
    });
    const sized = sizeFor(device, scalable(of, rows), 2, async () => {}).finally(() => vi.restoreAllMocks());
    return { ran, sized };
  }

  it('is the whole case on a fast device, after its smallest size', async () => {
    const { ran, sized } = timed(64_000, 1e-6);
    expect((await sized)?.rows).toBe(64_000);
    expect(ran).toEqual([1000, 1000]);
  });

  it('is as much of it as a slow device can do in the time', async () => {
    const { ran, sized } = timed(64_000, 0.01);
    // 16 runs of 80 ms each are within 2 s, of 160 ms they are not.
    expect((await sized)?.rows).toBe(8000);
    expect(Math.max(...ran)).toBe(8000);
  });

  it('is nothing where even the smallest would take far too long', async () => {
    const { ran, sized } = timed(64_000, 10);
    expect(await sized).toBe(undefined);
    expect(ran).toEqual([1000, 1000]);
  });
});

describe('Every kernel', () => {
  it('has a case in both suites', () => {
    // A back end that is not loaded has none but ours.
    const registered = getKernelsForBackend('tensorflow').map(({ kernelName }) => kernelName);
    const limits = ['FusedMultiplyAdds', 'StreamCopy'];
    expect([...kernelNames, ...limits].sort()).toEqual(registered.sort());
    // Those of devices that are there but not open, whose own kernels are registered.
    const ofAddon = getKernelsForBackend('native').map(({ kernelName }) => kernelName);
    const ofCards = Object.keys(coveredBy).filter(name => getKernel(name, 'webgpu'));
    const single = [...ofAddon.filter(name => !registered.includes(name)), ...ofCards];
    expect(Object.keys(coveredBy).sort()).toEqual(single.sort());
    for (const suite of ['quick', 'full'] as const) {
      expect([...new Set(benchmarkCases(suite).map(({ kernel }) => kernel))]).toEqual([...kernelNames]);
    }
  });

  it('has shapes of its own', () => {
    const cases = benchmarkCases('full').map(({ kernel, shape }) => `${kernel} ${shape}`);
    expect(new Set(cases).size).toBe(cases.length);
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
    // It computes where the data is.
    expect(devices[0].limits.upload).toBe(undefined);
    expect(rows.slice(0, -2).map(({ kernel }) => kernel)).toEqual([...kernelNames]);
    for (const measured of rows.slice(0, -2)) expect(measured).toHaveProperty('resident.median');
    expect(rows.at(-2)).toMatchObject({ skipped: 'wrong result: it is wrong' });
    expect(rows.at(-1)).toMatchObject({
      skipped: expect.stringMatching(/needs .* GiB of memory, .* are free/),
    });
  });
});

/** What waiting for an open device brings, where it is to fail. */
let failure: DeviceError | undefined;

vi.mock('../../src/device/index.js', async original => {
  const actual = await original<typeof import('../../src/device/index.js')>();
  const openDevice: typeof actual.openDevice = async (...options) => {
    const device = await actual.openDevice(...options);
    const finish = async () => {
      if (failure) throw failure;
      return device.finish();
    };
    return { ...device, finish };
  };
  return { ...actual, openDevice };
});

describe('A device that is lost', () => {
  const [first] = benchmarkCases('quick').filter(({ kernel }) => kernel === 'FeatureMoments');
  const lost = new DeviceError({ expected: 'a device', found: 'that it was lost' });

  it('ends the run with the rows so far, which are told as they come, and with exit code 4', async () => {
    const losing = {
      ...first,
      prepare: () => ({
        ...first.prepare(),
        run: () => {
          failure = lost;
          throw lost;
        },
      }),
    };
    const told: string[] = [];
    const found = await benchmark(['native', 'cpu'], [first, losing, first], {
      onRow: ({ kernel }) => void told.push(kernel),
    });
    failure = undefined;
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
  it('says by how much the least and the greatest time differ from the median', () => {
    const spreadOf = (least: number, most: number) => {
      const resident = { median: 1, least, most, runs: 5 };
      return /1\.00 s\s+(\S+ \S+ %)/.exec(
        stripVTControlCharacters(benchmarkText(report({ ...row('small', 1), resident }))),
      )?.[1];
    };
    expect(spreadOf(0.9, 1.25)).toBe('-10 +25 %');
    expect(spreadOf(0.998, 1.001)).toBe('0 0 %');
    expect(spreadOf(1, 1)).toBe('0 0 %');
  });

  it('has the time by the clock of the device where there is one', () => {
    const text = (...rows: MeasuredRow[]) => stripVTControlCharacters(benchmarkText(report(...rows)));
    expect(text(row('small', 1))).not.toContain('busy');
    const busy = { median: 0.25, least: 0.25, most: 0.25, runs: 5 };
    expect(text({ ...row('small', 1), busy })).toMatch(/spread +busy[\s\S]* 250\.00 ms[\s\S]* 40 rows\/s/);
  });

  it('names what was not measured, and why, below what was', () => {
    const skipped = { device: 'native', kernel: 'Gram', shape: 'huge', skipped: 'needs 99 GiB' } as const;
    const text = stripVTControlCharacters(benchmarkText(report(row('small', 1), skipped)));
    expect(text).toMatch(
      /native {2}LloydStep {2}small .*memory\nnative: not measured, needs 99 GiB: Gram huge\n/,
    );
    const another = { ...skipped, kernel: 'AlsStep' };
    expect(benchmarkText(report(skipped, another))).toContain(
      'native: not measured, needs 99 GiB: Gram huge; AlsStep huge',
    );
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
