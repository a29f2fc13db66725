import { describe, expect, it } from 'vitest';
import { Extent, windowOf } from './extent';

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at);

describe('an extent', () => {
  it('adds up what is measured and what is guessed', () => {
    const extent = new Extent(50);
    extent.place(range(0, 10));
    expect(extent.total).toBe(500);
    expect(extent.measure(2, 80)).toBe(true);
    expect(extent.measure(2, 80.1)).toBe(false);
    expect(extent.offset(2)).toBe(100);
    expect(extent.offset(3)).toBe(180);
    expect(extent.total).toBe(530);
  });

  it('finds what stands at a height', () => {
    const extent = new Extent(50);
    extent.place(range(0, 10));
    extent.measure(2, 80);
    expect([-5, 0, 49, 50, 179, 180, 9_999].map((y) => extent.at(y))).toEqual([0, 0, 0, 1, 2, 3, 9]);
    expect(new Extent(50).at(10)).toBe(0);
  });

  it('keeps what was measured when older messages come before', () => {
    const extent = new Extent(50);
    extent.place(range(100, 150));
    extent.measure(100, 70);
    const before = extent.total;
    extent.place(range(0, 150));
    expect(extent.total - before).toBe(100 * 50);
    expect(extent.offset(extent.indexOf(101) ?? 0) - extent.offset(100)).toBe(70);
  });

  it('follows insertions and removals in the middle', () => {
    const extent = new Extent(50);
    extent.place([1, 2, 4, 5]);
    extent.measure(4, 10);
    extent.place([1, 2, 3, 4, 5]);
    expect(extent.indexOf(4)).toBe(3);
    expect(extent.total).toBe(4 * 50 + 10);
    extent.place([4]);
    expect([extent.total, extent.indexOf(1)]).toEqual([10, undefined]);
  });

  it('agrees with a plain sum, whatever happens', () => {
    const extent = new Extent(40);
    const heights = new Map<number, number>();
    let keys: number[] = [];
    let seed = 7;
    const random = (below: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
    for (let step = 0; step < 400; step += 1) {
      const what = random(4);
      if (what === 0)
        keys = [...range(-step * 10 - random(9) - 1, -step * 10), ...keys].filter(
          (key, at, all) => all.indexOf(key) === at,
        );
      else if (what === 1) keys = [...keys, 10_000 + step];
      else {
        const key = keys[random(Math.max(1, keys.length))];
        const height = 20 + random(90);
        if (key !== undefined) {
          extent.measure(key, height);
          heights.set(key, height);
        }
      }
      extent.place(keys);
      const at = random(keys.length + 1);
      const sum = keys.slice(0, at).reduce((total, key) => total + (heights.get(key) ?? 40), 0);
      expect(Math.abs(extent.offset(at) - sum)).toBeLessThan(1);
    }
  });

  it('is quick with a hundred thousand messages', () => {
    const extent = new Extent(50);
    const keys = range(0, 100_000);
    const begun = performance.now();
    extent.place(keys);
    for (let step = 0; step < 50; step += 1) {
      extent.measure(99_999 - step, 60);
      extent.at(extent.total - 500);
    }
    expect(performance.now() - begun).toBeLessThan(400);
  });
});

describe('the window', () => {
  it('covers what is in view and a margin', () => {
    const extent = new Extent(50);
    extent.place(range(0, 1_000));
    expect(windowOf(extent, 0, 500, 0)).toEqual([0, 11]);
    expect(windowOf(extent, 10_000, 500, 500)).toEqual([190, 221]);
    expect(windowOf(extent, 49_500, 500, 500)).toEqual([980, 1_000]);
    expect(windowOf(new Extent(50), 0, 500, 500)).toEqual([0, 0]);
  });

  it('is bounded, and covers what is in view first', () => {
    const extent = new Extent(1);
    extent.place(range(0, 100_000));
    const [first, end] = windowOf(extent, 5_000, 100, 2_000, 160);
    expect(end - first).toBe(160);
    expect(first).toBeLessThanOrEqual(5_000);
    expect(end).toBeGreaterThanOrEqual(5_100);
  });
});
