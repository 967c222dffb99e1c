import { describe, expect, it } from 'vitest';

import { Histogram } from '../src/histogram.ts';

function histogramOf(values: Iterable<number>): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

/** Durations from 1 µs to 71 minutes, every one a little longer than the one before. */
const DURATIONS = Array.from({ length: 2_200 }, (_, i) => Math.floor(1.01 ** i)).filter(us => us < 2 ** 32);

describe('a histogram', () => {
  it('is off by at most 1/64 at any duration', () => {
    for (const us of DURATIONS) {
      const error = Math.abs(histogramOf([us]).quantile(0.5) - us) / us;
      expect(error, `${us} µs`).toBeLessThanOrEqual(1 / 64);
    }
  });

  it('gives the quantile of the nearest rank', () => {
    const histogram = histogramOf(Array.from({ length: 1_000 }, (_, i) => i + 1));
    for (const q of [0.01, 0.5, 0.95, 0.99, 1]) {
      expect(Math.abs(histogram.quantile(q) - q * 1_000) / (q * 1_000)).toBeLessThanOrEqual(1 / 64);
    }
  });

  it('is exact below 32 µs', () => {
    for (let us = 0; us < 32; us++) expect(histogramOf([us]).quantile(0.5)).toBe(us);
  });

  it('merges as if one histogram had seen everything', () => {
    const merged = histogramOf(DURATIONS.slice(0, 700));
    merged.merge(histogramOf(DURATIONS.slice(700)));
    const whole = histogramOf(DURATIONS);
    for (let q = 0; q <= 1; q += 0.01) expect(merged.quantile(q)).toBe(whole.quantile(q));
  });

  it('takes durations beyond its range as the longest or shortest it knows', () => {
    expect(histogramOf([1e18]).quantile(0.5)).toBeGreaterThan(2 ** 32 * (1 - 1 / 64));
    expect(histogramOf([-1]).quantile(0.5)).toBe(0);
    expect(histogramOf([Number.NaN]).quantile(0.5)).toBe(0);
  });

  it('is 0 before the first duration', () => {
    expect(new Histogram().quantile(0.99)).toBe(0);
  });
});
