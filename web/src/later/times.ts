/** Times that a message may be sent at later. */

import { i18n, t } from '../i18n/i18n.svelte';

const HOUR_MS = 3_600_000;
const EVENING_H = 19;
const MORNING_H = 9;
/** Where nothing is known of the week, work begins on a Monday. */
const MONDAY = 1;

export type Choice = { id: 'hour' | 'evening' | 'morning' | 'week'; at_ms: number };

/** An hour of the day that is so many days ahead, by the clock on the wall. */
function at(now_ms: number, days: number, hour: number): number {
  const day = new Date(now_ms);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days, hour).getTime();
}

/** The first day after the weekend where a locale is spoken, as JavaScript counts: 0 for Sunday. */
export function workday(locale: string): number {
  const known = new Intl.Locale(locale) as { getWeekInfo?: () => { weekend: number[] }; weekInfo?: { weekend: number[] } };
  const weekend = (known.getWeekInfo?.() ?? known.weekInfo)?.weekend.map((day) => day % 7) ?? [];
  return weekend.map((day) => (day + 1) % 7).find((day) => !weekend.includes(day)) ?? MONDAY;
}

/** What is offered at a time. The evening is, as long as it is more than an hour away. */
export function choices(now_ms: number, first: number): Choice[] {
  const evening = at(now_ms, 0, EVENING_H);
  const days = (first - new Date(now_ms).getDay() + 7) % 7 || 7;
  return [
    { id: 'hour', at_ms: now_ms + HOUR_MS },
    ...(evening > now_ms + HOUR_MS ? [{ id: 'evening' as const, at_ms: evening }] : []),
    { id: 'morning', at_ms: at(now_ms, 1, MORNING_H) },
    ...(days > 1 ? [{ id: 'week' as const, at_ms: at(now_ms, days, MORNING_H) }] : []),
  ];
}

/** What a field for a date and a time holds. */
export function fieldOf(ms: number): string {
  return new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** The time that is in such a field; nothing while it is unfinished. */
export function timeIn(field: string): number | null {
  const ms = new Date(field).getTime();
  return field === '' || Number.isNaN(ms) ? null : ms;
}

/** When that is, in little room: today by the time alone. */
export function whenText(ms: number, now_ms = Date.now()): string {
  if (new Date(ms).toDateString() === new Date(now_ms).toDateString()) return t('later_today', { time: i18n.time(ms) });
  return new Intl.DateTimeFormat(i18n.locale, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: 'numeric',
    minute: '2-digit',
    ...(ms - now_ms > 300 * 24 * HOUR_MS ? { year: 'numeric' } : {}),
  }).format(ms);
}
