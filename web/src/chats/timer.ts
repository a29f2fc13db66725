/** How long messages stay, in words. */

import type { Message } from '../api/types';
import { t } from '../i18n/i18n.svelte';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

/** What is offered, in seconds; nothing for messages that stay. */
export const TIMERS: readonly (number | null)[] = [null, 5 * MINUTE, HOUR, 8 * HOUR, DAY, WEEK, 4 * WEEK];

export function timerText(seconds: number): string {
  if (seconds % WEEK === 0) return t('timer_weeks', { count: seconds / WEEK });
  if (seconds % DAY === 0) return t('timer_days', { count: seconds / DAY });
  if (seconds % HOUR === 0) return t('timer_hours', { count: seconds / HOUR });
  return t('timer_minutes', { count: Math.round(seconds / MINUTE) });
}

/** What a line between messages says. */
export function noticeText(message: Pick<Message, 'notice' | 'mine' | 'from'>): string {
  const seconds = message.notice?.timer_s ?? null;
  const who = `@${message.from}`;
  if (seconds === null) return message.mine ? t('timer_unset_mine') : t('timer_unset', { who });
  const time = timerText(seconds);
  return message.mine ? t('timer_set_mine', { time }) : t('timer_set', { who, time });
}
