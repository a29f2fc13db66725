import { expect, test } from 'vitest';
import { i18n } from '../i18n/i18n.svelte';
import { noticeText, TIMERS, timerText } from './timer';

test('times are told in the largest unit that fits, in both languages', async () => {
  await i18n.set('en');
  expect(TIMERS.map((one) => (one === null ? null : timerText(one)))).toEqual([
    null,
    '5 minutes',
    'One hour',
    '8 hours',
    'One day',
    'One week',
    '4 weeks',
  ]);
  await i18n.set('ar');
  for (const one of TIMERS) if (one !== null) expect(timerText(one)).toMatch(/[ء-ي]/);
  await i18n.set('en');
});

test('a notice says who has set what', () => {
  const of = (timer_s: number | null, mine: boolean) =>
    noticeText({ notice: { kind: 'timer', timer_s }, mine, from: 'bob' });
  expect(of(3600, true)).toContain('You have set messages to disappear');
  expect(of(3600, false)).toContain('@bob');
  expect(of(null, false)).toContain('to stay');
});
