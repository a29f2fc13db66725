/** A search as somebody types it: what is wanted, and what was found so far. */

import { api, Refusal } from '../api/client';
import type { Found, SearchWish } from '../api/types';

/** How long one has stopped typing when it is searched. */
const PAUSE_MS = 120;
const PAGE = 40;

/** What is given besides words; days are those of this machine, as `2026-11-22`. */
export type Bounds = { who: '' | 'me' | 'others'; links: boolean; since: string; until: string };

export const UNBOUNDED: Bounds = { who: '', links: false, since: '', until: '' };

/** When a day begins here, in Unix milliseconds; nothing for what is no day. */
export function dayStart(day: string): number | undefined {
  const [year, month, date] = day.split('-').map(Number);
  if (year === undefined || month === undefined || date === undefined) return undefined;
  const at = new Date(year, month - 1, date).getTime();
  return Number.isNaN(at) ? undefined : at;
}

/** The wish for words and bounds; nothing when nothing is wanted. */
export function wishOf(
  text: string,
  bounds: Bounds,
  chat: { id: number; peer: string } | null,
  me: string,
): SearchWish | null {
  const words = text.trim() === '' ? '' : text;
  const since = dayStart(bounds.since);
  const until = bounds.until === '' ? undefined : dayStart(nextDay(bounds.until));
  const from = bounds.who === 'me' ? me : bounds.who === 'others' ? chat?.peer : undefined;
  const wish: SearchWish = {
    ...(words === '' ? {} : { text: words }),
    ...(chat === null ? {} : { conversation: chat.id }),
    ...(from === undefined ? {} : { from }),
    ...(bounds.links ? { kind: 'link' as const } : {}),
    ...(since === undefined ? {} : { from_ms: since }),
    ...(until === undefined ? {} : { to_ms: until - 1 }),
    limit: PAGE,
  };
  return words === '' && from === undefined && !bounds.links && (chat === null || (since ?? until) === undefined)
    ? null
    : wish;
}

function nextDay(day: string): string {
  const [year, month, date] = day.split('-').map(Number);
  const next = new Date(year ?? 0, (month ?? 1) - 1, (date ?? 1) + 1);
  return `${next.getFullYear()}-${next.getMonth() + 1}-${next.getDate()}`;
}

export class Finding {
  found: readonly Found[] = $state.raw([]);
  /** Where the next page begins. */
  next: number | null = $state(null);
  partial = $state(false);
  busy = $state(false);
  /** Whether what is shown answers the wish. */
  done = $state(false);
  failed: unknown = $state.raw(null);
  #wish: SearchWish | null = null;
  #turn = 0;
  #pause: ReturnType<typeof setTimeout> | undefined;

  /** Searches as soon as nothing else is wanted for a moment; what was found before stays until then. */
  want(wish: SearchWish | null): void {
    if (JSON.stringify(wish) === JSON.stringify(this.#wish)) return;
    this.#wish = wish;
    this.#turn += 1;
    clearTimeout(this.#pause);
    this.done = false;
    if (wish === null) {
      this.#empty();
      return;
    }
    this.#pause = setTimeout(() => void this.#ask(null), PAUSE_MS);
  }

  more(): void {
    if (this.next !== null && !this.busy) void this.#ask(this.next);
  }

  #empty(): void {
    this.found = [];
    this.next = null;
    this.busy = false;
    this.partial = false;
    this.failed = null;
  }

  async #ask(before: number | null): Promise<void> {
    const turn = this.#turn;
    const wish = this.#wish;
    if (wish === null) return;
    this.busy = true;
    try {
      const page = await api.search(before === null ? wish : { ...wish, before });
      if (turn !== this.#turn) return;
      this.found = before === null ? page.found : [...this.found, ...page.found];
      this.next = page.next;
      this.partial = page.partial;
      this.failed = null;
      this.done = true;
    } catch (error) {
      if (turn !== this.#turn) return;
      if (!(error instanceof Refusal)) throw error;
      if (before === null) this.#empty();
      this.failed = error;
      this.done = true;
    } finally {
      if (turn === this.#turn) this.busy = false;
    }
  }
}

/** A text in pieces, of which every second one was found. */
export function pieces({ excerpt, marks }: Pick<Found, 'excerpt' | 'marks'>): string[] {
  const cut: string[] = [];
  let at = 0;
  for (const { from, to } of marks) {
    cut.push(excerpt.slice(at, from), excerpt.slice(from, to));
    at = to;
  }
  cut.push(excerpt.slice(at));
  return cut;
}

/** What was found in a message, each once. */
export function wordsIn(found: Pick<Found, 'excerpt' | 'marks'>): string[] {
  return [...new Set(pieces(found).filter((_, at) => at % 2 === 1))];
}
