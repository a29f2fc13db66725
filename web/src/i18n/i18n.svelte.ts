/** The language in use: texts, numbers, dates. */

import { fill, type Filling, type Lang, pluralForm } from './catalogue';
import { ar } from './ar';
import { en } from './en';

export type Key = keyof typeof en;

const KEY = 'xchat-lang';
const CATALOGUES = { en, ar };
const DAY_MS = 86_400_000;

/** The language that the browser's wishes come closest to, with its region for digits and dates. */
export function choose(wishes: readonly string[], chosen: string | null): { lang: Lang; locale: string } {
  const isOurs = (tag: string): tag is Lang => tag === 'en' || tag === 'ar';
  const base = (tag: string) => tag.toLowerCase().split('-')[0] ?? '';
  const lang = chosen !== null && isOurs(chosen) ? chosen : (wishes.map(base).find(isOurs) ?? 'en');
  return { lang, locale: wishes.find((tag) => base(tag) === lang) ?? lang };
}

function startOfDay(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

class I18n {
  /** The person's choice, or nothing for the browser's. */
  chosen: Lang | null = $state(localStorage.getItem(KEY) as Lang | null);
  #both = $derived(choose(navigator.languages, this.chosen));
  lang: Lang = $derived(this.#both.lang);
  locale: string = $derived(this.#both.locale);
  dir: 'ltr' | 'rtl' = $derived(this.lang === 'ar' ? 'rtl' : 'ltr');
  #numbers = $derived(new Intl.NumberFormat(this.locale));
  #percents = $derived(new Intl.NumberFormat(this.locale, { style: 'percent' }));
  #rules = $derived(new Intl.PluralRules(this.locale));
  #clock = $derived(new Intl.DateTimeFormat(this.locale, { hour: 'numeric', minute: '2-digit' }));
  #weekday = $derived(new Intl.DateTimeFormat(this.locale, { weekday: 'short' }));
  #longWeekday = $derived(new Intl.DateTimeFormat(this.locale, { weekday: 'long' }));
  #short = $derived(new Intl.DateTimeFormat(this.locale, { day: 'numeric', month: 'short' }));
  #long = $derived(new Intl.DateTimeFormat(this.locale, { dateStyle: 'long' }));
  #full = $derived(new Intl.DateTimeFormat(this.locale, { dateStyle: 'full', timeStyle: 'short' }));
  #dense = $derived(new Intl.DateTimeFormat(this.locale, { dateStyle: 'medium', timeStyle: 'short' }));
  #relative = $derived(new Intl.RelativeTimeFormat(this.locale, { numeric: 'auto' }));

  set(lang: Lang | null): void {
    this.chosen = lang;
    if (lang === null) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, lang);
  }

  t<K extends Key>(key: K, ...rest: Filling<(typeof en)[K]>): string {
    const filling = (rest[0] ?? {}) as Record<string, string | number>;
    const text = CATALOGUES[this.lang][key];
    const chosen =
      typeof text === 'string' ? text : pluralForm(text, this.#rules, Number(filling['count'] ?? 0));
    return fill(chosen, filling, (value) => this.#numbers.format(value));
  }

  number(value: number): string {
    return this.#numbers.format(value);
  }

  /** A share of one, in percent. */
  percent(share: number): string {
    return this.#percents.format(share);
  }

  /** The time of day. */
  time(ms: number): string {
    return this.#clock.format(ms);
  }

  /** Day and time, in full. */
  moment(ms: number): string {
    return this.#full.format(ms);
  }

  /** Day and time, in little room. */
  instant(ms: number): string {
    return this.#dense.format(ms);
  }

  /** A date, in full. */
  date(ms: number): string {
    return this.#long.format(ms);
  }

  /** For the chat list: the time today, the weekday this week, else the date. */
  brief(ms: number, now = Date.now()): string {
    const days = Math.round((startOfDay(now) - startOfDay(ms)) / DAY_MS);
    if (days <= 0) return this.time(ms);
    if (days === 1) return this.#relative.format(-1, 'day');
    return days < 7 ? this.#weekday.format(ms) : this.#short.format(ms);
  }

  /** For the line between days in a timeline: today, yesterday, the weekday, else the date. */
  day(ms: number, now = Date.now()): string {
    const days = Math.round((startOfDay(now) - startOfDay(ms)) / DAY_MS);
    if (days <= 1 && days >= 0) {
      const word = this.#relative.format(-days, 'day');
      return word.charAt(0).toLocaleUpperCase(this.locale) + word.slice(1);
    }
    return days > 0 && days < 7 ? this.#longWeekday.format(ms) : this.#long.format(ms);
  }
}

export const i18n = new I18n();

/** The text of a key in the language in use. */
export function t<K extends Key>(key: K, ...rest: Filling<(typeof en)[K]>): string {
  return i18n.t(key, ...rest);
}
