/** A short code of an emoji, such as :smile:, or the beginning of a name, in what is being written. */

/** What was typed of a short code before a place in a text: where it begins, and what it says so far. */
export type Typed = { from: number; text: string; whole: boolean };

const CODE = /(?:^|[\s(])(:([\p{L}\p{M}\p{N}_+-]{2,40})(:?))$/u;

/** Nothing where there is no code, or where a colon belongs to a time or an address. */
export function typed(text: string, caret: number): Typed | null {
  const found = CODE.exec(text.slice(Math.max(0, caret - 64), caret));
  const [, all = '', what = '', end] = found ?? [];
  return found === null ? null : { from: caret - all.length, text: what.replaceAll('_', ' '), whole: end === ':' };
}

const NAME = /(?:^|[^\p{L}\p{N}_.@+-])(@([a-z0-9_]{0,32}))$/iu;

/** What was typed of a name before a place in a text, after the `@`; nothing where there is none. */
export function named(text: string, caret: number): Typed | null {
  const [, all, what = ''] = NAME.exec(text.slice(Math.max(0, caret - 64), caret)) ?? [];
  return all === undefined ? null : { from: caret - all.length, text: what.toLowerCase(), whole: false };
}
