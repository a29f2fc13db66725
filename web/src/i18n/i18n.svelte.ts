/** The language in use: texts, numbers, dates. */

import { untrack } from 'svelte';
import { fill, type Filling, type Lang, pluralForm, type Text } from './catalogue';
import type { en } from './en';
import type { late } from './late-en';

type All = typeof en & typeof late;
export type Key = keyof All;
type Texts = Readonly<Partial<Record<Key, Text<Lang>>>>;

const KEY = 'xchat-lang';
/** Each a file of its own, which nobody loads who doesn't read it. */
const CATALOGUES: Record<Lang, () => Promise<Texts>> = {
  en: async () => (await import('./en')).en,
  ar: async () => (await import('./ar')).ar,
};
/** The texts of what nobody needs to see a chat. */
const LATE: Record<Lang, () => Promise<Texts>> = {
  en: async () => (await import('./late-en')).late,
  ar: async () => (await import('./late-ar')).late,
};
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
  /** What is spoken, with its texts: they change together, or something would be read in neither language. */
  #spoken: { lang: Lang; locale: string; texts: Texts } = $state.raw({
    ...choose(navigator.languages, this.chosen),
    texts: {},
  });
  #isWhole = false;
  #whole: Promise<void> = Promise.resolve();
  lang: Lang = $derived(this.#spoken.lang);
  locale: string = $derived(this.#spoken.locale);
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

  /** Reads the texts of the language that is wanted. Nothing can be said before it has been done once. */
  async load(): Promise<void> {
    const wanted = choose(navigator.languages, this.chosen);
    const isWhole = this.#isWhole;
    const [texts, more] = await Promise.all([CATALOGUES[wanted.lang](), isWhole ? LATE[wanted.lang]() : {}]);
    // Somebody may have gone on to another language meanwhile, or all texts be wanted by now.
    if (choose(navigator.languages, this.chosen).lang !== wanted.lang) return;
    if (this.#isWhole && !isWhole) return this.load();
    this.#spoken = { ...wanted, texts: { ...texts, ...more } };
  }

  /** Reads the texts of what nobody needs to see a chat, in this language and in each that comes after it. */
  async readLate(): Promise<void> {
    if (this.#isWhole) return this.#whole;
    this.#isWhole = true;
    // Whoever waits for a part that speaks them is not drawn anew with another language.
    this.#whole = untrack(() => this.load());
    await this.#whole.catch((error: unknown) => {
      this.#isWhole = false;
      throw error;
    });
  }

  /** Reads the other languages too: one may be wanted while X Chat is stopped. */
  async readAll(): Promise<void> {
    for (const read of [...Object.values(CATALOGUES), ...Object.values(LATE)]) await read();
  }

  /** Speaks another language as soon as its texts are there. Rejects when they can't be read: all stays as it was. */
  async set(lang: Lang | null): Promise<void> {
    const before = this.chosen;
    this.chosen = lang;
    try {
      await this.load();
    } catch (error) {
      if (this.chosen === lang) this.chosen = before;
      throw error;
    }
    if (this.chosen !== lang) return;
    if (lang === null) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, lang);
  }

  /** Whether there is such a text. */
  has(key: string): key is Key {
    return key in this.#spoken.texts;
  }

  t<K extends Key>(key: K, ...rest: Filling<All[K]>): string {
    const filling = (rest[0] ?? {}) as Record<string, string | number>;
    const text = this.#spoken.texts[key];
    if (text === undefined) return '';
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
export function t<K extends Key>(key: K, ...rest: Filling<All[K]>): string {
  return i18n.t(key, ...rest);
}
