import { describe, expect, it } from 'vitest';
import { choices, fieldOf, timeIn, workday } from './times';

// A Wednesday.
const noon = new Date(2026, 10, 25, 12, 30).getTime();
const told = (now: number, first = 1) => choices(now, first).map(({ id, at_ms }) => `${id} ${fieldOf(at_ms)}`);

describe('times to send at', () => {
  it('are in an hour, in the evening, tomorrow, and when the week begins', () => {
    expect(told(noon)).toEqual([
      'hour 2026-11-25T13:30',
      'evening 2026-11-25T19:00',
      'morning 2026-11-26T09:00',
      'week 2026-11-30T09:00',
    ]);
  });

  it('have no evening when it is near or over, and no week that begins tomorrow', () => {
    expect(told(new Date(2026, 10, 29, 18, 30).getTime())).toEqual(['hour 2026-11-29T19:30', 'morning 2026-11-30T09:00']);
    expect(told(new Date(2026, 10, 30, 20).getTime()).at(-1)).toBe('week 2026-12-07T09:00');
  });

  it('know when the week begins somewhere, or take a Monday', () => {
    expect([0, 1]).toContain(workday('ar-SA'));
    expect(workday('en-GB')).toBe(1);
  });

  it('go into a field and come back', () => {
    expect(timeIn(fieldOf(noon))).toBe(noon);
    expect(timeIn('')).toBeNull();
    expect(timeIn('soon')).toBeNull();
  });
});
