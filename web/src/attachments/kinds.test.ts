import { expect, test } from 'vitest';
import { isProgram, lengthText, linesOf, ratioOf, sizeText } from './kinds';

const picture = (width: number, height: number) => ({ width, height });

test('a line of pictures has two or three of them, or a wide one', () => {
  for (let count = 2; count <= 10; count += 1)
    for (const shape of [picture(400, 300), picture(300, 400), picture(1600, 200), picture(100, 1000)]) {
      const lines = linesOf(Array.from({ length: count }, () => shape));
      expect(lines.flat()).toHaveLength(count);
      for (const line of lines) {
        expect(line.length).toBeLessThanOrEqual(3);
        const [only] = line;
        if (line.length === 1 && only !== undefined) expect(ratioOf(only)).toBeGreaterThan(1);
      }
    }
  expect(linesOf([picture(1, 1)])).toHaveLength(1);
  expect(linesOf([])).toEqual([]);
});

test('pictures keep their order', () => {
  const all = Array.from({ length: 10 }, (_, at) => picture(100 + at, 100));
  expect(linesOf(all).flat()).toEqual(all);
});

test('what nobody knows the shape of is a square, and no shape is endless', () => {
  expect(ratioOf({ width: null, height: null })).toBe(1);
  expect(ratioOf(picture(10_000, 1))).toBe(2.4);
  expect(ratioOf(picture(1, 10_000))).toBe(0.5);
});

test('sizes are told in the reader’s own way', () => {
  expect(sizeText(1, 'en')).toBe('1 byte');
  expect(sizeText(1_500, 'en')).toBe('1.5 kB');
  expect(sizeText(4_294_967_296, 'en')).toBe('4.3 GB');
  expect(sizeText(12_345_678, 'en')).toBe('12 MB');
  expect(sizeText(2_000_000, 'ar-EG')).toContain('٢');
});

test('lengths are told in minutes and seconds', () => {
  expect(lengthText(4_200, 'en')).toBe('0:04');
  expect(lengthText(61_000, 'en')).toBe('1:01');
  expect(lengthText(3_600_000 + 5 * 60_000 + 9_000, 'en')).toBe('1:05:09');
});

test('programs are told by their type', () => {
  expect(isProgram('application/vnd.microsoft.portable-executable')).toBe(true);
  expect(isProgram('application/x-sh')).toBe(true);
  expect(isProgram('image/jpeg')).toBe(false);
  expect(isProgram('application/pdf')).toBe(false);
});
