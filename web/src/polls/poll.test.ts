import { describe, expect, test } from 'vitest';
import { part, pressed } from './poll';

const choice = (mine: boolean, names: string[] = []) => ({ text: 'x', names, mine });

describe('a vote', () => {
  test('of one choice takes the place of the one before, and is taken back by itself', () => {
    const poll = { multiple: false, choices: [choice(true), choice(false)] };
    expect(pressed(poll, 1)).toEqual([1]);
    expect(pressed(poll, 0)).toEqual([]);
  });

  test('of several is one more or less', () => {
    const poll = { multiple: true, choices: [choice(false), choice(true), choice(true)] };
    expect(pressed(poll, 0)).toEqual([0, 1, 2]);
    expect(pressed(poll, 1)).toEqual([2]);
  });

  test('counts against all who voted', () => {
    const poll = { voters: 2, choices: [choice(true, ['a', 'b']), choice(false, ['b']), choice(false)] };
    expect([0, 1, 2, 3].map((at) => part(poll, at))).toEqual([1, 0.5, 0, 0]);
    expect(part({ voters: 0, choices: [choice(false)] }, 0)).toBe(0);
  });
});
