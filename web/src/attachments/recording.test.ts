import { expect, test } from 'vitest';
import { PEAKS, peaksOf } from './recording.svelte';

test('a voice is drawn by the loudest of each part, the loudest of all at the top', () => {
  const peaks = peaksOf(Array.from({ length: 640 }, (_, at) => (at < 320 ? 0.1 : 0.2)));
  expect(peaks).toHaveLength(PEAKS);
  expect(peaks.slice(0, 32).every((peak) => peak === 128)).toBe(true);
  expect(peaks.slice(32).every((peak) => peak === 255)).toBe(true);
});

test('silence, nothing and what is no number are silent', () => {
  expect(peaksOf([])).toEqual(Array.from({ length: PEAKS }, () => 0));
  expect(peaksOf([0, 0, 0])).toEqual(Array.from({ length: PEAKS }, () => 0));
  expect(Math.max(...peaksOf([NaN, Infinity, 0.5]))).toBe(255);
});

test('a short one has a height for each part', () => {
  expect(peaksOf([0.5, 1], 4)).toEqual([128, 128, 255, 255]);
});
