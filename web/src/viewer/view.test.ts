import { expect, test } from 'vitest';
import { SCALE_MAX, View } from './view.svelte';

test('what lies under the pointer stays there while it grows', () => {
  const view = new View();
  view.by(2, 100, -50);
  // The place of the picture that was at (100, -50) is drawn at its distance times the scale, plus the shift.
  expect(100 * view.scale + view.x).toBe(100);
  expect(-50 * view.scale + view.y).toBe(-50);
});

test('it is never smaller than the window nor larger than its bound', () => {
  const view = new View();
  view.by(0.1);
  expect(view.scale).toBe(1);
  for (let time = 0; time < 50; time += 1) view.by(1.4, 30, 30);
  expect(view.scale).toBe(SCALE_MAX);
  view.by(0.001);
  expect([view.scale, view.x, view.y]).toEqual([1, 0, 0]);
});

test('one finger across means another picture, unless it is large or the finger went down', () => {
  const view = new View();
  const swipe = (x: number, y: number) => {
    view.down(1, 0, 0);
    view.move(1, x, y);
    return view.up(1);
  };
  expect(swipe(-90, 5)).toBe(-90);
  expect(swipe(20, 0)).toBe(0);
  expect(swipe(90, 90)).toBe(0);
  view.by(2);
  expect(swipe(90, 0)).toBe(0);
  expect(view.x).toBe(90);
});

test('two fingers make it larger', () => {
  const view = new View();
  view.down(1, 0, 0);
  view.down(2, 100, 0);
  view.move(2, 200, 0);
  expect(view.scale).toBe(2);
  view.up(1);
  expect(view.up(2)).toBe(0);
});
