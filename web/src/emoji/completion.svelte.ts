/** Emojis for a code that is being typed, and names behind an `@`. */

import { i18n } from '../i18n/i18n.svelte';
import { app } from '../state/app.svelte';
import { named, typed } from './code';
import { type Emoji, find, toned } from './emoji';
import { lists } from './lists';
import { used } from './used.svelte';

const SHOWN = 7;

/** An emoji, or somebody's username with what they are called here. */
export type Offer = { sign: string; name: string; code: string; person: boolean };

/** Whom one may mean: those one talks with, the latest first. A name that is whole needs no completion. */
function people(begun: string): Offer[] {
  if (begun === app.me || app.conversationWith(begun) !== undefined) return [];
  const chats = app.conversations.filter((chat) => !chat.is_note && app.successor(chat) === undefined);
  const found = chats.flatMap((chat): Offer[] => {
    const name = chat.settings.nickname ?? chat.profile?.name ?? '';
    const words = name.toLowerCase().split(/\s+/u);
    const fits = chat.peer.startsWith(begun) || words.some((word) => word.startsWith(begun));
    return fits ? [{ sign: `@${chat.peer}`, name, code: '', person: true }] : [];
  });
  return found.slice(0, SHOWN);
}

export class Completion {
  offers: readonly Offer[] = $state.raw([]);
  at = $state(0);
  /** Where the code stands in the text. */
  from = 0;
  to = 0;
  /** The code that nobody wants completed. */
  #refused: string | null = null;
  #asked = 0;

  /** Looks at a text anew. Gives the emoji of a code that was closed, to be put in its place. */
  async look(text: string, caret: number): Promise<string | null> {
    const asked = ++this.#asked;
    const person = named(text, caret);
    const code = person ?? typed(text, caret);
    if (code === null) this.#refused = null;
    if (code === null || this.#refused === `${code.from} ${code.text}`) {
      this.leave();
      return null;
    }
    if (person !== null) {
      [this.from, this.to, this.at] = [person.from, caret, 0];
      this.offers = people(person.text);
      return null;
    }
    const groups = await lists(i18n.lang).catch((): Emoji[][] => []);
    if (asked !== this.#asked) return null;
    [this.from, this.to] = [code.from, caret];
    const found = find(groups, code.text, SHOWN);
    const short = code.text.toLowerCase().replaceAll(' ', '_');
    if (code.whole) {
      this.leave();
      const exact = found.find(({ codes }) => codes.includes(short));
      return exact === undefined ? null : toned(exact, used.tone);
    }
    this.at = 0;
    this.offers = found.map((one) => ({
      sign: toned(one, used.tone),
      name: one.name,
      code: one.codes.find((known) => known.startsWith(short)) ?? one.codes[0] ?? '',
      person: false,
    }));
    return null;
  }

  step(by: number): void {
    this.at = (this.at + by + this.offers.length) % this.offers.length;
  }

  /** The sign that is chosen; it counts as used. */
  take(which = this.at): string {
    const offer = this.offers[which];
    const sign = offer?.sign ?? '';
    if (offer?.person === false) used.note(sign);
    this.leave();
    return sign;
  }

  /** Closes, until something else is typed. */
  refuse(text: string): void {
    const code = named(text, this.to) ?? typed(text, this.to);
    this.#refused = code === null ? null : `${code.from} ${code.text}`;
    this.leave();
  }

  leave(): void {
    this.offers = [];
  }
}
